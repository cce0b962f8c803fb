//! Why a pattern is refused: which construct, where in the written pattern, and what to write.

use core::ops::Range;

use crate::limits;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The pattern is longer than [`limits::PATTERN_BYTES`].
    #[error("pattern has {length} bytes, at most {limit} are allowed", limit = limits::PATTERN_BYTES)]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The pattern, or a set of patterns, is too large once compiled.
    #[error(
        "pattern `{written}` needs more than {limit} bytes once compiled: use smaller repetition counts"
    )]
    TooLarge {
        /// The pattern as written.
        written: String,
        /// The limit that was exceeded, in bytes.
        limit: usize,
    },
    /// The pattern uses something that means nothing, or not one thing, in both dialects.
    #[error("`{construct}` at byte {start} of the pattern is {what}: {hint}", start = span.start)]
    Refused {
        /// The construct as written.
        construct: String,
        /// What it is.
        what: &'static str,
        /// Where it is: bytes of the written pattern.
        span: Range<usize>,
        /// What to write instead.
        hint: &'static str,
    },
    /// The pattern is not well-formed.
    #[error("pattern is malformed at byte {start}: {problem}", start = span.start)]
    Malformed {
        /// What is wrong.
        problem: String,
        /// Where: bytes of the written pattern.
        span: Range<usize>,
    },
}

/// A refusal of the construct at `span` of `written`.
pub(super) fn refused(
    written: &str,
    span: Range<usize>,
    what: &'static str,
    hint: &'static str,
) -> PatternError {
    let construct = written.get(span.clone()).unwrap_or_default().to_owned();
    PatternError::Refused {
        construct,
        what,
        span,
        hint,
    }
}

/// A problem the `regex` crate has with a translated pattern.
pub(super) fn from_regex(written: &str, error: &regex::Error) -> PatternError {
    match error {
        regex::Error::CompiledTooBig(limit) => PatternError::TooLarge {
            written: written.to_owned(),
            limit: *limit,
        },
        other => PatternError::Malformed {
            problem: other.to_string(),
            span: 0..written.len(),
        },
    }
}
