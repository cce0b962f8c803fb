//! The content of an answer redacted: every key and every leaf, wherever it stands.

use super::finder::Memory;
use super::finders::Finders;
use super::spans::placeholder;
use super::text::Run;
use crate::json::{Object, Value};
use crate::limits;
use crate::policy::budget::{Budget, Exhausted};
use crate::policy::carriers;
use std::collections::{BTreeMap, BTreeSet};

/// What became of some content.
#[derive(Debug)]
pub(in crate::policy) struct Redacted {
    /// The content without its finds; `None` if there are none.
    pub(in crate::policy) value: Option<Value>,
    /// The finders that found something.
    pub(in crate::policy) found: BTreeSet<usize>,
    /// How many finds by their name.
    pub(in crate::policy) counts: BTreeMap<String, u64>,
}

/// Members whose text clients take for base64: it stays base64.
const BASE64_MEMBERS: [&str; 2] = ["blob", "data"];

/// Takes what the finders `active` find out of some content.
///
/// # Errors
/// If that costs more than the budget has, or texts carry texts deeper than
/// [`limits::ANSWER_TEXT_DEPTH`].
pub(in crate::policy) fn redact(
    content: &Value,
    finders: &Finders,
    active: &BTreeSet<usize>,
    budget: &mut Budget,
) -> Result<Redacted, Exhausted> {
    let mut run = Run {
        finders,
        active,
        memory: (0..finders.len()).map(|_| Default::default()).collect(),
        budget,
        found: BTreeSet::new(),
        counts: BTreeMap::new(),
    };
    let value = run.value(content, limits::ANSWER_TEXT_DEPTH)?;
    let mut counts = BTreeMap::new();
    for (finder, count) in run.counts {
        let sum: &mut u64 = counts.entry(finders.name(finder).to_owned()).or_default();
        *sum = sum.saturating_add(count);
    }
    Ok(Redacted {
        value,
        found: run.found,
        counts,
    })
}

/// Whether the finders `active` find anything in several texts, given as one with a line feed after
/// each. Also true where that cannot be told: [`crate::policy::PatternSet::may_match`] says why.
///
/// # Errors
/// If that costs more than the budget has.
pub(in crate::policy) fn finds_any(
    joined: &str,
    finders: &Finders,
    active: &BTreeSet<usize>,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    if finders.set.is_anchored() {
        return Ok(true);
    }
    let candidates = finders.set.candidates(joined);
    for at in active.iter().filter(|at| candidates.contains(**at)) {
        let Some(finder) = finders.finder(*at) else {
            continue;
        };
        let mut found = Vec::new();
        finder.find_all(joined, &mut Memory::default(), budget, &mut found)?;
        if !found.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Run<'_> {
    /// A value without its finds; `None` if there are none. Texts inside texts are looked into
    /// `depth` deep.
    pub(super) fn value(
        &mut self,
        value: &Value,
        depth: usize,
    ) -> Result<Option<Value>, Exhausted> {
        match value {
            Value::Null | Value::Bool(_) => Ok(None),
            Value::Number(number) => Ok(self.text(&number.to_text(), depth)?.map(Value::String)),
            Value::String(text) => Ok(self.text(text, depth)?.map(Value::String)),
            Value::Array(elements) => self.array(elements, depth),
            Value::Object(object) => self.object(object, depth),
        }
    }

    fn array(&mut self, elements: &[Value], depth: usize) -> Result<Option<Value>, Exhausted> {
        let mut changed: Option<Vec<Value>> = None;
        for (at, element) in elements.iter().enumerate() {
            if let Some(new) = self.value(element, depth)? {
                let all = changed.get_or_insert_with(|| elements.to_vec());
                if let Some(old) = all.get_mut(at) {
                    *old = new;
                }
            }
        }
        Ok(changed.map(Value::Array))
    }

    fn object(&mut self, object: &Object, depth: usize) -> Result<Option<Value>, Exhausted> {
        let mut changed: Option<Vec<(String, Value)>> = None;
        let mut renamed = Vec::new();
        for (at, (key, value)) in object.iter().enumerate() {
            let new_key = self.text(key, depth)?;
            let new_value = self.member(key, value, depth)?;
            if new_key.is_none() && new_value.is_none() {
                continue;
            }
            let members = changed.get_or_insert_with(|| {
                let owned = |(key, value): (&str, &Value)| (key.to_owned(), value.clone());
                object.iter().map(owned).collect()
            });
            let Some(member) = members.get_mut(at) else {
                continue;
            };
            if let Some(new_key) = new_key {
                member.0 = new_key;
                renamed.push(at);
            }
            if let Some(new_value) = new_value {
                member.1 = new_value;
            }
        }
        Ok(changed.map(|mut members| {
            tell_apart(&mut members, &renamed);
            Value::Object(Object::from_unique(members))
        }))
    }

    fn member(
        &mut self,
        key: &str,
        value: &Value,
        depth: usize,
    ) -> Result<Option<Value>, Exhausted> {
        let redacted = self.value(value, depth)?;
        match (&redacted, value) {
            (Some(Value::String(new)), Value::String(old))
                if BASE64_MEMBERS.contains(&key) && self.was_in_base64(old, new)? =>
            {
                Ok(Some(carriers::encode(new).into()))
            }
            _ => Ok(redacted),
        }
    }

    /// Whether a text was base64 as a whole, and what was found is only in what it stands for.
    fn was_in_base64(&mut self, old: &str, new: &str) -> Result<bool, Exhausted> {
        let mut names = self.active.iter().map(|at| self.finders.name(*at));
        let is_gone = names.any(|name| new == placeholder(name));
        Ok(is_gone && carriers::is_whole_run(old) && self.plain(old)?.is_empty())
    }
}

/// Numbers the keys at `renamed` where one stands twice: an object has every key once.
fn tell_apart(members: &mut [(String, Value)], renamed: &[usize]) {
    if renamed.is_empty() {
        return;
    }
    let others = members.iter().enumerate();
    let mut taken: BTreeSet<String> = others
        .filter(|(at, _)| renamed.binary_search(at).is_err())
        .map(|(_, (key, _))| key.clone())
        .collect();
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for at in renamed {
        let Some((key, _)) = members.get_mut(*at) else {
            continue;
        };
        let number = next.entry(key.clone()).or_insert(1);
        let plain = key.clone();
        while !taken.insert(key.clone()) {
            *number = number.saturating_add(1);
            *key = format!("{plain}#{number}");
        }
    }
}
