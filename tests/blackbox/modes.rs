//! What is done with decisions: enforcement with a default, log_only, observation, lockdown.

use serde_json::json;
use tessera_tests::{Envoy, Setup, Upstream, call, message, post_json};

use crate::{decision, no_danger, policy};

#[test]
fn in_log_only_mode_everything_runs_and_the_headers_say_what_would_have_happened() {
    let upstream = Upstream::start();
    let mut policies = no_danger();
    policies.push(policy("ask", "deploy", "require_approval", "ask first"));
    policies.push(policy("fine", "safe", "allow", ""));
    let setup =
        Setup::inline(upstream.port, &policies).with("/bundle/settings/mode", json!("log_only"));
    let envoy = Envoy::start(setup);
    let cases = [
        (
            "danger",
            "would_block",
            Some("no-danger"),
            Some("danger is forbidden here"),
        ),
        (
            "deploy",
            "would_require_approval",
            Some("ask"),
            Some("ask first"),
        ),
        ("safe", "would_allow", None, None),
        ("other", "no_match", None, None),
    ];
    for (tool, word, policy, reason) in cases {
        let answer = post_json(envoy.port, "/mcp", &call(1, tool, json!({})));
        assert_eq!(
            answer.json()["result"]["content"][0]["text"],
            "upstream",
            "{tool}"
        );
        assert_eq!(answer.header("x-tessera-mode"), Some("log_only"), "{tool}");
        assert_eq!(answer.header("x-tessera-decision"), Some(word), "{tool}");
        assert_eq!(answer.header("x-tessera-policy-id"), policy, "{tool}");
        assert_eq!(answer.header("x-tessera-reason"), reason, "{tool}");
    }
    assert_eq!(upstream.count(), cases.len());
}

#[test]
fn in_enforcement_mode_a_forwarded_answer_says_nothing_but_its_audit_id() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let answer = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    let ours = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-tessera-"));
    let ours: Vec<&str> = ours.map(|(name, _)| name.as_str()).collect();
    assert_eq!(ours, ["x-tessera-audit-id"]);
}

#[test]
fn with_default_block_only_what_a_policy_allows_runs_but_the_handshake_still_works() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &[policy("safe-ok", "safe", "allow", "")])
        .with("/bundle/settings/default_action", json!("block"));
    let envoy = Envoy::start(setup);
    let denied = post_json(envoy.port, "/mcp", &call(1, "other", json!({})));
    assert_eq!(denied.json()["result"]["isError"], true);
    assert_eq!(decision(&denied)["policy_id"], json!(null));
    assert_eq!(upstream.count(), 0);
    let passes = [
        call(2, "safe", json!({})),
        message(3, "tools/list", json!({})),
        message(4, "ping", json!({})),
    ];
    for (index, request) in passes.iter().enumerate() {
        post_json(envoy.port, "/mcp", request);
        assert_eq!(upstream.count(), index + 1, "{request}");
    }
}

#[test]
fn lockdown_refuses_every_call_whatever_the_policies_say() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &[policy("all", "*", "allow", "")])
        .with("/bundle/settings/lockdown", json!(true));
    let envoy = Envoy::start(setup);
    let denied = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    assert_eq!(denied.json()["result"]["isError"], true);
    assert_eq!(upstream.count(), 0);
}

#[test]
fn an_intent_that_is_required_and_missing_refuses_the_call() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &[]).with(
        "/bundle/settings/intent",
        json!({"meta_key": "tessera_intent", "required": true}),
    );
    let envoy = Envoy::start(setup);
    let denied = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    assert_eq!(denied.json()["result"]["isError"], true);
    assert_eq!(upstream.count(), 0);
}
