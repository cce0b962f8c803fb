//! Who calls: bearer tokens, scopes, and nobody.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{Answer, Envoy, Setup, Tessera, Upstream, call, post};

use crate::no_danger;

pub(crate) fn token_hash(token: &str) -> String {
    Sha256::digest(token)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn bearer_only() -> Value {
    json!({"bearer": [
        {"name": "ci", "scope": "team-a", "token_sha256": token_hash("token-of-ci")},
        {"name": "bot", "scope": "team-b", "token_sha256": token_hash("token-of-bot")},
    ]})
}

fn ask(port: u16, authorization: Option<&str>) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    post(
        port,
        "/mcp",
        &headers,
        call(1, "safe", json!({})).to_string().as_bytes(),
    )
}

#[test]
fn without_a_known_token_a_request_is_refused_with_401() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &no_danger()).with("/callers", bearer_only());
    let envoy = Envoy::start(setup);
    let wrong = [
        None,
        Some("Bearer wrong"),
        Some("Bearer "),
        Some("Basic token-of-ci"),
        Some("Bearer token-of-c"),
    ];
    for authorization in wrong {
        let answer = ask(envoy.port, authorization);
        assert_eq!(answer.status, 401, "{authorization:?}");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.is_some_and(|how| how.starts_with("Bearer")),
            "{authorization:?}"
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_known_token_passes_and_stays_here() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &no_danger()).with("/callers", bearer_only());
    let envoy = Envoy::start(setup);
    for authorization in ["Bearer token-of-ci", "bearer token-of-bot"] {
        assert_eq!(
            ask(envoy.port, Some(authorization)).status,
            200,
            "{authorization}"
        );
    }
    for seen in upstream.seen() {
        assert_eq!(seen.header("authorization"), None);
    }
    assert!(!envoy.log().contains("token-of-ci"), "a secret in the log");
}

#[test]
fn credentials_are_forwarded_only_when_told_to() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &no_danger())
        .with("/callers", bearer_only())
        .with("/forward_credentials", json!(true));
    let envoy = Envoy::start(setup);
    ask(envoy.port, Some("Bearer token-of-ci"));
    assert_eq!(
        upstream.seen()[0].header("authorization"),
        Some("Bearer token-of-ci")
    );
}

#[test]
fn two_tokens_at_once_prove_nothing() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &no_danger()).with("/callers", bearer_only());
    let envoy = Envoy::start(setup);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer token-of-ci"),
        ("authorization", "Bearer token-of-bot"),
    ];
    let answer = post(
        envoy.port,
        "/mcp",
        &headers,
        call(1, "safe", json!({})).to_string().as_bytes(),
    );
    assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
    assert_eq!(upstream.count(), 0);
}

#[test]
fn each_scope_has_its_own_chain_in_the_ledger() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&no_danger());
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys())
        .with("/callers", bearer_only());
    let envoy = Envoy::start(setup);
    ask(envoy.port, Some("Bearer token-of-ci"));
    ask(envoy.port, Some("Bearer token-of-bot"));
    let records = tessera.wait_for_record(&ask(envoy.port, Some("Bearer wrong")));
    let who: Vec<_> = records
        .iter()
        .map(|record| (record["scope"].as_str().unwrap(), record["caller"].as_str()))
        .collect();
    assert!(who.contains(&("team-a", Some("ci"))), "{who:?}");
    assert!(who.contains(&("team-b", Some("bot"))), "{who:?}");
    let nobody = records.last().unwrap();
    assert_eq!(
        (nobody["caller"].as_str(), &nobody["code"]),
        (None, &json!("not_authenticated"))
    );
    let verified = tessera.command(&["audit", "verify", "--json"]);
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    let scopes = verified["scopes"].as_object().unwrap();
    assert!(
        scopes.contains_key("team-a") && scopes.contains_key("team-b"),
        "{verified}"
    );
}
