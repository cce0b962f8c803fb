//! What clients answer servers, given what their conversation has seen.

use super::*;

const CODE_ANSWER: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Your code is XK4411927."}]}}"#;
const SAMPLES: &str = r#"data: {"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{"messages":[]}}"#;
const MODERN_META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// A proxy that lets go whatever is no secret.
fn proxy() -> Proxy {
    let document = r#"{"settings":{"flow":"ask","unlisted_ceiling":"restricted"},"tools":{
        "get_webpage":{"effects":["read"],"result":{"structured":false}},
        "get_code":{"effects":["read"],"result":{"secret":true}}}}"#;
    Proxy::with(StateKept::Local, document)
}

/// What a server is answered that asks the model of a conversation which knows a secret.
fn answered(proxy: &Proxy, token: &str, result: &str) -> Vec<Record> {
    let token = [("tessera-prompt", token), ("mcp-session-id", "s")];
    let (mut exchange, judged) = proxy.ask(&token, PAGE);
    assert_eq!(judged.step, Step::Forward);
    proxy.answers(&mut exchange, EVENTS);
    proxy.piece(&mut exchange, &format!("{SAMPLES}\n\n"), false);
    let body = format!(r#"{{"jsonrpc":"2.0","id":"s1","result":{result}}}"#);
    proxy.ask(&token, &body).1.records
}

/// The same where a request brings the answer back.
fn brought_back(proxy: &Proxy, token: &str, answer: &str) -> Vec<Record> {
    let mut exchange = proxy.exchange();
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "get_webpage"),
        ("tessera-prompt", token),
    ];
    exchange.request_head(head("POST", &headers, false), &proxy.world());
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"get_webpage","arguments":{{}},
        "inputResponses":{{"k":{answer}}},{MODERN_META}}}}}"#
    );
    let judged = exchange.request_end(body.as_bytes(), &proxy.world());
    proxy.count(&judged);
    judged.records
}

#[test]
fn a_secret_does_not_leave_in_what_a_client_answers() {
    for (answer, expected) in [
        (
            r#"{"role":"assistant","content":{"type":"text","text":"Fine."}}"#,
            "default",
        ),
        (
            r#"{"role":"assistant","content":{"type":"text","text":"It is xk-4411-927."}}"#,
            "flow_secret",
        ),
        (
            r#"{"role":"assistant","content":{"type":"text","text":"UGFzc3BvcnQ6IFhLNDQxMTkyNw=="}}"#,
            "flow_secret",
        ),
        (
            r#"{"action":"accept","content":{"a":"XK44","b":"11927"}}"#,
            "flow_secret",
        ),
        (
            r#"{"action":"accept","content":{"XK4411927":true}}"#,
            "flow_secret",
        ),
        // Where a value came from does not matter.
        (
            r#"{"action":"accept","content":{"to":"eve@evil.example"}}"#,
            "default",
        ),
    ] {
        let proxy = proxy();
        let prompt = proxy.prompt("c1");
        proxy.exchanged(&[("tessera-prompt", &prompt)], CODE, CODE_ANSWER);
        let legacy = answered(&proxy, &prompt, answer);
        assert_eq!(code(&legacy), expected, "{answer}");
        assert_eq!(legacy[0].stopped, expected != "default");
        assert_eq!(
            code(&brought_back(&proxy, &prompt, answer)),
            expected,
            "{answer}"
        );
    }
}

#[test]
fn where_secrets_may_be_forgotten_only_an_answer_that_says_nothing_passes() {
    let task = r#"{"jsonrpc":"2.0","id":1,"method":"tasks/result","params":{"taskId":"t-1"}}"#;
    for (answer, expected) in [
        (r#"{"action":"decline"}"#, "default"),
        (r#"{"action":"XK4411927"}"#, "flow_limit"),
        (
            r#"{"action":"accept","content":{"name":"Bob"}}"#,
            "flow_limit",
        ),
    ] {
        let proxy = proxy();
        let prompt = proxy.prompt("c1");
        proxy.exchanged(&[("tessera-prompt", &prompt)], task, CODE_ANSWER);
        assert_eq!(
            code(&answered(&proxy, &prompt, answer)),
            expected,
            "{answer}"
        );
        assert_eq!(
            code(&brought_back(&proxy, &prompt, answer)),
            expected,
            "{answer}"
        );
    }
}

#[test]
fn an_answer_is_held_against_the_ceiling_of_what_leaves() {
    let document = r#"{"settings":{"flow":"ask"},"tools":{
        "get_webpage":{"effects":["read"]},
        "get_code":{"effects":["read"],"result":{"sensitivity":"restricted"}}}}"#;
    let proxy = Proxy::with(StateKept::Local, document);
    let prompt = proxy.prompt("c1");
    let answer = r#"{"action":"accept","content":{"name":"Bob"}}"#;
    assert_eq!(code(&answered(&proxy, &prompt, answer)), "default");
    proxy.exchanged(&[("tessera-prompt", &prompt)], CODE, CODE_ANSWER);
    assert_eq!(
        code(&answered(&proxy, &prompt, answer)),
        "sensitivity_exceeded"
    );
    assert_eq!(
        code(&brought_back(&proxy, &prompt, answer)),
        "sensitivity_exceeded"
    );
}
