//! Pins: which definition of each tool has been approved, as the bundle carries it, so that every
//! replica agrees. What a definition is, and its digest, is [`crate::mcp::Definition`]'s.

mod catalogue;
mod judge;

pub use judge::{DefinitionVerdict, Listed};

pub(in crate::policy) use catalogue::Catalogue;

use super::document::DocumentError;
use super::document::error::DocumentErrorKind;
use super::document::fields::{Errors, Fields};
use super::place::Path;
use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::limits;
use crate::mcp::Definition;
use std::collections::BTreeMap;

/// The approved definition of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// [`Definition::digest`] of it.
    pub digest: Digest,
    /// [`Definition::shape`] of it, if it is known and there is one.
    pub shape: Option<Digest>,
}

impl Pin {
    /// The pin of a definition.
    #[must_use]
    pub const fn of(definition: &Definition) -> Self {
        Self {
            digest: definition.digest(),
            shape: definition.shape(),
        }
    }
}

/// What happens to a tool until a human has approved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unapproved {
    /// It may be used.
    Allow,
    /// It is kept from the client, and calls of it are refused.
    Quarantine,
}

impl Unapproved {
    const WORDS: [(&'static str, Self); 2] =
        [("allow", Self::Allow), ("quarantine", Self::Quarantine)];

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Quarantine => "quarantine",
        }
    }
}

/// The pins of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    /// What happens to tools without a pin. If they are allowed, the definition seen first holds.
    pub unpinned: Unapproved,
    /// What happens to those of them whose definition has a grave flag.
    pub flagged: Unapproved,
    /// Upstream, tool, pin.
    pub upstreams: BTreeMap<String, BTreeMap<String, Pin>>,
}

impl Default for Pins {
    /// Nothing is pinned: what is seen first holds, unless it has a grave flag.
    fn default() -> Self {
        Self {
            unpinned: Unapproved::Allow,
            flagged: Unapproved::Quarantine,
            upstreams: BTreeMap::new(),
        }
    }
}

/// The version of the pins file.
const VERSION: i128 = 1;

/// Reads a pins file, `_tools.json`: `version`, `unpinned`, `flagged`, and `upstreams`, which maps
/// upstreams to tools to pins. A pin has a `digest` or the `definition` it is of, and may have
/// `shape`, `approved_at` and `flags`.
///
/// # Errors
/// Everything that is wrong with it; a definition that is not the one its digest is of, too.
pub fn decode_pins(value: &Value) -> Result<Pins, Vec<DocumentError>> {
    let mut errors = Errors::new();
    let pins = Pins::decode(value, Path::root(), &mut errors);
    if errors.is_empty() {
        Ok(pins)
    } else {
        Err(errors)
    }
}

impl Pins {
    /// The pin of a tool.
    #[must_use]
    pub fn pin(&self, upstream: &str, tool: &str) -> Option<&Pin> {
        self.upstreams.get(upstream)?.get(tool)
    }

    /// How many tools are pinned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.upstreams.values().map(BTreeMap::len).sum()
    }

    /// Whether nothing is pinned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(in crate::policy) fn decode(value: &Value, path: Path, errors: &mut Errors) -> Self {
        let mut pins = Self::default();
        let Some(mut fields) = Fields::of(value, path, errors) else {
            return pins;
        };
        let version = match fields.optional("version") {
            Some(value) => fields.as_integer("version", value, errors),
            None => Some(VERSION),
        };
        if version.is_some_and(|version| version != VERSION) {
            let text = "the file's version is not 1, the only one there is";
            errors.push(bad(fields.place("version"), text.to_owned()));
        }
        let words = &Unapproved::WORDS;
        pins.unpinned = fields.word_or("unpinned", "treatment", words, pins.unpinned, errors);
        pins.flagged = fields.word_or("flagged", "treatment", words, pins.flagged, errors);
        let upstreams = fields.optional("upstreams");
        let place = fields.place("upstreams");
        fields.finish(errors);
        if let Some(upstreams) = upstreams {
            pins.upstreams = decode_upstreams(upstreams, &place, errors);
        }
        pins
    }

    /// The form that travels: no definitions, no times.
    pub(in crate::policy) fn to_object(&self) -> Object {
        let pin = |pin: &Pin| {
            let mut object = Object::new().with("digest", pin.digest.to_hex());
            if let Some(shape) = pin.shape {
                object.set("shape", shape.to_hex());
            }
            Value::Object(object)
        };
        let tools = |tools: &BTreeMap<String, Pin>| {
            let tools = tools.iter().map(|(tool, it)| (tool.clone(), pin(it)));
            Value::Object(tools.collect())
        };
        let upstreams = self.upstreams.iter();
        let upstreams: Object = upstreams
            .map(|(name, it)| (name.clone(), tools(it)))
            .collect();
        Object::new()
            .with("unpinned", self.unpinned.as_str())
            .with("flagged", self.flagged.as_str())
            .with("upstreams", upstreams)
    }
}

fn bad(path: Path, text: String) -> DocumentError {
    DocumentError {
        path,
        kind: DocumentErrorKind::BadPin(text),
    }
}

fn decode_upstreams(
    value: &Value,
    path: &Path,
    errors: &mut Errors,
) -> BTreeMap<String, BTreeMap<String, Pin>> {
    let mut upstreams = BTreeMap::new();
    let mut left = limits::PINNED_TOOLS;
    for (upstream, tools) in mapping(value, path, errors) {
        let place = path.key(upstream);
        let mut pins = BTreeMap::new();
        for (tool, pin) in mapping(tools, &place, errors) {
            let place = place.key(tool);
            let Some(fewer) = left.checked_sub(1) else {
                let (what, limit) = ("pinned tools", limits::PINNED_TOOLS);
                let kind = DocumentErrorKind::TooMany { what, limit };
                errors.push(DocumentError { path: place, kind });
                return upstreams;
            };
            left = fewer;
            if let Some(pin) = decode_pin(tool, pin, place, errors) {
                pins.insert(tool.to_owned(), pin);
            }
        }
        upstreams.insert(upstream.to_owned(), pins);
    }
    upstreams
}

/// The members of a mapping whose keys are free.
fn mapping<'a>(value: &'a Value, path: &Path, errors: &mut Errors) -> Vec<(&'a str, &'a Value)> {
    match value {
        Value::Object(object) => object.iter().collect(),
        other => {
            errors.push(super::document::fields::wrong_type(
                path.clone(),
                "a mapping",
                other,
            ));
            Vec::new()
        }
    }
}

fn decode_pin(tool: &str, value: &Value, path: Path, errors: &mut Errors) -> Option<Pin> {
    let mut fields = Fields::of(value, path, errors)?;
    let digest = digest(&mut fields, "digest", errors);
    let shape = digest_of(&mut fields, "shape", errors);
    // What only people and the command line read.
    for key in ["approved_at", "flags"] {
        fields.optional(key);
    }
    let definition = fields.optional("definition");
    let place = fields.place("definition");
    fields.finish(errors);
    let Some(definition) = definition else {
        return Some(Pin {
            digest: digest?,
            shape,
        });
    };
    let text = match Definition::read(definition) {
        Err(error) => error.to_string(),
        Ok(definition) if definition.name() != tool => {
            format!(
                "the definition is of `{}`, not of `{tool}`",
                definition.name()
            )
        }
        Ok(definition) if Some(definition.digest()) != digest => {
            format!("the definition's digest is {}", definition.digest())
        }
        Ok(definition) => return Some(Pin::of(&definition)),
    };
    errors.push(bad(place, text));
    None
}

/// A required digest.
fn digest(fields: &mut Fields<'_>, key: &'static str, errors: &mut Errors) -> Option<Digest> {
    fields.required(key, errors)?;
    digest_of(fields, key, errors)
}

/// A digest that may be absent.
fn digest_of(fields: &mut Fields<'_>, key: &'static str, errors: &mut Errors) -> Option<Digest> {
    let value = fields.optional(key)?;
    let text = fields.as_text(key, value, errors)?;
    let digest = Digest::from_hex(text);
    if digest.is_none() {
        let text = "expected 64 hexadecimal digits".to_owned();
        errors.push(bad(fields.place(key), text));
    }
    digest
}

#[cfg(test)]
mod tests;
