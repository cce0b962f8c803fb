//! One policy as written: read from a value, whatever syntax that came from, and given back.
//!
//! Not yet part of a bundle: it knows nothing of other policies.

pub(in crate::policy) mod error;
pub(in crate::policy) mod fields;
pub(in crate::policy) mod nearest;
mod part;

pub use error::{DocumentError, DocumentErrorKind};
pub use part::Direction;

use super::condition::Condition;
use super::decision::Action;
use super::matching::Match;
use super::place::Path;
use super::redaction::Redaction;
use crate::json::{Number, Object, Value};
use crate::limits;
use fields::{Errors, Fields};
use part::Part;

/// One policy as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Unique among the policies of a bundle.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Which calls, or the answers to which calls, it is about.
    pub matching: Match,
    /// Whether it judges calls or answers: whether it has a `response` part.
    pub direction: Direction,
    /// All must hold; none means everything `matching` lets through.
    pub when: Vec<Condition>,
    /// What to do.
    pub action: Action,
    /// What to take out of answers; not empty exactly if the action is [`Action::Redact`].
    pub redact: Vec<Redaction>,
    /// Why, for people; may hold placeholders.
    pub reason: String,
    /// Higher is looked at earlier.
    pub priority: i128,
}

impl Document {
    /// Reads a policy (`condition-engine.md` sections 2.2 to 2.4).
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first.
    pub fn decode(value: &Value) -> Result<Self, Vec<DocumentError>> {
        let mut errors = Errors::new();
        if is_deeper(value, limits::DOCUMENT_DEPTH) {
            let kind = DocumentErrorKind::TooMany {
                what: "nested containers",
                limit: limits::DOCUMENT_DEPTH,
            };
            return Err(vec![DocumentError {
                path: Path::root(),
                kind,
            }]);
        }
        match read(value, &mut errors) {
            Some(document) if errors.is_empty() => Ok(document),
            _ => Err(errors),
        }
    }

    /// The policy in its normal form: defaults left out, numbers and booleans as such. Reading it
    /// gives an equal policy.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut object = Object::new()
            .with("id", &*self.id)
            .with("name", &*self.name);
        if !self.description.is_empty() {
            object.set("description", &*self.description);
        }
        let matching = self.matching.to_object();
        if !matching.is_empty() {
            object.set("match", matching);
        }
        match self.direction {
            Direction::Request => self.write_part(&mut object),
            Direction::Response => {
                let mut part = Object::new();
                self.write_part(&mut part);
                object.set("response", part);
            }
        }
        if self.priority != 0 {
            object.set("priority", integer_value(self.priority));
        }
        Value::Object(object)
    }
}

/// An integer as a value.
pub(in crate::policy) fn integer_value(integer: i128) -> Value {
    // A decimal integer is always a number literal.
    Number::from_literal(&integer.to_string()).map_or(Value::Null, Value::Number)
}

fn read(value: &Value, errors: &mut Errors) -> Option<Document> {
    let mut fields = Fields::of(value, Path::root(), errors)?;
    let id = fields.text("id", errors);
    if let Some(id) = id.filter(|id| !is_id(id)) {
        let kind = DocumentErrorKind::BadId(id.to_owned());
        errors.push(DocumentError {
            path: fields.place("id"),
            kind,
        });
    }
    let name = fields.text("name", errors);
    let description = fields.text_or("description", "", errors);
    let matching = match fields.optional("match") {
        Some(value) => Match::decode(value, fields.place("match"), errors),
        None => Some(Match::default()),
    };
    let part = Part::read(&mut fields, errors);
    let priority = match fields.optional("priority") {
        Some(value) => fields.as_integer("priority", value, errors),
        None => Some(0),
    };
    fields.finish(errors);
    let part = part?;
    Some(Document {
        id: id?.to_owned(),
        name: name?.to_owned(),
        description: description.to_owned(),
        matching: matching?,
        direction: part.direction,
        when: part.when,
        action: part.action,
        redact: part.redact,
        reason: part.reason,
        priority: priority?,
    })
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Whether a value has more than `levels` nested containers. Stops looking at that depth.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(elements) => elements.iter().any(|element| is_deeper(element, below)),
        Value::Object(object) => object.iter().any(|(_, member)| is_deeper(member, below)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
