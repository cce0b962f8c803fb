//! Sends the request of a wire case with exactly its framing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use tessera_tests::{Answer, Connection, post_h2};

/// The bytes of the body; `None` if the case has none.
pub(crate) fn body(request: &Value) -> Option<Vec<u8>> {
    if let Some(text) = request["body_utf8"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(text) = request["body_base64"].as_str() {
        return Some(STANDARD.decode(text).unwrap());
    }
    let parts = request["body_parts"].as_array()?;
    let repeat = |part: &Value| {
        let times = part["repeat"].as_u64().unwrap_or(1);
        part["utf8"]
            .as_str()
            .unwrap()
            .repeat(usize::try_from(times).unwrap())
    };
    Some(parts.iter().map(repeat).collect::<String>().into_bytes())
}

fn pairs(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

fn number(value: &Value, member: &str) -> Option<usize> {
    value[member]
        .as_u64()
        .map(|number| usize::try_from(number).unwrap())
}

/// Sends one case and reads the answer.
pub(crate) fn request(port: u16, request: &Value) -> Answer {
    let framing = &request["framing"];
    match framing["mode"].as_str().unwrap_or("content-length") {
        "h2" => over_http2(port, request, framing),
        "content-length" => with_length(port, request, framing),
        chunked => in_chunks(port, request, framing, chunked == "cl+te"),
    }
}

/// Request line and header fields as the case has them.
fn head(request: &Value) -> Vec<u8> {
    let version = request["http"].as_str().unwrap_or("1.1");
    let (method, path) = (
        request["method"].as_str().unwrap(),
        request["path"].as_str().unwrap(),
    );
    let mut bytes = format!("{method} {path} HTTP/{version}\r\nHost: localhost\r\n").into_bytes();
    for (name, value) in pairs(&request["headers"]) {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes
}

fn with_length(port: u16, request: &Value, framing: &Value) -> Answer {
    let body = body(request);
    let mut bytes = head(request);
    if let Some(body) = &body {
        let length = number(framing, "declared_length").unwrap_or(body.len());
        let delta = framing["second_length_delta"].as_i64().unwrap_or(0);
        for index in 0..number(framing, "repeat_length").unwrap_or(1) {
            let shown = i64::try_from(length).unwrap() + if index == 1 { delta } else { 0 };
            bytes.extend(format!("Content-Length: {shown}\r\n").bytes());
        }
    }
    let waits = framing["expect_continue"] == true;
    bytes.extend(b"\r\n");
    let mut connection = Connection::open(port);
    if waits {
        connection.send(&bytes);
        assert_eq!(connection.read_interim(), 100);
        bytes.clear();
    }
    bytes.extend(body.unwrap_or_default());
    connection.send(&bytes);
    connection.read()
}

fn in_chunks(port: u16, request: &Value, framing: &Value, and_length: bool) -> Answer {
    let body = body(request).unwrap_or_default();
    let mut bytes = head(request);
    if and_length {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    let trailers = pairs(&framing["trailers"]);
    bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
    let mut connection = Connection::open(port);
    connection.send(&bytes);
    let extension = framing["chunk_ext"].as_str().unwrap_or("");
    let mut chunks = Vec::new();
    for chunk in body.chunks(number(framing, "chunk_size").unwrap_or(body.len().max(1))) {
        chunks.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
        chunks.extend(chunk);
        chunks.extend(b"\r\n");
    }
    connection.send(&chunks);
    let mut end = b"0\r\n".to_vec();
    for (name, value) in trailers {
        end.extend(format!("{name}: {value}\r\n").bytes());
    }
    end.extend(b"\r\n");
    connection.send(&end);
    connection.read()
}

fn over_http2(port: u16, request: &Value, framing: &Value) -> Answer {
    let body = body(request).unwrap_or_default();
    let frames = number(framing, "data_frames").unwrap_or(1).max(1);
    let size = body.len().div_ceil(frames).max(1);
    let mut frames: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    if framing["empty_last_frame"] == true {
        frames.push(Bytes::new());
    }
    let path = request["path"].as_str().unwrap();
    post_h2(
        port,
        path,
        &pairs(&request["headers"]),
        frames,
        &pairs(&framing["trailers"]),
    )
}
