//! How a wire case is written down: bytes, pairs, and partial matches.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tessera_tests::workspace_root;

/// A file of the wire cases.
pub(crate) fn fixture(name: &str) -> Value {
    let path = workspace_root().join("tests/fixtures/wire").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The bytes of a body; `None` if the case has none.
pub(crate) fn body(message: &Value) -> Option<Vec<u8>> {
    if let Some(text) = message["body_utf8"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(text) = message["body_base64"].as_str() {
        return Some(STANDARD.decode(text).unwrap());
    }
    let parts = message["body_parts"].as_array()?;
    let repeat = |part: &Value| {
        let times = part["repeat"].as_u64().unwrap_or(1);
        part["utf8"]
            .as_str()
            .unwrap()
            .repeat(usize::try_from(times).unwrap())
    };
    Some(parts.iter().map(repeat).collect::<String>().into_bytes())
}

/// Header fields or trailers, in wire order.
pub(crate) fn pairs(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

/// The session of every case in the file.
const SESSION: &str = "7f3c1c0e-5d0b-4c52-9d6a-2f6a1e1b9c44";

/// The same case in a session of its own: what one case leaves open must not meet the next.
pub(crate) fn in_own_session(case: &Value, number: usize) -> Value {
    let session = format!("{number:08x}{}", &SESSION[8..]);
    let text = case.to_string().replace(SESSION, &session);
    serde_json::from_str(&text).unwrap()
}

/// Whether every member of `wanted` is in `got`; array elements are matched by position.
pub(crate) fn is_part(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => wanted
            .iter()
            .all(|(key, value)| got.get(key).is_some_and(|got| is_part(value, got))),
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() <= got.len() && wanted.iter().zip(got).all(|(w, g)| is_part(w, g))
        }
        _ => wanted == got,
    }
}
