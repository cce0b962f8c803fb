//! Disguises by framing: where a body begins and ends, and what is hidden behind it.

use super::heads::Plain;
use super::request::Framing;
use super::{Attempt, legal, wild};

pub(super) fn all(plain: Plain<'_>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for framing in [
        Framing::Chunks(1, "", ""),
        Framing::Chunks(7, ";a=b", ""),
        Framing::Chunks(20, ";a=\"\\\"x\"", "x-end: 1\r\n"),
        Framing::Chunks(
            100_000,
            "",
            "content-type: text/plain\r\ncontent-length: 1\r\n",
        ),
        Framing::Chunks(30, "", "x-end: 1\r\n"),
        Framing::Http2(1_000, false),
        Framing::Http2(9, false),
        Framing::Http2(1_000, true),
        Framing::Http2(1, true),
    ] {
        attempts.push(legal("framings", plain().framed(framing)));
    }
    attempts.push(legal("framings", plain().and("expect", "100-continue")));
    let length = plain().body.len();
    for said in [
        format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nContent-Length: 2\r\n"),
        format!("Content-Length: 2\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}, {length}\r\n"),
        format!("Content-Length: +{length}\r\n"),
        format!("Content-Length: 0{length}\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: identity\r\n"),
        format!("Content-Length: {}\r\n", length - 1),
        format!("Content-Length: {}\r\n", length + 10),
        format!("Content-Length : {length}\r\n"),
        format!("Content-Length:\t{length}\r\n"),
        format!("Content-Length: {length}\nX: y\r\n"),
        format!("X: y\r\n Content-Length: 5\r\nContent-Length: {length}\r\n"),
        format!("content-length: {length}\r\nExpect: 200-ok\r\n"),
        String::new(),
    ] {
        attempts.push(wild("framings", plain().framed(Framing::Said(said))));
    }
    let chunked = |body: &[u8]| {
        [
            format!("{:x}\r\n", body.len()).as_bytes(),
            body,
            b"\r\n0\r\n\r\n",
        ]
        .concat()
    };
    for said in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding: identity, chunked\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "Transfer-Encoding:\x0bchunked\r\n".to_owned(),
        "Transfer-Encoding: CHUNKED\r\n".to_owned(),
        "X: y\r\n\tTransfer-Encoding: chunked\r\n".to_owned(),
    ] {
        let body = chunked(&plain().body);
        attempts.push(wild(
            "framings",
            plain().body(body).framed(Framing::Said(said)),
        ));
    }
    // A whole request hidden in the body of another, or behind it.
    let hidden = {
        let own = plain();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost:80\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), &own.body].concat()
    };
    for said in [
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n",
            hidden.len() + 5
        ),
        "Content-Length: 0\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n".to_owned(),
        "Content-Length: 5\r\n".to_owned(),
    ] {
        let body = [b"0\r\n\r\n", &*hidden].concat();
        let mut behind = plain().body(body).framed(Framing::Said(said));
        attempts.push(wild("framings", behind.clone()));
        behind.method = "GET".to_owned();
        attempts.push(wild("framings", behind));
    }
    for version in [
        "HTTP/1.0",
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/2.0",
        "http/1.1",
        "HTTP/1.1 ",
    ] {
        let mut request = plain().framed(Framing::Said(format!("Content-Length: {length}\r\n")));
        request.version = version.to_owned();
        attempts.push(wild("framings", request));
    }
    attempts
}
