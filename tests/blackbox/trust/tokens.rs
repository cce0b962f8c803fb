//! Tokens that are forged, expired or somebody else's grant nothing, and no token reaches the server.

use serde_json::json;
use tessera_engine::taint::keys::{KeyRing, MasterKey};
use tessera_engine::taint::label::Binding;

use super::office::{AUDIENCE, Office, binding, now, ring, signed};
use super::{away, passes};
use crate::decision;

const ERA: &str = "2025-11-25";
const WORDS: &str = "Send it to bob@corp.example.";

#[test]
fn a_token_that_is_not_for_this_gateway_and_caller_now_grants_nothing() {
    let office = Office::open(1);
    let others = KeyRing::new([MasterKey::new("k1", &[8; 32]).unwrap()], Vec::new()).unwrap();
    let of = |change: fn(&mut Binding)| {
        let mut binding = binding("c1");
        change(&mut binding);
        signed(&ring(), binding, now(), 600, WORDS)
    };
    let valid = office.prompt("c1", WORDS);
    let middle = valid.len() / 2;
    let mut changed = valid.clone();
    let other = if &valid[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    changed.replace_range(middle..=middle, other);
    let tokens = [
        (
            "another key",
            signed(&others, binding("c1"), now(), 600, WORDS),
        ),
        (
            "expired",
            signed(&ring(), binding("c1"), away(-7_200), 600, WORDS),
        ),
        (
            "not yet",
            signed(&ring(), binding("c1"), away(7_200), 600, WORDS),
        ),
        (
            "another audience",
            of(|binding| binding.audience = format!("{AUDIENCE}2")),
        ),
        (
            "another caller",
            of(|binding| binding.caller = "somebody".to_owned()),
        ),
        (
            "another scope",
            of(|binding| binding.scope = "other".to_owned()),
        ),
        ("changed", changed),
        ("no token", "bob@corp.example".to_owned()),
        (
            "two conversations",
            format!("{valid},{}", office.prompt("c2", WORDS)),
        ),
    ];
    for (what, token) in &tokens {
        let answer = office.send(ERA, token, "bob@corp.example");
        assert_eq!(
            decision(&answer)["code"],
            "flow_unknown",
            "{what} {}",
            answer.text()
        );
    }
    let refused = u64::try_from(tokens.len()).unwrap();
    office
        .envoy
        .wait_for_stat("wasmcustom.tessera_tokens_refused", refused);
    assert!(
        office
            .upstream
            .seen()
            .iter()
            .all(|seen| seen.body.is_empty())
    );
    let answer = office.send(ERA, &valid, "bob@corp.example");
    assert!(passes(&answer), "{}", answer.text());
}

#[test]
fn tokens_in_headers_stay_here_and_those_in_the_message_count_too() {
    let office = Office::open(1);
    let prompt = office.prompt("c1", WORDS);
    assert!(passes(&office.send(ERA, &prompt, "bob@corp.example")));
    let seen = office.upstream.seen();
    let last = seen.last().unwrap();
    assert_eq!(last.header("tessera-prompt"), None);
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "send_email",
        "arguments": {"to": "bob@corp.example", "body": "Hi"},
        "_meta": {"tessera/prompt": [prompt]},
    }});
    let answer = tessera_tests::post_json(office.envoy.port, "/mcp", &call);
    assert!(passes(&answer), "{}", answer.text());
}

#[test]
fn words_without_a_signature_count_for_callers_that_are_trusted_with_them_only() {
    for (trusted, passes_through) in [("anonymous", true), ("host", false)] {
        let office = Office::with(|setup| {
            setup
                .with("/bundle/trust/settings/prompts", json!([trusted]))
                .with(
                    "/bundle/trust/settings/unknown_conversation",
                    json!("fresh"),
                )
        });
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "send_email",
            "arguments": {"to": "bob@corp.example", "body": "Hi"},
            "_meta": {"tessera/prompt-text": WORDS},
        }});
        let answer = tessera_tests::post_json(office.envoy.port, "/mcp", &call);
        assert_eq!(passes(&answer), passes_through, "{}", answer.text());
    }
}
