//! What a caller sees and what is hidden in its calls: lists, calls inside calls, JSON inside strings.

use serde_json::{Value, json};
use tessera_tests::{
    Answer, Envoy, Reply, Setup, Turn, Upstream, When, call, message, post, post_json,
};

use crate::callers::token_hash;
use crate::{decision, no_danger, policy};

/// A server that lists the tools `safe` and `danger`, on two pages.
fn listing() -> Upstream {
    let page = |tool: &str, next: Option<&str>| {
        let mut result = json!({"tools": [{"name": tool, "inputSchema": {"type": "object"}}]});
        if let Some(next) = next {
            result["nextCursor"] = next.into();
        }
        result
    };
    let turn = |id: u64, result: Value| {
        let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
        Turn::always(When::asks("tools/list").id(id), Reply::json(&answer))
    };
    Upstream::playing(vec![
        turn(1, page("safe", Some("two"))),
        turn(2, page("danger", None)),
    ])
}

fn tools(answer: &Answer) -> Vec<String> {
    let listed = answer.json()["result"]["tools"].as_array().unwrap().clone();
    let name = |tool: &Value| tool["name"].as_str().unwrap().to_owned();
    listed.iter().map(name).collect()
}

#[test]
fn a_list_shows_each_caller_what_it_may_use_and_hidden_tools_are_refused() {
    let mut for_ops = policy("ops-may", "danger", "allow", "");
    for_ops["match"]["caller"] = "ops".into();
    for_ops["priority"] = json!(1);
    let policies = [no_danger(), vec![for_ops]].concat();
    let upstream = listing();
    let setup = Setup::inline(upstream.port, &policies).with(
        "/callers",
        json!({"bearer": [
            {"name": "ci", "token_sha256": token_hash("token-of-ci")},
            {"name": "ops", "token_sha256": token_hash("token-of-ops")},
        ]}),
    );
    let envoy = Envoy::start(setup);
    let ask = |caller: &str, body: &Value| {
        let token = format!("Bearer token-of-{caller}");
        let headers = [
            ("content-type", "application/json"),
            ("authorization", &*token),
        ];
        post(envoy.port, "/mcp", &headers, body.to_string().as_bytes())
    };
    let first = message(1, "tools/list", json!({}));
    let second = message(2, "tools/list", json!({"cursor": "two"}));
    for (caller, page, shown) in [
        ("ci", &first, vec!["safe"]),
        ("ci", &second, vec![]),
        ("ops", &second, vec!["danger"]),
    ] {
        assert_eq!(tools(&ask(caller, page)), shown, "{caller} {page}");
    }
    assert_eq!(ask("ci", &first).json()["result"]["nextCursor"], "two");
    let denied = ask("ci", &call(3, "danger", json!({})));
    assert_eq!(decision(&denied)["policy_id"], "no-danger");
}

#[test]
fn a_tool_that_runs_another_is_judged_as_both() {
    let upstream = Upstream::start();
    let meta_tools = json!([{"tool": "call_tool", "name": "tool_name", "arguments": "arguments"}]);
    let setup = Setup::inline(upstream.port, &no_danger()).with("/bundle/meta_tools", meta_tools);
    let envoy = Envoy::start(setup);
    let run = |arguments: Value| post_json(envoy.port, "/mcp", &call(1, "call_tool", arguments));
    for (arguments, code) in [
        (json!({"tool_name": "danger"}), "policy_matched"),
        (
            json!({"tool_name": "call_tool", "arguments": {"tool_name": "danger"}}),
            "policy_matched",
        ),
        (
            json!({"tool_name": "call_tool", "arguments": r#"{"tool_name":"danger"}"#}),
            "policy_matched",
        ),
        (json!({"name": "danger"}), "meta_tool_unreadable"),
    ] {
        let answer = run(arguments.clone());
        assert_eq!(decision(&answer)["code"], code, "{arguments}");
    }
    assert_eq!(upstream.count(), 0);
    run(json!({"tool_name": "safe", "arguments": {}}));
    assert_eq!(upstream.count(), 1);
}

#[test]
fn an_argument_does_not_hide_in_a_string() {
    let upstream = Upstream::start();
    let policies = [json!({
        "id": "no-etc",
        "name": "no system files",
        "when": [{"condition": "arg_matches_regex", "arg_path": "file.path", "pattern": "^/etc/"}],
        "action": "block",
    })];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let read = |file: Value| post_json(envoy.port, "/mcp", &call(1, "read", json!({"file": file})));
    for file in [
        json!({"path": "/etc/passwd"}),
        json!(r#"{"path": "/etc/passwd"}"#),
        json!(r#"{"path": "/home", "p\u0061th": "\u002fetc/passwd"}"#),
        json!(r#""{\"path\": \"/etc/passwd\"}""#),
    ] {
        let answer = read(file.clone());
        assert_eq!(decision(&answer)["policy_id"], "no-etc", "{file}");
    }
    assert_eq!(upstream.count(), 0);
    read(json!(r#"{"path": "/home/x"}"#));
    assert_eq!(upstream.count(), 1);
}

/// Strings in strings, each with as many lists around the next as one text may have.
fn deepest(levels: usize) -> Value {
    let lists = |inner: &str| format!("{}{inner}{}", "[".repeat(64), "]".repeat(64));
    let wrap = |inner: String, _| lists(&Value::from(inner).to_string());
    Value::from((1..levels).fold(lists("1"), wrap))
}

#[test]
fn the_deepest_strings_in_strings_are_judged_and_deeper_ones_refused() {
    let upstream = Upstream::start();
    let conditions = [
        json!({"condition": "arg_matches_regex", "arg": "*", "pattern": "secret"}),
        json!({"condition": "arg_path_matches_regex", "arg_path": "**.path", "pattern": "secret"}),
        json!({"condition": "any_text_matches_regex", "pattern": "secret"}),
        json!({"condition": "arg_equals", "arg": "v", "value": [[1]]}),
        json!({"condition": "data_volume", "bytes_threshold": 10_000_000}),
    ];
    let when = json!([{"condition": "any_of", "conditions": conditions}]);
    let policies = [json!({"id": "p", "name": "p", "when": when, "action": "block"})];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let send = |levels| {
        post_json(
            envoy.port,
            "/mcp",
            &call(1, "t", json!({"v": deepest(levels)})),
        )
    };
    assert_eq!(send(8).status, 200);
    assert_eq!(upstream.count(), 1);
    assert_eq!(decision(&send(9))["code"], "budget_exceeded");
    assert_eq!(upstream.count(), 1);
}
