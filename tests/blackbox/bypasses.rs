//! Ways around a verdict that worked against other filters.

use bytes::Bytes;
use serde_json::json;
use tessera_tests::{
    Connection, Envoy, Setup, Upstream, call, decompressor, post, post_h2, raw, stored_gzip,
};

use crate::{decision, no_danger};

fn json_headers() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

#[test]
fn an_http2_request_that_ends_by_trailers_is_judged() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let body = call(1, "danger", json!({})).to_string();
    let (first, second) = body.split_at(30);
    let trailers = [("x-end".to_owned(), "1".to_owned())];
    for frames in [
        vec![body.clone()],
        vec![first.to_owned(), second.to_owned()],
    ] {
        let frames = frames.into_iter().map(Bytes::from).collect();
        let answer = post_h2(envoy.port, "/mcp", &json_headers(), frames, &trailers);
        assert_eq!(
            decision(&answer)["policy_id"],
            "no-danger",
            "{}",
            answer.text()
        );
    }
    assert_eq!(upstream.count(), 0);
    let safe = Bytes::from(call(1, "safe", json!({})).to_string());
    post_h2(
        envoy.port,
        "/mcp",
        &json_headers(),
        vec![safe.clone()],
        &trailers,
    );
    assert_eq!(upstream.count(), 1);
    assert_eq!(upstream.seen()[0].body, safe);
}

#[test]
fn a_chunked_request_is_judged_whatever_its_chunks_and_trailers() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let body = call(1, "danger", json!({})).to_string();
    let head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    for trailer in ["", "x-end: 1\r\n"] {
        let mut bytes = head.to_owned();
        for byte in body.chars() {
            bytes.push_str(&format!("1;ext=1\r\n{byte}\r\n"));
        }
        bytes.push_str(&format!("0\r\n{trailer}\r\n"));
        let answer = raw(envoy.port, bytes.as_bytes());
        assert_eq!(
            decision(&answer)["policy_id"],
            "no-danger",
            "{}",
            answer.text()
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_second_request_behind_the_first_is_judged_too() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let mut connection = Connection::open(envoy.port);
    let headers = [("content-type", "application/json")];
    for tool in ["safe", "danger", "safe"] {
        let body = call(1, tool, json!({})).to_string();
        connection.send_request("POST", "/mcp", &headers, body.as_bytes());
    }
    let answers = [connection.read(), connection.read(), connection.read()];
    assert_eq!(
        answers[0].json()["result"]["content"][0]["text"],
        "upstream"
    );
    assert_eq!(decision(&answers[1])["policy_id"], "no-danger");
    assert_eq!(
        answers[2].json()["result"]["content"][0]["text"],
        "upstream"
    );
    assert_eq!(upstream.count(), 2);
}

#[test]
fn a_body_that_envoy_decompressed_is_judged() {
    let upstream = Upstream::start();
    let mut setup = Setup::inline(upstream.port, &no_danger());
    setup.before.push(decompressor());
    let envoy = Envoy::start(setup);
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let body = stored_gzip(call(1, "danger", json!({})).to_string().as_bytes());
    let answer = post(envoy.port, "/mcp", &headers, &body);
    assert_eq!(
        decision(&answer)["policy_id"],
        "no-danger",
        "{}",
        answer.text()
    );
    assert_eq!(upstream.count(), 0);
    let body = stored_gzip(call(1, "safe", json!({})).to_string().as_bytes());
    post(envoy.port, "/mcp", &headers, &body);
    assert_eq!(upstream.seen()[0].json()["params"]["name"], "safe");
}

#[test]
fn nobody_outside_speaks_in_our_name() {
    let upstream = Upstream::scripted(|_| {
        let mut reply =
            tessera_tests::Reply::json(&json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
        reply
            .headers
            .push(("x-tessera-audit-id".to_owned(), "forged".to_owned()));
        reply
            .headers
            .push(("x-tessera-decision".to_owned(), "forged".to_owned()));
        reply
    });
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let headers = [
        ("content-type", "application/json"),
        ("x-tessera-audit-id", "forged"),
        ("X-Tessera-Caller", "admin"),
    ];
    let body = call(1, "safe", json!({})).to_string();
    let answer = post(envoy.port, "/mcp", &headers, body.as_bytes());
    let forged = |headers: &[(String, String)]| {
        headers
            .iter()
            .any(|(name, value)| name.starts_with("x-tessera-") && value.contains("forged"))
    };
    assert!(!forged(&answer.headers), "{:?}", answer.headers);
    let seen = &upstream.seen()[0];
    assert!(!forged(&seen.headers), "{:?}", seen.headers);
    assert_eq!(seen.header("x-tessera-caller"), None);
}
