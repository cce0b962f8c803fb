//! What an agent may do in somebody's name, and how that is handed on (`trust-engine.md` section 3).
//!
//! Not the token: whoever verified its signature, its expiry and its audience hands its fields in
//! here. Expiry is looked at again, because a token may be kept while a call is open.
//!
//! | module | what it knows |
//! |---|---|
//! | `constraint` | the constraints of a token, read strictly |
//! | `decide` | whether a call is within them |
//! | `destination` | the hosts a call goes to |
//! | `narrow` | what may be handed on |

mod constraint;
mod decide;
mod destination;
mod narrow;

use std::collections::BTreeSet;

use crate::time::UnixMillis;

pub use constraint::Constraints;
pub use decide::{Acting, Delegated, Refusal, decide};
pub use narrow::{Child, Violation, narrow};

/// What one principal lets another do.
#[derive(Debug, Clone, PartialEq)]
pub struct Delegation {
    /// In whose name.
    pub subject: String,
    /// Who may act. `None` is whoever calls: an operator's standing list, never a token.
    pub delegate: Option<String>,
    /// For which gateway.
    pub audience: String,
    /// The tools, by their exact names; empty is none at all.
    pub authorized_actions: BTreeSet<String>,
    /// What else has to hold.
    pub constraints: Constraints,
    /// The session or conversation it is bound to; empty is none.
    pub session_id: String,
    /// When it ends; `None` is never, for an operator's standing list.
    pub expires_at: Option<UnixMillis>,
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
