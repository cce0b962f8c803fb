//! What strings hold, how deep, and what is refused.

use super::*;
use crate::json::{parse, to_text};

fn read(arguments: &str) -> Result<Option<Inside>, Exhausted> {
    let arguments = parse(arguments.as_bytes()).unwrap();
    Inside::read(Some(&arguments), &mut Work::new())
}

fn whole(arguments: &str) -> String {
    let inside = read(arguments).unwrap().unwrap();
    to_text(&inside.whole)
}

/// The text of a string that is the text of a string and so on, and the innermost holds `inner`.
fn written(inner: &str, levels: usize) -> String {
    (0..levels).fold(inner.to_owned(), |text, _| to_text(&Value::from(text)))
}

fn nested(inner: &str, levels: usize) -> String {
    format!("{{\"v\":{}}}", written(inner, levels))
}

#[test]
fn lists_and_maps_in_strings_are_seen_at_every_depth() {
    for (arguments, seen) in [
        (r#"{"v":"{\"path\":\"/etc\"}"}"#, r#"{"v":{"path":"/etc"}}"#),
        (r#"{"v":" [1]\n"}"#, r#"{"v":[1]}"#),
        (r#"{"a":[{"b":"[\"[2]\"]"}]}"#, r#"{"a":[{"b":[[2]]}]}"#),
        (
            r#"{"v":"\"{\\\"path\\\": 1}\"","w":"{"}"#,
            r#"{"v":{"path":1},"w":"{"}"#,
        ),
        (
            r#"{"v":"{\"p\\u0061th\":1,\"path\":2}"}"#,
            r#"{"v":{"path":2}}"#,
        ),
    ] {
        assert_eq!(whole(arguments), seen, "{arguments}");
    }
}

#[test]
fn plain_strings_and_scalars_in_strings_stay_what_they_are() {
    for arguments in [
        r#"{}"#,
        r#"{"v":"text","w":"5","x":"true","y":"null"}"#,
        r#"{"v":"\"quoted\"","w":"{name} is","x":"[a]","y":"{}}"}"#,
    ] {
        assert!(read(arguments).unwrap().is_none(), "{arguments}");
    }
    assert!(Inside::read(None, &mut Work::new()).unwrap().is_none());
}

#[test]
fn strings_in_strings_beyond_the_limit_are_refused() {
    assert!(
        read(&nested("[1]", limits::INSIDE_LEVELS))
            .unwrap()
            .is_some()
    );
    assert!(read(&nested("[1]", limits::INSIDE_LEVELS + 1)).is_err());
    // Also where the inner text has been seen before, on its own.
    let inner = to_text(&Value::from(nested("[1]", limits::INSIDE_LEVELS)));
    assert!(read(&format!("{{\"w\":{inner}}}")).is_err());
    let known = written("[1]", limits::INSIDE_LEVELS);
    let twice = format!("{{\"a\":{known},\"b\":[{inner}]}}");
    assert!(read(&twice).is_err(), "{twice}");
}

#[test]
fn what_is_too_large_to_be_read_is_refused() {
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    assert!(read(&nested(&deep, 1)).is_err());
    let in_text = format!(r#"{{"a]":"\"]}}","b":{deep}}} "#);
    assert!(read(&nested(&in_text, 1)).is_err());
    // Nobody reads what is not closed, or goes on after its end.
    for text in [
        "[".repeat(200),
        format!("{deep}]"),
        deep.replacen(']', "}", 1),
    ] {
        assert!(read(&nested(&text, 1)).unwrap().is_none(), "{text}");
    }
    let fits = format!("[\"{}\"]", "x".repeat(limits::INSIDE_BYTES - 4));
    assert!(read(&nested(&fits, 1)).unwrap().is_some());
    let large = format!("[\"{}\"]", "x".repeat(limits::INSIDE_BYTES - 3));
    assert!(read(&nested(&large, 1)).is_err());
}
