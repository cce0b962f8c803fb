//! Keys that some readers take for a protocol key and others do not.
//!
//! Readers have been seen to ignore case, to fold U+017F and U+212A into ASCII letters, and to drop
//! NULs (`mcp-wire.md` section 9). A key that becomes a protocol key that way, without being it, is
//! refused even when the real one is absent. Members of `arguments` belong to the tool and are not
//! looked at.

use super::refusal::{Refusal, RefusalCode, shown};
use crate::json::Object;

/// Members of a JSON-RPC message.
pub(super) const ENVELOPE: &[&str] = &["jsonrpc", "id", "method", "params", "result", "error"];

/// Members of `params` that MCP gives a meaning, of every client method of both eras.
pub(super) const PARAMS: &[&str] = &[
    "_meta",
    "name",
    "arguments",
    "uri",
    "task",
    "taskId",
    "cursor",
    "ref",
    "argument",
    "context",
    "level",
    "protocolVersion",
    "capabilities",
    "clientInfo",
    "requestId",
    "reason",
    "progressToken",
    "inputResponses",
    "requestState",
    "notifications",
];

/// Members of `params._meta` that MCP gives a meaning.
pub(super) const META: &[&str] = &[
    "progressToken",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/related-task",
    "io.modelcontextprotocol/logLevel",
    "io.modelcontextprotocol/subscriptionId",
];

/// Members of `params.ref` of `completion/complete`.
pub(super) const REF: &[&str] = &["type", "name", "uri"];

/// Refuses an object with a key that only folding makes equal to one of `protocol`.
pub(super) fn check(object: &Object, at: &str, protocol: &[&str]) -> Result<(), Refusal> {
    let Some(key) = object.keys().find(|key| collides(key, protocol)) else {
        return Ok(());
    };
    Err(Refusal::new(
        RefusalCode::KeyCollision,
        format!(
            "{at} has the key `{}`, which some readers take for another",
            shown(key)
        ),
    ))
}

fn collides(key: &str, protocol: &[&str]) -> bool {
    let same = |folded: &str| {
        protocol
            .iter()
            .any(|known| known.eq_ignore_ascii_case(folded) && *known != key)
    };
    if key.bytes().all(|b| b.is_ascii() && b != 0) {
        return same(key);
    }
    same(&folded(key))
}

/// The key without NULs and with every character that folds into ASCII letters so folded.
fn folded(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for c in key.chars() {
        match c {
            '\0' => {}
            '\u{17f}' => out.push('s'),
            '\u{212a}' => out.push('k'),
            'ß' | 'ẞ' => out.push_str("ss"),
            'ﬀ' => out.push_str("ff"),
            'ﬁ' => out.push_str("fi"),
            'ﬂ' => out.push_str("fl"),
            'ﬃ' => out.push_str("ffi"),
            'ﬄ' => out.push_str("ffl"),
            'ﬅ' | 'ﬆ' => out.push_str("st"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_that_folding_makes_a_protocol_key_collides() {
        for key in [
            "Name",
            "NAME",
            "name\0",
            "n\0ame",
            "argumentſ",
            "tas\u{212a}",
            "notiﬁcations",
        ] {
            assert!(collides(key, PARAMS), "{key:?}");
        }
        for key in ["name", "names", "nаme", "ｎame", "x", "", "\0", "İd"] {
            assert!(!collides(key, PARAMS), "{key:?}");
        }
        assert!(collides("Id", ENVELOPE) && collides("progreßToken", META));
    }

    #[test]
    fn nuls_do_not_hide_a_key_by_its_length() {
        assert!(collides(&format!("name{}", "\0".repeat(20_000)), PARAMS));
    }
}
