//! Where one pattern is found in a text: all places, those that overlap as one.
//!
//! A search walks an automaton byte by byte, so that what it costs is known exactly: an ordinary
//! search of all matches can look at the rest of the text again for each of them, and a text can be
//! written to make it do so. Where the automaton cannot be used, the search is charged for as much
//! as it can look at.

mod automaton;

use super::super::budget::{Budget, Exhausted};
use crate::limits;
use crate::pattern::{Pattern, PatternError};
use automaton::{Automaton, Walked};
use core::fmt;
use core::ops::Range;
use regex::Regex;
use regex_automata::hybrid::dfa::Cache;
use std::sync::OnceLock;

/// What finds the places of one pattern.
pub(super) struct Finder {
    exact: Regex,
    /// Built at the first search, because most answers need none; not there if it would be too large.
    automaton: OnceLock<Option<Automaton>>,
    /// What the automaton is of: the pattern without its word boundaries, which would stop it at the
    /// first letter that is not ASCII.
    walked: String,
    /// Whether what the automaton finds has to be confirmed.
    confirms: bool,
    /// Bytes of the longest match; `None` if there is no longest.
    longest: Option<usize>,
    places: u64,
    check: Option<fn(&str) -> bool>,
}

/// What the automaton of a finder remembers while one answer is searched. It begins empty with every
/// answer, so that the same answer costs the same whatever came before it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    caches: Option<(Cache, Cache)>,
    /// The automaton has grown too large.
    given_up: bool,
    /// A copy of the exact search that remembers nothing of other texts.
    exact: Option<Regex>,
}

impl Finder {
    pub(super) fn new(
        pattern: &Pattern,
        check: Option<fn(&str) -> bool>,
    ) -> Result<Self, PatternError> {
        let whole = pattern.whole()?;
        Ok(Self {
            exact: whole.exact,
            automaton: OnceLock::new(),
            longest: longest(&whole.translated),
            confirms: whole.unbounded.is_some(),
            walked: whole.unbounded.unwrap_or(whole.translated),
            places: pattern.places(),
            check,
        })
    }

    /// Adds the places where the pattern is found in `text`, in order. Those that overlap are one.
    pub(super) fn find_all(
        &self,
        text: &str,
        memory: &mut Memory,
        budget: &mut Budget,
        found: &mut Vec<Range<usize>>,
    ) -> Result<(), Exhausted> {
        let overlaps = self
            .longest
            .is_some_and(|bytes| bytes <= limits::REDACTION_OVERLAP_BYTES);
        let mut at = 0;
        while let Some(place) = self.next(text, at, memory, budget)? {
            let holds = match (self.check, text.get(place.clone())) {
                (Some(check), Some(find)) => check(find),
                (None, Some(find)) => !find.is_empty(),
                (_, None) => false,
            };
            at = if overlaps || !holds {
                next_char(text, place.start)
            } else {
                // The last character may be the neighbour that a boundary of the next one needs.
                let last = text.floor_char_boundary(place.end.saturating_sub(1));
                last.max(next_char(text, place.start))
            };
            match found.last_mut() {
                _ if !holds => {}
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => found.push(place),
            }
        }
        Ok(())
    }

    /// The first match that begins at `at` or later.
    fn next(
        &self,
        text: &str,
        at: usize,
        memory: &mut Memory,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, Exhausted> {
        let automaton = self.automaton.get_or_init(|| Automaton::new(&self.walked));
        let mut at = at;
        while let Some(automaton) = automaton.as_ref().filter(|_| !memory.given_up) {
            match automaton.next(text, at, memory, budget)? {
                Walked::Found(place) if !self.confirms => return Ok(Some(place)),
                Walked::Found(place) => {
                    if let Some(found) = self.confirm(text, &place, memory, budget)? {
                        return Ok(Some(found));
                    }
                    at = next_char(text, place.start);
                }
                Walked::Nothing => return Ok(None),
                Walked::Unsure => break,
            }
        }
        let exact = memory.exact.get_or_insert_with(|| self.exact.clone());
        let found = (at <= text.len())
            .then(|| exact.find_at(text, at))
            .flatten();
        let rest = text.len().saturating_sub(at);
        let looked = match (&found, self.longest) {
            (Some(found), Some(longest)) => rest.min(found.end() - at + longest),
            _ => rest,
        };
        budget.charge(looked)?;
        budget.charge_search(looked, self.places)?;
        Ok(found.map(|found| found.range()))
    }
}

impl Finder {
    /// The match of the exact pattern that begins in `place`, which the automaton has found.
    fn confirm(
        &self,
        text: &str,
        place: &Range<usize>,
        memory: &mut Memory,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, Exhausted> {
        let exact = memory.exact.get_or_insert_with(|| self.exact.clone());
        // As far as a match can reach, and a character to look at behind it.
        let most = self
            .longest
            .map_or(text.len(), |longest| place.end + longest);
        let end = text.ceil_char_boundary(most.saturating_add(1).min(text.len()));
        budget.charge_search(end - place.start, self.places)?;
        let window = text.get(..end).unwrap_or_default();
        let found = exact
            .find_at(window, place.start)
            .map(|found| found.range());
        Ok(found.filter(|found| found.start < place.end))
    }
}

/// Bytes of the longest text a pattern matches.
fn longest(translated: &str) -> Option<usize> {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parsed = parser
        .nest_limit(limits::PATTERN_DEPTH.saturating_mul(4))
        .build()
        .parse(translated);
    parsed.ok()?.properties().maximum_len()
}

/// Where the character after the one at `at` begins.
fn next_char(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.chars().next().map_or(1, char::len_utf8)
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exact.fmt(f)
    }
}
