//! What an operator says about tools: what they do, what their arguments are, how far their results
//! are trusted (`taint-flow.md` sections 3 and 5). Compiled and immutable.
//!
//! Not the document it is written in: `policy::trust` reads that.
//!
//! A tool may be described by several rows: of its own server or of any, by its name or by a glob.
//! They are read together, field by field, and the stricter answer counts: no row makes a tool more
//! trusted than another row allows.
//!
//! | module | what it knows |
//! |---|---|
//! | `effect` | what a tool does to the world |
//! | `role` | what an argument is to the call |
//! | `row` | what one row says |
//! | `rules` | what all rows of one tool say together |
//! | `settings` | what is answered to a shortfall |
//! | `source` | how results are recorded, as the flow engine takes it |
//! | `trusted` | values the operator vouches for |
//! | `secrets` | values that must never leave |

mod effect;
mod role;
mod row;
mod rules;
mod secrets;
mod settings;
mod source;
mod trusted;

pub use effect::{Effect, Effects};
pub use role::{ArgumentPlace, Role};
pub use row::{
    ArgumentRow, FieldRow, FieldRule, Hints, ResultRow, ToolRow, ToolRowName, UpstreamRows,
};
pub use rules::{FieldRules, ResultRules, ToolRules};
pub use secrets::Secret;
pub use settings::{FlowCode, Prompts, Settings, UnknownConversation, UnlistedResult};
pub use trusted::TrustedValue;

use super::context::Floors;
use super::delegation::Delegation;
use super::flow::{Fingerprints, Secrets};
use crate::glob::Glob;
#[cfg(test)]
use crate::taint::Verdict;

/// Everything an operator says about tools.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// What is answered, and what unknown things count for.
    pub settings: Settings,
    /// Values that count as said by the operator.
    pub trusted_values: Vec<TrustedValue>,
    /// Values that must never leave.
    pub secrets: Vec<Secret>,
    /// Upstreams whose own statements about their tools may lower what a call needs.
    pub trusted_servers: Vec<Glob>,
    /// A standing list of what agents may do at all: a second gate, whatever else is said.
    pub delegation: Option<Delegation>,
    /// What calls need of their context.
    pub floors: Floors,
    /// Rows for tools of any upstream.
    pub tools: Vec<ToolRow>,
    /// Rows for tools of some upstreams.
    pub upstreams: Vec<UpstreamRows>,
}

impl Registry {
    /// The rows that describe a tool, the most particular first: those of its upstream before those
    /// of any, those by name before those by glob.
    pub fn rows<'a>(
        &'a self,
        upstream: &'a str,
        tool: &'a str,
    ) -> impl Iterator<Item = &'a ToolRow> {
        let particular = self
            .upstreams
            .iter()
            .filter(move |rows| rows.upstream.matches(upstream))
            .map(|rows| rows.tools.as_slice());
        particular
            .chain(std::iter::once(self.tools.as_slice()))
            .flat_map(move |rows| {
                let exact = rows.iter().filter(move |row| row.name.is_exactly(tool));
                let globs = rows.iter().filter(move |row| row.name.covers(tool));
                exact.chain(globs)
            })
    }

    /// What all rows of a tool say together.
    #[must_use]
    pub fn rules<'a>(&'a self, upstream: &'a str, tool: &'a str) -> ToolRules<'a> {
        ToolRules::of(self.rows(upstream, tool))
    }

    /// The fingerprints of the values that must never leave.
    #[must_use]
    pub fn registered_secrets(&self, fingerprints: &Fingerprints) -> Secrets {
        Secrets::of(fingerprints, self.secrets.iter().map(Secret::reveal))
    }

    /// Whether an upstream's own statements about its tools may lower what a call needs.
    #[must_use]
    pub fn trusts_server(&self, upstream: &str) -> bool {
        self.trusted_servers
            .iter()
            .any(|server| server.matches(upstream))
    }
}

#[cfg(test)]
mod tests;
