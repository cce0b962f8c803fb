//! What a policy file may look like, and what is said about one that may not.

use super::*;
use proptest::prelude::*;

fn json(text: &str) -> String {
    let yaml = read(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    tessera_engine::json::to_text(&yaml.root.to_value())
}

fn refused(text: &str) -> (YamlErrorKind, Option<(usize, usize)>) {
    let error = read(text.as_bytes()).expect_err(text);
    (error.kind, error.span.map(|span| (span.line, span.column)))
}

#[test]
fn plain_quoted_and_block_scalars_are_told_apart() {
    assert_eq!(
        json("a: yes\nb: 'yes'\nc: \"on\"\n"),
        r#"{"a":true,"b":"yes","c":"on"}"#
    );
    assert_eq!(
        json("a: |\n  yes\n  no\nb: >-\n  x\n  y\n"),
        r#"{"a":"yes\nno\n","b":"x y"}"#
    );
    assert_eq!(json("a:\nb: ~\nc: ''\n"), r#"{"a":null,"b":null,"c":""}"#);
    assert_eq!(json("- 17:00\n- '17:00'\n- 010\n"), r#"[1020,"17:00",8]"#);
    assert_eq!(
        json("a: !!str 12\nb: !!int \"5\"\nc: ! yes\n"),
        r#"{"a":"12","b":5,"c":"yes"}"#
    );
}

#[test]
fn a_byte_order_mark_is_skipped_and_other_encodings_are_refused() {
    assert_eq!(json("\u{feff}a: 1\n"), r#"{"a":1}"#);
    assert_eq!(
        read(b"a: \xff\n").expect_err("bytes").kind,
        YamlErrorKind::NotUtf8
    );
    assert!(
        read(
            "a: 1\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
                .as_slice()
        )
        .is_err()
    );
}

#[test]
fn aliases_and_merge_keys_are_unfolded() {
    assert_eq!(json("a: &x [1, 2]\nb: *x\n"), r#"{"a":[1,2],"b":[1,2]}"#);
    assert_eq!(
        json("base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nall:\n  <<: [*b, *m]\n  x: 9\n"),
        r#"{"base":{"x":1,"y":2},"more":{"y":3,"z":4},"all":{"x":9,"y":2,"z":4}}"#
    );
    assert_eq!(json("'<<': 1\n"), r#"{"<<":1}"#);
}

#[test]
fn what_loses_meaning_is_refused_at_its_place() {
    let duplicate = |key: &str, first_line| YamlErrorKind::DuplicateKey {
        key: key.to_owned(),
        first_line,
    };
    for (text, kind, place) in [
        ("a: 1\nb: 2\na: 3\n", duplicate("a", 1), (3, 1)),
        ("a: {x: 1, \"x\": 2}\n", duplicate("x", 1), (1, 11)),
        (
            "b: &b {}\na:\n  <<: *b\n  <<: *b\n",
            duplicate("<<", 3),
            (4, 3),
        ),
        ("1: x\n", YamlErrorKind::KeyNotString("a number"), (1, 1)),
        (
            "a: 1\nyes: x\n",
            YamlErrorKind::KeyNotString("a boolean"),
            (2, 1),
        ),
        (
            "? [a]\n: x\n",
            YamlErrorKind::KeyNotString("a list"),
            (1, 3),
        ),
        ("a: 1\n---\nb: 2\n", YamlErrorKind::SecondDocument, (2, 1)),
        (
            "a: !!python/object:os.system x\n",
            YamlErrorKind::Tag("!!python/object:os.system".into()),
            (1, 4),
        ),
        (
            "a: !secret x\n",
            YamlErrorKind::Tag("!secret".into()),
            (1, 4),
        ),
        ("a: !!set {x}\n", YamlErrorKind::Tag("!!set".into()), (1, 4)),
        (
            "a: 2026-01-31\n",
            YamlErrorKind::Date("2026-01-31".into()),
            (1, 4),
        ),
        ("a: =\n", YamlErrorKind::PlainEquals, (1, 4)),
        ("a: &x [*x]\n", YamlErrorKind::Cycle, (1, 8)),
        ("a:\n  <<: 5\n", YamlErrorKind::NotMergeable, (2, 3)),
    ] {
        assert_eq!(refused(text), (kind, Some(place)), "{text}");
    }
    assert_eq!(refused("").0, YamlErrorKind::Empty);
    assert_eq!(refused("# nothing\n").0, YamlErrorKind::Empty);
    assert_eq!(refused("a:\n\tb: 1\n").0, YamlErrorKind::TabIndentation);
    assert_eq!(
        refused("a:\n  - b\n\t- c\n").0,
        YamlErrorKind::TabIndentation
    );
    for text in [
        "a: [1\n",
        "a: b: c\n",
        "a: *nowhere\n",
        "a: \"x\n",
        "{a: 1}}\n",
        "a: @x\n",
    ] {
        assert!(
            matches!(refused(text).0, YamlErrorKind::Syntax(_)),
            "{text}"
        );
    }
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let below = level - 1;
        let aliases = vec![format!("*a{below}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(refused(&text).0, YamlErrorKind::TooManyNodes);
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..100 {
        let below = level - 1;
        text.push_str(&format!("a{level}: &a{level} [*a{below}]\n"));
    }
    assert_eq!(refused(&text).0, YamlErrorKind::TooDeep);
    assert!(read("[".repeat(5000).as_bytes()).is_err());
}

#[test]
fn every_key_and_value_knows_its_place() {
    let yaml = read("id: é x\nwhen:\n  - condition: a\n    arg: [1, two]\n".as_bytes()).unwrap();
    let at = |span: Span| {
        (
            span.line,
            span.column,
            yaml.text.get(span.start..span.end).unwrap(),
        )
    };
    assert_eq!(at(yaml.root.value_span([Step::Key("id")])), (1, 5, "é x"));
    assert_eq!(at(yaml.root.key_span([Step::Key("id")])), (1, 1, "id"));
    let path = [
        Step::Key("when"),
        Step::Index(0),
        Step::Key("arg"),
        Step::Index(1),
    ];
    assert_eq!(at(yaml.root.value_span(path)), (4, 14, "two"));
    assert_eq!(
        at(yaml
            .root
            .key_span([Step::Key("when"), Step::Index(0), Step::Key("arg")]))
        .2,
        "arg"
    );
    let lost = yaml
        .root
        .value_span([Step::Key("when"), Step::Index(0), Step::Key("none")]);
    assert_eq!((lost.line, lost.column), (3, 5));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_and_spans_stay_inside(text in "[ \\t\\n:\\-\\[\\]{},&*!|>'\"%@#a-c0-9é?<~.]{0,80}") {
        if let Ok(yaml) = read(text.as_bytes()) {
            prop_assert!(yaml.text.get(yaml.root.span.start..yaml.root.span.end).is_some());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_quoted_text_is_itself(text in "[ -~é😀\u{85}\u{2028}]{0,40}") {
        let quoted = tessera_engine::json::to_text(&text.as_str().into());
        let yaml = read(format!("a: {quoted}\n").as_bytes()).unwrap();
        let value = yaml.root.to_value();
        prop_assert_eq!(value.get("a").and_then(|value| value.as_str()), Some(text.as_str()));
    }
}
