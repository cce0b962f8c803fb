//! Whether the values of one call may do what the call does, given what its conversation has seen
//! (`taint-flow.md` section 5).
//!
//! Not policies, and not the context floor: those are stages of their own.

use super::flow::{Fingerprints, SourceRef};
use super::{Conversation, Level, Origin, Registry, TrustLevel, Verdict};
use crate::json::Value;
use crate::mcp::Definition;
use crate::taint::FlowCode;
use crate::time::UnixMillis;

/// A call as it is judged here.
#[derive(Debug, Clone, Copy)]
pub struct TrustCall<'a> {
    /// Name of the MCP server.
    pub upstream: &'a str,
    /// JSON-RPC method.
    pub method: &'a str,
    /// The tool; for a method other than `tools/call`, the method.
    pub tool: &'a str,
    /// The arguments, as policies see them; `None` if there are none.
    pub arguments: Option<&'a Value>,
    /// The tool's approved definition, if it is known: its schema names roles, its annotations count
    /// if the server is trusted.
    pub definition: Option<&'a Definition>,
    /// When the call was received.
    pub now: UnixMillis,
}

/// Where the value of an argument came from, as conditions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceOrigin {
    /// Seen nowhere.
    Unknown,
    /// Content of that origin.
    Known(Origin),
}

/// One thing the flow stage has to say about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// Where in the arguments, as a JSON pointer; empty is the call as a whole.
    pub at: String,
    /// What.
    pub code: FlowCode,
    /// The level found, where levels are compared.
    pub level: Option<Level>,
    /// The level needed, where levels are compared.
    pub need: Option<Level>,
    /// The earlier result it came from, if it is known.
    pub source: Option<SourceRef>,
}

/// What is known of one value of a call, for conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFacts {
    /// Where it stands: keys and indices from the arguments down.
    pub place: Vec<String>,
    /// How far it is trusted.
    pub level: Level,
    /// Where it came from.
    pub origin: SourceOrigin,
    /// The results it was seen in, at most a few.
    pub sources: Vec<SourceRef>,
}

/// What the flow stage says of one call, and what policies may ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The strictest of the answers to `because`.
    pub verdict: Verdict,
    /// Why; for a call that passes, what passed.
    pub because: Vec<Because>,
    /// The values of the arguments.
    pub arguments: Vec<ArgumentFacts>,
    /// The floor under everything that could have influenced the call.
    pub floor: TrustLevel,
}

/// Judges a call against its conversation and, of another one that could have influenced it, the
/// restrictions.
#[must_use]
pub fn judge_call(
    registry: &Registry,
    own: &Conversation,
    other: Option<&Conversation>,
    fingerprints: &Fingerprints,
    call: &TrustCall<'_>,
) -> Judged {
    let _ = (registry, own, other, fingerprints, call);
    Judged {
        verdict: registry.settings.flow,
        because: Vec::new(),
        arguments: Vec::new(),
        floor: TrustLevel::Untrusted,
    }
}
