//! Tokens that a message carries stay here, however it is written; every other message goes on as the
//! client's own bytes.

use serde_json::{Value, json};
use tessera_tests::{Answer, Connection, post};

use super::office::{ERAS, Office};
use super::passes;

const WORDS: &str = "Send it to bob@corp.example.";

/// A mail, with the members that are for the gateway.
fn mail(id: u64, era: &str, prompt: &str) -> Value {
    let mut meta = json!({
        "progressToken": 7,
        "tessera/prompt": [prompt],
        "tessera/prompt-text": WORDS,
        "tessera/endorsement": [],
        "tessera/label": [],
    });
    if era == "2026-07-28" {
        meta["io.modelcontextprotocol/protocolVersion"] = json!(era);
        meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "tests", "version": "1"});
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    }
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
        "name": "send_email",
        "arguments": {"to": "bob@corp.example", "body": "Grüße"},
        "_meta": meta,
    }})
}

/// The same as a server may see it.
fn without_tokens(mut call: Value) -> Value {
    let meta = call["params"]["_meta"].as_object_mut().unwrap();
    meta.retain(|key, _| !key.starts_with("tessera/"));
    call
}

fn headers(era: &str) -> Vec<(&str, &str)> {
    let mut headers = vec![
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", era),
    ];
    if era == "2026-07-28" {
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", "send_email")]);
    }
    headers
}

/// Sends a body in two chunks and a trailer.
fn in_chunks(port: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut bytes = b"POST /mcp HTTP/1.1\r\nhost: localhost\r\n".to_vec();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
    let (first, second) = body.split_at(body.len() / 2);
    for piece in [first, second] {
        bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\nx-end: 1\r\n\r\n");
    let mut connection = Connection::open(port);
    connection.send(&bytes);
    connection.read()
}

#[test]
fn tokens_in_a_message_reach_no_server_however_the_message_is_written() {
    for hold_headers in [true, false] {
        let office = Office::with(|setup| setup.with("/hold_headers", json!(hold_headers)));
        for era in ERAS {
            let call = mail(1, era, &office.prompt("c1", WORDS));
            let body = call.to_string();
            let (port, headers) = (office.envoy.port, headers(era));
            for answer in [
                post(port, "/mcp", &headers, body.as_bytes()),
                in_chunks(port, &headers, body.as_bytes()),
            ] {
                assert!(passes(&answer), "{era} {hold_headers} {}", answer.text());
                let seen = office.upstream.seen();
                let last = seen.last().unwrap();
                assert!(last.complete);
                assert_eq!(last.json(), without_tokens(call.clone()), "{era}");
                if let Some(length) = last.header("content-length") {
                    assert_eq!(length, last.body.len().to_string());
                }
            }
        }
    }
}

#[test]
fn a_message_without_tokens_goes_on_as_the_clients_own_bytes() {
    let office = Office::open(1);
    let prompt = office.prompt("c1", WORDS);
    let body = r#" {"jsonrpc":"2.0", "id": 1, "method":"tools/call","params":{"name":"send_email",
        "arguments":{"to":"bob@corp.example","body":"\u0048i"},"_meta":{"a/b": 1 }}} "#;
    let mut headers = headers(ERAS[0]);
    headers.push(("tessera-prompt", &prompt));
    let answer = post(office.envoy.port, "/mcp", &headers, body.as_bytes());
    assert!(passes(&answer), "{}", answer.text());
    assert_eq!(office.upstream.seen().last().unwrap().body, body.as_bytes());
}

#[test]
fn a_batch_goes_on_without_the_tokens_of_its_messages() {
    let revision = "2025-03-26";
    let office = Office::with(|setup| setup.with("/batches", json!(revision)));
    let prompt = office.prompt("c1", WORDS);
    let (first, second) = (mail(1, revision, &prompt), mail(2, revision, &prompt));
    let body = json!([first, second]).to_string();
    let answer = post(
        office.envoy.port,
        "/mcp",
        &headers(revision),
        body.as_bytes(),
    );
    let seen = office.upstream.seen();
    assert!(seen.last().unwrap().complete, "{}", answer.text());
    assert_eq!(
        seen.last().unwrap().json(),
        json!([without_tokens(first), without_tokens(second)])
    );
}
