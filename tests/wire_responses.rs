//! The wire cases about responses, through the filter in a real Envoy with a scripted server: the client gets what
//! the case allows it to get, piece by piece.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

#[path = "wire/case.rs"]
mod case;
#[path = "wire/inspected.rs"]
mod inspected;
#[path = "wire/policies.rs"]
mod policies;
#[path = "wire/received.rs"]
mod received;
#[path = "wire/response.rs"]
mod response;
#[path = "wire/response_expect.rs"]
mod response_expect;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tessera_engine::policy::Bundle;
use tessera_tests::{Answer, Envoy, Setup, Upstream};

use case::fixture;

/// What came of a case; `None` if it is as it should be.
type Outcome = (String, Option<String>);

/// The response cases that `chosen` holds for.
fn response_cases(chosen: impl Fn(&Value) -> bool) -> Vec<Value> {
    let file = fixture("cases.json");
    let cases = file["cases"].as_array().unwrap();
    let cases = cases.iter().filter(|case| case["kind"] == "response");
    cases.filter(|case| chosen(case)).cloned().collect()
}

/// Plays cases in one Envoy, each in a session of its own, and judges what the client got.
fn outcomes(
    setup: impl FnOnce(u16) -> Setup,
    cases: &[Value],
    judge: impl Fn(&Value, &Answer) -> Option<String>,
) -> Vec<Outcome> {
    let id = |case: &Value| case["id"].as_str().unwrap().to_owned();
    let upstream = Upstream::playing(Vec::new());
    let setup = setup(upstream.port);
    if let Err(error) = Bundle::from_wire(setup.plugin["bundle"].to_string().as_bytes()) {
        let why = format!("the policy language does not know it: {error}");
        let all = cases.iter().map(|case| (id(case), Some(why.clone())));
        return all.collect();
    }
    let envoy = Envoy::start(setup);
    let outcome = |(number, case): (usize, &Value)| {
        let case = case::in_own_session(case, number);
        let answer = response::play(envoy.port, &upstream, &case);
        let stuck = upstream.stuck();
        let waited = (!stuck.is_empty()).then(|| format!("the server waited for {stuck:?}"));
        (id(&case), waited.or_else(|| judge(&case, &answer)))
    };
    cases.iter().enumerate().map(outcome).collect()
}

/// Every one must be right.
fn all_right(outcomes: &[Outcome]) {
    let wrong = |(id, why): &Outcome| why.as_ref().map(|why| format!("{id}: {why}"));
    let wrong: Vec<String> = outcomes.iter().filter_map(wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_response_case_reaches_the_client_as_expected() {
    let policies = fixture("cases.json")["policies"].clone();
    let all = std::thread::scope(|scope| {
        let play = |(name, policy)| {
            let own: &String = name;
            let cases = response_cases(|case| case["policy"] == own.as_str());
            let setup = move |port| {
                Setup::inline(port, &policies::documents("demo", policy))
                    .with("/upstreams", json!([{"name": "demo"}]))
            };
            let run = move || match cases.is_empty() {
                true => Vec::new(),
                false => outcomes(setup, &cases, response_expect::difference),
            };
            scope.spawn(run)
        };
        let running: Vec<_> = policies.as_object().unwrap().iter().map(play).collect();
        let ended = running.into_iter().map(|thread| thread.join().unwrap());
        ended.flatten().collect::<Vec<_>>()
    });
    assert_eq!(all.len(), 83);
    all_right(&all);
}

/// What has to be inspected is inspected: a policy that blocks this very text keeps it from the client.
#[test]
fn every_text_that_has_to_be_inspected_is() {
    let cases = response_cases(|case| !case["expect"]["inspected"].is_null());
    let plays = inspected::plays(&cases);
    let came = outcomes(
        |port| inspected::setup(port, &cases),
        &plays,
        |case, answer| response_expect::came(answer, case["inspected"].as_str().unwrap()),
    );
    // A case with several texts passes if none of them came.
    let mut by_case: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (id, why) in came {
        let entry = by_case.entry(id).or_default();
        *entry = entry.take().or(why);
    }
    assert_eq!(by_case.len(), 46);
    all_right(&by_case.into_iter().collect::<Vec<_>>());
}
