//! Whether a text was looked at, seen from outside: a policy that blocks just this text has to keep it back.
//! Each text has an upstream of its own, and so a path of its own, in one Envoy.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tessera_tests::Setup;

use crate::response::at_path;

/// The texts that a case says have been looked at.
fn texts(case: &Value) -> impl Iterator<Item = &str> {
    let texts = case["expect"]["inspected"].as_array().into_iter().flatten();
    texts.map(|text| text.as_str().unwrap())
}

fn all_texts(cases: &[Value]) -> Vec<&str> {
    let all: BTreeSet<&str> = cases.iter().flat_map(texts).collect();
    all.into_iter().collect()
}

/// Each case once for each of its texts, which it then has as `inspected`, at the path of that text.
pub(crate) fn plays(cases: &[Value]) -> Vec<Value> {
    let all = all_texts(cases);
    let mut plays = Vec::new();
    for case in cases {
        for text in texts(case) {
            let number = all.iter().position(|known| *known == text).unwrap();
            let mut play = case.clone();
            play["inspected"] = text.into();
            at_path(&mut play, &format!("/text-{number}"));
            plays.push(play);
        }
    }
    plays
}

/// One upstream and its policies for each text.
pub(crate) fn setup(port: u16, cases: &[Value]) -> Setup {
    let mut upstreams = Vec::new();
    let mut policies = Vec::new();
    for (number, text) in all_texts(cases).into_iter().enumerate() {
        let name = format!("text-{number}");
        upstreams.push(json!({"name": name, "path_prefix": format!("/{name}")}));
        policies.extend(blocking(&name, text));
    }
    Setup::inline(port, &policies).with("/upstreams", json!(upstreams))
}

/// Policies that let nothing with this text come from an upstream: neither in answers nor in what it asks.
fn blocking(upstream: &str, text: &str) -> [Value; 2] {
    let literal = |c: char| match c.is_alphanumeric() {
        true => c.to_string(),
        false => format!("[{c}]"),
    };
    let pattern: String = text.chars().map(literal).collect();
    let when = json!([{"condition": "any_text_matches_regex", "pattern": pattern}]);
    [
        json!({
            "id": format!("answer-{upstream}"),
            "name": "a text that has to be inspected",
            "match": {"upstream": upstream},
            "response": {"when": when, "action": "block", "reason": "it is not to come"},
        }),
        json!({
            "id": format!("question-{upstream}"),
            "name": "a text that has to be inspected",
            "match": {"upstream": upstream, "sender": "server"},
            "when": when,
            "action": "block",
            "reason": "it is not to come",
        }),
    ]
}
