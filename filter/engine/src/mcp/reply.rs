//! Answers given without the server: denials by policy and protocol refusals.
//!
//! The shapes are those with which real clients stay alive and show the reason
//! (`mcp-wire.md` sections 6 and 8): a denied tool call is a tool result, never an HTTP error.

use super::denial::{Denial, DenialShape, Fate, envelope, error, seed_error, tool_result};
use super::message::Message;
use super::refusal::{Refusal, RefusalCode};
use crate::json::{Object, Value, to_text};

/// JSON-RPC code of a refusal that JSON-RPC has no code for.
const REFUSED: i64 = -31000;

/// One local HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for 202.
    pub body: Vec<u8>,
}

/// The answer to a message denied by policy. A notification or response is dropped with 202: there
/// is nobody to answer, and a status that says so ends the session of some clients.
#[must_use]
pub fn deny(message: &Message, denial: &Denial<'_>, shape: DenialShape) -> Reply {
    denied(message, denial, shape).map_or_else(dropped, |answer| json_reply(200, answer.into()))
}

/// The answer to a batch that goes no further: an array with one answer for each of its requests,
/// or 202 if it has none.
#[must_use]
pub fn deny_batch<'a>(
    denials: impl IntoIterator<Item = (&'a Message, Denial<'a>)>,
    shape: DenialShape,
) -> Reply {
    let answers = denials.into_iter();
    let answers = answers.filter_map(|(message, denial)| denied(message, &denial, shape));
    let answers: Vec<Value> = answers.map(Value::from).collect();
    if answers.is_empty() {
        return dropped();
    }
    json_reply(200, answers.into())
}

const fn dropped() -> Reply {
    Reply {
        status: 202,
        headers: Vec::new(),
        body: Vec::new(),
    }
}

/// What stands in the place of the answer to a denied message, if it wants one.
fn denied(message: &Message, denial: &Denial<'_>, shape: DenialShape) -> Option<Object> {
    let id = message.request_id()?;
    Some(match shape {
        DenialShape::Seed => envelope(Some(id)).with("error", seed_error(denial)),
        DenialShape::Mcp if message.is_tool_call() => {
            envelope(Some(id)).with("result", tool_result(message.era, denial, Fate::NotSent))
        }
        DenialShape::Mcp => envelope(Some(id)).with("error", error(denial, Fate::NotSent)),
    })
}

/// The answer to a refused request: always a JSON-RPC error, because dual-era clients take an
/// unrecognised 400 for a sign to fall back to the legacy era.
#[must_use]
pub fn refuse(refusal: &Refusal) -> Reply {
    let data = Object::new().with("code", refusal.word.as_str());
    let error = Object::new()
        .with("code", refusal.code.unwrap_or(REFUSED))
        .with("message", refusal.text.as_str())
        .with("data", data);
    let mut reply = json_reply(
        refusal.status,
        envelope(refusal.id.as_ref()).with("error", error).into(),
    );
    let header = match refusal.word {
        RefusalCode::NotAuthenticated => Some(("www-authenticate", "Bearer")),
        RefusalCode::MethodNotAllowed => Some(("allow", "POST, GET, DELETE")),
        _ => None,
    };
    reply
        .headers
        .extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
    reply
}

fn json_reply(status: u16, answer: Value) -> Reply {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Reply {
        status,
        headers,
        body: to_text(&answer).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Era, Id, Kind};
    use super::*;
    use crate::json::parse;

    fn message(method: &str, era: Era) -> Message {
        let id = Id::String("q\"1".into());
        let kind = match method.starts_with("notifications/") {
            true => Kind::Notification {
                method: method.into(),
            },
            false => Kind::Request {
                id,
                method: method.into(),
            },
        };
        Message {
            era,
            kind,
            session: None,
            root: Value::Object(Object::new()),
        }
    }

    fn denial(approval: bool) -> Denial<'static> {
        Denial {
            code: "policy_matched",
            policy_id: Some("no-writes"),
            reason: "writes are \"frozen\"",
            audit_id: "evt_1",
            approval,
        }
    }

    fn body(reply: &Reply) -> String {
        parse(&reply.body).unwrap();
        String::from_utf8(reply.body.clone()).unwrap()
    }

    #[test]
    fn a_denied_tool_call_is_a_result_that_says_why() {
        let legacy = deny(
            &message("tools/call", Era::Legacy),
            &denial(false),
            DenialShape::Mcp,
        );
        assert_eq!(legacy.status, 200);
        assert_eq!(
            body(&legacy),
            r#"{"jsonrpc":"2.0","id":"q\"1","result":{"content":[{"type":"text","text":"Denied by policy no-writes: writes are \"frozen\". Nothing was executed; do not retry. (audit evt_1)"}],"isError":true,"_meta":{"tessera/decision":{"code":"policy_matched","policy_id":"no-writes","reason":"writes are \"frozen\"","audit_id":"evt_1"}}}}"#
        );
        let modern = deny(
            &message("tools/call", Era::Modern),
            &denial(false),
            DenialShape::Mcp,
        );
        assert!(body(&modern).ends_with(r#","resultType":"complete"}}"#));
    }

    #[test]
    fn other_requests_get_an_error_outside_the_reserved_range() {
        for (approval, code, word) in [
            (false, -31001, "Denied"),
            (true, -31002, "Approval required"),
        ] {
            let reply = deny(
                &message("prompts/get", Era::Modern),
                &denial(approval),
                DenialShape::Mcp,
            );
            assert_eq!(reply.status, 200);
            let start = format!(
                r#"{{"jsonrpc":"2.0","id":"q\"1","error":{{"code":{code},"message":"{word} by policy no-writes: "#
            );
            assert!(body(&reply).starts_with(&start), "{}", body(&reply));
        }
    }

    #[test]
    fn a_denied_notification_is_dropped_in_silence() {
        let reply = deny(
            &message("notifications/cancelled", Era::Legacy),
            &denial(false),
            DenialShape::Mcp,
        );
        assert_eq!(
            reply,
            Reply {
                status: 202,
                headers: Vec::new(),
                body: Vec::new()
            }
        );
    }

    #[test]
    fn a_denied_batch_is_answered_request_by_request() {
        let call = message("tools/call", Era::Legacy);
        let told = message("notifications/cancelled", Era::Legacy);
        let both = [(&told, denial(false)), (&call, denial(false))];
        let answer = body(&deny_batch(both, DenialShape::Mcp));
        let alone = body(&deny(&call, &denial(false), DenialShape::Mcp));
        assert_eq!(answer, format!("[{alone}]"));
        let reply = deny_batch([(&told, denial(false))], DenialShape::Mcp);
        assert_eq!((reply.status, reply.body), (202, Vec::new()));
    }

    #[test]
    fn the_seed_shape_is_the_reference_s() {
        let block = deny(
            &message("tools/call", Era::Legacy),
            &denial(false),
            DenialShape::Seed,
        );
        assert_eq!(
            body(&block),
            r#"{"jsonrpc":"2.0","id":"q\"1","error":{"code":-32603,"message":"Internal error","data":{"reason":"writes are \"frozen\"","_meta":{"tessera_audit_event_id":"evt_1"}}}}"#
        );
        let empty = Denial {
            reason: "",
            ..denial(true)
        };
        let approval = deny(
            &message("tools/call", Era::Legacy),
            &empty,
            DenialShape::Seed,
        );
        assert!(body(&approval).contains(r#""code":-32604,"message":"Approval required","data":{"reason":"approval_required: blocked""#));
    }

    #[test]
    fn every_refusal_is_answered_in_json_with_its_word() {
        for word in RefusalCode::ALL {
            let refusal =
                Refusal::new(word, "because \"so\"").with_id(Some(&Id::Number(7_u64.into())));
            let reply = refuse(&refusal);
            assert_eq!(reply.status, word.status());
            let answer = parse(&reply.body).unwrap();
            assert_eq!(answer.get("id").and_then(Value::as_u64), Some(7));
            let data = answer.get("error").and_then(|e| e.get("data")).unwrap();
            assert_eq!(
                data.get("code").and_then(Value::as_str),
                Some(word.as_str())
            );
        }
        let challenge = refuse(&Refusal::new(RefusalCode::NotAuthenticated, "no token"));
        assert!(
            challenge
                .headers
                .contains(&("www-authenticate".into(), "Bearer".into()))
        );
        assert!(body(&challenge).starts_with(r#"{"jsonrpc":"2.0","id":null,"#));
    }
}
