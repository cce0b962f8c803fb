//! A server's message that has no single reading. Not a verdict of a policy: what becomes of it is
//! for the exchange to say.

use super::refusal::shown;
use super::sse::SseError;
use crate::json::{ParseError, ParseErrorKind};
use std::fmt;
use thiserror::Error;

/// Why, as a stable word for programs. New ones may be added; none changes its meaning. Where
/// [`super::RefusalCode`] has the same word, it means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AmbiguousCode {
    /// It is not JSON of RFC 8259.
    NotJson,
    /// It is not UTF-8.
    NotUtf8,
    /// It exceeds a bound on depth, values or number length.
    TooComplex,
    /// An event, or a body, has more bytes than may be kept.
    TooLarge,
    /// A field of an event holds a character at which some readers end the line.
    LineSeparator,
    /// A key stands twice in one object.
    DuplicateKey,
    /// A key equals a protocol key only after case folding or without its NULs.
    KeyCollision,
    /// It is an array of messages.
    Batch,
    /// It is more than one of result, error and method at once.
    Hybrid,
    /// The id is neither a string nor a plain integer, too long, or missing where one belongs.
    BadId,
    /// It is not a JSON-RPC 2.0 message of the types MCP allows.
    BadEnvelope,
}

impl AmbiguousCode {
    /// Every word.
    pub const ALL: [Self; 11] = [
        Self::NotJson,
        Self::NotUtf8,
        Self::TooComplex,
        Self::TooLarge,
        Self::LineSeparator,
        Self::DuplicateKey,
        Self::KeyCollision,
        Self::Batch,
        Self::Hybrid,
        Self::BadId,
        Self::BadEnvelope,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotUtf8 => "not_utf8",
            Self::TooComplex => "too_complex",
            Self::TooLarge => "too_large",
            Self::LineSeparator => "line_separator",
            Self::DuplicateKey => "duplicate_key",
            Self::KeyCollision => "key_collision",
            Self::Batch => "batch",
            Self::Hybrid => "hybrid",
            Self::BadId => "bad_id",
            Self::BadEnvelope => "bad_envelope",
        }
    }
}

impl fmt::Display for AmbiguousCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message that is not passed on as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct Ambiguous {
    /// Why, for programs.
    pub word: AmbiguousCode,
    /// Why, for people: what, where, expected, got. Of the message it holds at most one key or
    /// number, cut short and on one line.
    pub text: String,
}

impl Ambiguous {
    pub(super) fn new(word: AmbiguousCode, text: impl Into<String>) -> Self {
        Self {
            word,
            text: text.into(),
        }
    }
}

impl From<&ParseError> for Ambiguous {
    fn from(error: &ParseError) -> Self {
        use ParseErrorKind as E;
        let word = match error.kind {
            E::NotUtf8 => AmbiguousCode::NotUtf8,
            E::DuplicateKey(_) => AmbiguousCode::DuplicateKey,
            E::TooDeep(_) | E::TooManyValues | E::NumberTooLong => AmbiguousCode::TooComplex,
            _ => AmbiguousCode::NotJson,
        };
        let what = "the server's message is refused";
        let text = match &error.kind {
            E::DuplicateKey(key) => {
                let key = shown(key);
                format!(
                    "{what}: the key `{key}` stands twice in one object at byte {}",
                    error.offset
                )
            }
            _ => format!("{what}: {error}"),
        };
        Self::new(word, text)
    }
}

impl From<&SseError> for Ambiguous {
    fn from(error: &SseError) -> Self {
        let word = match error {
            SseError::TooLarge { .. } => AmbiguousCode::TooLarge,
            SseError::NotUtf8 { .. } => AmbiguousCode::NotUtf8,
            SseError::LineSeparator { .. } => AmbiguousCode::LineSeparator,
        };
        Self::new(word, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_its_own() {
        let words: BTreeSet<_> = AmbiguousCode::ALL
            .iter()
            .map(|code| code.as_str())
            .collect();
        assert_eq!(words.len(), AmbiguousCode::ALL.len());
    }
}
