//! Redactions read from a document, and given back.

use super::{Class, Redaction, Target};
use crate::json::{Object, Value};
use crate::limits;
use crate::policy::document::error::{DocumentError, DocumentErrorKind};
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::place::Path;

/// Reads the list under `redact`; `None` if errors were found.
pub(in crate::policy) fn decode_list(
    value: &Value,
    path: &Path,
    errors: &mut Errors,
) -> Option<Vec<Redaction>> {
    let Value::Array(elements) = value else {
        errors.push(wrong_type(path.clone(), "a list", value));
        return None;
    };
    let too_many = elements.len() > limits::POLICY_REDACTIONS;
    if elements.is_empty() {
        errors.push(wrong_type(path.clone(), "at least one redaction", value));
    } else if too_many {
        let kind = DocumentErrorKind::TooMany {
            what: "redactions",
            limit: limits::POLICY_REDACTIONS,
        };
        errors.push(DocumentError {
            path: path.clone(),
            kind,
        });
    }
    if elements.is_empty() || too_many {
        return None;
    }
    let before = errors.len();
    let mut redactions = Vec::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        redactions.extend(decode(element, path.index(at), errors));
    }
    (errors.len() == before).then_some(redactions)
}

fn decode(value: &Value, path: Path, errors: &mut Errors) -> Option<Redaction> {
    let mut fields = Fields::of(value, path, errors)?;
    let is_class = fields.optional("class").is_some();
    let is_pattern = fields.optional("pattern").is_some();
    let (target, key) = match (is_class, is_pattern) {
        (true, false) => (class(&mut fields, errors), "class"),
        (false, true) => (pattern(&mut fields, errors), "pattern"),
        _ => {
            errors.push(DocumentError {
                path: fields.path().clone(),
                kind: DocumentErrorKind::ClassOrPattern,
            });
            fields.optional("as");
            (None, "pattern")
        }
    };
    let place = fields.place(key);
    fields.finish(errors);
    match Redaction::new(target?) {
        Ok(redaction) if redaction.pattern.matches_nothing() => {
            errors.push(DocumentError {
                path: place,
                kind: DocumentErrorKind::MatchesNothing,
            });
            None
        }
        Ok(redaction) => Some(redaction),
        Err(error) => {
            errors.push(DocumentError {
                path: place,
                kind: DocumentErrorKind::BadPattern(error),
            });
            None
        }
    }
}

fn class(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Target> {
    let name = fields.text("class", errors)?;
    let class = Class::named(name);
    if class.is_none() {
        let known = Class::ALL.iter().map(|class| class.name).collect();
        errors.push(unknown_name(fields.place("class"), "class", name, known));
    }
    class.map(Target::Class)
}

fn pattern(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Target> {
    let written = fields.text("pattern", errors);
    let name = fields.text("as", errors)?;
    if !is_name(name) {
        errors.push(DocumentError {
            path: fields.place("as"),
            kind: DocumentErrorKind::BadRedactionName(name.to_owned()),
        });
        return None;
    }
    Some(Target::Pattern {
        written: written?.to_owned(),
        name: name.to_owned(),
    })
}

fn is_name(text: &str) -> bool {
    (1..=limits::REDACTION_NAME_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// The list in normal form. Reading it gives an equal list.
pub(in crate::policy) fn list_to_value(redactions: &[Redaction]) -> Value {
    let one = |redaction: &Redaction| match &redaction.target {
        Target::Class(class) => Object::new().with("class", class.name).into(),
        Target::Pattern { written, name } => Object::new()
            .with("pattern", written.as_str())
            .with("as", name.as_str())
            .into(),
    };
    Value::Array(redactions.iter().map(one).collect())
}
