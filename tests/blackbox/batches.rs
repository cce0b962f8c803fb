//! Arrays of messages: refused unless accepted, and then judged one by one and forwarded whole or not at all.

use serde_json::{Value, json};
use tessera_tests::{Answer, Connection, Envoy, Part, Reply, Setup, Tessera, Upstream, call, post};

use crate::no_danger;

const REVISION: &str = "2025-03-26";

fn batch(port: u16, version: &str, messages: &Value) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", version),
    ];
    post(port, "/mcp", &headers, messages.to_string().as_bytes())
}

fn result(id: u64, text: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}})
}

#[test]
fn a_batch_is_refused_unless_it_is_accepted_and_of_its_revision() {
    let upstream = Upstream::start();
    let one = json!([call(1, "safe", json!({}))]);
    let others = ["2025-06-18", "2025-11-25", "2026-07-28"];
    for (setting, versions) in [("deny", &[REVISION][..]), (REVISION, &others)] {
        let setup = Setup::inline(upstream.port, &no_danger()).with("/batches", json!(setting));
        let envoy = Envoy::start(setup);
        for version in versions {
            let answer = batch(envoy.port, version, &one);
            assert_eq!(answer.status, 400, "{setting} {version}");
            assert_eq!(answer.json()["error"]["data"]["code"], "batch");
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_batch_with_one_denied_message_reaches_no_server_and_each_request_is_answered() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&no_danger());
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys())
        .with("/batches", json!(REVISION));
    let envoy = Envoy::start(setup);
    tessera.wait_for_filters(2);
    let messages = json!([
        call(1, "safe", json!({})),
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}},
        call("two", "danger", json!({})),
    ]);
    let answer = batch(envoy.port, REVISION, &messages);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answers = answer.json();
    let code = |index: usize| answers[index]["result"]["_meta"]["tessera/decision"]["code"].clone();
    assert_eq!(answers.as_array().map(Vec::len), Some(2), "{answers}");
    assert_eq!(
        (&answers[0]["id"], code(0)),
        (&json!(1), json!("batch_denied"))
    );
    assert_eq!(
        (&answers[1]["id"], code(1)),
        (&json!("two"), json!("policy_matched"))
    );
    assert_eq!(upstream.count(), 0);
    // Every message has a record of its own.
    let records = tessera.wait_for_record(&answer);
    let codes: Vec<&Value> = records.iter().map(|record| &record["code"]).collect();
    assert_eq!(codes, ["batch_denied", "batch_denied", "policy_matched"]);
}

#[test]
fn the_answers_of_an_allowed_batch_come_back_each_to_its_request() {
    let upstream = Upstream::scripted(|seen| {
        let answers = [result(2, "two"), result(9, "foreign"), result(1, "one")];
        match seen.header("accept") {
            Some("text/event-stream") => Reply::events(vec![
                Part::event(&[], &json!(answers)),
                Part::event(&[], &result(1, "again")),
            ]),
            _ => Reply::json(&json!(answers)),
        }
    });
    let setup = Setup::inline(upstream.port, &no_danger()).with("/batches", json!(REVISION));
    let envoy = Envoy::start(setup);
    let messages = json!([call(1, "safe", json!({})), call(2, "safe", json!({}))]).to_string();
    for accept in ["application/json", "text/event-stream"] {
        let headers = [("content-type", "application/json"), ("accept", accept)];
        let mut connection = Connection::open(envoy.port);
        connection.send_request("POST", "/mcp", &headers, messages.as_bytes());
        let answer = connection.read();
        let text = answer.text();
        assert!(
            !text.contains("foreign") && !text.contains("again"),
            "{accept}: {text}"
        );
        let (two, one) = (text.find("two"), text.find("one"));
        assert!(two.is_some() && two < one, "{accept}: {text}");
    }
    let sent: Vec<Vec<u8>> = upstream.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(sent, [messages.clone().into_bytes(), messages.into_bytes()]);
}

#[test]
fn the_access_log_has_a_line_for_every_message_of_a_batch() {
    let upstream = Upstream::start();
    let mirrored = r#""audit": {"mirror": true},"#;
    let batching = format!(r#"{mirrored} "batches": "{REVISION}","#);
    let envoy = Envoy::scenario("standalone", upstream.port, &[(mirrored, &batching)]);
    let messages = json!([
        call(1, "safe", json!({})),
        call(2, "delete_repo", json!({}))
    ]);
    batch(envoy.port, REVISION, &messages);
    let tools = tessera_tests::wait_for("two lines of the access log", || {
        let log = envoy.log();
        let records = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let tools: Vec<Value> = records.map(|record| record["tool"].clone()).collect();
        (!tools.is_empty()).then_some(tools)
    });
    assert_eq!(tools, ["safe", "delete_repo"]);
}
