//! The recorded answers of the reference's trust engine, given by the engine: the same natively and
//! as wasm. fixtures/trust/README.md says what the files are.
//!
//! A case without a mark is met. One marked as a defect of the reference is answered as its `right`
//! says. Where ours differs, `deviations.json` says why and what ours is; an entry there that makes
//! no difference is an error too.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test read files that are part of the test"
)]

#[path = "trust/config.rs"]
mod config;
#[path = "trust/delegating.rs"]
mod delegating;
#[path = "trust/floor.rs"]
mod floor;
#[path = "trust/simple.rs"]
mod simple;

use std::collections::BTreeMap;
use tessera_engine::json::{self, Object, Value};

const DEVIATIONS: &str = include_str!("fixtures/trust/deviations.json");
const SCOPE: &str = include_str!("fixtures/trust/scope.json");
const README: &str = include_str!("fixtures/trust/README.md");

/// How one input is answered; `None` if it is not one of this runner's.
type Runner = fn(&Value) -> Option<Object>;

/// A file of cases, how many of them are for its runner, and the runner.
const FILES: [(&str, &str, usize, Runner); 7] = [
    (
        "taint.json",
        include_str!("fixtures/trust/taint.json"),
        133,
        floor::judge,
    ),
    (
        "decay.json",
        include_str!("fixtures/trust/decay.json"),
        63,
        floor::step,
    ),
    (
        "delegation.json",
        include_str!("fixtures/trust/delegation.json"),
        12,
        delegating::hand_on,
    ),
    (
        "policy-config.json",
        include_str!("fixtures/trust/policy-config.json"),
        16,
        config::compile,
    ),
    (
        "registry.json",
        include_str!("fixtures/trust/registry.json"),
        3,
        simple::registry,
    ),
    (
        "outbound.json",
        include_str!("fixtures/trust/outbound.json"),
        3,
        simple::outbound,
    ),
    (
        "scan-sensitivity.json",
        include_str!("fixtures/trust/scan-sensitivity.json"),
        75,
        simple::sensitivity,
    ),
];

/// Members of an answer that are the reference's wording, or bytes that other tests compare.
const WORDING: [&str; 7] = [
    "reason",
    "effective",
    "message",
    "canonical",
    "signature",
    "max_trust",
    "allowed_reason",
];

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_case_is_answered_as_the_reference_does_or_as_is_right() {
    let deviations = json::parse(DEVIATIONS.as_bytes()).unwrap();
    let mut deviations: BTreeMap<&str, &Value> = deviations.as_object().unwrap().iter().collect();
    let mut wrong = Vec::new();
    for (name, text, count, runner) in FILES {
        let file = json::parse(text.as_bytes()).unwrap();
        let mut seen = 0;
        for case in file.as_array().unwrap() {
            let Some(ours) = runner(case.get("input").unwrap()) else {
                continue;
            };
            seen += 1;
            let id = case.get("id").and_then(Value::as_str).unwrap();
            if let Err(why) = check(case, &ours, deviations.remove(id)) {
                wrong.push(format!("{id}: {why}, ours is {}", written(&ours)));
            }
        }
        assert_eq!(seen, count, "{name}");
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert!(deviations.is_empty(), "no case is called {deviations:?}");
}

/// Whether an answer is the one that is wanted.
fn check(case: &Value, ours: &Object, deviation: Option<&Value>) -> Result<(), String> {
    let expect = case.get("expect").unwrap();
    let right = case.get("right");
    let wanted = right.unwrap_or(expect);
    let Some(deviation) = deviation else {
        if case.get("defect").is_some() && right.is_none() {
            return Err("a defect without a right answer has to be listed".to_owned());
        }
        return match differs(wanted, ours) {
            Some(key) => Err(format!("{key} should be {:?}", wanted.get(key))),
            None => Ok(()),
        };
    };
    assert!(
        deviation.get("reason").and_then(Value::as_str).is_some(),
        "a deviation has a reason"
    );
    let Some(stated) = deviation.get("ours") else {
        return Err("a deviation states our answer".to_owned());
    };
    if let Some(key) = differs(stated, ours) {
        return Err(format!("{key} should deviate to {:?}", stated.get(key)));
    }
    let is_same = differs(stated, wanted.as_object().unwrap()).is_none();
    if case.get("defect").is_none() && is_same {
        return Err("it is listed, but does not differ".to_owned());
    }
    Ok(())
}

/// The first member of `wanted` that is another in `ours`.
fn differs<'a>(wanted: &'a Value, ours: &Object) -> Option<&'a str> {
    let members = wanted.as_object().unwrap().iter();
    let mut members = members.filter(|(key, _)| !WORDING.contains(key));
    let other = |(key, value): &(&str, &Value)| match ours.get(key) {
        // Any error is one: its wording and kind are the reference's.
        Some(ours) if *key == "error" || *key == "violation" => {
            matches!(ours, Value::Null | Value::Bool(false))
        }
        Some(Value::Object(ours)) => differs(value, ours).is_some(),
        Some(ours) => ours != *value,
        None => **value != Value::Null,
    };
    members.find(other).map(|(key, _)| key)
}

fn written(object: &Object) -> String {
    tessera_engine::json::to_text(&Value::Object(object.clone()))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_file_of_vectors_is_run_here_or_named_with_who_runs_it() {
    let scope = json::parse(SCOPE.as_bytes()).unwrap();
    let mut scope: BTreeMap<&str, &Value> = scope.as_object().unwrap().iter().collect();
    let rows = README.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| Some(row.split_once('`')?.0));
    let files: Vec<&str> = names.filter(|name| name.ends_with(".json")).collect();
    assert_eq!(files.len(), 48);
    for file in files {
        let is_here = FILES.iter().any(|(name, ..)| *name == file);
        let elsewhere = scope.remove(file).and_then(Value::as_str);
        assert!(
            is_here || elsewhere.is_some_and(|reason| !reason.is_empty()),
            "{file} is run nowhere and nobody says why"
        );
    }
    let ours: Vec<_> = FILES.iter().map(|(name, ..)| *name).collect();
    scope.retain(|name, _| !ours.contains(name));
    assert!(scope.is_empty(), "no such files: {scope:?}");
}

/// YAML is read by the command line, so natively only.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_example_of_the_page_is_a_trust_document() {
    let page = include_str!("../../../docs/trust.md");
    let blocks = page.split("```yaml\n").skip(1);
    let blocks: Vec<&str> = blocks
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let value: serde_json::Value = serde_saphyr::from_str(block).unwrap();
        let value = json::parse(value.to_string().as_bytes()).unwrap();
        let document = tessera_engine::policy::trust::Document::decode(&value);
        assert!(document.is_ok(), "{block}{:#?}", document.err());
    }
}
