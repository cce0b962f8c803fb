//! Many patterns searched in one pass. Not a policy: it says which patterns match, no more.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use regex_automata::hybrid::dfa::{self, Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::{pool::Pool, syntax};
use regex_automata::{Input, MatchKind, PatternID};

use super::{Pattern, PatternError};
use crate::limits;

/// What one confirmation costs besides the search, as [`limits::PATTERN_WORK`] counts.
const CONFIRMATION: u64 = 500;

/// How many patterns share an automaton. Each automaton is one pass over the text; the states of
/// the patterns in it multiply.
const PATTERNS_PER_PART: usize = 16;

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
/// The pass is a lazily built automaton: hundreds of MB/s. Word boundaries would stop it at the
/// first letter that is not ASCII, and counting would make it build a state at every byte (both
/// measured: a few MB/s). It therefore searches for patterns without either, which match at least
/// the same texts; where they match more, a find is confirmed with the pattern itself.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    parts: Vec<Arc<Part>>,
    patterns: Vec<Pattern>,
}

/// One automaton and the places of its patterns in the list. Patterns of like length share one, so
/// that short texts, which most are, need none of the automata of long patterns.
///
/// Not a `regex::RegexSet`: once its cache of states has overflowed a few times, that never uses
/// the automaton again, so that one hostile text would slow down all that follow.
struct Part {
    places: Vec<usize>,
    /// Bytes a text must have at the least for any of the patterns to match.
    least_bytes: usize,
    automaton: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

impl PatternSet {
    /// A set of `patterns`; indexes of [`Hits`] are positions in this list.
    ///
    /// # Errors
    /// [`PatternError::TooLarge`] if a pattern alone exceeds [`limits::PATTERN_SET_BYTES`].
    pub fn new(patterns: &[Pattern]) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let (alone, mut shared): (Vec<usize>, Vec<usize>) =
            (0..patterns.len()).partition(|place| counts(patterns, *place));
        shared.sort_by_key(|place| {
            patterns
                .get(*place)
                .map_or(0, |pattern| pattern.least_bytes)
        });
        for places in alone.chunks(1).chain(shared.chunks(PATTERNS_PER_PART)) {
            build(patterns, places, &mut parts)?;
        }
        Ok(Self {
            parts,
            patterns: patterns.to_vec(),
        })
    }

    /// Whether any pattern may match in any of several texts, given as one with a line feed after
    /// each. A quick no for most calls: one pass instead of one for every text.
    ///
    /// What is searched for ends where a text ends, or at a character that is no letter, and the
    /// line feed is one. Patterns that ask for an end themselves cannot be told so: with one of
    /// them in the set the answer is always yes. `longest` is the length of the longest of the
    /// texts, in bytes.
    #[must_use]
    pub fn may_match(&self, joined: &str, longest: usize) -> bool {
        let mut parts = self.parts.iter().filter(|part| part.least_bytes <= longest);
        self.is_anchored() || parts.any(|part| part.may_match(joined))
    }

    /// Which patterns match somewhere in `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> Hits {
        self.matches_within(text, &mut u64::MAX.clone())
            .unwrap_or_default()
    }

    /// Whether any pattern asks for an end of the text or of a line.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.anchored)
    }

    /// Which patterns may match somewhere in `text`: those that do, and some that may not.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Hits {
        let mut hits = Hits::default();
        let long_enough = |part: &&Arc<Part>| part.least_bytes <= text.len();
        for part in self.parts.iter().filter(long_enough) {
            for id in part.find(text).iter() {
                if let Some(place) = part.places.get(id.as_usize()) {
                    hits.insert(*place);
                }
            }
        }
        hits
    }

    /// Which patterns match somewhere in `text`; `None` if that needs more than `work`, counted as
    /// [`limits::PATTERN_WORK`] says. What is needed is taken off `work`.
    #[must_use]
    pub fn matches_within(&self, text: &str, work: &mut u64) -> Option<Hits> {
        let mut hits = Hits::default();
        for part in self
            .parts
            .iter()
            .filter(|part| part.least_bytes <= text.len())
        {
            let found = part.find(text);
            for id in found.iter() {
                let Some(place) = part.places.get(id.as_usize()).copied() else {
                    continue;
                };
                let Some(pattern) = self.patterns.get(place) else {
                    continue;
                };
                if pattern.scan_is_wider {
                    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
                    *work = work
                        .checked_sub(length.saturating_mul(pattern.places) / 64 + CONFIRMATION)?;
                    // A fresh search: what it remembers of this text must not slow down others.
                    if !pattern.regex.clone().is_match(text) {
                        continue;
                    }
                }
                hits.insert(place);
            }
        }
        Some(hits)
    }
}

impl Part {
    /// Whether any pattern is found in `text`.
    fn may_match(&self, text: &str) -> bool {
        let input = Input::new(text).earliest(true);
        let found = self
            .automaton
            .try_search_fwd(&mut self.caches.get(), &input);
        // It cannot fail: nothing makes this automaton stop. If it did, each text is searched.
        !matches!(found, Ok(None))
    }

    /// The patterns found in `text`.
    fn find(&self, text: &str) -> regex_automata::PatternSet {
        let mut found = regex_automata::PatternSet::new(self.places.len());
        let input = Input::new(text);
        let mut cache = self.caches.get();
        let searched = self
            .automaton
            .try_which_overlapping_matches(&mut cache, &input, &mut found);
        if searched.is_err() {
            // Cannot be: nothing makes this automaton stop. Confirming everything is safe.
            (0..self.places.len())
                .filter_map(|id| PatternID::new(id).ok())
                .for_each(|id| {
                    found.insert(id);
                });
        }
        found
    }
}

fn counts(patterns: &[Pattern], place: usize) -> bool {
    patterns
        .get(place)
        .is_some_and(|pattern| pattern.scan_counts)
}

/// Builds the automaton of the patterns at `places`, or if it is too large one for each half.
fn build(
    patterns: &[Pattern],
    places: &[usize],
    parts: &mut Vec<Arc<Part>>,
) -> Result<(), PatternError> {
    let chosen: Vec<&Pattern> = places
        .iter()
        .filter_map(|place| patterns.get(*place))
        .collect();
    let Some(first) = chosen.first() else {
        return Ok(());
    };
    let scans: Vec<&str> = chosen.iter().map(|pattern| pattern.scan.as_str()).collect();
    let cache = limits::PATTERN_CACHE_BYTES;
    let built = dfa::Builder::new()
        .syntax(syntax::Config::new().nest_limit(limits::PATTERN_DEPTH.saturating_mul(4)))
        .thompson(thompson::Config::new().nfa_size_limit(Some(limits::PATTERN_SET_BYTES)))
        .configure(
            DFA::config()
                .match_kind(MatchKind::All)
                .cache_capacity(cache)
                .skip_cache_capacity_check(true),
        )
        .build_many(&scans);
    match built {
        Ok(automaton) => {
            let create = automaton.clone();
            parts.push(Arc::new(Part {
                places: places.to_vec(),
                least_bytes: chosen
                    .iter()
                    .map(|pattern| pattern.least_bytes)
                    .min()
                    .unwrap_or(0),
                automaton,
                caches: Pool::new(Box::new(move || create.create_cache())),
            }));
            Ok(())
        }
        Err(_) if places.len() > 1 => {
            let (left, right) = places.split_at(places.len() / 2);
            build(patterns, left, parts)?;
            build(patterns, right, parts)
        }
        Err(_) => Err(PatternError::TooLarge {
            written: first.written.clone(),
            limit: limits::PATTERN_SET_BYTES,
        }),
    }
}
