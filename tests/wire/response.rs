//! Plays one response case: the server answers chunk by chunk, the client reads along.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tessera_tests::{Answer, Connection, Part, Reply, Turn, Upstream, When};

use crate::case::{body, pairs};

/// Moves every request of a case below a path.
pub(crate) fn at_path(case: &mut Value, prefix: &str) {
    let below = |request: &mut Value| {
        request["path"] = format!("{prefix}{}", request["path"].as_str().unwrap()).into();
    };
    below(&mut case["request"]);
    for exchange in case["prior"].as_array_mut().into_iter().flatten() {
        below(&mut exchange["request"]);
    }
}

/// What the server of a case answers.
fn reply(response: &Value) -> Reply {
    let chunks = response["chunks"].as_array().cloned();
    let parts = match chunks {
        None => vec![Part::Bytes(body(response).unwrap_or_default())],
        Some(chunks) => chunks.iter().flat_map(parts).collect(),
    };
    Reply {
        status: response["status"].as_u64().unwrap().try_into().unwrap(),
        headers: pairs(&response["headers"]),
        parts,
    }
}

/// The bytes of one chunk, and the wait for the client after it.
fn parts(chunk: &Value) -> Vec<Part> {
    let bytes = match chunk["base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap(),
        None => chunk["utf8"].as_str().unwrap().as_bytes().to_vec(),
    };
    let gate = chunk["client_has_before_next"].as_str();
    let gate = gate.map(|text| Part::UntilClientHas(text.to_owned()));
    [Some(Part::Bytes(bytes)), gate]
        .into_iter()
        .flatten()
        .collect()
}

/// The bytes the server of a case writes in all.
pub(crate) fn payload(response: &Value) -> Vec<u8> {
    let written = reply(response)
        .parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Bytes(bytes) => Some(bytes),
            _ => None,
        });
    written.flatten().collect()
}

/// Plays what came before and then the exchange itself; the answer to the latter.
pub(crate) fn play(port: u16, upstream: &Upstream, case: &Value) -> Answer {
    let earlier = case["prior"].as_array().cloned().unwrap_or_default();
    let mut last = Answer::default();
    for exchange in earlier.iter().chain([case]) {
        upstream.forget();
        upstream.play(vec![Turn::once(When::any(), reply(&exchange["response"]))]);
        last = send(port, upstream, &exchange["request"]);
    }
    last
}

fn send(port: u16, upstream: &Upstream, request: &Value) -> Answer {
    let text = |member: &str| request[member].as_str().unwrap();
    let headers = pairs(&request["headers"]);
    let headers: Vec<(&str, &str)> = headers.iter().map(|(k, v)| (&**k, &**v)).collect();
    let mut connection = Connection::open(port);
    let body = body(request).unwrap_or_default();
    connection.send_request(text("method"), text("path"), &headers, &body);
    connection.read_telling(|bytes| upstream.client_got(bytes))
}
