//! The JSON-RPC envelope: what kind of message an object is, if it is exactly one kind.

use super::fold;
use super::message::{Id, Kind, subject_member};
use super::refusal::{Refusal, RefusalCode, shown};
use crate::json::{Object, Value};
use crate::limits;

/// Reads what kind of message `root` is and checks the types MCP gives its members.
///
/// # Errors
/// A refusal, with the id if it could be read, for everything that is not exactly one request,
/// notification or response.
pub(super) fn read(root: &Value) -> Result<Kind, Refusal> {
    let object = match root {
        Value::Object(object) => object,
        Value::Array(_) => {
            let text = "an array stands where a message belongs; expected one object";
            return Err(Refusal::new(RefusalCode::Batch, text));
        }
        other => {
            let text = format!("the body is {}; expected an object", other.kind());
            return Err(Refusal::new(RefusalCode::NotMessage, text));
        }
    };
    let id = object.get("id").map(read_id);
    let echo = match (&id, object.get("method")) {
        (Some(Ok(id)), Some(_)) => Some(id.clone()),
        _ => None,
    };
    let checked = fold::check(object, "the message", fold::ENVELOPE)
        .and_then(|()| kind(object, id))
        .and_then(|kind| params(object, &kind).map(|()| kind));
    checked.map_err(|refusal| refusal.with_id(echo.as_ref()))
}

fn kind(object: &Object, id: Option<Result<Id, Refusal>>) -> Result<Kind, Refusal> {
    let refused = |word, text: &str| Err(Refusal::new(word, text));
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refused(
            RefusalCode::NotMessage,
            "the message must have `jsonrpc` \"2.0\"",
        );
    }
    let answers =
        usize::from(object.get("result").is_some()) + usize::from(object.get("error").is_some());
    let Some(method) = object.get("method") else {
        return match (answers, id) {
            (1, Some(id)) if object.get("params").is_none() => Ok(Kind::Response { id: id? }),
            (1, None) => refused(RefusalCode::MissingId, "a response needs the id it answers"),
            (0, _) => refused(
                RefusalCode::NotMessage,
                "neither method, nor result, nor error",
            ),
            _ => refused(
                RefusalCode::Hybrid,
                "a response has exactly one of result and error, and no params",
            ),
        };
    };
    if answers > 0 {
        return refused(
            RefusalCode::Hybrid,
            "a message with a method has neither result nor error",
        );
    }
    let Value::String(method) = method else {
        return refused(RefusalCode::NotMessage, "`method` must be a string");
    };
    if method.len() > limits::METHOD_BYTES {
        return refused(
            RefusalCode::NotMessage,
            "`method` is longer than any of MCP's",
        );
    }
    match (id, method.starts_with("notifications/")) {
        (Some(id), false) => Ok(Kind::Request {
            id: id?,
            method: method.clone(),
        }),
        (None, true) => Ok(Kind::Notification {
            method: method.clone(),
        }),
        (None, false) => refused(
            RefusalCode::MissingId,
            "a request needs an id; only notifications/* go without",
        ),
        (Some(_), true) => refused(RefusalCode::BadId, "a notification has no id"),
    }
}

/// Reads an id: a string or an integer literal. Others are dropped, rounded or taken for a
/// notification by one server or another.
pub(super) fn read_id(value: &Value) -> Result<Id, Refusal> {
    let refused = |text: String| Err(Refusal::new(RefusalCode::BadId, text));
    match value {
        Value::String(text) if text.len() <= limits::ID_BYTES => Ok(Id::String(text.clone())),
        Value::Number(number) if number.literal().len() > limits::ID_BYTES => {
            refused(format!("the id is longer than {} bytes", limits::ID_BYTES))
        }
        Value::String(_) => refused(format!("the id is longer than {} bytes", limits::ID_BYTES)),
        Value::Number(number) if number.is_integer() && number.literal() != "-0" => {
            Ok(Id::Number(number.clone()))
        }
        Value::Number(number) => {
            let got = shown(number.literal());
            refused(format!(
                "the id is the number {got}; expected a plain integer or a string"
            ))
        }
        other => refused(format!(
            "the id is {}; expected an integer or a string",
            other.kind()
        )),
    }
}

fn params(object: &Object, kind: &Kind) -> Result<(), Refusal> {
    let (method, is_call) = match kind {
        Kind::Request { method, .. } => (method.as_str(), method == "tools/call"),
        Kind::Notification { method } => (method.as_str(), false),
        Kind::Response { .. } => return Ok(()),
    };
    let params = match object.get("params") {
        None if is_call => return bad_params("a tools/call has no params"),
        None => return Ok(()),
        Some(Value::Object(params)) => params,
        Some(other) => {
            return bad_params(&format!("params is {}; expected an object", other.kind()));
        }
    };
    fold::check(params, "params", fold::PARAMS)?;
    if let Some(meta) = object_or_null(params, "_meta")? {
        fold::check(meta, "params._meta", fold::META)?;
    }
    if let Some(Value::Object(reference)) = params.get("ref") {
        fold::check(reference, "params.ref", fold::REF)?;
    }
    if let Some(member) = subject_member(method) {
        match params.get(member) {
            Some(Value::String(_)) => {}
            None if !is_call => {}
            got => {
                let got = got.map_or("absent", Value::kind);
                return bad_params(&format!("params.{member} is {got}; expected a string"));
            }
        }
    }
    if is_call {
        object_or_null(params, "arguments")?;
    }
    match object_or_null(params, "inputResponses")? {
        Some(answers) => are_objects(answers),
        None => Ok(()),
    }
}

/// What a client answers a server is an object for every question, whatever was asked.
fn are_objects(answers: &Object) -> Result<(), Refusal> {
    let other = answers
        .iter()
        .find(|(_, answer)| answer.as_object().is_none());
    other.map_or(Ok(()), |(_, answer)| {
        let got = answer.kind();
        bad_params(&format!(
            "an answer in params.inputResponses is {got}; expected an object"
        ))
    })
}

/// The object `member`; `None` if it is absent or null, which every server takes for absent.
fn object_or_null<'a>(params: &'a Object, member: &str) -> Result<Option<&'a Object>, Refusal> {
    match params.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => {
            let text = format!("params.{member} is {}; expected an object", other.kind());
            Err(Refusal::new(RefusalCode::BadParams, text))
        }
    }
}

fn bad_params<T>(text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadParams, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read_text(text: &str) -> Result<Kind, Refusal> {
        read(&parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_message_is_exactly_one_kind() {
        let request = read_text(r#"{"params":{},"method":"ping","id":"a","jsonrpc":"2.0"}"#);
        let id = Id::String("a".into());
        assert_eq!(
            request,
            Ok(Kind::Request {
                id,
                method: "ping".into()
            })
        );
        let notification = read_text(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(
            notification,
            Ok(Kind::Notification {
                method: "notifications/initialized".into()
            })
        );
        let response = read_text(r#"{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":""}}"#);
        assert_eq!(
            response,
            Ok(Kind::Response {
                id: Id::Number(0_u64.into())
            })
        );
    }

    #[test]
    fn what_servers_read_differently_is_refused_for_its_own_reason() {
        use RefusalCode::*;
        for (members, word) in [
            (r#""id":1,"method":"m","result":null"#, Hybrid),
            (r#""id":1,"result":{},"error":{}"#, Hybrid),
            (r#""id":1,"result":{},"params":{}"#, Hybrid),
            (r#""id":1"#, NotMessage),
            (r#""result":{}"#, MissingId),
            (r#""id":null,"result":{}"#, BadId),
            (r#""method":"tools/call","params":{"name":"x"}"#, MissingId),
            (r#""id":1,"method":"notifications/initialized""#, BadId),
            (r#""id":-0,"method":"ping""#, BadId),
            (r#""id":1.0,"method":"ping""#, BadId),
            (r#""id":1,"method":["ping"]"#, NotMessage),
            (r#""id":1,"Method":"ping""#, KeyCollision),
            (r#""id":1,"method":"ping","params":null"#, BadParams),
            (
                r#""id":1,"method":"ping","params":{"_meta":{"ProgressToken":1}}"#,
                KeyCollision,
            ),
            (
                r#""id":1,"method":"completion/complete","params":{"ref":{"Name":"x"}}"#,
                KeyCollision,
            ),
            (r#""id":1,"method":"ping","params":{"_meta":[]}"#, BadParams),
            (
                r#""id":1,"method":"resources/read","params":{"uri":5}"#,
                BadParams,
            ),
            (
                r#""id":1,"method":"tools/call","params":{"name":"x","arguments":"{}"}"#,
                BadParams,
            ),
            (
                r#""id":1,"method":"tools/call","params":{"name":"x","inputResponses":[]}"#,
                BadParams,
            ),
            (
                r#""id":1,"method":"prompts/get","params":{"name":"x","inputResponses":{"a":{},"b":5}}"#,
                BadParams,
            ),
        ] {
            let refusal = read_text(&format!("{{\"jsonrpc\":\"2.0\",{members}}}")).unwrap_err();
            assert_eq!(refusal.word, word, "{members}");
        }
        assert_eq!(
            read_text(r#"{"id":1,"method":"ping"}"#).unwrap_err().word,
            NotMessage
        );
        assert_eq!(read_text("[]").unwrap_err().word, Batch);
        assert_eq!(read_text("null").unwrap_err().word, NotMessage);
    }

    #[test]
    fn only_a_client_s_own_id_is_echoed() {
        let echoed = |text| read_text(text).unwrap_err().id.map(|id| id.to_json());
        assert_eq!(
            echoed(r#"{"id":"7","method":"ping"}"#),
            Some("\"7\"".into())
        );
        assert_eq!(echoed(r#"{"id":7,"result":{}}"#), None);
        assert_eq!(echoed(r#"{"id":7.5,"method":"ping"}"#), None);
    }

    #[test]
    fn ids_and_methods_have_a_length() {
        let long = "9".repeat(limits::ID_BYTES + 1);
        let word = |text: String| read_text(&text).map(drop).map_err(|r| r.word);
        for id in [long.clone(), format!("\"{long}\"")] {
            let text = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}");
            assert_eq!(word(text), Err(RefusalCode::BadId));
        }
        let method = "m".repeat(limits::METHOD_BYTES + 1);
        let text = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\"}}");
        assert_eq!(word(text), Err(RefusalCode::NotMessage));
    }
}
