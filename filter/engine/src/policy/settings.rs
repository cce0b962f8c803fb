//! What holds for all policies of a bundle, and the user's mapping of tools to verbs.

use super::classes;
use super::decision::{Action, Mode};
use super::document::DocumentError;
use super::document::fields::{Errors, Fields, unknown_name, wrong_type};
use super::place::Path;
use crate::json::{Object, Value};
use std::collections::BTreeMap;

/// Where the intent block is, and whether every call must have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentSettings {
    /// The key of `_meta` that holds it.
    pub meta_key: String,
    /// Whether a call without one is refused.
    pub required: bool,
}

impl Default for IntentSettings {
    fn default() -> Self {
        Self {
            meta_key: "tessera_intent".to_owned(),
            required: false,
        }
    }
}

/// What holds for all policies of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySettings {
    /// What is done with decisions.
    pub mode: Mode,
    /// What is done when no policy matches: allow or block.
    pub default_action: Action,
    /// Whether every call is refused.
    pub lockdown: bool,
    /// About the intent block.
    pub intent: IntentSettings,
}

impl Default for PolicySettings {
    /// Decisions are enforced, and what no policy matches is blocked.
    fn default() -> Self {
        Self {
            mode: Mode::Enforcement,
            default_action: Action::Block,
            lockdown: false,
            intent: IntentSettings::default(),
        }
    }
}

const MODES: [(&str, Mode); 3] = [
    ("enforcement", Mode::Enforcement),
    ("log_only", Mode::LogOnly),
    ("observation", Mode::Observation),
];

const DEFAULT_ACTIONS: [(&str, Action); 2] = [("allow", Action::Allow), ("block", Action::Block)];

impl PolicySettings {
    /// Reads settings; what is absent has its default.
    pub(in crate::policy) fn decode(value: &Value, path: Path, errors: &mut Errors) -> Self {
        let default = Self::default();
        let Some(mut fields) = Fields::of(value, path, errors) else {
            return default;
        };
        let mode = fields.word_or("mode", "mode", &MODES, default.mode, errors);
        let default_action = fields.word_or(
            "default_action",
            "default action",
            &DEFAULT_ACTIONS,
            default.default_action,
            errors,
        );
        let lockdown = fields.truth_or("lockdown", default.lockdown, errors);
        let intent = match fields.optional("intent") {
            Some(value) => IntentSettings::decode(value, fields.place("intent"), errors),
            None => default.intent,
        };
        fields.finish(errors);
        Self {
            mode,
            default_action,
            lockdown,
            intent,
        }
    }

    /// The settings as a mapping, nothing left out.
    pub(in crate::policy) fn to_object(&self) -> Object {
        let intent = Object::new()
            .with("meta_key", self.intent.meta_key.as_str())
            .with("required", self.intent.required);
        Object::new()
            .with("mode", self.mode.as_str())
            .with("default_action", self.default_action.as_str())
            .with("lockdown", self.lockdown)
            .with("intent", intent)
    }
}

impl IntentSettings {
    fn decode(value: &Value, path: Path, errors: &mut Errors) -> Self {
        let default = Self::default();
        let Some(mut fields) = Fields::of(value, path, errors) else {
            return default;
        };
        let meta_key = fields
            .text_or("meta_key", &default.meta_key, errors)
            .to_owned();
        let required = fields.truth_or("required", default.required, errors);
        fields.finish(errors);
        Self { meta_key, required }
    }
}

/// Reads a tool-to-verbs file: one mapping, `mappings`, of tool names to lists of verbs.
///
/// # Errors
/// Everything that is wrong with it: a missing `mappings`, unknown keys, unknown verbs.
pub fn decode_action_verbs(
    value: &Value,
) -> Result<BTreeMap<String, Vec<String>>, Vec<DocumentError>> {
    let mut errors = Errors::new();
    let mut mappings = BTreeMap::new();
    if let Some(mut fields) = Fields::of(value, Path::root(), &mut errors) {
        if let Some(value) = fields.required("mappings", &mut errors) {
            mappings = decode_mappings(value, fields.place("mappings"), &mut errors);
        }
        fields.finish(&mut errors);
    }
    if errors.is_empty() {
        Ok(mappings)
    } else {
        Err(errors)
    }
}

/// Reads a mapping of tool names to lists of verbs.
pub(in crate::policy) fn decode_mappings(
    value: &Value,
    path: Path,
    errors: &mut Errors,
) -> BTreeMap<String, Vec<String>> {
    let Value::Object(object) = value else {
        errors.push(wrong_type(path, "a mapping", value));
        return BTreeMap::new();
    };
    let mut mappings = BTreeMap::new();
    for (tool, verbs) in object.iter() {
        let place = path.key(tool);
        let Value::Array(elements) = verbs else {
            errors.push(wrong_type(place, "a list of verbs", verbs));
            continue;
        };
        let mut names = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            match element {
                Value::String(verb) if classes::verb(verb).is_some() => names.push(verb.clone()),
                Value::String(verb) => {
                    let expected = classes::TAXONOMY.to_vec();
                    errors.push(unknown_name(place.index(at), "verb", verb, expected));
                }
                other => errors.push(wrong_type(place.index(at), "a verb", other)),
            }
        }
        mappings.insert(tool.to_owned(), names);
    }
    mappings
}
