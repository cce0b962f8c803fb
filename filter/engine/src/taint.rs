//! Where content came from, and what may therefore follow from it (`taint-flow.md`,
//! `trust-engine.md`).
//!
//! Not policies: those say what is allowed whatever its origin. Here every result of a server, and
//! every word of the user that is vouched for, leaves a trace in its conversation; a later call is
//! held against it.
//!
//! | module | what it knows |
//! |---|---|
//! | `level` | how far content is trusted, and where it came from |
//! | [`keys`] | secrets, what is derived from them, and public keys |
//! | [`label`] | signed statements about content |
//! | [`reference`] | the same in the formats of the reference, on input only |
//! | [`context`] | the floor under everything that could have influenced a call |
//! | [`delegation`] | what an agent may do in somebody's name |
//! | [`flow`] | where the value of an argument was seen before |
//! | [`conversation`] | what one conversation has seen, as one state |
//! | `registry` | what an operator says about tools: sources, effects, roles |
//! | `judge` | whether the values of one call may do what the call does |

pub mod context;
pub mod conversation;
pub mod delegation;
pub mod flow;
mod judge;
pub mod keys;
pub mod label;
mod level;
pub mod reference;
mod registry;
mod verdict;

pub use conversation::{Conversation, Store, Unreadable};
pub use judge::{
    ArgumentFacts, ArgumentProfile, Because, By, Judged, SourceOrigin, ToolProfile, TrustCall,
    judge_answer, judge_call, judge_call_with,
};
pub use level::{Level, Origin, Sensitivity, TrustLevel};
pub use registry::{
    ArgumentPlace, ArgumentRow, Effect, Effects, FieldRow, FieldRule, FieldRules, FlowCode, Hints,
    Prompts, Registry, ResultRow, ResultRules, Role, Secret, Settings, ToolRow, ToolRowName,
    ToolRules, TrustedValue, UnknownConversation, UnlistedResult, UpstreamRows,
};
pub use verdict::Verdict;
