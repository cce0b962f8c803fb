//! A trust document given back as it would be written: canonical, defaults left out.

use super::Document;
use crate::json::{Object, Value};
use crate::taint::context::{FloorScope, Requirement, Step, StepWhen, Tier};
use crate::taint::delegation::Delegation;
use crate::taint::{
    Effect, FieldRule, Hints, Prompts, Registry, ResultRow, Sensitivity, Settings, ToolRow,
    TrustLevel, UnknownConversation, UnlistedResult, Verdict,
};

/// The document in its normal form.
pub(super) fn document(document: &Document) -> Object {
    let registry = &document.registry;
    let mut object = Object::new();
    put(&mut object, "settings", settings(&registry.settings));
    lists(&mut object, registry);
    if let Some(delegated) = &registry.delegation {
        object.set("delegation", delegation(delegated));
    }
    let steps: Vec<_> = document.steps.as_slice().iter().map(step).collect();
    if !steps.is_empty() {
        object.set("steps", steps);
    }
    let floors: Vec<_> = document.floors.iter().map(scope).collect();
    if !floors.is_empty() {
        object.set("floor", floors);
    }
    put(&mut object, "tools", tools(&registry.tools));
    let upstreams = registry.upstreams.iter().map(|rows| {
        let mut upstream = Object::new();
        put(&mut upstream, "tools", tools(&rows.tools));
        (rows.upstream.written().to_owned(), upstream.into())
    });
    put(&mut object, "upstreams", upstreams.collect());
    object
}

fn put(object: &mut Object, key: &str, member: Object) {
    if !member.is_empty() {
        object.set(key, member);
    }
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    texts.into_iter().map(Value::from).collect()
}

fn lists(object: &mut Object, registry: &Registry) {
    let lists = [
        (
            "trusted_values",
            texts(registry.trusted_values.iter().map(|value| value.written())),
        ),
        (
            "secrets",
            texts(registry.secrets.iter().map(|secret| secret.reveal())),
        ),
        (
            "trusted_servers",
            texts(registry.trusted_servers.iter().map(|glob| glob.written())),
        ),
    ];
    for (key, list) in lists {
        if !list.is_empty() {
            object.set(key, list);
        }
    }
}

const fn stage(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "off",
        other => other.as_str(),
    }
}

fn settings(settings: &Settings) -> Object {
    let default = Settings::default();
    let mut object = Object::new();
    let stages = [
        ("flow", Some(settings.flow), Some(default.flow)),
        ("floor", settings.floor, default.floor),
        ("readers", Some(settings.readers), Some(default.readers)),
        (
            "sensitivity",
            Some(settings.sensitivity),
            Some(default.sensitivity),
        ),
    ];
    for (key, verdict, default) in stages {
        if let Some(verdict) = verdict.filter(|_| verdict != default) {
            object.set(key, stage(verdict));
        }
    }
    if settings.unlisted_ceiling != default.unlisted_ceiling {
        object.set("unlisted_ceiling", settings.unlisted_ceiling.as_str());
    }
    if settings.unknown_floor != default.unknown_floor {
        object.set("unknown_floor", settings.unknown_floor.as_str());
    }
    if settings.unknown_conversation == UnknownConversation::Fresh {
        object.set("unknown_conversation", "fresh");
    }
    if settings.unlisted_result == UnlistedResult::Text {
        object.set("unlisted_result", "text");
    }
    if !settings.approvals {
        object.set("approvals", false);
    }
    if let Prompts::From(callers) = &settings.prompts {
        object.set("prompts", texts(callers.iter().map(String::as_str)));
    }
    let on = settings.on.iter();
    let on = on.map(|(code, answer)| (code.as_str().to_owned(), answer.as_str().into()));
    put(&mut object, "on", on.collect());
    object
}

fn delegation(delegation: &Delegation) -> Object {
    let actions = delegation.authorized_actions.iter().map(String::as_str);
    let mut object = Object::new().with("authorized_actions", texts(actions));
    put(
        &mut object,
        "constraints",
        delegation.constraints.to_object(),
    );
    object
}

fn step(step: &Step) -> Value {
    let object = Object::new();
    let object = match step.when {
        StepWhen::AfterMillis(millis) => object.with("after_seconds", millis / 1_000),
        StepWhen::Anomalies(count) => object.with("anomalies", u64::from(count)),
    };
    object.with("at_most", step.at_most.as_str()).into()
}

fn scope(scope: &FloorScope) -> Value {
    let mut object = Object::new();
    if scope.tier != Tier::default() {
        object.set("scope", scope.tier.as_str());
    }
    if let Some(level) = scope.default_required {
        object.set("default_required_trust", level.as_str());
    }
    let requirements: Vec<_> = scope.requirements.iter().map(requirement).collect();
    if !requirements.is_empty() {
        object.set("requirements", requirements);
    }
    if !scope.human_approval.is_empty() {
        let tools = scope.human_approval.iter().map(String::as_str);
        object.set("human_approval_tools", texts(tools));
    }
    object.into()
}

fn requirement(requirement: &Requirement) -> Value {
    let mut object = Object::new().with("name", requirement.name.as_str());
    if requirement.resource != Default::default() {
        object.set("resource_type", requirement.resource.as_str());
    }
    if requirement.required != TrustLevel::User {
        object.set("required_trust", requirement.required.as_str());
    }
    if !requirement.has_side_effects {
        object.set("side_effects", false);
    }
    if !requirement.critical_args.is_empty() {
        let names = requirement.critical_args.iter().map(String::as_str);
        object.set("critical_args", texts(names));
    }
    object.into()
}

fn tools(rows: &[ToolRow]) -> Object {
    let tool = |row: &ToolRow| (row.name.written().to_owned(), tool(row).into());
    rows.iter().map(tool).collect()
}

fn tool(row: &ToolRow) -> Object {
    let mut object = Object::new();
    if let Some(effects) = row.effects {
        object.set("effects", texts(effects.iter().map(Effect::as_str)));
    }
    let arguments = row.arguments.iter();
    let arguments = arguments.map(|row| (row.place.to_string(), row.role.as_str().into()));
    put(&mut object, "args", arguments.collect());
    if let Some(row) = &row.result {
        object.set("result", result(row));
    }
    if let Some(most) = row.outbound {
        let outbound = Object::new().with("max_sensitivity", most.as_str());
        object.set("outbound", outbound);
    }
    if let Some(schema) = &row.schema {
        object.set("schema", schema.clone());
    }
    put(&mut object, "annotations", hints(row.annotations));
    object
}

fn hints(hints: Hints) -> Object {
    let members = [
        ("readOnlyHint", hints.read_only),
        ("destructiveHint", hints.destructive),
        ("openWorldHint", hints.open_world),
        ("idempotentHint", hints.idempotent),
    ];
    let said = members
        .into_iter()
        .filter_map(|(key, truth)| Some((key.to_owned(), truth?.into())));
    said.collect()
}

fn result(row: &ResultRow) -> Object {
    let mut object = Object::new();
    for (key, level) in [("level", row.level), ("text_level", row.text_level)] {
        if let Some(level) = level {
            object.set(key, level.as_str());
        }
    }
    let fields = row.fields.iter();
    let fields = fields.map(|row| (row.name.clone(), field(row.rule).into()));
    put(&mut object, "fields", fields.collect());
    for (key, truth) in [("secret", row.secret), ("structured", row.structured)] {
        if let Some(truth) = truth {
            object.set(key, truth);
        }
    }
    if let Some(readers) = &row.readers {
        object.set("readers", texts(readers.iter().map(String::as_str)));
    }
    if let Some(class) = row.sensitivity.map(Sensitivity::as_str) {
        object.set("sensitivity", class);
    }
    object
}

const fn field(rule: FieldRule) -> &'static str {
    match rule {
        FieldRule::Text => "text",
        FieldRule::Leaf => "leaf",
        FieldRule::Secret => "secret",
        FieldRule::Level(level) => level.as_str(),
    }
}
