//! What the strict parser refuses, and what it keeps.

use super::*;
use crate::json::to_text;

fn refusal(text: &str) -> ParseErrorKind {
    parse(text.as_bytes()).unwrap_err().kind
}

#[test]
fn what_two_readers_may_disagree_about_is_refused() {
    use ParseErrorKind::*;
    assert_eq!(refusal("{\"a\":1,\"\\u0061\":2}"), DuplicateKey("a".into()));
    assert_eq!(
        refusal("[{\"x\":{\"b\":1,\"b\":1}}]"),
        DuplicateKey("b".into())
    );
    assert_eq!(refusal("\u{feff}{}"), ByteOrderMark);
    assert_eq!(refusal("\"\\ud800\""), LoneSurrogate);
    assert_eq!(refusal("\"\\ud800\\u0041\""), LoneSurrogate);
    assert_eq!(refusal("\"\\udc00\""), LoneSurrogate);
    assert_eq!(refusal("1e999"), NumberTooLarge);
    assert_eq!(refusal("{} x"), TrailingData);
    assert_eq!(refusal("{}\0"), TrailingData);
    assert_eq!(refusal("\"\n\""), ControlCharacter);
    assert_eq!(refusal(" \n"), Empty);
    assert_eq!(refusal("{"), UnexpectedEnd);
    for text in [
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        ".5",
        "[1,]",
        "{a:1}",
        "'a'",
        "\u{a0}1",
        "tru",
    ] {
        assert!(matches!(refusal(text), Expected(_)), "{text}");
    }
    for text in ["01", "0x10", "1 2"] {
        assert_eq!(refusal(text), TrailingData, "{text}");
    }
    assert_eq!(parse(b"\"\xED\xA0\x80\"").unwrap_err().kind, NotUtf8);
    assert_eq!(parse(b"{\"a\":\"\xC0\xAF\"}").unwrap_err().offset, 6);
}

#[test]
fn a_duplicate_among_many_keys_is_found() {
    let members: Vec<String> = (0..100).map(|n| format!("\"k{n}\":{n}")).collect();
    assert!(parse(format!("{{{}}}", members.join(",")).as_bytes()).is_ok());
    let text = format!("{{{},\"k7\":0}}", members.join(","));
    assert_eq!(refusal(&text), ParseErrorKind::DuplicateKey("k7".into()));
}

#[test]
fn the_outermost_container_is_level_one() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(nested(64).as_bytes()).is_ok());
    assert_eq!(refusal(&nested(65)), ParseErrorKind::TooDeep(64));
    assert!(parse(format!("[{0},{0}]", nested(63)).as_bytes()).is_ok());
}

#[test]
fn numbers_are_kept_as_written() {
    let text = "[9007199254740993,1.50,-0,1e2,100000000000000000000]";
    assert_eq!(to_text(&parse(text.as_bytes()).unwrap()), text);
}

#[test]
fn escapes_are_decoded_before_keys_are_compared() {
    let value = parse(br#"{"n\u0061me":"\ud83d\ude00\/\b"}"#).unwrap();
    assert_eq!(value.get("name").and_then(Value::as_str), Some("😀/\u{8}"));
}

#[test]
fn a_text_inside_a_string_is_read_as_the_most_tolerant_server_does() {
    for (text, read) in [
        (r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"b":2,"a":3}"#),
        (
            r#"[NaN, Infinity, -Infinity]"#,
            r#"["NaN","Infinity","-Infinity"]"#,
        ),
        ("[1e999,-1e999,-5]", r#"["Infinity","-Infinity",-5]"#),
        (r#"["\ud800"]"#, "[\"\u{fffd}\"]"),
        (r#"["\ud800\u0041"]"#, "[\"\u{fffd}A\"]"),
        (r#"["\ud83d\ude00"]"#, "[\"\u{1f600}\"]"),
        ("[\"a\nb\"]", r#"["a\nb"]"#),
        (" {\"a\": [] }\r\n", r#"{"a":[]}"#),
    ] {
        assert_eq!(to_text(&parse_tolerant(text).unwrap()), read, "{text}");
    }
    for text in [
        "",
        "{",
        "{} x",
        "[1,]",
        "{a:1}",
        "N",
        "-",
        "['a']",
        "[\"\\ud800\\u00\"]",
    ] {
        assert!(parse_tolerant(text).is_err(), "{text}");
    }
}

#[test]
fn of_many_doubled_keys_the_last_values_count() {
    let doubled: Vec<_> = (0..100).map(|at| format!("\"{}\":{at}", at % 40)).collect();
    let value = parse_tolerant(&format!("{{{}}}", doubled.join(","))).unwrap();
    let object = value.as_object().unwrap();
    assert_eq!(object.len(), 40);
    assert_eq!(object.get("39").and_then(Value::as_u64), Some(79));
    assert_eq!(object.get("0").and_then(Value::as_u64), Some(80));
}
