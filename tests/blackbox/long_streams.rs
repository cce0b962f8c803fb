//! A stream that stays open for long costs no more memory than a short one.

use serde_json::{Value, json};
use tessera_tests::{Connection, Envoy, Part, Reply, Setup, Upstream, message};

use crate::policy;

/// Events of one stream, and how many of them one chunk of the server holds.
const EVENTS: usize = 50_000;
const CHUNK: usize = 250;

/// Events after which memory is looked at for the first time: by then everything has its size.
const WARM: usize = 5_000;

/// What Envoy may grow by between the two looks, in KiB. What passes meanwhile is five times as much.
const GROWTH: u64 = 8 * 1024;

/// Notifications of a kilobyte each, with a secret that a policy takes out of every hundredth.
fn events(method: &str) -> Vec<Part> {
    let event = |number: usize| {
        let text = if number.is_multiple_of(100) {
            "an AKIA key"
        } else {
            "all is well"
        };
        let params = json!({"uri": "demo://notes", "level": "info", "data": text, "number": number, "pad": "x".repeat(900)});
        let told = json!({"jsonrpc": "2.0", "method": method, "params": params});
        format!("event: message\nid: {number}\ndata: {told}\n\n")
    };
    let chunk = |first: usize| {
        let text: String = (first..first + CHUNK).map(event).collect();
        Part::Bytes(text.into_bytes())
    };
    (0..EVENTS).step_by(CHUNK).map(chunk).collect()
}

/// Reads a stream to its end; Envoy's memory after [`WARM`] events and after all that came, and their number.
fn watch(mut connection: Connection, envoy: &Envoy) -> (u64, u64, usize) {
    assert_eq!(connection.read_head().status, 200);
    let (mut seen, mut warm) = (0, None);
    while let Some(chunk) = connection.read_chunk() {
        seen += chunk
            .windows(7)
            .filter(|window| window == b"\ndata: ")
            .count();
        if seen >= WARM && warm.is_none() {
            warm = Some(envoy.resident_kib());
        }
    }
    (warm.unwrap(), envoy.resident_kib(), seen)
}

fn bounded(http_method: &str, headers: &[(&str, &str)], body: &Value, method: &str) {
    let told = method.to_owned();
    let upstream = Upstream::scripted(move |_| Reply::events(events(&told)));
    let mut no_keys = policy("no-keys", "*", "block", "no keys");
    no_keys["match"] = json!({});
    no_keys.as_object_mut().unwrap().remove("action");
    no_keys.as_object_mut().unwrap().remove("reason");
    let pattern = json!([{"condition": "any_text_matches_regex", "pattern": "AKIA"}]);
    no_keys["response"] = json!({"when": pattern, "action": "block", "reason": "no keys"});
    let envoy = Envoy::start(Setup::inline(upstream.port, &[no_keys]));
    let mut connection = Connection::open(envoy.port);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    connection.send_request(http_method, "/mcp", headers, body.as_bytes());
    let (warm, end, seen) = watch(connection, &envoy);
    // Every hundredth was kept back; its place in the stream, the id, was not.
    assert_eq!(seen, EVENTS - EVENTS / 100);
    assert!(
        end < warm + GROWTH,
        "{warm} KiB after {WARM} events, {end} KiB after {EVENTS}"
    );
    eprintln!("{http_method}: {warm} KiB after {WARM} events, {end} KiB after {EVENTS}");
}

#[test]
fn a_stream_that_the_client_opens_may_stay_open() {
    let headers = [
        ("accept", "text/event-stream"),
        ("mcp-session-id", "long-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    bounded("GET", &headers, &Value::Null, "notifications/message");
}

#[test]
fn a_subscription_may_stay_open() {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "subscriptions/listen"),
    ];
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let listen = message(
        1,
        "subscriptions/listen",
        json!({"_meta": meta, "notifications": {}}),
    );
    bounded("POST", &headers, &listen, "notifications/resources/updated");
}
