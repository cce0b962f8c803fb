//! Event streams flow while they are open.

use serde_json::json;
use tessera_tests::{Connection, Envoy, Part, Reply, Setup, Upstream, call};

use crate::no_danger;

fn event(data: &str) -> Part {
    Part::Bytes(format!("event: message\ndata: {data}\n\n").into_bytes())
}

#[test]
fn an_event_reaches_the_client_before_the_stream_ends() {
    let upstream = Upstream::scripted(|_| {
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}});
        let result = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": []}});
        Reply::events(vec![
            event(&progress.to_string()),
            Part::Hold,
            event(&result.to_string()),
        ])
    });
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let mut connection = Connection::open(envoy.port);
    let body = call(1, "safe", json!({})).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("accept", "text/event-stream"),
    ];
    connection.send_request("POST", "/mcp", &headers, body.as_bytes());
    let head = connection.read_head();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert!(head.header("x-tessera-audit-id").is_some());
    // The server holds the rest back until we have seen the first event.
    let first = connection.read_chunk().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("notifications/progress"));
    upstream.release();
    let mut rest = Vec::new();
    while let Some(chunk) = connection.read_chunk() {
        rest.extend(chunk);
    }
    assert!(String::from_utf8_lossy(&rest).contains(r#""id":1"#));
}

#[test]
fn a_stream_that_the_client_opens_flows_too() {
    let upstream = Upstream::scripted(|_| Reply::events(vec![event("{}"), Part::Hold]));
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let mut connection = Connection::open(envoy.port);
    connection.send_request("GET", "/mcp", &[("accept", "text/event-stream")], b"");
    assert_eq!(connection.read_head().status, 200);
    assert!(connection.read_chunk().is_some());
    upstream.release();
    assert_eq!(connection.read_chunk(), None);
}
