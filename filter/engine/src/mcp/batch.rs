//! Batches: arrays of messages in one body, which only revision 2025-03-26 has. Not the judge of
//! what they hold: every message of a batch is judged by itself.

use super::admit::{Batches, Protocol, admit_message};
use super::headers::{Headers, One};
use super::message::{Id, Kind, Message};
use super::refusal::{Refusal, RefusalCode};
use crate::json::Value;
use crate::limits;
use std::collections::BTreeSet;

/// The only revision with batches.
const REVISION: &str = "2025-03-26";

/// Admits the messages of an array, all of them or none.
///
/// # Errors
/// A refusal where batches are not accepted, for what that revision does not allow in one, and for
/// whatever is wrong with one of its messages. It carries no id: several requests were made.
pub(super) fn admit(
    headers: &Headers,
    elements: Vec<Value>,
    protocol: &Protocol,
) -> Result<Vec<Message>, Refusal> {
    if protocol.batches == Batches::Refuse {
        return refused("the body is an array; batches are not accepted, expected one object");
    }
    // That revision has no version header yet; one that is there must not say another.
    let (One::Missing | One::Text(REVISION)) = headers.one("mcp-protocol-version") else {
        return refused("the body is an array; only revision 2025-03-26 has batches");
    };
    if elements.is_empty() {
        return refused("the batch is empty; expected messages");
    }
    if elements.len() > limits::BATCH_MESSAGES {
        let text = format!(
            "the batch has more than {} messages",
            limits::BATCH_MESSAGES
        );
        return refused(&text);
    }
    let admitted = elements
        .into_iter()
        .map(|root| admit_message(headers, root, protocol).map_err(|refusal| refusal.with_id(None)))
        .collect::<Result<Vec<_>, _>>()?;
    check(&admitted)?;
    Ok(admitted)
}

/// What holds for the messages of a batch together (`mcp-wire.md` section 9, batch row; 2025-03-26,
/// transports and lifecycle).
fn check(messages: &[Message]) -> Result<(), Refusal> {
    let is_response = |message: &&Message| matches!(message.kind, Kind::Response { .. });
    let responses = messages.iter().filter(is_response).count();
    if responses != 0 && responses != messages.len() {
        return refused("the batch mixes responses with requests; expected one or the other");
    }
    if messages
        .iter()
        .any(|message| message.method() == Some("initialize"))
    {
        return refused("`initialize` stands in a batch; expected it by itself");
    }
    let mut ids = BTreeSet::new();
    // The type of an id is looked at loosely here: clients take "1" for 1 when they read an answer.
    let mut is_new = |id: &Id| match id {
        Id::Number(number) => ids.insert(number.literal().to_owned()),
        Id::String(text) => ids.insert(text.clone()),
    };
    if messages.iter().filter_map(Message::id).all(&mut is_new) {
        Ok(())
    } else {
        refused("two messages of the batch have the same id")
    }
}

fn refused<T>(text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::Batch, text))
}

#[cfg(test)]
mod tests {
    use super::super::{Era, Posted, admit_body};
    use super::*;

    const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

    fn admitted(body: &str, headers: &[(&str, &str)]) -> Result<Vec<Message>, Refusal> {
        let protocol = Protocol {
            batches: Batches::Revision20250326,
            ..Protocol::default()
        };
        let headers = Headers::new(headers.iter().copied());
        match admit_body(&headers, body.as_bytes(), &protocol)? {
            Posted::Batch(messages) => Ok(messages),
            Posted::One(message) => panic!("one message: {message:?}"),
        }
    }

    #[test]
    fn a_batch_is_admitted_message_by_message_under_its_revision_only() {
        let body = format!(
            r#" [{PING},{{"jsonrpc":"2.0","method":"notifications/cancelled"}},{{"jsonrpc":"2.0","id":"b","method":"tools/call","params":{{"name":"x"}}}}]"#
        );
        for headers in [&[][..], &[("mcp-protocol-version", "2025-03-26")]] {
            let messages = admitted(&body, headers).unwrap();
            assert_eq!(messages.len(), 3);
            assert!(messages.iter().all(|message| message.era == Era::Legacy));
            assert_eq!(messages.last().and_then(Message::tool), Some("x"));
        }
        for version in [
            "2024-11-05",
            "2025-06-18",
            "2025-11-25",
            "2026-07-28",
            "2025-03-26, 2025-03-26",
            "",
        ] {
            let refusal = admitted(&body, &[("mcp-protocol-version", version)]).unwrap_err();
            assert_eq!(
                (refusal.word, refusal.id),
                (RefusalCode::Batch, None),
                "{version}"
            );
        }
        let twice = [("mcp-protocol-version", "2025-03-26"); 2];
        assert_eq!(
            admitted(&body, &twice).unwrap_err().word,
            RefusalCode::Batch
        );
    }

    #[test]
    fn without_the_setting_no_array_is_admitted() {
        let body = format!("[{PING}]");
        let refusal =
            admit_body(&Headers::default(), body.as_bytes(), &Protocol::default()).unwrap_err();
        assert_eq!((refusal.word, refusal.status), (RefusalCode::Batch, 400));
    }

    #[test]
    fn what_is_wrong_with_a_batch_or_one_of_its_messages_refuses_all_of_it() {
        use RefusalCode::*;
        let response = r#"{"jsonrpc":"2.0","id":5,"result":{}}"#;
        let too_many = (0..=limits::BATCH_MESSAGES)
            .map(|id| PING.replace('1', &id.to_string()))
            .collect::<Vec<_>>()
            .join(",");
        for (elements, word) in [
            ("", Batch),
            (&*too_many, Batch),
            (&format!("{PING},[{PING}]"), Batch),
            (&format!("{PING},{response}"), Batch),
            (&format!("{PING},{PING}"), Batch),
            (&format!("{PING},{}", PING.replace(":1", r#":"1""#)), Batch),
            (r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#, Batch),
            (&format!("{PING},1"), NotMessage),
            (
                &format!("{PING},{}", PING.replace("id", "Id")),
                KeyCollision,
            ),
            (
                &format!("{PING},{}", PING.replace("\"id\":1,", "")),
                MissingId,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
                HeaderMismatch,
            ),
        ] {
            let refusal = admitted(&format!("[{elements}]"), &[]).unwrap_err();
            assert_eq!((refusal.word, refusal.id), (word, None), "{elements}");
        }
        // A header mirrors one message: it cannot agree with two.
        let two = format!(
            "[{PING},{}]",
            PING.replace("ping", "tools/list").replace(":1", ":2")
        );
        let refusal = admitted(&two, &[("mcp-method", "ping")]).unwrap_err();
        assert_eq!(refusal.word, HeaderMismatch);
    }

    #[test]
    fn responses_may_come_together() {
        let body = r#"[{"jsonrpc":"2.0","id":5,"result":{}},{"jsonrpc":"2.0","id":6,"result":{}}]"#;
        assert_eq!(admitted(body, &[]).unwrap().len(), 2);
    }
}
