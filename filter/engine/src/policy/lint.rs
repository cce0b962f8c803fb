//! What is allowed in policies but can hardly be meant. Nothing here changes a verdict.

use super::document::Document;
use super::place::Path;

/// Something that can hardly be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The policy.
    pub policy_id: String,
    /// Where in it.
    pub path: Path,
    /// What, as a stable word.
    pub code: &'static str,
    /// What, for people.
    pub message: String,
}

/// Looks through policies, in any order.
#[must_use]
pub fn lint(_documents: &[Document]) -> Vec<Warning> {
    Vec::new()
}
