//! The wire cases, requests only, through the filter in a real Envoy with a recording upstream:
//! the right answer comes back, and the upstream sees the identical bytes or nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

#[path = "wire/expect.rs"]
mod expect;
#[path = "wire/policies.rs"]
mod policies;
#[path = "wire/send.rs"]
mod send;

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use tessera_tests::{Envoy, Setup, Upstream, workspace_root};

fn fixture(name: &str) -> Value {
    let path = workspace_root().join("tests/fixtures/wire").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Whether a case is on the list of what is not answered yet. What the engine alone cannot see but Envoy refuses
/// is on that list for the engine's sake: here it must hold.
fn is_later(case: &Value, later: &Value) -> bool {
    later.get(case["id"].as_str().unwrap()).is_some() && case["expect"]["by"] != "envoy"
}

#[test]
fn every_request_case_is_answered_in_envoy_as_expected() {
    let file = fixture("cases.json");
    let later = fixture("later.json");
    let mut by_policy: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for case in file["cases"].as_array().unwrap() {
        if case["kind"] == "request" && !is_later(case, &later) {
            by_policy
                .entry(case["policy"].as_str().unwrap())
                .or_default()
                .push(case);
        }
    }
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (policy, cases) in by_policy {
        let upstream = Upstream::start();
        let origins = file["settings"]["allowed_origins"].clone();
        let setup = Setup::inline(
            upstream.port,
            &policies::documents(&file["policies"][policy]),
        )
        .with("/upstreams", json!([{"name": "demo"}]))
        .with("/allowed_origins", origins);
        let envoy = Envoy::start(setup);
        for case in cases {
            upstream.forget();
            let answer = send::request(envoy.port, &case["request"]);
            let seen = upstream.seen();
            judged += 1;
            if let Some(why) = expect::difference(case, &answer, &seen) {
                wrong.push(format!("{}: {why}", case["id"]));
            }
        }
    }
    assert!(judged > 550, "only {judged} cases were found");
    assert!(
        wrong.is_empty(),
        "{} of {judged} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
