//! What holds for every secret in every carrier: invariants, on generated answers.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

use crate::json::{self, Object, Value};
use crate::limits;
use crate::pattern::Pattern;
use crate::policy::answer::tests::{bundle, judge_as};
use crate::policy::budget::Budget;
use crate::policy::carriers;
use crate::policy::redaction::finder::{Finder, Memory};
use crate::policy::{Action, Bundle};
use core::ops::Range;
use proptest::prelude::*;
use std::sync::LazyLock;

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let classes = [
        "aws_key",
        "github_token",
        "slack_token",
        "jwt",
        "us_ssn",
        "url_password",
    ];
    let class = |class: &&str| format!(r#"{{"class":"{class}"}}"#);
    let list: Vec<String> = classes.iter().map(class).collect();
    let list = list.join(",");
    bundle(&[&format!(
        r#""response":{{"action":"redact","redact":[{list}]}}"#
    )])
});

fn any_secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "(AKIA|ASIA)[0-9A-Z]{16}",
        "gh[ps]_[A-Za-z0-9]{36,40}",
        "xox[bp]-[0-9]{12}-[a-z]{6}",
        "eyJ[A-Za-z0-9_-]{10}\\.eyJ[A-Za-z0-9_-]{10}\\.[A-Za-z0-9]{8}",
        "[0-9]{3}-[0-9]{2}-[0-9]{4}",
        "(postgres|https)://[a-z]{2,6}:[a-zA-Z0-9]{8}@",
    ]
}

/// Text before and after a secret that is no part of it.
fn any_words() -> impl Strategy<Value = (&'static str, &'static str)> {
    let before = vec![
        "",
        " ",
        "key: ",
        "é ",
        "\"",
        "{",
        "\\ ",
        "/ ",
        "\n",
        "[REDACTED:AWS_KEY] ",
    ];
    let after = vec![
        "",
        " ",
        " é",
        "\"",
        "}",
        " \\",
        "\n",
        "]",
        " [REDACTED:AWS_KEY]",
    ];
    (prop::sample::select(before), prop::sample::select(after))
}

/// A way to carry a text inside a text.
fn any_wrapping() -> impl Strategy<Value = fn(&str) -> String> {
    prop::sample::select(vec![
        (|text| json_of(text)) as fn(&str) -> String,
        |text| format!("[1,{}]", json::to_text(&text.into())),
        |text| format!("{{\"k\":\"{}\"}}", escaped(text)),
        |text| format!("said: {{\"k\":\"{}\"}}.", escaped(text)),
        |text| format!("{{\"k\":1,\"k\":\"{}\"}}", escaped(text)),
        |text| carriers::encode(text),
        |text| format!("data:text/plain;base64,{} ", carriers::encode(text)),
        |text| carriers::encode(text).replace('+', "-").replace('/', "_"),
        |text| format!("before {text} after"),
    ])
}

fn json_of(text: &str) -> String {
    json::to_text(&Object::new().with(text, text).into())
}

/// Every character as a `\u` escape.
fn escaped(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}

/// A place of an answer that carries a text.
fn any_place() -> impl Strategy<Value = fn(Value) -> Value> {
    prop::sample::select(vec![
        (|text| text) as fn(Value) -> Value,
        |text| member("content", vec![member("text", text)].into()),
        |text| {
            member(
                "structuredContent",
                member("a", vec![text, 1_u64.into()].into()),
            )
        },
        |text| match text {
            Value::String(key) => Object::new().with(&key, true).into(),
            other => other,
        },
        |text| member("contents", vec![member("blob", text)].into()),
        |text| member("data", member("message", text)),
        |text| member("_meta", text),
    ])
}

fn member(key: &str, value: Value) -> Value {
    Object::new().with(key, value).into()
}

fn any_answer() -> impl Strategy<Value = (String, Value)> {
    let wrappings = prop::collection::vec(any_wrapping(), 0..4);
    (any_secret(), any_words(), wrappings, any_place()).prop_map(
        |(secret, (before, after), wrappings, place)| {
            let bare = format!("{before}{secret}{after}");
            let text = wrappings.iter().fold(bare, |text, wrap| wrap(&text));
            (secret, place(text.into()))
        },
    )
}

/// Every text of a value and every text inside one.
fn all_texts(value: &Value, texts: &mut Vec<String>) {
    let mut look = |text: &str| {
        texts.push(text.to_owned());
        let mut budget = Budget::new(usize::MAX, u64::MAX);
        let mut deeper = |text: &str| texts.push(text.to_owned());
        let looked = carriers::each_inside(text, 16, &mut budget, &mut deeper);
        assert_eq!(looked, Ok(()), "{text}");
    };
    match value {
        Value::String(text) => look(text),
        Value::Array(elements) => elements.iter().for_each(|one| all_texts(one, texts)),
        Value::Object(object) => {
            object.keys().for_each(&mut look);
            object.iter().for_each(|(_, one)| all_texts(one, texts));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_survives_in_any_carrier((secret, content) in any_answer()) {
        let judged = judge_as(&BUNDLE, "tools/call", "t", &content);
        prop_assert_eq!(judged.decision.action, Action::Redact, "{:?}", content);
        let replaced = judged.replaced.unwrap();
        let mut texts = Vec::new();
        all_texts(&replaced, &mut texts);
        let left = texts.iter().find(|text| text.contains(&secret));
        prop_assert_eq!(left, None, "{:?}", replaced);
        prop_assert!(judged.findings.iter().all(|finding| finding.count > 0 && finding.kind != secret));
    }

    #[test]
    fn redacting_twice_is_redacting_once((_, content) in any_answer()) {
        let replaced = judge_as(&BUNDLE, "tools/call", "t", &content).replaced.unwrap();
        let again = judge_as(&BUNDLE, "tools/call", "t", &replaced);
        prop_assert_eq!(again.replaced, None, "{:?}", replaced);
        prop_assert!(again.findings.is_empty());
    }

    #[test]
    fn text_that_spelt_json_still_does((_, content) in any_answer()) {
        let text = json::to_text(&content);
        let judged = judge_as(&BUNDLE, "tools/call", "t", &member("text", text.into()));
        let replaced = judged.replaced.unwrap();
        let text = replaced.get("text").and_then(Value::as_str).unwrap();
        prop_assert!(json::parse(text.as_bytes()).is_ok(), "{}", text);
    }

    #[test]
    fn content_without_finds_is_given_back_as_it_is(
        texts in prop::collection::vec("[a-z\\\\\"{}/+=\u{e9} ]{0,40}", 0..6),
        place in any_place(),
    ) {
        let texts: Vec<Value> = texts.into_iter().map(Value::from).collect();
        let content = place(texts.into());
        let judged = judge_as(&BUNDLE, "tools/call", "t", &content);
        prop_assert_eq!((judged.decision.action, judged.replaced), (Action::Allow, None));
    }

    #[test]
    fn patterns_of_ones_own_redact_once_too(
        pattern in prop::sample::select(vec!["a+", "[A-Z]{2,}", "b.*", "\\S+", "(?m)^x", "\\[R", "\\]", "E.D", "é\\b"]),
        text in "[aAbBxE\u{e9}\\[\\]RD: \n\"\\\\]{0,24}",
    ) {
        let written = json::to_text(&pattern.into());
        let bundle = bundle(&[&format!(
            r#""response":{{"action":"redact","redact":[{{"pattern":{written},"as":"X"}}]}}"#
        )]);
        let content = member("text", text.into());
        let once = judge_as(&bundle, "tools/call", "t", &content).replaced;
        let content = once.unwrap_or(content);
        prop_assert_eq!(judge_as(&bundle, "tools/call", "t", &content).replaced, None, "{:?}", content);
    }
}

/// Every match that begins anywhere, those that overlap as one: what a finder finds, the slow way.
fn slowly(pattern: &Pattern, text: &str) -> Vec<Range<usize>> {
    let exact = pattern.whole().unwrap().exact;
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(place) = exact.find_at(text, at).map(|place| place.range()) {
        at = place.start
            + text
                .get(place.start..)
                .unwrap()
                .chars()
                .next()
                .map_or(1, char::len_utf8);
        match found.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ if place.is_empty() => {}
            _ => found.push(place),
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_finder_finds_what_a_search_from_every_place_does(
        pattern in prop::sample::select(vec![
            "a{2,3}", r"\bab?\b", r"(?:\b|_)\d{2}-\d(?:\b|_)", r"\Bb{1,2}", r"a\bé?", r"é\b-?", "ab|bcd", "(?i)s{2}",
        ]),
        text in "[abc1_é ß-]{0,24}",
    ) {
        let pattern = Pattern::compile(pattern).unwrap();
        let finder = Finder::new(&pattern, None).unwrap();
        let mut found = Vec::new();
        let mut budget = Budget::new(1 << 30, 1 << 30);
        finder.find_all(&text, &mut Memory::default(), &mut budget, &mut found).unwrap();
        prop_assert_eq!(found, slowly(&pattern, &text), "{:?}", text);
    }
}

#[test]
fn large_honest_answers_are_not_too_much() {
    for piece in [
        "Zoë pays 4000123 on 2026-01-02. ",
        "{\"id\":4000123,\"name\":\"Zoë Müller\",\"mail\":\"zoe@example.org\"},\n",
        "电话 4000-123，编号 123-45 ",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let judged = judge_as(&CARDS, "tools/call", "t", &member("text", text.into()));
        let short = (judged.decision.code.as_str(), judged.replaced);
        assert_eq!(short, ("default", None), "{piece}");
    }
}

static CARDS: LazyLock<Bundle> = LazyLock::new(|| {
    let list = r#"{"class":"card_number"},{"class":"us_ssn"},{"class":"iban"},{"class":"api_key"}"#;
    bundle(&[&format!(
        r#""response":{{"action":"redact","redact":[{list}]}}"#
    )])
});

/// What redacting some content costs: bytes of text, and searches.
fn cost(content: &Value) -> (usize, u64) {
    let (bytes, work) = (1 << 40, 1 << 50);
    let mut budget = Budget::new(bytes, work);
    let active = (0..BUNDLE.finders.len()).collect();
    let redacted = super::redact(content, &BUNDLE.finders, &active, &mut budget);
    assert!(redacted.is_ok(), "{content:?}");
    (bytes - budget.left(), work - budget.work)
}

#[test]
fn the_cost_grows_as_the_answer_does() {
    let pieces = [
        "AKIAIOSFODNN7EXAMPLE ",
        "AKIA",
        "eyJaaaaaaaaaaa.",
        "123-45-6789 é ",
        "\\u0041",
        "https://a:b",
        "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ= ",
        "[REDACTED:AWS_KEY]",
        "{\"a\":[",
    ];
    for piece in pieces {
        let of = |bytes: usize| cost(&piece.repeat(bytes / piece.len()).into());
        let (small, large) = (of(20_000), of(80_000));
        assert!(large.0 <= 5 * small.0, "{piece}: {small:?} {large:?}");
        assert!(
            large.1 <= 5 * small.1 + 200_000,
            "{piece}: {small:?} {large:?}"
        );
        assert!(large.0 <= limits::ANSWER_JUDGED_BYTES, "{piece}: {large:?}");
    }
}
