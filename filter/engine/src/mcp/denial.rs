//! A denial as clients are told: in the answer given instead of the server's, whether or not the
//! server has seen the request. Not the decision itself.

use super::message::{Era, Id};
use crate::json::{Object, Value};

/// JSON-RPC code of a denial; outside the range JSON-RPC reserves.
const DENIED: i64 = -31001;
/// JSON-RPC code of a denial that an approval would lift.
const APPROVAL_REQUIRED: i64 = -31002;

/// Member of `_meta` under which a denial explains itself.
const DECISION_KEY: &str = "tessera/decision";

/// A denial by policy, as the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial<'a> {
    /// Why, for programs: a stable word.
    pub code: &'a str,
    /// The policy that decided; `None` if none did.
    pub policy_id: Option<&'a str>,
    /// Why, for people; may be empty.
    pub reason: &'a str,
    /// Id of the audit record.
    pub audit_id: &'a str,
    /// Whether a human's approval would lift it.
    pub approval: bool,
}

/// Which shape denials have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DenialShape {
    /// A tool call gets a result with `isError`, any other request a JSON-RPC error −31001 or, if
    /// an approval is required, −31002.
    #[default]
    Mcp,
    /// The reference's 0.1.1 shape for every request: JSON-RPC error −32603, or −32604 if an
    /// approval is required (`condition-engine.md` section 7.4).
    Seed,
}

/// How far the request of a denied answer had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The server has not seen it.
    NotSent,
    /// The server has, and may have done what it says.
    Sent,
}

/// The result of a denied tool call.
pub(super) fn tool_result(era: Era, denial: &Denial<'_>, fate: Fate) -> Object {
    let text = Object::new()
        .with("type", "text")
        .with("text", sentence(denial, fate));
    let result = Object::new()
        .with("content", vec![Value::from(text)])
        .with("isError", true)
        .with("_meta", Object::new().with(DECISION_KEY, decision(denial)));
    match era {
        Era::Legacy => result,
        Era::Modern => result.with("resultType", "complete"),
    }
}

/// The error of any other denied request.
pub(super) fn error(denial: &Denial<'_>, fate: Fate) -> Object {
    let meta = Object::new().with(DECISION_KEY, decision(denial));
    Object::new()
        .with(
            "code",
            if denial.approval {
                APPROVAL_REQUIRED
            } else {
                DENIED
            },
        )
        .with("message", sentence(denial, fate))
        .with(
            "data",
            Object::new().with("code", denial.code).with("_meta", meta),
        )
}

/// The error of any denied request in the shape [`DenialShape::Seed`].
pub(super) fn seed_error(denial: &Denial<'_>) -> Object {
    let reason = if denial.reason.is_empty() {
        "blocked"
    } else {
        denial.reason
    };
    let (code, message, reason) = if denial.approval {
        (
            -32604_i64,
            "Approval required",
            format!("approval_required: {reason}"),
        )
    } else {
        (-32603_i64, "Internal error", reason.to_owned())
    };
    let meta = Object::new().with("tessera_audit_event_id", denial.audit_id);
    let data = Object::new().with("reason", reason).with("_meta", meta);
    Object::new()
        .with("code", code)
        .with("message", message)
        .with("data", data)
}

fn decision(denial: &Denial<'_>) -> Object {
    Object::new()
        .with("code", denial.code)
        .with("policy_id", denial.policy_id)
        .with("reason", denial.reason)
        .with("audit_id", denial.audit_id)
}

/// One sentence for the model and the person behind it.
fn sentence(denial: &Denial<'_>, fate: Fate) -> String {
    let what = match (denial.approval, denial.policy_id, fate) {
        (true, ..) => "Approval required",
        (false, None, Fate::Sent) => "Answer withheld",
        (false, ..) => "Denied",
    };
    let by = match (denial.policy_id, fate) {
        (Some(id), _) => format!(" by policy {id}"),
        (None, Fate::NotSent) => " by policy".to_owned(),
        (None, Fate::Sent) => String::new(),
    };
    let why = if denial.reason.is_empty() {
        denial.code
    } else {
        denial.reason
    };
    let happened = match fate {
        Fate::NotSent => "Nothing was executed",
        Fate::Sent => "The server has received the request and may have carried it out",
    };
    let next = if denial.approval {
        "retry only after a human has approved this call."
    } else {
        "do not retry."
    };
    let stop = if why.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!(
        "{what}{by}: {why}{stop} {happened}; {next} (audit {})",
        denial.audit_id
    )
}

/// An answer to the request `id`, or to one whose id could not be read.
pub(super) fn envelope(id: Option<&Id>) -> Object {
    Object::new()
        .with("jsonrpc", "2.0")
        .with("id", id.map(Value::from))
}
