//! Cases of the flow engine, judged by the engine: the same natively and as wasm.
//! fixtures/flow/README.md says what the members mean.
//!
//! `cases.json` fixes the rules, `our-cases.json` their edges; a deviation from the former would have
//! to be listed in `deviations.json`, with what ours answers and why.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test read files that are part of the test"
)]

#[path = "flow/case.rs"]
mod case;
#[cfg(not(target_family = "wasm"))]
#[path = "flow/properties.rs"]
mod properties;

use case::{Answer, judge};
use std::collections::BTreeSet;
use tessera_engine::json::{self, Value};

const CASES: &str = include_str!("fixtures/flow/cases.json");
const OUR_CASES: &str = include_str!("fixtures/flow/our-cases.json");
const DEVIATIONS: &str = include_str!("fixtures/flow/deviations.json");

fn read(text: &str) -> Vec<Value> {
    let Value::Array(cases) = json::parse(text.as_bytes()).unwrap() else {
        panic!("a list of cases");
    };
    cases
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap()
}

/// The cases of a file that are answered differently than expected, each with both answers.
fn different(file: &str) -> Vec<(String, String)> {
    let mut different = Vec::new();
    for case in read(file) {
        let wanted = Answer::expected(case.get("expect").unwrap());
        let got = judge(&case);
        if wanted != got {
            let id = text(&case, "id").to_owned();
            let about = text(&case, "about");
            different.push((id, format!("{about}\n  wanted {wanted}\n  got    {got}")));
        }
    }
    different
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_given_case_is_answered_as_it_says_except_where_a_deviation_is_listed() {
    assert_eq!(read(CASES).len(), 100);
    let mut listed: BTreeSet<_> = read(DEVIATIONS)
        .iter()
        .map(|deviation| {
            assert!(text(deviation, "why").len() > 20);
            text(deviation, "id").to_owned()
        })
        .collect();
    let mut unlisted = different(CASES);
    unlisted.retain(|(id, _)| !listed.remove(id));
    let report: Vec<_> = unlisted
        .iter()
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    assert!(
        report.is_empty(),
        "{}:\n{}",
        report.len(),
        report.join("\n")
    );
    assert!(listed.is_empty(), "listed but not different: {listed:?}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_case_of_our_own_is_answered_as_it_says() {
    let cases = read(OUR_CASES);
    assert!(cases.len() >= 60, "{}", cases.len());
    let ids: BTreeSet<_> = cases.iter().map(|case| text(case, "id")).collect();
    assert_eq!(ids.len(), cases.len(), "an id stands twice");
    let report: Vec<_> = different(OUR_CASES)
        .iter()
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    assert!(
        report.is_empty(),
        "{}:\n{}",
        report.len(),
        report.join("\n")
    );
}
