//! Free text, as words and signs: what values are looked for in.
//!
//! Bounded by their length together; the newest stay. Whatever is not newer than something that was
//! dropped is dropped as well, so that the order of merging does not matter.

use super::items::{Seconds, SourceId};
use crate::taint::Level;
use crate::taint::flow::Element;

/// One text, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Passage {
    pub(in crate::taint) at: Seconds,
    pub(in crate::taint) level: Level,
    pub(in crate::taint) source: SourceId,
    /// When it stops counting, in milliseconds since 1970.
    pub(in crate::taint) expires: i64,
    pub(in crate::taint) elements: Vec<Element>,
    /// Fingerprints of addresses and numbers in it, in normal form.
    pub(in crate::taint) entities: Vec<u64>,
}

/// What decides which passages stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Place {
    pub(in crate::taint) at: Seconds,
    /// Of its content: passages of one second need an order, too.
    pub(in crate::taint) print: u64,
}

/// Words and signs that what is kept of a passage besides its text takes as much room as.
const OVERHEAD: usize = 4;

impl Passage {
    /// What there is of it once, whenever it was said and however long it counts.
    fn content(&self) -> (&[Element], &[u64], Level, SourceId) {
        let Self {
            elements, entities, ..
        } = self;
        (elements, entities, self.level, self.source)
    }

    fn place(&self) -> Place {
        let bits = self.elements.iter().map(|element| element.to_bits());
        let bits = bits.chain(self.entities.iter().copied());
        let other = [u64::from(self.source.0)];
        // The elements are keyed fingerprints already: mixing them is enough.
        let print = bits.chain(other).fold(0, |print: u64, bits| {
            (print ^ bits)
                .rotate_left(23)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        Place { at: self.at, print }
    }

    const fn size(&self) -> usize {
        self.elements.len() + self.entities.len() + OVERHEAD
    }
}

/// The passages of a conversation, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::taint) struct Passages {
    passages: Vec<Passage>,
    /// The newest that was dropped.
    dropped: Option<Place>,
}

impl Passages {
    /// Those passages; of `most` words and signs at most.
    pub(super) fn of(passages: Vec<Passage>, dropped: Option<Place>, most: usize) -> Self {
        let mut all = Self { passages, dropped };
        all.settle(most);
        all
    }

    /// Adds a passage; [`Passages::settle`] must follow before the passages are used.
    pub(in crate::taint) fn push(&mut self, passage: Passage) {
        self.passages.push(passage);
    }

    /// Brings the passages in order, and drops those that are too many. What was said again counts
    /// once, from when it was said last and as long as was said then: a client may send the user's
    /// words with every call, and signs them anew. Of one second the latest end counts. (The latest end
    /// of all times would depend on the order of merging, for some may be dropped already.)
    pub(in crate::taint) fn settle(&mut self, most: usize) {
        let passages = self.passages.drain(..);
        let mut placed: Vec<_> = passages.map(|p| (p.place(), p)).collect();
        // The newest of what says the same comes first, and stays.
        placed.sort_by(|(a, one), (b, other)| {
            let content = || one.content().cmp(&other.content());
            a.print
                .cmp(&b.print)
                .then_with(content)
                .then(b.at.cmp(&a.at))
                .then(other.expires.cmp(&one.expires))
        });
        placed.dedup_by(|(_, one), (_, other)| one.content() == other.content());
        placed.sort_by(|a, b| b.cmp(a));
        let mut left = most;
        for (place, passage) in placed {
            let room = left.checked_sub(passage.size());
            let is_newer = self.dropped.is_none_or(|dropped| place > dropped);
            match room.filter(|_| is_newer) {
                Some(room) => {
                    left = room;
                    self.passages.push(passage);
                }
                // All that follow are older.
                None => {
                    self.dropped = self.dropped.max(Some(place));
                    return;
                }
            }
        }
    }

    /// The passages, the newest first.
    pub(in crate::taint) fn iter(&self) -> impl Iterator<Item = &Passage> {
        self.passages.iter()
    }

    /// The newest place that was dropped.
    pub(in crate::taint) const fn dropped(&self) -> Option<Place> {
        self.dropped
    }

    /// Forgets what no longer counts.
    pub(in crate::taint) fn expire(&mut self, now: crate::time::UnixMillis) {
        self.passages.retain(|passage| passage.expires > now.0);
    }

    /// Takes in other passages.
    pub(super) fn merge(&mut self, other: &Self, most: usize) {
        self.passages.extend(other.passages.iter().cloned());
        self.dropped = self.dropped.max(other.dropped);
        self.settle(most);
    }
}
