//! The finders of a bundle: each pattern once, whichever policies ask for it.

use super::Redaction;
use super::finder::Finder;
use crate::pattern::{Pattern, PatternError, PatternSet};
use std::sync::Arc;

/// The finders of a bundle and the set that says which of them a text is worth.
#[derive(Debug, Clone, Default)]
pub(in crate::policy) struct Finders {
    pub(in crate::policy) set: PatternSet,
    list: Vec<(Redaction, Arc<Finder>)>,
}

impl Finders {
    /// Gives a redaction its place among the finders; equal ones have one.
    pub(in crate::policy) fn give_out(&mut self, redaction: &mut Redaction) {
        let known = self.list.iter().position(|(known, _)| known == redaction);
        redaction.slot = known.unwrap_or_else(|| {
            let finder = Arc::clone(&redaction.finder);
            self.list.push((redaction.clone(), finder));
            self.list.len() - 1
        });
    }

    /// Builds the set, once all places are given out.
    ///
    /// # Errors
    /// If a pattern alone is too large.
    pub(in crate::policy) fn build(mut self) -> Result<Self, PatternError> {
        let patterns: Vec<Pattern> = self
            .list
            .iter()
            .map(|(redaction, _)| redaction.pattern.clone())
            .collect();
        self.set = PatternSet::new(&patterns)?;
        Ok(self)
    }

    /// How many there are.
    pub(in crate::policy) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn finder(&self, at: usize) -> Option<&Finder> {
        self.list.get(at).map(|(_, finder)| &**finder)
    }

    /// The name in the placeholders of a finder.
    pub(super) fn name(&self, at: usize) -> &str {
        self.list
            .get(at)
            .map_or("", |(redaction, _)| redaction.name())
    }
}
