//! Rows for tools, as a trust document writes them.

use crate::json::{self, Value};
use crate::limits;
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::place::Path;
use crate::policy::trust::values::{
    SENSITIVITIES, members, refuse, result_level, texts_of, too_many, truth, word,
};
use crate::taint::{
    ArgumentPlace, ArgumentRow, Effect, Effects, FieldRow, FieldRule, Hints, ResultRow, Role,
    Sensitivity, ToolRow,
};

/// Reads the mapping `tools`.
pub(super) fn tools(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<ToolRow> {
    let rows = members(fields, "tools", limits::TRUST_ROWS, errors).into_iter();
    rows.filter_map(|(name, value, place)| row(name, value, place, errors))
        .collect()
}

fn row(name: &str, value: &Value, place: Path, errors: &mut Errors) -> Option<ToolRow> {
    let mut fields = Fields::of(value, place, errors)?;
    let row = ToolRow {
        effects: effects(&mut fields, errors),
        arguments: arguments(&mut fields, errors),
        result: match fields.optional("result") {
            Some(value) => result(value, fields.place("result"), errors),
            None => None,
        },
        outbound: match fields.optional("outbound") {
            Some(value) => outbound(value, fields.place("outbound"), errors),
            None => None,
        },
        schema: schema(&mut fields, errors),
        annotations: match fields.optional("annotations") {
            Some(value) => annotations(value, fields.place("annotations"), errors),
            None => Hints::default(),
        },
        ..ToolRow::new(name)
    };
    fields.finish(errors);
    Some(row)
}

fn effects(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Effects> {
    let place = fields.place("effects");
    let names = texts_of(fields, "effects", "effect", Effect::ALL.len(), errors)?;
    let mut effects = Effects::NONE;
    for name in &names {
        match Effect::from_name(name) {
            Some(effect) => effects = effects.with(effect),
            None => {
                let known = Effect::ALL.map(Effect::as_str).to_vec();
                errors.push(unknown_name(place.clone(), "effect", name, known));
            }
        }
    }
    if names.is_empty() {
        let why = "at least one effect is expected; a tool that changes nothing has `read`";
        refuse(place, why, errors);
    }
    Some(effects)
}

fn arguments(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<ArgumentRow> {
    let mut rows = Vec::new();
    for (name, value, place) in members(fields, "args", limits::TRUST_ROW_PLACES, errors) {
        let Some(word) = value.as_str() else {
            errors.push(wrong_type(place, "a role", value));
            continue;
        };
        let Some(role) = Role::from_name(word) else {
            let known = Role::ALL.map(Role::as_str).to_vec();
            errors.push(unknown_name(place, "role", word, known));
            continue;
        };
        match ArgumentPlace::parse(name) {
            Some(place) => rows.push(ArgumentRow { place, role }),
            None => refuse(place, "a key between two dots is empty", errors),
        }
    }
    rows
}

fn outbound(value: &Value, place: Path, errors: &mut Errors) -> Option<Sensitivity> {
    let mut fields = Fields::of(value, place, errors)?;
    let what = "class";
    let required = fields.required("max_sensitivity", errors).is_some();
    let most = word(&mut fields, "max_sensitivity", what, &SENSITIVITIES, errors);
    fields.finish(errors);
    most.filter(|_| required)
}

fn schema(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Value> {
    let value = fields.optional("schema")?;
    let place = fields.place("schema");
    if !matches!(value, Value::Object(_)) {
        errors.push(wrong_type(place, "a JSON schema, a mapping", value));
        return None;
    }
    if json::to_text(value).len() > limits::DEFINITION_BYTES {
        too_many(&place, "bytes", limits::DEFINITION_BYTES, errors);
        return None;
    }
    Some(value.clone())
}

fn annotations(value: &Value, place: Path, errors: &mut Errors) -> Hints {
    let Some(mut fields) = Fields::of(value, place, errors) else {
        return Hints::default();
    };
    let hints = Hints {
        read_only: truth(&mut fields, "readOnlyHint", errors),
        destructive: truth(&mut fields, "destructiveHint", errors),
        open_world: truth(&mut fields, "openWorldHint", errors),
        idempotent: truth(&mut fields, "idempotentHint", errors),
    };
    fields.finish(errors);
    hints
}

fn result(value: &Value, place: Path, errors: &mut Errors) -> Option<ResultRow> {
    let mut fields = Fields::of(value, place, errors)?;
    let level = |key, fields: &mut Fields<'_>, errors: &mut Errors| {
        let value = fields.optional(key)?;
        result_level(value, fields.place(key), errors)
    };
    let row = ResultRow {
        level: level("level", &mut fields, errors),
        text_level: level("text_level", &mut fields, errors),
        fields: result_fields(&mut fields, errors),
        secret: truth(&mut fields, "secret", errors),
        structured: truth(&mut fields, "structured", errors),
        readers: texts_of(
            &mut fields,
            "readers",
            "reader",
            limits::FOLD_READERS,
            errors,
        ),
        sensitivity: word(&mut fields, "sensitivity", "class", &SENSITIVITIES, errors),
    };
    fields.finish(errors);
    Some(row)
}

/// What may stand for a field.
const FIELD_RULES: [(&str, FieldRule); 3] = [
    ("text", FieldRule::Text),
    ("leaf", FieldRule::Leaf),
    ("secret", FieldRule::Secret),
];

fn result_fields(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<FieldRow> {
    let mut rows = Vec::new();
    for (name, value, place) in members(fields, "fields", limits::TRUST_ROW_PLACES, errors) {
        let word = value.as_str();
        let known = FIELD_RULES.iter().find(|(known, _)| Some(*known) == word);
        let rule = match known {
            Some((_, rule)) => Some(*rule),
            None if word.is_some_and(|word| crate::taint::Level::from_name(word).is_none()) => {
                let known = vec!["text", "leaf", "secret", "web", "internal", "tool"];
                errors.push(unknown_name(place, "rule", word.unwrap_or_default(), known));
                None
            }
            None => result_level(value, place, errors).map(FieldRule::Level),
        };
        let name = name.to_owned();
        rows.extend(rule.map(|rule| FieldRow { name, rule }));
    }
    rows
}
