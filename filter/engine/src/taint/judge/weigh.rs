//! How far one value of a call is trusted: as a whole, and taken apart where a server would.

use super::leaves::Leaf;
use super::names::nouns;
use super::shape::{display, parts};
use super::{ArgumentFacts, SourceOrigin};
use crate::json::{self, Value};
use crate::limits;
use crate::taint::flow::{self, Fingerprints, Found, SourceRef, Via};
use crate::taint::{Conversation, Level, Origin, Registry, Role};
use crate::time::UnixMillis;

/// How far a value is trusted, and why.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub(super) level: Level,
    pub(super) origin: SourceOrigin,
    pub(super) sources: Vec<SourceRef>,
}

/// What values are held against.
pub(super) struct Scales<'a> {
    pub(super) registry: &'a Registry,
    pub(super) conversation: &'a Conversation,
    pub(super) fingerprints: &'a Fingerprints,
    pub(super) tool: &'a str,
    pub(super) now: UnixMillis,
}

impl Scales<'_> {
    /// The level of a value as a whole or, if that is higher, of the least of its parts: a list of
    /// addresses in one string, an address with a display name, JSON.
    pub(super) fn leaf(&self, leaf: &Leaf) -> Weighed {
        let nouns = nouns(&leaf.name, self.tool);
        let nouns: Vec<&str> = nouns.iter().map(String::as_str).collect();
        let whole = self.text(&leaf.text, &nouns);
        if whole.level >= Level::Tool || matches!(leaf.role, Role::Constant | Role::Scalar) {
            return whole;
        }
        let mut inner = Vec::new();
        let is_json = self.json(&leaf.text, 0, &nouns, &mut inner);
        if !is_json && leaf.role == Role::Target {
            self.address(&leaf.text, &nouns, &mut inner);
        }
        match inner.into_iter().min_by_key(|part| part.level) {
            Some(least) if least.level > whole.level => least,
            _ => whole,
        }
    }

    /// What policies may ask about a value.
    pub(super) fn facts(leaf: &Leaf, weighed: &Weighed) -> ArgumentFacts {
        ArgumentFacts {
            place: leaf.place.clone(),
            level: weighed.level,
            origin: weighed.origin,
            sources: weighed.sources.clone(),
            holds_json: leaf.text.trim_start().starts_with(['[', '{']),
        }
    }

    /// Whether the operator vouches for a text.
    pub(super) fn is_vouched(&self, text: &str) -> bool {
        let values = &self.registry.trusted_values;
        values.iter().any(|value| value.matches(text))
    }

    fn text(&self, text: &str, nouns: &[&str]) -> Weighed {
        if self.is_vouched(text) {
            return Weighed {
                level: Level::System,
                origin: SourceOrigin::Known(Origin::System),
                sources: Vec::new(),
            };
        }
        let found = flow::find(self.conversation, self.fingerprints, text, nouns, self.now);
        Weighed {
            level: found.level,
            origin: origin(&found),
            sources: found.sources.into_iter().cloned().collect(),
        }
    }

    /// A list of addresses, or one with a display name.
    fn address(&self, text: &str, nouns: &[&str], inner: &mut Vec<Weighed>) {
        let parts = parts(text);
        let parts = if parts.is_empty() { vec![text] } else { parts };
        let is_list = parts.len() > 1;
        for part in parts {
            match display(part) {
                Some((name, address)) => {
                    inner.push(self.text(address, nouns));
                    // A display name that is an address speaks for another.
                    if name.contains('@') {
                        inner.push(self.text(name, nouns));
                    }
                }
                None if is_list => inner.push(self.text(part, nouns)),
                None => {}
            }
        }
    }

    /// JSON in a string: every text and number in it, keys too. Whether it is JSON.
    fn json(&self, text: &str, level: usize, nouns: &[&str], inner: &mut Vec<Weighed>) -> bool {
        let begins = text.trim_start().starts_with(['[', '{']);
        if !begins || level >= limits::JUDGED_LEVELS {
            return false;
        }
        let Ok(value) = json::parse(text.as_bytes()) else {
            return false;
        };
        self.json_value(&value, level, nouns, inner);
        !inner.is_empty()
    }

    fn json_value(&self, value: &Value, level: usize, nouns: &[&str], inner: &mut Vec<Weighed>) {
        if inner.len() > limits::JUDGED_VALUES {
            return inner.push(nowhere());
        }
        match value {
            Value::String(text) => {
                if !self.json(text, level + 1, nouns, inner) {
                    inner.push(self.text(text, nouns));
                }
            }
            Value::Number(number) => inner.push(self.text(number.literal(), nouns)),
            Value::Array(elements) => elements
                .iter()
                .for_each(|element| self.json_value(element, level, nouns, inner)),
            Value::Object(object) => object
                .iter()
                .for_each(|(_, value)| self.json_value(value, level, nouns, inner)),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// A value that was seen nowhere.
pub(super) const fn nowhere() -> Weighed {
    Weighed {
        level: Level::Unknown,
        origin: SourceOrigin::Unknown,
        sources: Vec::new(),
    }
}

fn origin(found: &Found<'_>) -> SourceOrigin {
    let of_source = found.sources.first().map(|source| source.origin);
    let origin = match (found.via, found.level) {
        (Via::Nothing, _) | (_, Level::Unknown) => return SourceOrigin::Unknown,
        (Via::Prompt, _) => Origin::User,
        (_, Level::System) => Origin::System,
        // Somebody vouched for it, whoever wrote it.
        (Via::Endorsement, _) => of_source.unwrap_or(Origin::System),
        (_, Level::Web | Level::Internal) => match of_source {
            Some(Origin::Memory) => Origin::Memory,
            _ => Origin::Web,
        },
        _ => of_source.unwrap_or(Origin::Tool),
    };
    SourceOrigin::Known(origin)
}
