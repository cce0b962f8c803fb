//! What a case presupposes: requests the server has made and the client has, or has not, answered.

use serde_json::{Value, json};
use tessera_tests::{Connection, Part, Reply, Turn, Upstream, When, call};

/// Brings the state of a case about in the Envoy at `port`. As long as the connections are kept the calls are open in
/// which the server asked; they are tagged with `<tag>-state`.
pub(crate) fn bring_about(
    port: u16,
    host: &str,
    upstream: &Upstream,
    case: &Value,
    tag: &str,
) -> Vec<Connection> {
    let list = |member: &str| {
        case["state"][member]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let tag = format!("{tag}-state");
    let answered = list("answered_server_requests");
    let mut open = Vec::new();
    for asked in list("outstanding_server_requests").iter().chain(&answered) {
        open.push(ask(port, host, upstream, asked, &tag));
    }
    for asked in &answered {
        let body = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {}});
        let mut connection = Connection::open(port);
        post(&mut connection, host, asked, &tag, &body);
        assert_eq!(
            connection.read().status,
            202,
            "{asked} could not be answered"
        );
    }
    open
}

/// A call of the client in which the server asks; returns as soon as the client has the question.
fn ask(port: u16, host: &str, upstream: &Upstream, asked: &Value, tag: &str) -> Connection {
    let method = asked["method"].as_str().unwrap_or("sampling/createMessage");
    let question = json!({"jsonrpc": "2.0", "id": asked["id"], "method": method, "params": {}});
    let reply = Reply::events(vec![Part::event(&[], &question), Part::Hold]);
    let when = When::asks("tools/call").header("x-case", tag);
    upstream.play(vec![Turn::once(when, reply)]);
    let mut connection = Connection::open(port);
    post(
        &mut connection,
        host,
        asked,
        tag,
        &call("state", "safe", json!({})),
    );
    assert_eq!(connection.read_head().status, 200);
    assert!(
        connection.read_chunk().is_some(),
        "the question did not come"
    );
    connection
}

fn post(connection: &mut Connection, host: &str, asked: &Value, tag: &str, body: &Value) {
    let headers = [
        ("host", host),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-session-id", asked["session"].as_str().unwrap()),
        ("x-case", tag),
    ];
    connection.send_request("POST", "/mcp", &headers, body.to_string().as_bytes());
}
