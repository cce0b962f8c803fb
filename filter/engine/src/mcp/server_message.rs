//! What a server says: one JSON-RPC message with one reading, or none. Not the client's side, which
//! is stricter about headers and params ([`super::admit_body`]), and not the judge.
//!
//! Members of a message that JSON-RPC does not know are ignored, as most clients do; they are part of
//! [`ServerMessage::root`], so whoever writes the message again decides about them.

use super::ambiguous::{Ambiguous, AmbiguousCode};
use super::envelope::read_id;
use super::message::Id;
use super::refusal::shown;
use super::{fold, server_keys};
use crate::json::{self, Object, Value};
use crate::limits;

/// One message of a server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerMessage {
    /// The answer to a request of the client.
    Result {
        /// The client's id.
        id: Id,
        /// The whole message; its `result` is an object.
        root: Value,
    },
    /// The failure of a request of the client, or of the exchange.
    Error {
        /// The client's id; `None` if the server could not read it.
        id: Option<Id>,
        /// The whole message; its `error` has an integer `code` and a string `message`.
        root: Value,
    },
    /// A request to the client (legacy era only).
    Request {
        /// The server's id: another number space than the client's.
        id: Id,
        /// What is asked for.
        method: String,
        /// The whole message; its `params` are an object or absent.
        root: Value,
    },
    /// It wants no answer.
    Notification {
        /// What is told; it begins with `notifications/`.
        method: String,
        /// The whole message; its `params` are an object or absent.
        root: Value,
    },
}

impl ServerMessage {
    /// The whole message, an object.
    #[must_use]
    pub const fn root(&self) -> &Value {
        match self {
            Self::Result { root, .. }
            | Self::Error { root, .. }
            | Self::Request { root, .. }
            | Self::Notification { root, .. } => root,
        }
    }

    /// The id; `None` for a notification and for an error without one.
    #[must_use]
    pub const fn id(&self) -> Option<&Id> {
        match self {
            Self::Result { id, .. } | Self::Request { id, .. } => Some(id),
            Self::Error { id, .. } => id.as_ref(),
            Self::Notification { .. } => None,
        }
    }
}

/// Reads one message: a JSON body, or the data of an event.
///
/// # Errors
/// Whatever two clients may read differently: the JSON, the envelope, keys that some of them take
/// for others. An array is refused, see [`read_server_batch`].
pub fn read_server_message(bytes: &[u8]) -> Result<ServerMessage, Ambiguous> {
    read(json::parse(bytes).map_err(|error| Ambiguous::from(&error))?)
}

/// Reads the answer to a batch: an array of messages, or the one message a server may answer with
/// instead. Only for a request that was itself an admitted batch, which 2025-03-26 alone allows;
/// everywhere else an array must be refused, because some clients read it and some do not.
///
/// # Errors
/// As [`read_server_message`], and for an array without messages.
pub fn read_server_batch(bytes: &[u8]) -> Result<Vec<ServerMessage>, Ambiguous> {
    match json::parse(bytes).map_err(|error| Ambiguous::from(&error))? {
        Value::Array(messages) if messages.is_empty() => Err(Ambiguous::new(
            AmbiguousCode::Batch,
            "the server's batch is empty; expected messages",
        )),
        Value::Array(messages) => messages.into_iter().map(read).collect(),
        message => read(message).map(|message| vec![message]),
    }
}

fn read(root: Value) -> Result<ServerMessage, Ambiguous> {
    let Value::Object(object) = &root else {
        let word = match root {
            Value::Array(_) => AmbiguousCode::Batch,
            _ => AmbiguousCode::BadEnvelope,
        };
        let text = format!(
            "the server's message is {}; expected one object",
            root.kind()
        );
        return Err(Ambiguous::new(word, text));
    };
    fold::check(object, "the server's message", fold::ENVELOPE)
        .map_err(|refusal| Ambiguous::new(AmbiguousCode::KeyCollision, refusal.text))?;
    match object.get("jsonrpc") {
        Some(Value::String(version)) if version == "2.0" => {}
        got => return bad_envelope("jsonrpc", "\"2.0\"", got),
    }
    let kind = one_kind(object)?;
    let id = object.get("id");
    server_keys::check(object)?;
    match kind {
        "result" => {
            object_at(object, "result")?;
            let id = required_id(id, "a result")?;
            Ok(ServerMessage::Result { id, root })
        }
        "error" => {
            error_object(object_at(object, "error")?)?;
            let id = match id {
                None | Some(Value::Null) => None,
                Some(id) => Some(checked_id(id)?),
            };
            Ok(ServerMessage::Error { id, root })
        }
        _ => {
            let method = method(object)?;
            if object.get("params").is_some() {
                object_at(object, "params")?;
            }
            match (id, method.starts_with("notifications/")) {
                (None, true) => Ok(ServerMessage::Notification { method, root }),
                (Some(_), true) => Err(Ambiguous::new(
                    AmbiguousCode::BadId,
                    "a notification of the server has an id; expected none",
                )),
                (id, false) => {
                    let id = required_id(id, "a request")?;
                    Ok(ServerMessage::Request { id, method, root })
                }
            }
        }
    }
}

/// Which of `result`, `error` and `method` the message has, if it is exactly one; `params` belong to
/// a method.
fn one_kind(object: &Object) -> Result<&'static str, Ambiguous> {
    let has = |member: &str| object.get(member).is_some();
    let text = match (has("result"), has("error"), has("method"), has("params")) {
        (true, false, false, false) => return Ok("result"),
        (false, true, false, false) => return Ok("error"),
        (false, false, true, _) => return Ok("method"),
        (false, false, false, _) => {
            let text = "the server's message has neither result, nor error, nor method";
            return Err(Ambiguous::new(AmbiguousCode::BadEnvelope, text));
        }
        (_, _, false, true) => "the server's answer has params; expected a result or an error",
        _ => "the server's message has more than one of result, error and method",
    };
    Err(Ambiguous::new(AmbiguousCode::Hybrid, text))
}

fn required_id(id: Option<&Value>, of: &str) -> Result<Id, Ambiguous> {
    id.map_or_else(
        || {
            let text = format!("{of} of the server has no id; expected an integer or a string");
            Err(Ambiguous::new(AmbiguousCode::BadId, text))
        },
        checked_id,
    )
}

fn checked_id(id: &Value) -> Result<Id, Ambiguous> {
    read_id(id).map_err(|refusal| {
        let text = format!("in the server's message, {}", refusal.text);
        Ambiguous::new(AmbiguousCode::BadId, text)
    })
}

fn error_object(error: &Object) -> Result<(), Ambiguous> {
    match error.get("code") {
        Some(Value::Number(code)) if code.is_integer() => {}
        got => return bad_envelope("error.code", "an integer", got),
    }
    match error.get("message") {
        Some(Value::String(_)) => Ok(()),
        got => bad_envelope("error.message", "a string", got),
    }
}

fn method(object: &Object) -> Result<String, Ambiguous> {
    match object.get("method") {
        Some(Value::String(method)) if method.len() > limits::METHOD_BYTES => Err(Ambiguous::new(
            AmbiguousCode::BadEnvelope,
            format!(
                "`method` of the server's message has more than {} bytes",
                limits::METHOD_BYTES
            ),
        )),
        Some(Value::String(method)) => Ok(method.clone()),
        got => bad_envelope("method", "a string", got),
    }
}

fn object_at<'a>(object: &'a Object, member: &str) -> Result<&'a Object, Ambiguous> {
    match object.get(member) {
        Some(Value::Object(inner)) => Ok(inner),
        got => bad_envelope(member, "an object", got),
    }
}

fn bad_envelope<T>(what: &str, expected: &str, got: Option<&Value>) -> Result<T, Ambiguous> {
    let got = match got {
        None => "nothing".to_owned(),
        Some(Value::Number(number)) => format!("the number {}", shown(number.literal())),
        Some(other) => other.kind().to_owned(),
    };
    let text = format!("`{what}` of the server's message must be {expected}; got {got}");
    Err(Ambiguous::new(AmbiguousCode::BadEnvelope, text))
}

#[cfg(test)]
mod tests;
