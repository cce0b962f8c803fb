//! What a conversation keeps in sets: fingerprints with what is known of them.

use super::kept::Item;
use crate::limits;
use crate::taint::Level;
use crate::taint::flow::SourceRef;

/// A result, shortened: the first half of the fingerprint of its record's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct SourceId(pub(in crate::taint) u32);

impl SourceId {
    /// The result whose record's id has that fingerprint.
    pub(in crate::taint) fn of(print: u64) -> Self {
        Self(u32::try_from(print >> 32).unwrap_or_default())
    }
}

/// Seconds since 1970, as far as they fit: enough to tell what is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Seconds(pub(in crate::taint) u32);

impl Seconds {
    pub(in crate::taint) fn of(now: crate::time::UnixMillis) -> Self {
        let seconds = now.0.div_euclid(1000).max(0);
        Self(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

/// A whole value of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Leaf {
    pub(in crate::taint) print: u64,
    pub(in crate::taint) level: Level,
    pub(in crate::taint) at: Seconds,
    pub(in crate::taint) source: SourceId,
}

impl Item for Leaf {
    const MOST: usize = limits::CONVERSATION_VALUES;
    type Rank = (Level, Seconds);

    fn rank(&self) -> Self::Rank {
        (self.level, self.at)
    }
}

/// A pair of words of text that looked like instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Pair {
    pub(in crate::taint) print: u32,
    pub(in crate::taint) source: SourceId,
}

impl Item for Pair {
    const MOST: usize = limits::CONVERSATION_FLAGS;
    type Rank = ();

    fn rank(&self) {}
}

/// A secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Secret {
    /// Of its first characters: where to look closer.
    pub(in crate::taint) head: u32,
    /// Bytes of its compact form.
    pub(in crate::taint) length: u8,
    /// Of all of it.
    pub(in crate::taint) print: u64,
}

impl Item for Secret {
    const MOST: usize = limits::CONVERSATION_SECRETS;
    type Rank = ();

    fn rank(&self) {}
}

/// What somebody vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) enum Vouched {
    /// A value.
    Value,
    /// A result: by the id of its record, or by the digest of its label.
    Result,
}

/// An endorsement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Endorsement {
    pub(in crate::taint) print: u64,
    pub(in crate::taint) vouched: Vouched,
    pub(in crate::taint) level: Level,
    pub(in crate::taint) expires: i64,
}

impl Item for Endorsement {
    const MOST: usize = limits::CONVERSATION_ENDORSEMENTS;
    type Rank = i64;

    fn rank(&self) -> i64 {
        self.expires
    }
}

/// A result that values were seen in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Source {
    pub(in crate::taint) id: SourceId,
    pub(in crate::taint) at: Seconds,
    /// The fingerprint of its label's digest; zero without one.
    pub(in crate::taint) digest: u64,
    pub(in crate::taint) reference: SourceRef,
}
