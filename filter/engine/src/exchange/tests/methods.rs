//! Every method that reads, writes or runs something is judged, by its name and by its params.

use super::*;
use crate::policy::{Call, Sender};

/// Method, params, and a condition that holds for them.
const GOVERNED: [(&str, &str, &str); 9] = [
    ("resources/read", r#""uri":"x""#, "uri"),
    ("resources/subscribe", r#""uri":"x""#, "uri"),
    ("prompts/get", r#""name":"x","arguments":{}"#, "name"),
    (
        "completion/complete",
        r#""ref":{"type":"ref/prompt","name":"x"},"argument":{}"#,
        "ref.name",
    ),
    ("tasks/get", r#""taskId":"x""#, "taskId"),
    ("tasks/result", r#""taskId":"x""#, "taskId"),
    ("tasks/update", r#""taskId":"x""#, "taskId"),
    ("tasks/cancel", r#""taskId":"x""#, "taskId"),
    ("vendor/method", r#""deep":[{"x":"x"}]"#, "deep.0.x"),
];

/// Whether a policy with this `match` and the condition on `path` stops the request.
fn stopped(matching: &str, path: &str, value: &str, body: &str) -> bool {
    let policy = format!(
        r#"{{"id":"p","action":"block","match":{matching},
           "when":[{{"condition":"arg_equals","arg_path":"{path}","value":"{value}"}}]}}"#
    );
    let bundle = policies(r#"{"default_action":"allow"}"#, &[&policy]);
    let (_, record) = post(settings(), bundle, body);
    assert!(!record.stopped || record.policy_id.is_some(), "{body}");
    record.stopped
}

#[test]
fn policies_address_methods_as_tools_and_as_methods_and_their_params_as_arguments() {
    for (method, params, path) in GOVERNED {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params},"_meta":{{}}}}}}"#
        );
        for key in ["tool", "method"] {
            let matching = |name: &str| format!(r#"{{"{key}":"{name}"}}"#);
            assert!(
                stopped(&matching(method), path, "x", &body),
                "{key} {method}"
            );
            assert!(
                !stopped(&matching(method), path, "y", &body),
                "{key} {method}"
            );
            assert!(
                !stopped(&matching("other"), path, "x", &body),
                "{key} {method}"
            );
        }
        assert!(stopped("{}", path, "x", &body), "{method}");
        assert!(
            !stopped(r#"{"sender":"server"}"#, path, "x", &body),
            "{method}"
        );
    }
}

#[test]
fn by_default_every_one_of_them_is_blocked() {
    for (method, params, _) in GOVERNED {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}}}}}"#);
        let (step, record) = post(settings(), policies("{}", &[]), &body);
        assert_eq!(reply(step).status, 200, "{method}");
        assert_eq!((record.stopped, record.code), (true, "default"), "{method}");
    }
}

/// What both sides may ask of each other, whether it is governed, and an answer to it with a condition
/// that holds for it.
const ASKED: [(&str, bool, &str, &str); 3] = [
    (
        "sampling/createMessage",
        true,
        r#"{"content":{"text":"x"}}"#,
        "content.text",
    ),
    (
        "elicitation/create",
        true,
        r#"{"action":"accept","content":{"a":"x"}}"#,
        "content.*",
    ),
    (
        "roots/list",
        false,
        r#"{"roots":[{"uri":"x"}]}"#,
        "roots.0.uri",
    ),
];

#[test]
fn what_servers_ask_and_clients_answer_is_addressed_like_a_method() {
    for (method, is_governed, content, path) in ASKED {
        let content = crate::json::parse(content.as_bytes()).unwrap();
        for (sender, other) in [(Sender::Client, "server"), (Sender::Server, "client")] {
            let stops = |matching: &str| {
                let policy = format!(
                    r#"{{"id":"p","action":"block","match":{matching},
                       "when":[{{"condition":"arg_equals","arg_path":"{path}","value":"x"}}]}}"#
                );
                let active = policies(r#"{"default_action":"allow"}"#, &[&policy]).unwrap();
                let decision = active.bundle.decide(&Call {
                    upstream: "demo",
                    method,
                    tool: method,
                    arguments: Some(&content),
                    meta: None,
                    now: UnixMillis(0),
                    audit_id: "",
                    caller: None,
                    sender,
                    trust: None,
                });
                !decision.action.lets_pass()
            };
            let own = sender.as_str();
            assert!(stops(&format!(r#"{{"method":"{method}"}}"#)), "{method}");
            assert!(
                stops(&format!(r#"{{"method":"*","tool":"{method}"}}"#)),
                "{method}"
            );
            assert!(
                stops(&format!(r#"{{"method":"{method}","sender":"{own}"}}"#)),
                "{method}"
            );
            assert!(
                !stops(&format!(r#"{{"method":"{method}","sender":"{other}"}}"#)),
                "{method}"
            );
            assert_eq!(
                stops(&format!(r#"{{"tool":"{method}"}}"#)),
                is_governed,
                "{method}"
            );
        }
    }
}
