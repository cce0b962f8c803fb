//! Why a stream is not read further. Not about its messages: those have their own errors.

use thiserror::Error;

/// A stream that cannot be read. It stays unreadable: nobody knows where its next event begins, or
/// readers disagree about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SseError {
    /// One event has more bytes than the limit.
    #[error(
        "an event of the stream has more than {limit} bytes; it begins at byte {at} of the stream"
    )]
    TooLarge {
        /// The most bytes an event may have.
        limit: usize,
        /// Where the event begins, in bytes of the stream from 0.
        at: u64,
    },
    /// The value of a field is not UTF-8. Readers put different replacements there.
    #[error("the field `{field}` of an event is not UTF-8 at byte {at} of the stream")]
    NotUtf8 {
        /// The field's name.
        field: &'static str,
        /// The first wrong byte, in bytes of the stream from 0.
        at: u64,
    },
    /// An `id` or `event` holds a character at which some readers end the line, so that what
    /// follows it would be a field of its own.
    #[error(
        "the field `{field}` of an event holds U+{code:04X} at byte {at} of the stream, where some \
         readers end the line",
        code = u32::from(*character)
    )]
    LineSeparator {
        /// The field's name.
        field: &'static str,
        /// The character.
        character: char,
        /// Where it stands, in bytes of the stream from 0.
        at: u64,
    },
}
