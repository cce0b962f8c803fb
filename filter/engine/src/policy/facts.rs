//! One call while it is being judged: what conditions ask for, worked out once and charged.
//!
//! Work is counted in bytes of text and values looked at, never in time: the same call is judged
//! the same way everywhere.

mod texts;

use super::argument::{ArgPath, Argument};
use super::budget::VALUE_COST;
pub(in crate::policy) use super::budget::{Budget, Exhausted};
use super::call::Call;
use super::call_aws::{self, Operation};
use super::carriers;
use super::classes::Classes;
use super::inside::Inside;
use super::intent::Intent;
use super::search::Search;
use super::texts::Places;
use super::value::text_form;
use crate::json::{self, Object, Value};
use crate::limits;
use crate::pattern::{Hits, PatternSet};
use crate::time::UnixMillis;

/// The pattern sets of a bundle: one per argument that patterns look at, one per choice of places
/// for texts, one for tool names, one for purposes.
#[derive(Debug, Clone)]
pub(in crate::policy) struct Sets {
    pub(in crate::policy) arguments: Vec<PatternSet>,
    pub(in crate::policy) texts: Vec<PatternSet>,
    pub(in crate::policy) tools: PatternSet,
    pub(in crate::policy) purposes: PatternSet,
}

/// One call while it is being judged.
pub(in crate::policy) struct Facts<'a> {
    call: &'a Call<'a>,
    /// Whether what is judged is an answer, and the call stands for it.
    answer: bool,
    classes: &'a Classes,
    sets: &'a Sets,
    arguments: Option<&'a Object>,
    /// What the strings of the arguments hold, where both are looked at.
    inside: Option<&'a Inside>,
    intent: Option<Intent<'a>>,
    operation: Option<&'static Operation>,
    /// By set; `None` until asked for.
    argument_hits: Vec<Option<Hits>>,
    text_hits: Vec<Option<Hits>>,
    tool_hits: Option<Hits>,
    purpose_hits: Option<Hits>,
    arguments_len: Option<usize>,
    /// What an answer carries inside its texts; `None` until asked for.
    carried: Option<Vec<(Places, String)>>,
    pub(in crate::policy) budget: Budget,
}

impl<'a> Facts<'a> {
    /// Begins to judge a call whose intent is already read.
    pub(in crate::policy) fn new(
        call: &'a Call<'a>,
        intent: Option<Intent<'a>>,
        classes: &'a Classes,
        sets: &'a Sets,
        budget: usize,
    ) -> Self {
        let arguments = call.arguments.and_then(Value::as_object);
        let operation = (call.tool == call_aws::TOOL).then(|| call_aws::operation(arguments));
        Self {
            call,
            answer: false,
            classes,
            sets,
            arguments,
            inside: None,
            intent,
            operation: operation.flatten(),
            argument_hits: vec![None; sets.arguments.len()],
            text_hits: vec![None; sets.texts.len()],
            tool_hits: None,
            purpose_hits: None,
            arguments_len: None,
            carried: None,
            budget: Budget::new(budget, limits::PATTERN_WORK),
        }
    }

    /// The same, with this to spend.
    pub(in crate::policy) const fn spending(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The same call with what the strings of its arguments hold beside the strings.
    pub(in crate::policy) fn with(mut self, inside: &'a Inside) -> Self {
        self.inside = Some(inside);
        self
    }

    /// Begins to judge an answer. `call` has its content as arguments.
    pub(in crate::policy) fn of_answer(
        call: &'a Call<'a>,
        classes: &'a Classes,
        sets: &'a Sets,
        budget: usize,
    ) -> Self {
        Self {
            answer: true,
            // What a server writes is no command line that was called.
            operation: None,
            budget: Budget::new(budget, limits::ANSWER_PATTERN_WORK),
            ..Self::new(call, None, classes, sets, budget)
        }
    }

    /// Whether what is judged is an answer.
    pub(in crate::policy) const fn is_answer(&self) -> bool {
        self.answer
    }

    /// Takes work off what is left.
    pub(in crate::policy) fn charge(&mut self, work: usize) -> Result<(), Exhausted> {
        self.budget.charge(work)
    }

    pub(in crate::policy) const fn call(&self) -> &'a Call<'a> {
        self.call
    }

    pub(in crate::policy) const fn now(&self) -> UnixMillis {
        self.call.now
    }

    pub(in crate::policy) const fn intent(&self) -> Option<Intent<'a>> {
        self.intent
    }

    /// The tool's name and, for `call_aws`, the name of the operation behind it.
    pub(in crate::policy) fn tool_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let operation = self.operation.map(|operation| operation.name);
        std::iter::once(self.call.tool).chain(operation)
    }

    /// The verbs the tool stands for; for `call_aws`, also those of the operation behind it, as
    /// the bundle says or as its table does.
    pub(in crate::policy) fn tool_verbs(&self) -> impl Iterator<Item = &'static str> + use<'a> {
        let listed = self.classes.verbs(self.call.tool);
        let own = if listed.is_empty() {
            self.call.method_verbs()
        } else {
            listed
        };
        let behind = self.operation.map_or(&[][..], |operation| {
            let mapped = self.classes.verbs(operation.name);
            if mapped.is_empty() {
                operation.verbs
            } else {
                mapped
            }
        });
        own.iter().chain(behind).copied()
    }

    /// The values an argument condition looks at.
    pub(in crate::policy) fn values(
        &mut self,
        arg: &Argument,
    ) -> Result<Vec<&'a Value>, Exhausted> {
        let Some(arguments) = self.arguments else {
            return Ok(Vec::new());
        };
        let mut visited = 0;
        let values = arg.values(arguments, self.inside, &mut visited);
        self.charge(visited / 4)?;
        Ok(values)
    }

    /// The values a path reaches, strings as strings: they are counted.
    pub(in crate::policy) fn path_values(
        &mut self,
        path: &ArgPath,
    ) -> Result<Vec<&'a Value>, Exhausted> {
        let Some(arguments) = self.arguments else {
            return Ok(Vec::new());
        };
        let mut visited = 0;
        let values = path.values_counted(arguments, None, &mut visited);
        self.charge(visited / 4)?;
        Ok(values)
    }

    /// Whether the test is true for any value of an argument. `per_value` is what one test costs
    /// beyond looking at the value.
    pub(in crate::policy) fn any_value(
        &mut self,
        arg: &Argument,
        per_value: usize,
        mut test: impl FnMut(&'a Value, &mut Self) -> Result<bool, Exhausted>,
    ) -> Result<bool, Exhausted> {
        // The common form needs no list.
        let found = match (arg, self.arguments) {
            (_, None) => return Ok(false),
            (Argument::Key(key), Some(arguments)) if self.inside.is_none() => {
                self.charge(arguments.len() / 4 + VALUE_COST + per_value)?;
                return arguments
                    .get(key)
                    .map_or(Ok(false), |value| test(value, self));
            }
            _ => self.values(arg)?,
        };
        self.charge(found.len().saturating_mul(VALUE_COST + per_value))?;
        let mut any = false;
        for value in found {
            any |= test(value, self)?;
        }
        Ok(any)
    }

    /// Whether the pattern is found in the text form of any value of an argument. The first
    /// question about an argument answers all patterns that look at it.
    pub(in crate::policy) fn argument_matches(
        &mut self,
        arg: &Argument,
        search: &Search,
    ) -> Result<bool, Exhausted> {
        if let Some(Some(known)) = self.argument_hits.get(search.slot.set) {
            return Ok(known.contains(search.slot.bit));
        }
        let Some(set) = self.sets.arguments.get(search.slot.set) else {
            // Not of this bundle: cannot be, and is answered all the same.
            return self.any_value(arg, 0, |value, facts| {
                let text = text_form(value);
                facts.charge(text.len())?;
                Ok(search.pattern().is_match(&text))
            });
        };
        let mut union = Hits::default();
        self.any_value(arg, 0, |value, facts| {
            let text = text_form(value);
            facts.charge(text.len())?;
            let mut texts = vec![text];
            if facts.answer {
                let mut look = |text: &str| texts.push(text.to_owned().into());
                carriers::each_in_value(value, &mut facts.budget, &mut look)?;
            }
            for text in texts {
                let hits = set.matches_within(&text, &mut facts.budget.work);
                union.merge(&hits.ok_or(Exhausted)?);
            }
            Ok(false)
        })?;
        let found = union.contains(search.slot.bit);
        if let Some(known) = self.argument_hits.get_mut(search.slot.set) {
            *known = Some(union);
        }
        Ok(found)
    }

    /// Whether the pattern is found in one of the tool's names.
    pub(in crate::policy) fn tool_matches(&mut self, search: &Search) -> Result<bool, Exhausted> {
        if let Some(known) = &self.tool_hits {
            return Ok(known.contains(search.slot.bit));
        }
        let mut union = Hits::default();
        for name in self.tool_names() {
            let hits = self.sets.tools.matches_within(name, &mut self.budget.work);
            union.merge(&hits.ok_or(Exhausted)?);
        }
        Ok(self.tool_hits.insert(union).contains(search.slot.bit))
    }

    /// Whether the pattern is found in the declared purpose.
    pub(in crate::policy) fn purpose_matches(
        &mut self,
        search: &Search,
    ) -> Result<bool, Exhausted> {
        let Some(purpose) = self.intent.and_then(|intent| intent.purpose) else {
            return Ok(false);
        };
        if let Some(known) = &self.purpose_hits {
            return Ok(known.contains(search.slot.bit));
        }
        let hits = self
            .sets
            .purposes
            .matches_within(purpose, &mut self.budget.work);
        Ok(self
            .purpose_hits
            .insert(hits.ok_or(Exhausted)?)
            .contains(search.slot.bit))
    }

    /// The member of `_meta` at a dotted path through maps.
    pub(in crate::policy) fn meta_field(
        &mut self,
        key: &str,
    ) -> Result<Option<&'a Value>, Exhausted> {
        let mut here = self.call.meta;
        for segment in key.split('.') {
            let Some(object) = here.and_then(Value::as_object) else {
                return Ok(None);
            };
            self.charge(object.len() / 4)?;
            here = object.get(segment);
        }
        Ok(here)
    }

    /// Length of the ASCII-escaped JSON text of all arguments; `None` if there are none.
    pub(in crate::policy) fn arguments_len(&mut self) -> Result<Option<usize>, Exhausted> {
        if self.arguments_len.is_none() && self.arguments.is_some() {
            let size = self.call.arguments.map_or(0, json::ascii_escaped_len);
            self.charge(size)?;
            self.arguments_len = Some(size);
        }
        Ok(self.arguments_len)
    }
}

/// The work judging one call may cost.
pub(in crate::policy) const BUDGET: usize = limits::JUDGED_BYTES;

/// The work judging one answer may cost.
pub(in crate::policy) const ANSWER_BUDGET: usize = limits::ANSWER_JUDGED_BYTES;
