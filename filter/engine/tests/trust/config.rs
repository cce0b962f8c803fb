//! Requirements as the reference writes them, as one scope of a trust document: `policy-config.json`.
//!
//! Only names of members and spellings of levels are translated: what is refused, and what is
//! compiled, is the engine's.

use tessera_engine::json::{self, Object, Value};
use tessera_engine::policy::trust;
use tessera_engine::taint::context::{FloorScope, ResourceType};

/// The compiled document, or an error.
pub(crate) fn compile(input: &Value) -> Option<Object> {
    let policy = input.get("policy").cloned().unwrap_or_else(|| yaml(input));
    let scope = translated(policy.as_object().unwrap());
    let document = Object::new().with("floor", Value::Array(vec![scope.into()]));
    let Ok(document) = trust::Document::decode(&Value::Object(document)) else {
        return Some(Object::new().with("error", "load"));
    };
    let [scope] = document.floors.as_slice() else {
        return None;
    };
    let default = document
        .registry
        .floors
        .needed("unlisted", ResourceType::Tool);
    Some(written(scope).with("default", default.level.number()))
}

/// The one document in YAML: that is read by the command line, not by the engine.
fn yaml(input: &Value) -> Value {
    let text = input.get("yaml").unwrap().as_str().unwrap();
    assert_eq!(
        text,
        "requirements:\n  - name: send_email\n    required_trust: user\n    side_effects: true\n    \
         critical_args: [to, cc]\nscope: team\n"
    );
    let same = br#"{"requirements": [{"name": "send_email", "required_trust": "user",
        "side_effects": true, "critical_args": ["to", "cc"]}], "scope": "team"}"#;
    json::parse(same).unwrap()
}

/// The members of the reference's document under our names; what we do not know stays as it is.
fn translated(policy: &Object) -> Object {
    let mut scope = Object::new();
    for (key, value) in policy.iter() {
        match key {
            "default_trust" => scope.set("default_required_trust", level(value)),
            "requirements" | "tool_policies" => {
                let rows = value.as_array().unwrap().iter();
                let rows = rows.map(|row| requirement(row.as_object().unwrap()).into());
                scope.set("requirements", Value::Array(rows.collect()));
            }
            _ => scope.set(key, value.clone()),
        }
    }
    scope
}

fn requirement(row: &Object) -> Object {
    let mut row = row.clone();
    if let Some(written) = row.get("required_trust").map(level) {
        row.set("required_trust", written);
    }
    row
}

/// A level: the reference takes blanks and capitals in names.
fn level(written: &Value) -> Value {
    let name = written.as_str();
    name.map_or_else(|| written.clone(), |name| name.trim().to_lowercase().into())
}

fn written(scope: &FloorScope) -> Object {
    let names = |names: &[String]| -> Value {
        Value::Array(names.iter().map(|name| name.as_str().into()).collect())
    };
    let rows = scope.requirements.iter().map(|row| {
        Value::Array(vec![
            row.name.as_str().into(),
            row.resource.as_str().into(),
            row.required.number().into(),
            row.has_side_effects.into(),
        ])
    });
    let critical = scope.requirements.iter();
    let critical = critical.map(|row| names(&row.critical_args));
    Object::new()
        .with("approval", names(&scope.human_approval))
        .with("cel", Value::Array(Vec::new()))
        .with("requirements", Value::Array(rows.collect()))
        .with("scope", scope.tier.as_str())
        .with("critical_args", Value::Array(critical.collect()))
}
