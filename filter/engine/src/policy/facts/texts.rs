//! The texts of a message while it is being judged: which patterns are found in them, and what those
//! of an answer carry inside.

use super::{Exhausted, Facts};
use crate::limits;
use crate::pattern::{Hits, PatternSet};
use crate::policy::carriers;
use crate::policy::redaction::{self, Finders};
use crate::policy::search::Search;
use crate::policy::texts::Places;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Several texts as one.
#[derive(Default)]
struct Joined {
    text: String,
    /// Bytes of the longest of them.
    longest: usize,
}

impl Facts<'_> {
    /// Whether the pattern is found in one of the texts at `places`. The first question about the
    /// same places answers all patterns that look there.
    pub(in crate::policy) fn texts_match(
        &mut self,
        places: Places,
        search: &Search,
    ) -> Result<bool, Exhausted> {
        if let Some(Some(known)) = self.text_hits.get(search.slot.set) {
            return Ok(known.contains(search.slot.bit));
        }
        let (call, tools, sets) = (self.call, self.tool_names(), self.sets);
        let inside = self.inside;
        let Some(set) = sets.texts.get(search.slot.set) else {
            // Not of this bundle: cannot be, and is answered all the same.
            return Ok(!self.matching_texts(places, search, 1).is_empty());
        };
        if !self.may_match_texts(places, set)? {
            if let Some(known) = self.text_hits.get_mut(search.slot.set) {
                *known = Some(Hits::default());
            }
            return Ok(false);
        }
        let mut union = Hits::default();
        let budget = &mut self.budget;
        let mut look = |text: &str| {
            if budget.charge_text(text).is_err() {
                return ControlFlow::Break(Exhausted);
            }
            let Some(hits) = set.matches_within(text, &mut budget.work) else {
                return ControlFlow::Break(Exhausted);
            };
            union.merge(&hits);
            ControlFlow::Continue(())
        };
        let walk = match places.each_text(call, tools, inside, &mut look) {
            ControlFlow::Continue(()) => carried(&self.carried, places).try_for_each(look),
            exhausted @ ControlFlow::Break(_) => exhausted,
        };
        if let ControlFlow::Break(exhausted) = walk {
            return Err(exhausted);
        }
        let found = union.contains(search.slot.bit);
        if let Some(known) = self.text_hits.get_mut(search.slot.set) {
            *known = Some(union);
        }
        Ok(found)
    }

    /// Whether any pattern of the set may match in any text at `places`: a quick no where all of
    /// them together are short, which they nearly always are.
    fn may_match_texts(&mut self, places: Places, set: &PatternSet) -> Result<bool, Exhausted> {
        let joined = self.joined_texts(places)?;
        Ok(joined.is_none_or(|joined| set.may_match(&joined.text, joined.longest)))
    }

    /// Whether any of the finders may find something in any text of the message.
    pub(in crate::policy) fn may_find(
        &mut self,
        finders: &Finders,
        active: &BTreeSet<usize>,
    ) -> Result<bool, Exhausted> {
        match self.joined_texts(Places::default())? {
            Some(joined) if finders.set.may_match(&joined.text, joined.longest) => {
                redaction::finds_any(&joined.text, finders, active, &mut self.budget)
            }
            Some(_) => Ok(false),
            None => Ok(true),
        }
    }

    /// The texts at `places`, each with a line feed after it; `None` if they are longer than
    /// [`limits::JOINED_BYTES`].
    fn joined_texts(&mut self, places: Places) -> Result<Option<Joined>, Exhausted> {
        self.look_into_texts()?;
        let mut joined = Joined::default();
        let mut look = |text: &str| {
            joined.longest = joined.longest.max(text.len());
            joined.text.push_str(text);
            joined.text.push('\n');
            if joined.text.len() > limits::JOINED_BYTES {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let walk = match places.each_text(self.call, self.tool_names(), self.inside, &mut look) {
            ControlFlow::Continue(()) => carried(&self.carried, places).try_for_each(look),
            too_long @ ControlFlow::Break(()) => too_long,
        };
        self.charge(joined.text.len())?;
        Ok(walk.is_continue().then_some(joined))
    }

    /// Looks into the texts of an answer, once: what they carry inside is text of the answer too.
    fn look_into_texts(&mut self) -> Result<(), Exhausted> {
        if !self.answer || self.carried.is_some() {
            return Ok(());
        }
        let mut found = Vec::new();
        for place in Places::WRITTEN {
            let budget = &mut self.budget;
            let walk = place.each_text(self.call, std::iter::empty(), None, &mut |text| {
                let mut look = |text: &str| found.push((place, text.to_owned()));
                let depth = limits::ANSWER_TEXT_DEPTH;
                match carriers::each_inside(text, depth, budget, &mut look) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(exhausted) => ControlFlow::Break(exhausted),
                }
            });
            if let ControlFlow::Break(exhausted) = walk {
                return Err(exhausted);
            }
        }
        self.carried = Some(found);
        Ok(())
    }

    /// The texts at `places` in which the pattern is found, at most `limit`; for explanations.
    pub(in crate::policy) fn matching_texts(
        &self,
        places: Places,
        search: &Search,
        limit: usize,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut look = |text: &str| {
            if search.pattern().is_match(text) {
                found.push(text.to_owned());
            }
            if found.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        if places
            .each_text(self.call, self.tool_names(), self.inside, &mut look)
            .is_continue()
        {
            let _: ControlFlow<()> = carried(&self.carried, places).try_for_each(look);
        }
        found
    }
}

/// The texts inside the texts at `places`.
fn carried(found: &Option<Vec<(Places, String)>>, places: Places) -> impl Iterator<Item = &str> {
    found
        .iter()
        .flatten()
        .filter(move |(place, _)| places.has(*place))
        .map(|(_, text)| text.as_str())
}
