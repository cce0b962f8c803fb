//! Requests that have no single reading are refused before any server sees them.

use serde_json::json;
use tessera_tests::{Answer, Envoy, Setup, Upstream, call, get, post};

use crate::no_danger;

/// What is refused, the body, and what must come back: status, JSON-RPC code, word.
type Case<'a> = (&'a str, &'a [u8], u16, i64, &'a str);

const SAFE: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","arguments":{}}}"#;

fn refused(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{word}: {}", answer.text());
    assert_eq!(
        answer.json()["error"]["data"]["code"],
        word,
        "{}",
        answer.text()
    );
}

#[test]
fn a_body_with_two_readings_is_refused_with_the_reason() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let cases: [Case<'_>; 7] = [
        ("not JSON", b"{", 400, -32700, "not_json"),
        (
            "a name twice",
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","name":"danger"}}"#,
            400,
            -32600,
            "duplicate_key",
        ),
        (
            "a name in two cases",
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","Name":"danger"}}"#,
            400,
            -32600,
            "key_collision",
        ),
        ("a batch", b"[]", 400, -32600, "batch"),
        (
            "two in one",
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger"},"result":{}}"#,
            400,
            -32600,
            "hybrid",
        ),
        (
            "a call without an id",
            br#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"safe"}}"#,
            400,
            -32600,
            "missing_id",
        ),
        ("something behind it", b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}", 400, -32700, "not_json"),
    ];
    for (what, body, status, code, word) in cases {
        let answer = post(
            envoy.port,
            "/mcp",
            &[("content-type", "application/json")],
            body,
        );
        refused(&answer, status, word);
        assert_eq!(answer.json()["error"]["code"], code, "{what}");
    }
    assert_eq!(upstream.count(), 0);
    assert_eq!(
        envoy.stat("wasmcustom.tessera_malformed"),
        Some(cases.len() as u64)
    );
}

#[test]
fn an_encoded_body_and_a_foreign_type_are_refused() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let json = ("content-type", "application/json");
    for coding in ["gzip", "deflate", "br", "identity, gzip"] {
        let answer = post(
            envoy.port,
            "/mcp",
            &[json, ("content-encoding", coding)],
            SAFE.as_bytes(),
        );
        refused(&answer, 415, "content_encoding");
    }
    for kind in [
        "text/plain",
        "application/jsonx",
        "application/json, text/plain",
    ] {
        let answer = post(
            envoy.port,
            "/mcp",
            &[("content-type", kind)],
            SAFE.as_bytes(),
        );
        refused(&answer, 415, "content_type");
    }
    assert_eq!(upstream.count(), 0);
    let answer = post(
        envoy.port,
        "/mcp",
        &[json, ("content-encoding", "identity")],
        SAFE.as_bytes(),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_foreign_origin_is_refused_and_a_listed_one_is_not() {
    let upstream = Upstream::start();
    let origins = json!(["https://app.example", "http://localhost:3000"]);
    let setup =
        Setup::inline(upstream.port, &no_danger()).with("/allowed_origins", origins.clone());
    let envoy = Envoy::start(setup);
    let with = |origin: &[&str]| {
        let origins = origin.iter().map(|origin| ("origin", *origin));
        let headers: Vec<_> = [("content-type", "application/json")]
            .into_iter()
            .chain(origins)
            .collect();
        post(envoy.port, "/mcp", &headers, SAFE.as_bytes())
    };
    for foreign in [
        &["http://evil.example"][..],
        &["http://app.example"],
        &["https://app.example:8443"],
        &["https://app.example:443"],
        &["https://app.example/"],
        &["https://App.example"],
        &["https://app.example.evil.example"],
        &["http://localhost"],
        &["http://localhost:30000"],
        &["null"],
        &[""],
        &["https://app.example", "http://evil.example"],
        &["https://app.example", "https://app.example"],
    ] {
        let answer = with(foreign);
        refused(&answer, 403, "origin_not_allowed");
    }
    assert_eq!(upstream.count(), 0);
    for listed in origins.as_array().unwrap() {
        assert_eq!(with(&[listed.as_str().unwrap()]).status, 200);
    }
    assert_eq!(with(&[]).status, 200);
    assert_eq!(upstream.count(), 3);
}

#[test]
fn where_hosts_are_listed_a_request_that_a_rebound_name_brought_here_is_refused() {
    let upstream = Upstream::start();
    let hosts = json!(["mcp.example", "127.0.0.1:8080"]);
    let setup = Setup::inline(upstream.port, &no_danger()).with("/allowed_hosts", hosts);
    let envoy = Envoy::start(setup);
    let with = |host| {
        let headers = [("content-type", "application/json"), ("host", host)];
        post(envoy.port, "/mcp", &headers, SAFE.as_bytes())
    };
    for foreign in [
        "evil.example",
        "evil.example:8080",
        "mcp.example.evil.example",
        "mcp.example.",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost:8080",
    ] {
        refused(&with(foreign), 421, "host_not_allowed");
    }
    // In HTTP/2 the name is the authority; a `host` field beside it changes nothing.
    let headers = [
        ("content-type".to_owned(), "application/json".to_owned()),
        ("host".to_owned(), "mcp.example".to_owned()),
    ];
    let body = vec![bytes::Bytes::from_static(SAFE.as_bytes())];
    refused(
        &tessera_tests::post_h2(envoy.port, "/mcp", &headers, body, &[]),
        421,
        "host_not_allowed",
    );
    let stream = [("accept", "text/event-stream"), ("host", "evil.example")];
    refused(&get(envoy.port, "/mcp", &stream), 421, "host_not_allowed");
    assert_eq!(upstream.count(), 0);
    for listed in ["mcp.example", "MCP.example:9999", "127.0.0.1:8080"] {
        assert_eq!(with(listed).status, 200, "{listed}");
    }
    assert_eq!(upstream.count(), 3);
}

#[test]
fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let upstream = Upstream::start();
    let setup =
        Setup::inline(upstream.port, &no_danger()).with("/limits", json!({"body_bytes": 2000}));
    let envoy = Envoy::start(setup);
    let sized = |size: usize| {
        let empty = call(1, "safe", json!({"x": ""})).to_string().len();
        call(1, "safe", json!({"x": "y".repeat(size - empty)}))
            .to_string()
            .into_bytes()
    };
    let json = [("content-type", "application/json")];
    assert_eq!(post(envoy.port, "/mcp", &json, &sized(2000)).status, 200);
    assert_eq!(upstream.count(), 1);
    refused(
        &post(envoy.port, "/mcp", &json, &sized(2001)),
        413,
        "body_too_large",
    );
    assert_eq!(upstream.count(), 1);
}

#[test]
fn methods_that_mcp_does_not_have_are_refused() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let mut connection = tessera_tests::Connection::open(envoy.port);
    connection.send_request(
        "PUT",
        "/mcp",
        &[("content-type", "application/json")],
        SAFE.as_bytes(),
    );
    refused(&connection.read(), 405, "method_not_allowed");
    assert_eq!(upstream.count(), 0);
    assert_eq!(
        get(envoy.port, "/mcp", &[("accept", "text/event-stream")]).status,
        202
    );
    assert_eq!(upstream.count(), 1);
}
