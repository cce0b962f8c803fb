//! What Tessera does, seen from outside: real Envoy with the real module, one file per behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

#[path = "blackbox/answers.rs"]
mod answers;
#[path = "blackbox/batches.rs"]
mod batches;
#[path = "blackbox/bypasses.rs"]
mod bypasses;
#[path = "blackbox/callers.rs"]
mod callers;
#[path = "blackbox/clients.rs"]
mod clients;
#[path = "blackbox/configurations.rs"]
mod configurations;
#[path = "blackbox/decisions.rs"]
mod decisions;
#[path = "blackbox/evasions.rs"]
mod evasions;
#[path = "blackbox/large_bodies.rs"]
mod large_bodies;
#[path = "blackbox/ledger.rs"]
mod ledger;
#[path = "blackbox/long_streams.rs"]
mod long_streams;
#[path = "blackbox/modes.rs"]
mod modes;
#[path = "blackbox/old_transport.rs"]
mod old_transport;
#[path = "blackbox/outages.rs"]
mod outages;
#[path = "blackbox/pinning.rs"]
mod pinning;
#[path = "blackbox/published.rs"]
mod published;
#[path = "blackbox/pushes.rs"]
mod pushes;
#[path = "blackbox/refusals.rs"]
mod refusals;
#[path = "blackbox/reload.rs"]
mod reload;
#[path = "blackbox/replicas.rs"]
mod replicas;
#[path = "blackbox/routes.rs"]
mod routes;
#[path = "blackbox/streams.rs"]
mod streams;
#[path = "blackbox/transports.rs"]
mod transports;
#[path = "blackbox/trust.rs"]
mod trust;
#[path = "blackbox/visibility.rs"]
mod visibility;

use serde_json::{Value, json};

/// A policy about one tool.
fn policy(id: &str, tool: &str, action: &str, reason: &str) -> Value {
    json!({
        "id": id,
        "name": id,
        "match": {"tool": tool},
        "action": action,
        "reason": reason,
    })
}

/// The usual policy: `danger` is blocked.
fn no_danger() -> Vec<Value> {
    vec![policy(
        "no-danger",
        "danger",
        "block",
        "danger is forbidden here",
    )]
}

/// The decision that a denial of a tool call carries.
fn decision(answer: &tessera_tests::Answer) -> Value {
    answer.json()["result"]["_meta"]["tessera/decision"].clone()
}
