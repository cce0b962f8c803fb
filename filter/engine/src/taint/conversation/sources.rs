//! The results that values came from, by name: for reasons, and to endorse one.

use super::items::{Source, SourceId};
use crate::limits;
use crate::taint::flow::SourceRef;

/// Those that are still known, by their short id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::taint) struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    pub(super) fn of(sources: Vec<Source>) -> Self {
        let mut all = Self { sources };
        all.settle();
        all
    }

    /// Adds a result, its texts cut to what is kept.
    pub(in crate::taint) fn add(&mut self, mut source: Source) {
        let reference = &mut source.reference;
        for text in [
            &mut reference.audit_id,
            &mut reference.upstream,
            &mut reference.tool,
        ] {
            let end = text.floor_char_boundary(limits::SOURCE_TEXT_BYTES);
            text.truncate(end);
        }
        let is_known = |known: &Source| (known.id, known.digest) == (source.id, source.digest);
        if !self.sources.iter().any(is_known) {
            self.sources.push(source);
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.sources
            .sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.cmp(a)));
        self.sources.dedup();
        self.sources.truncate(limits::CONVERSATION_SOURCES);
    }

    pub(in crate::taint) fn get(&self, id: SourceId) -> Option<&SourceRef> {
        let mut sources = self.sources.iter();
        let found = sources.find(|source| source.id == id);
        found.map(|source| &source.reference)
    }

    /// The result whose label has the digest of that fingerprint.
    pub(in crate::taint) fn of_digest(&self, print: u64) -> impl Iterator<Item = SourceId> {
        let of_digest = self.sources.iter();
        let of_digest = of_digest.filter(move |source| source.digest == print && print != 0);
        of_digest.map(|source| source.id)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Source> {
        self.sources.iter()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sources.extend(other.sources.iter().cloned());
        self.settle();
    }
}
