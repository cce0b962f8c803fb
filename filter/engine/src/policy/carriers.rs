//! What a text of an answer carries inside: JSON, text behind escapes, text in base64.
//!
//! A client that reads an answer undoes such wrappings, so policies look through them too. This is
//! about looking only: nothing is ever refused for what it seems to carry.

mod base64;
mod escapes;

pub(in crate::policy) use base64::{encode, is_whole_run, readable, runs};
pub(in crate::policy) use escapes::{map_back, unescaped};

use super::budget::{Budget, Exhausted};
use crate::json::{self, Value};
use crate::limits;

/// The JSON object or array a text spells; `None` if it spells none, or none of a single reading.
pub(in crate::policy) fn json_inside(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let brackets = (trimmed.as_bytes().first()?, trimmed.as_bytes().last()?);
    if !matches!(brackets, (b'{', b'}') | (b'[', b']')) {
        return None;
    }
    json::parse(trimmed.as_bytes()).ok()
}

/// Hands every text inside `text` to `look`, those inside them too, down to `depth` wrappings.
///
/// # Errors
/// If that costs more than the budget has, or there are more wrappings.
pub(in crate::policy) fn each_inside(
    text: &str,
    depth: usize,
    budget: &mut Budget,
    look: &mut impl FnMut(&str),
) -> Result<(), Exhausted> {
    if let Some(value) = json_inside(text) {
        let below = depth.checked_sub(1).ok_or(Exhausted)?;
        budget.charge(text.len())?;
        return each_leaf(&value, below, budget, look);
    }
    if let Some(view) = unescaped(text) {
        let below = depth.checked_sub(1).ok_or(Exhausted)?;
        budget.charge_text(&view)?;
        look(&view);
        return each_inside(&view, below, budget, look);
    }
    for run in runs(text) {
        let run = text.get(run).unwrap_or_default();
        budget.charge(run.len())?;
        for piece in readable(run) {
            let below = depth.checked_sub(1).ok_or(Exhausted)?;
            budget.charge_text(&piece)?;
            look(&piece);
            each_inside(&piece, below, budget, look)?;
        }
    }
    Ok(())
}

/// Hands every text inside the strings and keys of a value to `look`.
///
/// # Errors
/// As [`each_inside`].
pub(in crate::policy) fn each_in_value(
    value: &Value,
    budget: &mut Budget,
    look: &mut impl FnMut(&str),
) -> Result<(), Exhausted> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(text) => each_inside(text, limits::ANSWER_TEXT_DEPTH, budget, look),
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|element| each_in_value(element, budget, look)),
        Value::Object(object) => object.iter().try_for_each(|(key, member)| {
            each_inside(key, limits::ANSWER_TEXT_DEPTH, budget, look)?;
            each_in_value(member, budget, look)
        }),
    }
}

fn each_leaf(
    value: &Value,
    depth: usize,
    budget: &mut Budget,
    look: &mut impl FnMut(&str),
) -> Result<(), Exhausted> {
    let mut text = |text: &str, budget: &mut Budget| {
        budget.charge_text(text)?;
        look(text);
        each_inside(text, depth, budget, look)
    };
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => text(&number.to_text(), budget),
        Value::String(leaf) => text(leaf, budget),
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|element| each_leaf(element, depth, budget, look)),
        Value::Object(object) => object.iter().try_for_each(|(key, member)| {
            budget.charge_text(key)?;
            look(key);
            each_inside(key, depth, budget, look)?;
            each_leaf(member, depth, budget, look)
        }),
    }
}

#[cfg(test)]
mod tests;
