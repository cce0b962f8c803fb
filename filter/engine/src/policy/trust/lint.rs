//! What a trust document says that can hardly be meant, and what it leaves to names.

/// How much of what is known of a server's tools the document says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {}

/// Counts.
#[must_use]
pub const fn coverage() -> Coverage {
    Coverage {}
}
