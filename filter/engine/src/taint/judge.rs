//! Whether the values of one call may do what the call does, given what its conversation has seen
//! (`taint-flow.md` section 5).
//!
//! Not policies, and not the context floor: those are stages of their own.
//!
//! | module | what it knows |
//! |---|---|
//! | `words`, `names`, `shape`, `schema` | what names, texts and schemas suggest |
//! | `effects` | what a tool does |
//! | `leaves` | the values of a call, each with its role |
//! | `need` | which level a role needs |
//! | `bearings` | what a whole call is about |
//! | `weigh` | how far a value is trusted |
//! | `verdict` | what follows |
//! | `because` | the same for people |
//! | `profile` | what the registry makes of one tool, without a call |

mod bearings;
mod because;
mod effects;
mod leaves;
mod names;
mod need;
mod profile;
mod schema;
mod shape;
mod verdict;
mod weigh;
mod words;

pub use because::Because;
pub use effects::By;
pub use profile::{ArgumentProfile, ToolProfile};
pub use verdict::{judge_answer, judge_call, judge_call_with};

use super::flow::SourceRef;
use super::{Level, Origin, TrustLevel, Verdict};
use crate::json::Value;
use crate::mcp::Definition;
use crate::taint::Effects;
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
    /// Whether it is a text that may hold JSON, which a server may open.
    pub holds_json: bool,
}

impl SourceOrigin {
    /// The word used in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Known(origin) => origin.as_str(),
        }
    }
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
    /// What the call does.
    pub effects: Effects,
    /// The values of those arguments that say where it goes, for the readers of what was seen.
    pub targets: Vec<String>,
    /// The floor under everything that could have influenced the call.
    pub floor: TrustLevel,
}

impl Judged {
    /// The same for the arguments that stand below these keys: those of a call inside the call.
    #[must_use]
    pub fn below(&self, keys: &[&str]) -> Self {
        let inside = |value: &ArgumentFacts| {
            let above = value.place.get(..keys.len())?;
            let is_inside = above.iter().zip(keys).all(|(one, key)| one == key);
            let place = value
                .place
                .get(keys.len()..)
                .filter(|_| is_inside)?
                .to_vec();
            let value = value.clone();
            (!place.is_empty()).then_some(ArgumentFacts { place, ..value })
        };
        Self {
            arguments: self.arguments.iter().filter_map(inside).collect(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests;
