//! Many patterns searched in one pass. Not a policy: it says which patterns match, no more.

use regex::{RegexSet, RegexSetBuilder};

use super::error::from_regex;
use super::{Pattern, PatternError};
use crate::limits;

/// Which patterns of a set match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hits {
    words: Vec<u64>,
}

impl Hits {
    /// Whether the pattern at `index` of the set's list matches.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.words
            .get(index / 64)
            .is_some_and(|word| word & Self::bit(index) != 0)
    }

    /// Whether no pattern matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Adds the patterns that matched another text.
    pub fn merge(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.words.len() <= word {
            self.words.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= Self::bit(index);
        }
    }

    const fn bit(index: usize) -> u64 {
        1 << (index % 64)
    }
}

/// Many patterns searched in one pass.
///
/// Word boundaries make a search of non-ASCII text fall back from an automaton (hundreds of MB/s)
/// to a simulation (a few MB/s). The pass therefore searches for patterns without word boundaries,
/// which match at least the same texts; where they match more, a find is confirmed one by one.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    parts: Vec<Part>,
    patterns: Vec<Pattern>,
}

/// One automaton and where its patterns begin in the list.
#[derive(Debug, Clone)]
struct Part {
    start: usize,
    scan: RegexSet,
}

impl PatternSet {
    /// A set of `patterns`; indexes of [`Hits`] are positions in this list.
    ///
    /// # Errors
    /// [`PatternError::TooLarge`] if a pattern alone exceeds [`limits::PATTERN_SET_BYTES`].
    pub fn new(patterns: &[Pattern]) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        build(patterns, 0, &mut parts)?;
        Ok(Self {
            parts,
            patterns: patterns.to_vec(),
        })
    }

    /// Which patterns match somewhere in `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> Hits {
        let mut hits = Hits::default();
        for part in &self.parts {
            let found = part.scan.matches(text);
            for index in found.iter().map(|index| index.saturating_add(part.start)) {
                if self
                    .patterns
                    .get(index)
                    .is_some_and(|pattern| pattern.confirms(text))
                {
                    hits.insert(index);
                }
            }
        }
        hits
    }
}

impl Pattern {
    /// Whether a find of [`Pattern::scan`] in `text` is a match.
    fn confirms(&self, text: &str) -> bool {
        !self.scan_is_wider || self.is_match(text)
    }
}

/// Builds the automaton of `patterns`, or if it is too large one for each half.
fn build(patterns: &[Pattern], start: usize, parts: &mut Vec<Part>) -> Result<(), PatternError> {
    let Some(first) = patterns.first() else {
        return Ok(());
    };
    let built = RegexSetBuilder::new(patterns.iter().map(|pattern| &pattern.scan))
        .nest_limit(limits::PATTERN_DEPTH.saturating_mul(4))
        .size_limit(limits::PATTERN_SET_BYTES)
        .dfa_size_limit(limits::PATTERN_CACHE_BYTES)
        .build();
    match built {
        Ok(scan) => {
            parts.push(Part { start, scan });
            Ok(())
        }
        Err(regex::Error::CompiledTooBig(_)) if patterns.len() > 1 => {
            let (left, right) = patterns.split_at(patterns.len() / 2);
            build(left, start, parts)?;
            build(right, start.saturating_add(left.len()), parts)
        }
        Err(error) => Err(from_regex(&first.written, &error)),
    }
}
