//! What is allowed: policies as written, bundles as compiled, decisions as taken.
//!
//! The way of a policy: a value of any syntax → [`Document`] (as written) → [`Source`] (all of
//! them, with settings) → [`Bundle`] (compiled, immutable, with a digest) → [`Bundle::decide`].

mod answer;
mod argument;
mod budget;
mod bundle;
mod call;
mod call_aws;
mod carriers;
mod classes;
mod condition;
mod decide;
mod decision;
mod document;
mod explain;
mod facts;
mod inside;
mod intent;
mod judgement;
pub mod lint;
mod matching;
mod meta_tool;
mod number;
mod pins;
mod place;
mod redaction;
mod search;
mod settings;
mod signed;
mod template;
mod texts;
pub mod trust;
mod value;
mod visible;
mod window;
mod work;

pub use crate::glob::Glob;
pub use crate::pattern::{Hits, Pattern, PatternError, PatternSet};
pub use answer::{Answer, AnswerDecision, Finding};
pub use argument::{ArgPath, ArgPathError, Argument};
pub use bundle::{Bundle, BundleError, CompileError, CompileOptions, Source, UnknownZone};
pub use call::{Call, Caller, Sender};
pub use classes::TAXONOMY;
pub use condition::{Condition, Operator};
pub use decision::{Action, Check, Decision, Mode, Outcome, ReasonCode, Stage};
pub use document::{Direction, Document, DocumentError, DocumentErrorKind};
pub use explain::{
    AnswerExplanation, ConditionExplanation, Explanation, Looked, PolicyExplanation, PolicyOutcome,
};
pub use judgement::Judgement;
pub use matching::{Match, Skip, ToolMatch};
pub use meta_tool::{Inner, MetaTool, decode_meta_tools};
pub use pins::{DefinitionVerdict, Listed, Pin, Pins, Unapproved, decode_pins};
pub use place::{Path, Segment};
pub use redaction::{Class, Redaction};
pub use search::Search;
pub use settings::{IntentSettings, PolicySettings, decode_action_verbs};
pub use signed::{SignatureError, SignedBundle, TrustedKey, signing_input};
pub use texts::Places;
pub use visible::{Subject, SubjectKind};
pub use window::{Minute, Window, Zone};
