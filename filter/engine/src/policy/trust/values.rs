//! Words, levels and lists of a trust document, read strictly: what only looks like a truth value is
//! none, and nothing stands twice (`trust-engine.md` section 7, silent acceptances).

use crate::json::{Number, Value};
use crate::limits;
use crate::policy::document::error::{DocumentError, DocumentErrorKind};
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::place::Path;
use crate::taint::{Level, Sensitivity, TrustLevel, Verdict};

/// The answers an operator may choose.
pub(super) const ANSWERS: [(&str, Verdict); 2] = [("ask", Verdict::Ask), ("block", Verdict::Block)];

/// The answers of a stage that can be off.
pub(super) const STAGES: [(&str, Verdict); 3] = [
    ("off", Verdict::Allow),
    ("ask", Verdict::Ask),
    ("block", Verdict::Block),
];

/// The classes of sensitivity.
pub(super) const SENSITIVITIES: [(&str, Sensitivity); 4] = [
    ("public", Sensitivity::Public),
    ("internal", Sensitivity::Internal),
    ("confidential", Sensitivity::Confidential),
    ("restricted", Sensitivity::Restricted),
];

/// The levels results may be given: nobody but the user says what the user said.
const RESULT_LEVELS: [Level; 3] = [Level::Web, Level::Internal, Level::Tool];

/// Records that what stands at a place is refused.
pub(super) fn refuse(place: Path, why: impl Into<String>, errors: &mut Errors) {
    let kind = DocumentErrorKind::Refused(why.into());
    errors.push(DocumentError { path: place, kind });
}

/// Records that there are too many of something.
pub(super) fn too_many(place: &Path, what: &'static str, limit: usize, errors: &mut Errors) {
    let kind = DocumentErrorKind::TooMany { what, limit };
    let path = place.clone();
    errors.push(DocumentError { path, kind });
}

/// The truth value `key`; `None` if it is absent or no truth value. `"false"` is none.
pub(super) fn truth(
    fields: &mut Fields<'_>,
    key: &'static str,
    errors: &mut Errors,
) -> Option<bool> {
    let value = fields.optional(key)?;
    let truth = value.as_bool();
    if truth.is_none() {
        errors.push(wrong_type(fields.place(key), "true or false", value));
    }
    truth
}

/// The word `key` of a closed set; `None` if it is absent or wrong.
pub(super) fn word<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    what: &'static str,
    words: &[(&'static str, T)],
    errors: &mut Errors,
) -> Option<T> {
    let value = fields.optional(key)?;
    fields.as_word(key, value, what, words, errors)
}

/// The level `key`, as a name or a number; `None` if it is absent or wrong.
pub(super) fn trust_level(
    fields: &mut Fields<'_>,
    key: &'static str,
    errors: &mut Errors,
) -> Option<TrustLevel> {
    let value = fields.optional(key)?;
    let place = fields.place(key);
    match value {
        Value::Number(number) => {
            let level = integer(number).and_then(TrustLevel::from_number);
            if level.is_none() {
                refuse(place, "a level is 0, 50, 100 or 200", errors);
            }
            level
        }
        Value::String(name) => {
            let level = TrustLevel::from_name(name);
            if level.is_none() {
                let names = TrustLevel::ALL.map(TrustLevel::as_str).to_vec();
                errors.push(unknown_name(place, "level", name, names));
            }
            level
        }
        other => {
            errors.push(wrong_type(place, "a level, by name or number", other));
            None
        }
    }
}

/// The level of a result, as a name or a number.
pub(super) fn result_level(value: &Value, place: Path, errors: &mut Errors) -> Option<Level> {
    let level = match value {
        Value::Number(number) => integer(number).and_then(Level::from_number),
        Value::String(name) => {
            let level = Level::from_name(name);
            if level.is_none() {
                let names = RESULT_LEVELS.map(Level::as_str).to_vec();
                errors.push(unknown_name(place, "level of results", name, names));
                return None;
            }
            level
        }
        other => {
            errors.push(wrong_type(place, "a level, by name or number", other));
            return None;
        }
    };
    let level = level.filter(|level| RESULT_LEVELS.contains(level));
    if level.is_none() {
        let why =
            "a result is `web` (0), `internal` (25) or `tool` (50): it is never the user's word";
        refuse(place, why, errors);
    }
    level
}

fn integer(number: &Number) -> Option<i64> {
    number.as_i64().filter(|_| number.is_integer())
}

/// The texts of a list, none of them empty, too long or twice. Errors hold no text of the list.
pub(super) fn texts(
    value: &Value,
    place: &Path,
    what: &'static str,
    limit: usize,
    errors: &mut Errors,
) -> Vec<String> {
    let Value::Array(elements) = value else {
        errors.push(wrong_type(place.clone(), "a list", value));
        return Vec::new();
    };
    if elements.len() > limit {
        too_many(place, what, limit, errors);
        return Vec::new();
    }
    let mut seen = std::collections::BTreeMap::new();
    for (at, element) in elements.iter().enumerate() {
        let here = place.index(at);
        let Value::String(text) = element else {
            errors.push(wrong_type(here, "a string", element));
            continue;
        };
        if text.is_empty() || text.len() > limits::TRUST_TEXT_BYTES {
            let limit = limits::TRUST_TEXT_BYTES;
            refuse(here, format!("expected 1 to {limit} bytes"), errors);
        } else if let Some(first) = seen.get(text) {
            let kind = DocumentErrorKind::Twice {
                what,
                first: *first,
            };
            errors.push(DocumentError { path: here, kind });
        } else {
            seen.insert(text.clone(), at);
        }
    }
    seen.into_keys().collect()
}

/// The texts of the list `key`, sorted; `None` if it is absent.
pub(super) fn texts_of(
    fields: &mut Fields<'_>,
    key: &'static str,
    what: &'static str,
    limit: usize,
    errors: &mut Errors,
) -> Option<Vec<String>> {
    let value = fields.optional(key)?;
    Some(texts(value, &fields.place(key), what, limit, errors))
}

/// The members of the mapping `key`; none if it is absent or no mapping.
pub(super) fn members<'a>(
    fields: &mut Fields<'a>,
    key: &'static str,
    limit: usize,
    errors: &mut Errors,
) -> Vec<(&'a str, &'a Value, Path)> {
    let place = fields.place(key);
    match fields.optional(key) {
        None => Vec::new(),
        Some(value) => members_of(value, &place, limit, errors),
    }
}

/// The members of a mapping, sorted by key.
pub(super) fn members_of<'a>(
    value: &'a Value,
    place: &Path,
    limit: usize,
    errors: &mut Errors,
) -> Vec<(&'a str, &'a Value, Path)> {
    let Value::Object(object) = value else {
        errors.push(wrong_type(place.clone(), "a mapping", value));
        return Vec::new();
    };
    if object.len() > limit {
        too_many(place, "members", limit, errors);
        return Vec::new();
    }
    let mut members = Vec::with_capacity(object.len());
    for (key, value) in object.iter() {
        let here = place.key(key);
        if key.is_empty() || key.len() > limits::TRUST_TEXT_BYTES {
            let limit = limits::TRUST_TEXT_BYTES;
            refuse(here, format!("a name has 1 to {limit} bytes"), errors);
        } else {
            members.push((key, value, here));
        }
    }
    members.sort_by_key(|(key, _, _)| *key);
    members
}
