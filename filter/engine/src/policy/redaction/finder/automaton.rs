//! The automaton of one pattern, walked byte by byte.

use super::Memory;
use crate::limits;
use crate::policy::budget::{Budget, Exhausted};
use core::ops::Range;
use regex_automata::hybrid::dfa::{self, Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// Bytes of automaton states that cost as much as one place of a pattern over one byte.
const STATE_BYTES: usize = 2;

/// The pattern forwards, which tells where a match ends, and backwards, which tells where it began.
pub(super) struct Automaton {
    forward: DFA,
    backward: DFA,
}

/// What the automaton says.
pub(super) enum Walked {
    Found(Range<usize>),
    Nothing,
    /// It does not know.
    Unsure,
}

impl Automaton {
    /// The automaton of a pattern in the dialect of the `regex` crate; `None` if it is too large.
    pub(super) fn new(translated: &str) -> Option<Self> {
        let build = |backwards: bool, kind| {
            dfa::Builder::new()
                .syntax(syntax::Config::new().nest_limit(limits::PATTERN_DEPTH.saturating_mul(4)))
                .thompson(
                    thompson::Config::new()
                        .reverse(backwards)
                        .nfa_size_limit(Some(limits::PATTERN_COMPILED_BYTES)),
                )
                .configure(
                    DFA::config()
                        .match_kind(kind)
                        .cache_capacity(limits::PATTERN_CACHE_BYTES)
                        .skip_cache_capacity_check(true)
                        .minimum_cache_clear_count(Some(0)),
                )
                .build(translated)
                .ok()
        };
        Some(Self {
            forward: build(false, MatchKind::LeftmostFirst)?,
            backward: build(true, MatchKind::All)?,
        })
    }

    /// The first match that begins at `at` or later.
    pub(super) fn next(
        &self,
        text: &str,
        at: usize,
        memory: &mut Memory,
        budget: &mut Budget,
    ) -> Result<Walked, Exhausted> {
        let (forward, backward) = memory
            .caches
            .get_or_insert_with(|| (self.forward.create_cache(), self.backward.create_cache()));
        let before = forward.memory_usage() + backward.memory_usage();
        let mut looked = 0;
        let end = walk(&self.forward, forward, text, at, &mut looked);
        let walked = match end {
            Ok(None) => Walked::Nothing,
            Ok(Some(end)) => {
                looked += end - at;
                let input = Input::new(text).range(at..end).anchored(Anchored::Yes);
                match self.backward.try_search_rev(backward, &input) {
                    Ok(Some(start)) => Walked::Found(start.offset()..end),
                    Ok(None) | Err(_) => Walked::Unsure,
                }
            }
            Err(Stop::Full) => {
                memory.given_up = true;
                Walked::Unsure
            }
            Err(Stop::Unreadable) => Walked::Unsure,
        };
        let after = forward.memory_usage() + backward.memory_usage();
        budget.charge(looked)?;
        budget.charge_search(after.saturating_sub(before) / STATE_BYTES, 64)?;
        Ok(walked)
    }
}

/// Why the automaton cannot say.
enum Stop {
    /// It would need more states than it may have.
    Full,
    /// It cannot begin here.
    Unreadable,
}

/// Where the first match ends; adds to `looked` how many bytes were looked at.
fn walk(
    automaton: &DFA,
    cache: &mut Cache,
    text: &str,
    at: usize,
    looked: &mut usize,
) -> Result<Option<usize>, Stop> {
    let input = Input::new(text).range(at..);
    let mut state = automaton
        .start_state_forward(cache, &input)
        .map_err(|_| Stop::Unreadable)?;
    let mut end = None;
    for (place, byte) in text.bytes().enumerate().skip(at) {
        state = automaton
            .next_state(cache, state, byte)
            .map_err(|_| Stop::Full)?;
        *looked += 1;
        if state.is_match() {
            // A match is told one byte late.
            end = Some(place);
        } else if state.is_dead() {
            return Ok(end);
        } else if state.is_quit() {
            return Err(Stop::Unreadable);
        }
    }
    state = automaton
        .next_eoi_state(cache, state)
        .map_err(|_| Stop::Full)?;
    if state.is_match() {
        end = Some(text.len());
    }
    Ok(end)
}
