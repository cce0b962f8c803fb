//! The four actions, in enforcement mode.

use serde_json::json;
use tessera_tests::{Envoy, Setup, Upstream, call, message, post_json};

use crate::{decision, no_danger, policy};

#[test]
fn a_blocked_tool_is_answered_locally_and_never_reaches_the_server() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let answer = post_json(envoy.port, "/mcp", &call("a-1", "danger", json!({"x": 1})));
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["id"], "a-1");
    assert_eq!(body["result"]["isError"], true);
    let text = body["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("danger is forbidden here"), "{text}");
    assert_eq!(decision(&answer)["policy_id"], "no-danger");
    assert_eq!(
        decision(&answer)["audit_id"],
        answer.header("x-tessera-audit-id").unwrap()
    );
    assert_eq!(upstream.count(), 0);
    assert_eq!(envoy.stat("wasmcustom.tessera_decisions_block"), Some(1));
}

#[test]
fn an_allowed_tool_reaches_the_server_with_the_clients_own_bytes() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    // Odd but legal: spaces, escapes, key order, a number no double can hold.
    let body = br#"{ "params":{"arguments":{"n":9007199254740993,"t":"\u0061"},"name":"safe"}, "id":7,"method":"tools\/call","jsonrpc":"2.0"}"#;
    let answer = tessera_tests::post(
        envoy.port,
        "/mcp",
        &[
            ("content-type", "application/json"),
            ("accept-encoding", "gzip"),
        ],
        body,
    );
    assert_eq!(answer.json()["result"]["content"][0]["text"], "upstream");
    assert!(answer.header("x-tessera-audit-id").is_some());
    let seen = upstream.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].body, body);
    assert_eq!(
        seen[0].header("accept-encoding"),
        None,
        "the answer must stay readable"
    );
    assert_eq!(envoy.stat("wasmcustom.tessera_decisions_allow"), Some(1));
}

#[test]
fn a_logged_tool_runs_and_is_counted() {
    let upstream = Upstream::start();
    let policies = [policy("watch", "safe", "log_only", "watched")];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let answer = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    assert_eq!(answer.json()["result"]["content"][0]["text"], "upstream");
    assert_eq!(upstream.count(), 1);
    assert_eq!(envoy.stat("wasmcustom.tessera_decisions_log_only"), Some(1));
}

#[test]
fn a_tool_that_needs_approval_does_not_run_and_says_so() {
    let upstream = Upstream::start();
    let policies = [policy(
        "ask",
        "deploy",
        "require_approval",
        "deployments are looked at first",
    )];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let answer = post_json(envoy.port, "/mcp", &call(1, "deploy", json!({})));
    let body = answer.json();
    assert_eq!(body["result"]["isError"], true);
    let text = body["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.to_lowercase().contains("approval required"), "{text}");
    assert_eq!(upstream.count(), 0);
    assert_eq!(
        envoy.stat("wasmcustom.tessera_decisions_require_approval"),
        Some(1)
    );
}

#[test]
fn a_denied_resource_is_a_json_rpc_error_with_its_own_code() {
    let upstream = Upstream::start();
    let policies = [json!({
        "id": "no-secret",
        "name": "no secret",
        "match": {"method": "resources/read"},
        "when": [{"condition": "arg_equals", "arg": "uri", "value": "file:///secret"}],
        "action": "block",
        "reason": "secrets stay here",
    })];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let read = |uri| message(3, "resources/read", json!({"uri": uri}));
    let denied = post_json(envoy.port, "/mcp", &read("file:///secret"));
    assert_eq!(denied.status, 200);
    assert_eq!(denied.json()["id"], 3);
    assert_eq!(denied.json()["error"]["code"], -31001);
    assert_eq!(upstream.count(), 0);
    post_json(envoy.port, "/mcp", &read("file:///open"));
    assert_eq!(upstream.count(), 1);
}

#[test]
fn the_first_match_by_priority_wins() {
    let upstream = Upstream::start();
    let mut exception = policy("exception", "danger", "allow", "");
    exception["priority"] = json!(10);
    exception["when"] = json!([{"condition": "arg_equals", "arg": "env", "value": "test"}]);
    let policies = [no_danger(), vec![exception]].concat();
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    post_json(
        envoy.port,
        "/mcp",
        &call(1, "danger", json!({"env": "test"})),
    );
    assert_eq!(upstream.count(), 1);
    let denied = post_json(
        envoy.port,
        "/mcp",
        &call(2, "danger", json!({"env": "prod"})),
    );
    assert_eq!(decision(&denied)["policy_id"], "no-danger");
    assert_eq!(upstream.count(), 1);
}
