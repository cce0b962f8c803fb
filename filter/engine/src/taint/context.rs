//! The context of a conversation: everything that could have influenced a call, folded into a few
//! numbers, and what a call needs of them (`trust-engine.md` sections 1 and 2).
//!
//! Not the flow of single values: here one page from the web lowers the floor under every later call
//! of its conversation, whatever the call's arguments are.
//!
//! | module | what it knows |
//! |---|---|
//! | `fold` | the running fold: floor, readers, sensitivity |
//! | `wire` | the fold as bytes |
//! | `sources` | what content counts for: who gave it, what it looks like |
//! | `steps` | how age and anomalies lower a level |
//! | `requirement` | what a tool, a prompt or a resource needs |
//! | `floors` | the strictest of what all scopes say |
//! | `recipients` | who a call sends to |
//! | `decision` | what the floor says of one call, and why |

mod decision;
mod floors;
mod fold;
mod recipients;
mod requirement;
mod sources;
mod steps;
mod wire;

pub use decision::{FloorCall, FloorCode, FloorDecision, FloorFinding, Recipients};
pub use floors::{FloorScope, FloorSettings, Floors, FloorsError, Leaving};
pub use fold::{Fold, Segment};
pub use recipients::recipients_by_name;
pub use requirement::{Needed, Requirement, ResourceType, Tier};
pub(in crate::taint) use sources::text_of;
pub use sources::{Listing, result_trust, sensitivity_of, sensitivity_of_content};
pub use steps::{Step, StepWhen, Steps};
pub use wire::Unreadable;

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
