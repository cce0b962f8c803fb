//! Header changes on both ways: what a client may not say, what the server may not say, and the
//! decision headers we add.

use crate::limits;
use crate::mcp::{Headers, Reply};
use crate::policy::{Decision, Mode, Outcome, ReasonCode, Stage};

/// One change of the headers under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderEdit {
    /// Removes every header of that name.
    Remove(String),
    /// Sets the header to one value.
    Set(&'static str, String),
}

/// Our headers: only we may set them, so they are removed when they come from outside.
const OURS: &str = "x-tessera-";

/// Edits of the request's headers: nobody outside speaks in our name, responses must be readable,
/// and credentials stay here unless configured otherwise.
pub(super) fn request_edits<'a>(
    names: impl Iterator<Item = &'a str>,
    forward_credentials: bool,
    token_headers: &[&str],
) -> Vec<HeaderEdit> {
    let stays_here = |name: &str| {
        name.starts_with(OURS)
            || token_headers.contains(&name)
            || name == "accept-encoding"
            || (name == "authorization" && !forward_credentials)
    };
    remove_all(names.filter(|name| stays_here(name)))
}

/// Edits of trailers, on either way. Some servers read them as if they were headers, which were judged
/// when these were not there yet: what is judged, or ours, does not come so. `is_judged` says that
/// the exchange is one of MCP.
pub(super) fn trailer_edits(
    trailers: &Headers,
    is_judged: bool,
    token_headers: &[&str],
) -> Vec<HeaderEdit> {
    let judged = |name: &str| {
        name.starts_with("mcp-")
            || name.starts_with("content-")
            || matches!(
                name,
                "authorization" | "host" | "origin" | "transfer-encoding"
            )
    };
    let names = trailers.iter().map(|(name, _)| name);
    remove_all(names.filter(|name| {
        name.starts_with(OURS) || (is_judged && judged(name)) || token_headers.contains(name)
    }))
}

const AUDIT_ID: &str = "x-tessera-audit-id";
const MODE: &str = "x-tessera-mode";
const DECISION: &str = "x-tessera-decision";
const POLICY_ID: &str = "x-tessera-policy-id";
const REASON: &str = "x-tessera-reason";

/// Edits of a server's response: what the server says in our name goes, `ours` is set.
pub(super) fn response_edits(
    headers: &Headers,
    ours: &[(&'static str, String)],
) -> Vec<HeaderEdit> {
    let is_ours = |name: &&str| name.starts_with(OURS);
    let mut edits = remove_all(headers.iter().map(|(name, _)| name).filter(is_ours));
    let set = ours.iter();
    edits.extend(set.map(|(name, value)| HeaderEdit::Set(name, value.clone())));
    edits
}

/// Adds headers to an answer of our own.
pub(super) fn add_headers(reply: &mut Reply, headers: Vec<(&'static str, String)>) {
    let headers = headers.into_iter();
    reply
        .headers
        .extend(headers.map(|(name, value)| (name.to_owned(), value)));
}

fn remove_all<'a>(names: impl Iterator<Item = &'a str>) -> Vec<HeaderEdit> {
    let mut edits: Vec<HeaderEdit> = Vec::new();
    for name in names {
        let edit = HeaderEdit::Remove(name.to_owned());
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    edits
}

/// The headers that tell a client what was, or in `log_only` mode would have been, decided.
pub(super) fn decision_headers(
    mode: Mode,
    decision: Option<&Decision>,
    audit_id: &str,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![(AUDIT_ID, header_safe(audit_id))];
    let Some(decision) = decision.filter(|_| mode == Mode::LogOnly) else {
        return headers;
    };
    headers.push((MODE, mode.as_str().to_owned()));
    headers.push((DECISION, would_be(decision).to_owned()));
    if !decision.action.lets_pass() {
        if let Some(id) = &decision.policy_id {
            headers.push((POLICY_ID, header_safe(id)));
        }
        if !decision.reason.is_empty() {
            headers.push((REASON, header_safe(&decision.reason)));
        }
    }
    headers
}

/// The reference's words for a decision that is not carried out, with its defect put right that
/// an approval counted as `would_allow`.
fn would_be(decision: &Decision) -> &'static str {
    let matched = decision
        .checks
        .iter()
        .any(|check| check.stage == Stage::Policies && check.outcome == Outcome::Matched);
    if !matched && decision.code == ReasonCode::Default {
        return "no_match";
    }
    match decision.action {
        crate::policy::Action::Allow | crate::policy::Action::LogOnly => "would_allow",
        crate::policy::Action::Block => "would_block",
        crate::policy::Action::RequireApproval => "would_require_approval",
        crate::policy::Action::Redact => "would_redact",
    }
}

/// Text as a header can carry it: bytes that are not printable ASCII, and `%`, percent-encoded;
/// cut at [`limits::HEADER_TEXT_BYTES`].
fn header_safe(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let encoded = match byte {
            b'%' | 0..0x20 | 0x7f.. => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        };
        if out.len() + encoded.len() > limits::HEADER_TEXT_BYTES {
            break;
        }
        out.push_str(&encoded);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_outside_speaks_in_our_name() {
        let names = [
            "x-tessera-decision",
            "accept-encoding",
            "authorization",
            "accept",
            "x-tessera-decision",
        ];
        let removed = |edits: Vec<HeaderEdit>| -> Vec<String> {
            edits
                .into_iter()
                .map(|edit| match edit {
                    HeaderEdit::Remove(name) => name,
                    HeaderEdit::Set(name, _) => panic!("{name} is set"),
                })
                .collect()
        };
        assert_eq!(
            removed(request_edits(names.into_iter(), false, &[])),
            ["x-tessera-decision", "accept-encoding", "authorization"]
        );
        assert_eq!(
            removed(request_edits(names.into_iter(), true, &[])),
            ["x-tessera-decision", "accept-encoding"]
        );
    }

    #[test]
    fn a_server_does_not_speak_in_our_name() {
        let headers = Headers::new([(REASON, "trust me"), ("date", "today"), (REASON, "again")]);
        let edits = response_edits(&headers, &[(DECISION, "would_allow".to_owned())]);
        let expected = [
            HeaderEdit::Remove(REASON.to_owned()),
            HeaderEdit::Set(DECISION, "would_allow".to_owned()),
        ];
        assert_eq!(edits, expected);
    }

    #[test]
    fn trailers_bring_nothing_that_would_have_been_judged_as_a_header() {
        let names = [
            "x-end",
            "x-tessera-caller",
            "Mcp-Name",
            "content-type",
            "authorization",
            "grpc-status",
        ];
        let trailers = Headers::new(names.map(|name| (name, "x")));
        let left = |is_judged| {
            let edits = trailer_edits(&trailers, is_judged, &[]);
            let removed = |name: &&str| edits.contains(&HeaderEdit::Remove((*name).to_owned()));
            let names = trailers.iter().map(|(name, _)| name);
            names
                .filter(|name| !removed(name))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(left(true), ["x-end", "grpc-status"]);
        assert_eq!(left(false).len(), names.len() - 1);
    }

    #[test]
    fn a_reason_is_made_safe_for_a_header() {
        assert_eq!(
            header_safe("only read — 100%\r\nx: y"),
            "only read %E2%80%94 100%25%0D%0Ax: y"
        );
        assert_eq!(header_safe(&"é".repeat(10_000)).len() % 3, 0);
        assert!(header_safe(&"é".repeat(10_000)).len() <= limits::HEADER_TEXT_BYTES);
    }
}
