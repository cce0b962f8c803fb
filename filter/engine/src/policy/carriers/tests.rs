//! What is found inside texts, and where.

use super::*;

fn inside(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut budget = Budget::new(1 << 20, 0);
    let depth = limits::ANSWER_TEXT_DEPTH;
    each_inside(text, depth, &mut budget, &mut |text| {
        found.push(text.to_owned())
    })
    .unwrap();
    found
}

#[test]
fn json_in_a_text_is_taken_apart_at_any_depth() {
    assert_eq!(inside(r#" {"a":[1,"b\u0041"]} "#), ["a", "1", "bA"]);
    assert_eq!(
        inside(r#"{"a":"{\"b\":\"\\u0041\"}"}"#),
        ["a", r#"{"b":"\u0041"}"#, "b", "A"]
    );
    assert!(inside("plain text, and {braces}").is_empty());
}

#[test]
fn escapes_are_undone_where_json_does_not_stand_alone() {
    for (text, view) in [
        (r#"So: {"a":"\u0041"}"#, r#"So: {"a":"A"}"#),
        (r#"{"a":1,"a":"\u0041"}"#, r#"{"a":1,"a":"A"}"#),
        (r"\\\\u0041", "A"),
        (r"a\ud83d\ude00b", "a😀b"),
        (r"\ud83d!", "\u{fffd}!"),
        (r"\x41\/\t", "A/\t"),
        (r"C:\\dir\\x", "C:\\dir\\x"),
    ] {
        assert_eq!(unescaped(text).as_deref(), Some(view), "{text}");
    }
    for text in [r"C:\dir", r"\u00", r"\x4", "\\", ""] {
        assert_eq!(unescaped(text), None, "{text}");
    }
    assert_eq!(inside(r"\u005cu0041"), [r"\u0041", "A"]);
}

#[test]
fn places_in_the_unescaped_text_lead_back_to_the_written_one() {
    let text = r#"é\u0041B\\nC"D"#;
    let view = unescaped(text).unwrap();
    assert_eq!(view, "éAB\nC\"D");
    let place = |part: &str| {
        let start = view.find(part).unwrap();
        start..start + part.len()
    };
    for (part, written) in [
        ("A", r"\u0041"),
        ("AB", r"\u0041B"),
        ("B\nC", r"B\\nC"),
        ("é", "é"),
        ("C\"D", "C\"D"),
        ("\n", r"\\n"),
    ] {
        let mut ranges = [place(part)];
        map_back(text, &mut ranges);
        assert_eq!(text.get(ranges[0].clone()), Some(written), "{part:?}");
    }
    let mut several = [place("é"), place("A"), place("B"), place("\nC")];
    map_back(text, &mut several);
    let parts: Vec<_> = several
        .iter()
        .map(|range| text.get(range.clone()).unwrap())
        .collect();
    assert_eq!(parts, ["é", r"\u0041", "B", r"\\nC"]);
}

#[test]
fn base64_is_read_wherever_its_groups_begin() {
    let secret = "the key AKIAIOSFODNN7EXAMPLE";
    let encoded = encode(secret);
    for text in [
        encoded.clone(),
        encoded.trim_end_matches('=').to_owned(),
        format!("data:text/plain;base64,{encoded}."),
        format!("x/{encoded}"),
        format!("id-{encoded}"),
        encoded.replace('+', "-").replace('/', "_"),
    ] {
        let found = inside(&text);
        assert!(
            found
                .iter()
                .any(|found| found.contains("AKIAIOSFODNN7EXAMPLE")),
            "{text}: {found:?}"
        );
    }
    let long = encode(&format!("{}{secret}", "x".repeat(60)));
    let (first, second) = long.split_at(76);
    let wrapped = format!("{first}\r\n{second}");
    assert!(inside(&wrapped).iter().any(|found| found.contains(secret)));
    let wide: String = secret.chars().flat_map(|c| [c, '\0']).collect();
    assert!(inside(&encode(&wide)).iter().any(|found| found == secret));
}

#[test]
fn words_and_short_runs_are_no_base64() {
    for text in [
        "",
        "QUtJQQ==",
        "an ordinary sentence with words",
        "0123456789abcde",
    ] {
        assert!(inside(text).is_empty(), "{text}");
    }
    assert!(is_whole_run(&encode("twelve bytes")) && is_whole_run("AAAAAAAAAAAAAAAA\n"));
    assert!(!is_whole_run("QUtJQUlPU0ZPRE5O and more") && !is_whole_run(""));
}

#[test]
fn more_wrappings_or_more_bytes_than_allowed_are_not_looked_at() {
    let wrapped = (0..4).fold("secret words".to_owned(), |text, _| encode(&text));
    let look = |depth, bytes| each_inside(&wrapped, depth, &mut Budget::new(bytes, 0), &mut |_| ());
    assert_eq!(look(4, 10_000), Ok(()));
    assert_eq!(look(3, 10_000), Err(Exhausted));
    assert_eq!(look(4, 50), Err(Exhausted));
}
