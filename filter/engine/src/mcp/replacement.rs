//! What a client gets in place of a server's message that must not pass. Not an HTTP answer: it
//! stands where the message stood, as the body or as the data of an event, under the client's id.
//!
//! The shapes are those of a denied request ([`super::deny`] in its MCP shape) and explain themselves
//! under the same `_meta` member; only the sentence differs, because the server has already seen the
//! request.

use super::denial::{self, Denial, Fate, envelope, tool_result};
use super::message::{Era, Id};
use crate::json::Value;

/// The result, with `isError`, in place of the answer to a `tools/call`.
#[must_use]
pub fn replacement_result(id: &Id, era: Era, denial: &Denial<'_>) -> Value {
    let result = tool_result(era, denial, Fate::Sent);
    envelope(Some(id)).with("result", result).into()
}

/// The JSON-RPC error in place of the answer to any other request: −31001, or −31002 if an approval
/// would let it pass. `id` is that of the request, `None` if it is not known.
#[must_use]
pub fn replacement_denial(id: Option<&Id>, denial: &Denial<'_>) -> Value {
    envelope(id)
        .with("error", denial::error(denial, Fate::Sent))
        .into()
}

/// The JSON-RPC error in place of an answer that no policy decided about, such as one that has no
/// single reading. `code` is a stable word, `text` says why to people; `id` as in
/// [`replacement_denial`].
#[must_use]
pub fn replacement_error(id: Option<&Id>, code: &str, text: &str, audit_id: &str) -> Value {
    let denial = Denial {
        code,
        policy_id: None,
        reason: text,
        audit_id,
        approval: false,
    };
    replacement_denial(id, &denial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_text;

    const DENIAL: Denial<'static> = Denial {
        code: "policy_matched",
        policy_id: Some("no-secrets"),
        reason: "it holds a key",
        audit_id: "evt_1",
        approval: false,
    };

    #[test]
    fn a_replaced_tool_result_looks_like_a_denied_call_and_owns_that_the_server_was_asked() {
        let id = Id::String("a".into());
        let text = to_text(&replacement_result(&id, Era::Legacy, &DENIAL));
        assert_eq!(
            text,
            r#"{"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"Denied by policy no-secrets: it holds a key. The server has received the request and may have carried it out; do not retry. (audit evt_1)"}],"isError":true,"_meta":{"tessera/decision":{"code":"policy_matched","policy_id":"no-secrets","reason":"it holds a key","audit_id":"evt_1"}}}}"#
        );
        let modern = to_text(&replacement_result(&id, Era::Modern, &DENIAL));
        assert!(modern.ends_with(r#","resultType":"complete"}}"#));
    }

    #[test]
    fn other_answers_are_replaced_by_an_error_with_a_word() {
        let id = Id::Number(7_u64.into());
        let approval = Denial {
            approval: true,
            ..DENIAL
        };
        for (error, start) in [
            (
                replacement_error(Some(&id), "hybrid", "it has both", "evt_1"),
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31001,"message":"Answer withheld: it has both. The server "#,
            ),
            (
                replacement_error(None, "not_json", "", "evt_1"),
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-31001,"message":"Answer withheld: not_json. The server "#,
            ),
            (
                replacement_denial(Some(&id), &DENIAL),
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31001,"message":"Denied by policy no-secrets: it holds a key. The server "#,
            ),
            (
                replacement_denial(Some(&id), &approval),
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31002,"message":"Approval required by policy no-secrets: "#,
            ),
        ] {
            let text = to_text(&error);
            assert!(text.starts_with(start), "{text}");
            let data = error.get("error").and_then(|error| error.get("data"));
            let word = data.and_then(|data| data.get("code"));
            let decision = data.and_then(|data| data.get("_meta")?.get("tessera/decision"));
            assert_eq!(decision.and_then(|decision| decision.get("code")), word);
            assert!(word.is_some(), "{text}");
        }
    }
}
