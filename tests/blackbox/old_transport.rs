//! The HTTP+SSE transport of 2024-11-05: refused, or let through with its requests judged.

use serde_json::{Value, json};
use tessera_tests::{
    Connection, Envoy, Part, Reply, Setup, Tessera, Turn, Upstream, When, call, post_json,
};

use crate::{decision, no_danger};

const ENDPOINT: &str = "/mcp/messages?sessionId=1";

/// A server of the old kind: the GET says where to post, and later, as told, the answer to a call.
fn server() -> Upstream {
    let endpoint = format!("event: endpoint\ndata: {ENDPOINT}\n\n").into_bytes();
    let content = json!([{"type": "text", "text": "done"}]);
    let result = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": content}});
    let stream = Reply::events(vec![
        Part::Bytes(endpoint),
        Part::UntilAsked(When::asks("tools/call").at(ENDPOINT)),
        Part::event(&["event: message"], &result),
        Part::Hold,
    ]);
    Upstream::playing(vec![
        Turn::always(When::http("GET"), stream),
        Turn::always(
            When::http("POST"),
            Reply {
                status: 202,
                ..Reply::of("text/plain", vec![Part::Bytes(b"Accepted".to_vec())])
            },
        ),
    ])
}

fn open(port: u16) -> Connection {
    let mut connection = Connection::open(port);
    connection.send_request("GET", "/mcp/sse", &[("accept", "text/event-stream")], b"");
    connection
}

#[test]
fn the_old_transport_ends_where_it_begins_and_leaves_a_record() {
    let upstream = server();
    let tessera = Tessera::start(&no_danger());
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys());
    let envoy = Envoy::start(setup);
    tessera.wait_for_filters(2);
    let answer = open(envoy.port).read();
    assert!(!answer.text().contains("endpoint"), "{answer:?}");
    assert!(!answer.text().contains("messages"), "{answer:?}");
    let record = tessera_tests::wait_for("the record", || {
        let exported = tessera.command(&["audit", "export"]).stdout;
        let text = String::from_utf8(exported).unwrap();
        let records = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        records
            .into_iter()
            .find(|record| record["code"] == "http_sse")
    });
    assert_eq!(record["kind"], "answer");
    assert_eq!(record["stopped"], true);
    assert_eq!(record["upstream"], "demo");
    assert_eq!(record["http_method"], "GET");
}

#[test]
fn where_it_is_let_through_its_requests_are_judged_and_its_answers_come() {
    let upstream = server();
    let setup = Setup::inline(upstream.port, &no_danger()).with("/http_sse", json!("forward"));
    let envoy = Envoy::start(setup);
    let mut stream = open(envoy.port);
    assert_eq!(stream.read_head().status, 200);
    let first = String::from_utf8(stream.read_chunk().unwrap()).unwrap();
    assert_eq!(first, format!("event: endpoint\ndata: {ENDPOINT}\n\n"));

    let denied = post_json(envoy.port, ENDPOINT, &call(1, "danger", json!({})));
    assert_eq!(
        decision(&denied)["policy_id"],
        "no-danger",
        "{}",
        denied.text()
    );
    let posted = |upstream: &Upstream| {
        upstream
            .seen()
            .iter()
            .filter(|seen| seen.method == "POST")
            .count()
    };
    assert_eq!(posted(&upstream), 0);

    let accepted = post_json(envoy.port, ENDPOINT, &call(1, "safe", json!({})));
    assert_eq!((accepted.status, &*accepted.text()), (202, "Accepted"));
    assert_eq!(posted(&upstream), 1);
    let answer = String::from_utf8(stream.read_chunk().unwrap()).unwrap();
    assert!(answer.contains("done"), "{answer}");
    upstream.release();
}

#[test]
fn where_it_is_let_through_what_its_answers_hold_is_judged() {
    let upstream = server();
    let policy = json!({
        "id": "not-done",
        "name": "not done",
        "match": {},
        "response": {
            "when": [{"condition": "any_text_matches_regex", "pattern": "done"}],
            "action": "block",
            "reason": "it is never done",
        },
    });
    let setup = Setup::inline(upstream.port, &[policy]).with("/http_sse", json!("forward"));
    let envoy = Envoy::start(setup);
    let mut stream = open(envoy.port);
    assert_eq!(stream.read_head().status, 200);
    stream.read_chunk().unwrap();
    post_json(envoy.port, ENDPOINT, &call(1, "safe", json!({})));
    let answer = String::from_utf8(stream.read_chunk().unwrap()).unwrap();
    assert!(
        answer.contains("it is never done") && !answer.contains(r#""text":"done""#),
        "{answer}"
    );
    upstream.release();
}
