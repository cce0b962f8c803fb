//! What is wrong with a document, as facts: where, what was expected, what was found.

use crate::limits;
use crate::pattern::PatternError;
use crate::policy::argument::ArgPathError;
use crate::policy::place::Path;
use thiserror::Error;

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}{kind}", .path.prefix())]
pub struct DocumentError {
    /// Where; the root if it is the document as a whole.
    pub path: Path,
    /// What.
    pub kind: DocumentErrorKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DocumentErrorKind {
    /// A key that means nothing here.
    #[error("unknown key `{key}`, expected one of {}{}", list(.expected), hint(.nearest.as_deref()))]
    UnknownKey {
        /// The key found.
        key: String,
        /// The keys that may stand here.
        expected: Vec<&'static str>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// A key that must be there is not.
    #[error("the key `{key}` is missing")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A value of the wrong type.
    #[error("expected {expected}, got {got}")]
    WrongType {
        /// What may stand here.
        expected: &'static str,
        /// What stands here.
        got: &'static str,
    },
    /// A word of a closed set that is not in it.
    #[error("unknown {what} `{got}`, expected one of {}{}", list(.expected), hint(.nearest.as_deref()))]
    UnknownName {
        /// What the word names.
        what: &'static str,
        /// The word found.
        got: String,
        /// The words there are.
        expected: Vec<&'static str>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// An id with other characters, or too long, or empty.
    #[error("`{}` is not an id: 1 to 64 of a-z, 0-9 and `-`", .0.escape_debug())]
    BadId(String),
    /// Not a minute of the day.
    #[error("`{0}` is not a time of day; expected `HH:MM`, quoted, from `00:00` to `23:59`")]
    BadTime(String),
    /// Not an IANA time zone.
    #[error("unknown time zone `{0}`; expected an IANA name such as `Europe/London`, in that case")]
    UnknownZone(String),
    /// A pattern that is refused.
    #[error("bad pattern: {0}")]
    BadPattern(PatternError),
    /// A pin that cannot be used.
    #[error("{0}")]
    BadPin(String),
    /// A path that cannot be read.
    #[error("bad argument path: {0}")]
    BadArgPath(ArgPathError),
    /// `tool` and `tool_pattern` in one `match`.
    #[error("`tool` and `tool_pattern` exclude each other")]
    ToolAndPattern,
    /// `arg` and `arg_path` in one condition.
    #[error("`arg` and `arg_path` exclude each other")]
    ArgAndArgPath,
    /// `when`, `action` or `reason` beside `response` instead of inside it.
    #[error("with a `response`, `{key}` stands inside it: `response.{key}`")]
    BesideResponse {
        /// The key.
        key: &'static str,
    },
    /// Neither `class` nor `pattern` in one redaction, or both.
    #[error("a redaction has either `class`, or `pattern` and `as`")]
    ClassOrPattern,
    /// A name for a placeholder that is none.
    #[error("`{}` is not a name for a placeholder: 1 to {limit} of A-Z, 0-9 and `_`", .0.escape_debug(), limit = limits::REDACTION_NAME_CHARS)]
    BadRedactionName(String),
    /// A pattern to redact that finds nothing at all, everywhere.
    #[error("the pattern also matches nothing at all, so it says nothing about what to take out")]
    MatchesNothing,
    /// `redact` with an action other than `redact`.
    #[error("`redact` goes with `action: redact`, not with `{action}`")]
    RedactWithoutAction {
        /// The action.
        action: &'static str,
    },
    /// A condition, or a way of estimating, that the engine cannot answer from the call alone.
    #[error("`{name}` is not supported: {why}")]
    Unsupported {
        /// The condition or estimator.
        name: String,
        /// What it would need.
        why: &'static str,
    },
    /// The same thing twice in a list.
    #[error("the same {what} stands at index {first} already")]
    Twice {
        /// What.
        what: &'static str,
        /// Where it stands first.
        first: usize,
    },
    /// Something that could be read, but cannot be meant or must not be said.
    #[error("{0}")]
    Refused(String),
    /// More than [`crate::limits`] allows.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn hint(nearest: Option<&str>) -> String {
    nearest
        .map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}
