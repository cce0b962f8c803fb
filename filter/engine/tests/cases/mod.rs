//! The wire cases as the engine's tests read them; fixtures/wire/README.md says what the members mean.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests read a file that is part of the tests, each its own part"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tessera_engine::json::{self, Value};

/// The file.
pub(crate) fn file() -> Value {
    let text = include_str!("../../../../tests/fixtures/wire/cases.json");
    json::parse(text.as_bytes()).unwrap()
}

/// The cases of one kind.
pub(crate) fn of_kind<'a>(file: &'a Value, kind: &str) -> Vec<&'a Value> {
    let cases = list(file, "cases").iter();
    cases.filter(|case| text(case, "kind") == kind).collect()
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

/// The text of a member that is there.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap()
}

/// The number of a member; `None` if it is absent.
pub(crate) fn number(value: &Value, member: &str) -> Option<usize> {
    let number = value.get(member).and_then(Value::as_u64);
    number.map(|number| usize::try_from(number).unwrap())
}

/// The elements of a member; none if it is absent.
pub(crate) fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    let elements = value.get(member).and_then(Value::as_array);
    elements.unwrap_or_default()
}

/// Header fields in wire order.
pub(crate) fn fields(message: &Value) -> impl Iterator<Item = (&str, &str)> {
    list(message, "headers").iter().map(|field| {
        let field = field.as_array().unwrap();
        (field[0].as_str().unwrap(), field[1].as_str().unwrap())
    })
}

/// The bytes of a body; `None` if there is none.
pub(crate) fn body(message: &Value) -> Option<Vec<u8>> {
    if let Some(Value::String(text)) = message.get("body_utf8") {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(Value::String(text)) = message.get("body_base64") {
        return Some(STANDARD.decode(text).unwrap());
    }
    let parts = message.get("body_parts")?.as_array().unwrap().iter();
    let repeated = |part| text(part, "utf8").repeat(number(part, "repeat").unwrap_or(1));
    Some(parts.map(repeated).collect::<String>().into_bytes())
}

/// The pieces in which an answer comes, each with what the client must have before the next.
pub(crate) fn pieces(answer: &Value) -> Vec<(Vec<u8>, String)> {
    let Some(chunks) = answer.get("chunks") else {
        return vec![(body(answer).unwrap_or_default(), String::new())];
    };
    let chunks = chunks.as_array().unwrap().iter();
    let piece = |chunk: &Value| {
        let bytes = match chunk.get("utf8") {
            Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
            None => STANDARD.decode(text(chunk, "base64")).unwrap(),
        };
        let has = chunk.get("client_has_before_next").and_then(Value::as_str);
        (bytes, has.unwrap_or_default().to_owned())
    };
    chunks.map(piece).collect()
}
