//! One text redacted: what is found in it, in JSON it spells, behind its escapes and in its base64.

use super::finder::Memory;
use super::finders::Finders;
use super::spans::{Find, merged, placeholder, replaced, spare};
use crate::json::{self, Value};
use crate::limits;
use crate::policy::budget::{Budget, Exhausted};
use crate::policy::carriers;
use std::collections::{BTreeMap, BTreeSet};

/// Redacting one answer: who looks, what they remember, what was found.
pub(super) struct Run<'a> {
    pub(super) finders: &'a Finders,
    /// Those that the policies of this answer ask for.
    pub(super) active: &'a BTreeSet<usize>,
    pub(super) memory: Vec<Memory>,
    pub(super) budget: &'a mut Budget,
    /// The finders that found something.
    pub(super) found: BTreeSet<usize>,
    /// How many finds by the finder that names them.
    pub(super) counts: BTreeMap<usize, u64>,
}

impl Run<'_> {
    /// The text without its finds; `None` if there are none. Searched again until nothing more is
    /// found: what stands around a placeholder may be a find of its own.
    pub(super) fn text(&mut self, text: &str, depth: usize) -> Result<Option<String>, Exhausted> {
        let Some(mut now) = self.round(text, depth)? else {
            return Ok(None);
        };
        for _ in 0..limits::REDACTION_ROUNDS {
            match self.round(&now, depth)? {
                Some(next) => now = next,
                None => return Ok(Some(now)),
            }
        }
        Err(Exhausted)
    }

    fn round(&mut self, text: &str, depth: usize) -> Result<Option<String>, Exhausted> {
        if let Some(value) = carriers::json_inside(text) {
            return self.json(text, &value, depth);
        }
        let finds = self.finds(text, depth)?;
        Ok(self.take_out(text, &finds))
    }

    /// A text that spells JSON. It still does afterwards.
    fn json(
        &mut self,
        text: &str,
        value: &Value,
        depth: usize,
    ) -> Result<Option<String>, Exhausted> {
        let below = depth.checked_sub(1).ok_or(Exhausted)?;
        self.budget.charge(text.len())?;
        let written = self.value(value, below)?.map(|value| json::to_text(&value));
        // A pattern may also be about the JSON itself, such as a key with its value.
        let now = written.as_deref().unwrap_or(text);
        let finds = merged(self.plain(now)?);
        let Some(cut) = self.take_out(now, &finds) else {
            return Ok(written);
        };
        if carriers::json_inside(&cut).is_some() {
            return Ok(Some(cut));
        }
        let name = finds
            .first()
            .map_or("", |find| self.finders.name(find.finder));
        Ok(Some(json::to_text(&placeholder(name).into())))
    }

    /// Counts the finds and replaces them; `None` if there are none.
    fn take_out(&mut self, text: &str, finds: &[Find]) -> Option<String> {
        if finds.is_empty() {
            return None;
        }
        for find in finds {
            let count = self.counts.entry(find.finder).or_default();
            *count = count.saturating_add(1);
        }
        Some(replaced(text, finds, |finder| self.finders.name(finder)))
    }

    /// What is found in a text and in what it carries inside, in order and apart.
    fn finds(&mut self, text: &str, depth: usize) -> Result<Vec<Find>, Exhausted> {
        let mut finds = self.plain(text)?;
        if let Some(view) = carriers::unescaped(text) {
            let below = depth.checked_sub(1).ok_or(Exhausted)?;
            let (mut ranges, finders): (Vec<_>, Vec<_>) = self
                .finds(&view, below)?
                .into_iter()
                .map(|find| (find.range, find.finder))
                .unzip();
            carriers::map_back(text, &mut ranges);
            let back = ranges.into_iter().zip(finders);
            finds.extend(back.map(|(range, finder)| Find { range, finder }));
        } else {
            self.base64(text, depth, &mut finds)?;
        }
        Ok(merged(finds))
    }

    /// Adds every run of base64 that holds something, as a whole.
    fn base64(&mut self, text: &str, depth: usize, finds: &mut Vec<Find>) -> Result<(), Exhausted> {
        for range in carriers::runs(text) {
            let run = text.get(range.clone()).unwrap_or_default();
            self.budget.charge(run.len())?;
            for piece in carriers::readable(run) {
                let below = depth.checked_sub(1).ok_or(Exhausted)?;
                if let Some(finder) = self.first_inside(&piece, below)? {
                    finds.push(Find {
                        range: range.clone(),
                        finder,
                    });
                }
            }
        }
        Ok(())
    }

    /// The finder that finds something in a text that will not be kept. Its finds do not count: the
    /// run they are in counts as one.
    fn first_inside(&mut self, text: &str, depth: usize) -> Result<Option<usize>, Exhausted> {
        let counts = core::mem::take(&mut self.counts);
        let changed = self.round(text, depth);
        let inside = core::mem::replace(&mut self.counts, counts);
        let first = inside.keys().next().copied();
        Ok(changed?.and(first))
    }

    /// What is found in a text as it is written, in no order.
    pub(super) fn plain(&mut self, text: &str) -> Result<Vec<Find>, Exhausted> {
        self.budget.charge_text(text)?;
        let candidates = self.finders.set.candidates(text);
        let mut finds = Vec::new();
        for finder in self
            .active
            .iter()
            .copied()
            .filter(|at| candidates.contains(*at))
        {
            let (Some(one), Some(memory)) =
                (self.finders.finder(finder), self.memory.get_mut(finder))
            else {
                continue;
            };
            let mut ranges = Vec::new();
            one.find_all(text, memory, self.budget, &mut ranges)?;
            finds.extend(ranges.into_iter().map(|range| Find { range, finder }));
        }
        if !finds.is_empty() {
            let (finders, active) = (self.finders, self.active);
            let is_ours = |text: &str| {
                let mut names = active.iter().map(|at| finders.name(*at));
                names.any(|name| text == carriers::encode(&placeholder(name)))
            };
            if is_ours(text) {
                return Ok(Vec::new());
            }
            let known = |name: &str| active.iter().any(|at| finders.name(*at) == name);
            spare(text, &mut finds, known);
        }
        self.found.extend(finds.iter().map(|find| find.finder));
        Ok(finds)
    }
}
