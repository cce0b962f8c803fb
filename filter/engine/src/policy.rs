//! What is allowed: policies as written, bundles as compiled, decisions as taken.

mod call;
mod decision;
mod pattern;

pub use call::{Call, Caller};
pub use decision::{Action, Check, Decision, Mode, Outcome, ReasonCode, Stage};
pub use pattern::{Hits, Pattern, PatternError, PatternSet};
