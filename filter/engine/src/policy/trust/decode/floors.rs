//! The parts of a trust document about the context: floors, steps and the standing delegation.

use crate::json::Value;
use crate::limits;
use crate::policy::document::fields::{Errors, Fields, wrong_type};
use crate::policy::place::Path;
use crate::policy::trust::values::{refuse, texts_of, too_many, trust_level, truth, word};
use crate::taint::TrustLevel;
use crate::taint::context::{FloorScope, Requirement, ResourceType, Step, StepWhen, Steps, Tier};
use crate::taint::delegation::{Constraints, Delegation};
use std::collections::BTreeMap;

const TIERS: [(&str, Tier); 3] = [
    ("mesh", Tier::Mesh),
    ("team", Tier::Team),
    ("agent", Tier::Agent),
];

const TYPES: [(&str, ResourceType); 3] = [
    ("tool", ResourceType::Tool),
    ("prompt", ResourceType::Prompt),
    ("resource", ResourceType::Resource),
];

/// Reads the list `floor`.
pub(super) fn scopes(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<FloorScope> {
    let Some((elements, place)) = list(fields, "floor", limits::FLOOR_SCOPES, errors) else {
        return Vec::new();
    };
    let elements = elements.iter().enumerate();
    elements
        .filter_map(|(at, element)| scope(element, place.index(at), errors))
        .collect()
}

fn scope(value: &Value, place: Path, errors: &mut Errors) -> Option<FloorScope> {
    let mut fields = Fields::of(value, place, errors)?;
    let scope = FloorScope {
        tier: word(&mut fields, "scope", "scope", &TIERS, errors).unwrap_or_default(),
        default_required: trust_level(&mut fields, "default_required_trust", errors),
        requirements: requirements(&mut fields, errors),
        human_approval: texts_of(
            &mut fields,
            "human_approval_tools",
            "tool",
            limits::TRUST_VALUES,
            errors,
        )
        .unwrap_or_default(),
    };
    fields.finish(errors);
    Some(scope)
}

fn requirements(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<Requirement> {
    let limit = limits::FLOOR_REQUIREMENTS;
    let Some((elements, place)) = list(fields, "requirements", limit, errors) else {
        return Vec::new();
    };
    let mut seen = BTreeMap::new();
    let mut requirements = Vec::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        let here = place.index(at);
        let Some(one) = requirement(element, here.clone(), errors) else {
            continue;
        };
        let key = (one.resource, one.name.clone());
        if let Some(first) = seen.insert(key, at) {
            let kind = one.resource.as_str();
            let why = format!(
                "the {kind} `{}` has a requirement at index {first} already",
                one.name
            );
            refuse(here, why, errors);
        }
        requirements.push(one);
    }
    requirements
}

fn requirement(value: &Value, place: Path, errors: &mut Errors) -> Option<Requirement> {
    let mut fields = Fields::of(value, place, errors)?;
    let name = fields.text("name", errors);
    if name.is_some_and(|name| name.is_empty() || name.len() > limits::TRUST_TEXT_BYTES) {
        let limit = limits::TRUST_TEXT_BYTES;
        let why = format!("a name has 1 to {limit} bytes");
        refuse(fields.place("name"), why, errors);
    }
    let resource = word(&mut fields, "resource_type", "type", &TYPES, errors).unwrap_or_default();
    let required = trust_level(&mut fields, "required_trust", errors).unwrap_or(TrustLevel::User);
    let has_side_effects = truth(&mut fields, "side_effects", errors).unwrap_or(true);
    let key = "critical_args";
    let critical_args = texts_of(
        &mut fields,
        key,
        "argument",
        limits::TRUST_ROW_PLACES,
        errors,
    );
    fields.finish(errors);
    Some(Requirement {
        name: name?.to_owned(),
        resource,
        required,
        has_side_effects,
        critical_args: critical_args.unwrap_or_default(),
    })
}

/// Reads the list `steps`: `{after_seconds | anomalies, at_most}`.
pub(super) fn steps(fields: &mut Fields<'_>, errors: &mut Errors) -> Steps {
    let Some((elements, place)) = list(fields, "steps", limits::TRUST_STEPS, errors) else {
        return Steps::default();
    };
    let elements = elements.iter().enumerate();
    let steps = elements.filter_map(|(at, element)| step(element, place.index(at), errors));
    Steps::new(steps.collect())
}

fn step(value: &Value, place: Path, errors: &mut Errors) -> Option<Step> {
    let mut fields = Fields::of(value, place.clone(), errors)?;
    let after = count(&mut fields, "after_seconds", errors);
    let anomalies = count(&mut fields, "anomalies", errors);
    fields.required("at_most", errors)?;
    let at_most = trust_level(&mut fields, "at_most", errors);
    fields.finish(errors);
    let anomalies = anomalies.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    if anomalies.is_some_and(|count| count == 0 || count as usize > limits::FOLD_ANOMALIES) {
        let most = limits::FOLD_ANOMALIES;
        refuse(place, format!("`anomalies` is 1 to {most}"), errors);
        return None;
    }
    let when = match (after, anomalies) {
        (Some(seconds), None) => StepWhen::AfterMillis(seconds.saturating_mul(1_000)),
        (None, Some(count)) => StepWhen::Anomalies(count),
        _ => {
            let why = "a step has either `after_seconds` or `anomalies`";
            refuse(place, why, errors);
            return None;
        }
    };
    Some(Step {
        when,
        at_most: at_most?,
    })
}

fn count(fields: &mut Fields<'_>, key: &'static str, errors: &mut Errors) -> Option<u64> {
    let value = fields.optional(key)?;
    let count = value.as_u64();
    if count.is_none() {
        errors.push(wrong_type(fields.place(key), "a whole number", value));
    }
    count
}

/// Reads the standing `delegation`: the actions agents may take at all, and constraints.
pub(super) fn delegation(value: &Value, place: Path, errors: &mut Errors) -> Option<Delegation> {
    let mut fields = Fields::of(value, place, errors)?;
    let key = "authorized_actions";
    let required = fields.required(key, errors).is_some();
    let actions = texts_of(&mut fields, key, "action", limits::TRUST_ROWS, errors);
    let constraints = match fields.optional("constraints") {
        Some(Value::Object(object)) => Constraints::new(object),
        Some(other) => {
            errors.push(wrong_type(fields.place("constraints"), "a mapping", other));
            Constraints::default()
        }
        None => Constraints::default(),
    };
    if let Err(refusal) = constraints.check() {
        refuse(fields.place("constraints"), refusal.to_string(), errors);
    }
    fields.finish(errors);
    required.then(|| Delegation {
        subject: String::new(),
        delegate: None,
        audience: String::new(),
        authorized_actions: actions.unwrap_or_default().into_iter().collect(),
        constraints,
        session_id: String::new(),
        expires_at: None,
    })
}

fn list<'a>(
    fields: &mut Fields<'a>,
    key: &'static str,
    limit: usize,
    errors: &mut Errors,
) -> Option<(&'a [Value], Path)> {
    let value = fields.optional(key)?;
    let place = fields.place(key);
    let elements = fields.as_list(key, value, errors)?;
    if elements.len() > limit {
        too_many(&place, "entries", limit, errors);
        return None;
    }
    Some((elements, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_engine_can_be_written() {
        assert!(TIERS.iter().all(|(word, tier)| tier.as_str() == *word));
        assert!(TYPES.iter().all(|(word, kind)| kind.as_str() == *word));
    }
}
