//! One request, many ways to write it down: the verdict is that of the request. The wire cases cover what is in a
//! body; here it is paths and doubled header fields.

use bytes::Bytes;
use serde_json::json;
use tessera_tests::{Answer, Connection, Envoy, Http2, Http2Request, Setup, Upstream, call};

use crate::{decision, no_danger};

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// The same request over HTTP/1.1 with a length, in chunks with a trailer, and over HTTP/2.
fn over_each(port: u16, path: &str, headers: &Fields<'_>, body: &str) -> [Answer; 3] {
    let mut with_length = Connection::open(port);
    with_length.send_request("POST", path, headers, body.as_bytes());
    let mut chunked = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        chunked.push_str(&format!("{name}: {value}\r\n"));
    }
    let (first, second) = body.split_at(body.len() / 2);
    chunked.push_str("transfer-encoding: chunked\r\n\r\n");
    for piece in [first, second] {
        chunked.push_str(&format!("{:x}\r\n{piece}\r\n", piece.len()));
    }
    chunked.push_str("0\r\nx-end: 1\r\n\r\n");
    let owned: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let over_http2 = Http2::new(port).send(Http2Request {
        method: "POST",
        path,
        authority: "localhost",
        headers: &owned,
        frames: vec![Bytes::copy_from_slice(body.as_bytes())],
        trailers: &[],
    });
    let mut in_chunks = Connection::open(port);
    in_chunks.send(chunked.as_bytes());
    [with_length.read(), in_chunks.read(), over_http2]
}

#[test]
fn an_odd_path_to_a_server_is_judged_even_where_other_paths_are_left_alone() {
    let upstream = Upstream::start();
    let setup = Setup::inline(upstream.port, &no_danger()).with("/unmapped", json!("forward"));
    let envoy = Envoy::start(setup);
    let danger = call(1, "danger", json!({})).to_string();
    for path in [
        "/mcp",
        "/mcp/",
        "//mcp",
        "///mcp//",
        "/./mcp",
        "/mcp/.",
        "/a/../mcp",
        "/mcp/../mcp",
        "/mcp/x/..",
        "/../mcp",
        "/%2e/mcp",
        "/a/%2e%2e/mcp",
        "/a/.%2E/mcp",
        "/a/..%2fmcp",
        "/%6dcp",
        "/%4dCP",
        "/MCP",
        "/mcP/",
        "/mcp;a=b",
        "/mcp;",
        "/;x/mcp",
        "/a;b/../mcp",
        "/mcp%3bx",
        "/mcp?x=1",
        "/mcp?/../x",
        "/mcp%3fx",
        "/mcp%2f",
        "/mcp%5cx",
        "/mcp\\x",
        "/mcp/deeper?x",
    ] {
        for answer in over_each(
            envoy.port,
            path,
            &vec![("content-type", "application/json")],
            &danger,
        ) {
            // Envoy itself may refuse a path.
            let by_envoy = answer.status == 400 && answer.header("x-tessera-audit-id").is_none();
            let denied = !by_envoy && decision(&answer)["policy_id"] == "no-danger";
            assert!(by_envoy || denied, "{path}: {answer:?}");
        }
    }
    assert_eq!(upstream.count(), 0);
    let answers = over_each(
        envoy.port,
        "/elsewhere",
        &vec![("content-type", "application/json")],
        &danger,
    );
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(upstream.count(), 3);
}

#[test]
fn a_header_that_may_stand_once_is_refused_twice_on_every_transport() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let safe = call(1, "safe", json!({})).to_string();
    let doubled = [
        (
            "content-type",
            ["application/json", "application/json"],
            "content_type",
        ),
        (
            "content-type",
            ["text/plain", "application/json"],
            "content_type",
        ),
        ("content-encoding", ["identity", "gzip"], "content_encoding"),
        ("mcp-session-id", ["one", "two"], "bad_header"),
        ("mcp-session-id", ["one", "one"], "bad_header"),
        (
            "mcp-protocol-version",
            ["2025-06-18", "2025-11-25"],
            "header_mismatch",
        ),
        (
            "mcp-protocol-version",
            ["2025-11-25", "2025-11-25"],
            "header_mismatch",
        ),
        (
            "mcp-method",
            ["tools/call", "tools/call"],
            "header_mismatch",
        ),
        ("mcp-name", ["safe", "danger"], "header_mismatch"),
        ("mcp-name", ["safe", "safe"], "header_mismatch"),
        (
            "origin",
            ["http://a.example", "http://b.example"],
            "origin_not_allowed",
        ),
    ];
    for (name, values, code) in doubled {
        let own = [("content-type", "application/json")]
            .into_iter()
            .filter(|(known, _)| *known != name);
        let headers: Fields<'_> = own.chain(values.map(|value| (name, value))).collect();
        for answer in over_each(envoy.port, "/mcp", &headers, &safe) {
            assert_eq!(
                answer.json()["error"]["data"]["code"],
                code,
                "{name}: {answer:?}"
            );
        }
    }
    assert_eq!(upstream.count(), 0);
    // Once, each of them is fine.
    let once = vec![
        ("content-type", "application/json"),
        ("content-encoding", "identity"),
        ("mcp-session-id", "one"),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "safe"),
    ];
    let answers = over_each(envoy.port, "/mcp", &once, &safe);
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{answers:?}"
    );
    assert_eq!(upstream.count(), 3);
}

#[test]
fn two_hosts_and_two_lengths_never_reach_a_server() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let safe = call(1, "safe", json!({})).to_string();
    let length = format!("content-length: {}\r\n", safe.len());
    for fields in [
        format!("host: a\r\nhost: b\r\n{length}"),
        format!("host: a\r\n{length}content-length: 5\r\n"),
        format!("host: a\r\n{length}{length}"),
        format!("host: a\r\n{length}transfer-encoding: chunked\r\n"),
        format!("host: a\r\n{length}transfer-encoding : chunked\r\n"),
        "host: a\r\ntransfer-encoding: chunked, identity\r\n".to_owned(),
        "host: a\r\ntransfer-encoding: xchunked\r\n".to_owned(),
        "host: a\r\ncontent-length: -1\r\n".to_owned(),
        "host: a\r\ncontent-length: +5\r\n".to_owned(),
    ] {
        let mut connection = Connection::open(envoy.port);
        let head = format!("POST /mcp HTTP/1.1\r\ncontent-type: application/json\r\n{fields}\r\n");
        connection.send(format!("{head}{safe}").as_bytes());
        let status = connection.read().status;
        assert!(
            (400..600).contains(&status) || status == 0,
            "{fields}: {status}"
        );
    }
    assert_eq!(upstream.count(), 0);
}
