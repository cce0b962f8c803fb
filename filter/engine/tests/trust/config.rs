//! Requirements as the reference writes them, compiled: `policy-config.json`.
//!
//! The reference's document is not ours: a small reading of it stands here, as strict as ours is.
//! What is compiled, and refused as contradictory, is the engine's.

use tessera_engine::json::{self, Object, Value};
use tessera_engine::taint::TrustLevel;
use tessera_engine::taint::context::{
    FloorScope, FloorSettings, Floors, Requirement, ResourceType, Tier,
};

const MEMBERS: [&str; 6] = [
    "requirements",
    "tool_policies",
    "scope",
    "default_trust",
    "default_required_trust",
    "human_approval_tools",
];

/// The compiled document, or an error.
pub(crate) fn compile(input: &Value) -> Option<Object> {
    let document = input.get("policy").cloned().unwrap_or_else(|| {
        // The one document in YAML, as JSON: YAML is read by the command line, not by the engine.
        assert!(
            input
                .get("yaml")
                .unwrap()
                .as_str()
                .unwrap()
                .contains("[to, cc]")
        );
        json::parse(
            br#"{"requirements": [{"name": "send_email", "required_trust": "user",
                "side_effects": true, "critical_args": ["to", "cc"]}], "scope": "team"}"#,
        )
        .unwrap()
    });
    let refused = || Some(Object::new().with("error", "load"));
    let Some(scope) = scope(&document) else {
        return refused();
    };
    let Ok(floors) = Floors::compile(vec![scope.clone()], FloorSettings::default()) else {
        return refused();
    };
    let rows = scope.requirements.iter().map(|row| {
        let needed = floors.needed(&row.name, row.resource);
        assert_eq!(needed.critical_args, row.critical_args);
        assert_eq!(needed.has_side_effects, row.has_side_effects);
        Value::Array(vec![
            row.name.as_str().into(),
            row.resource.as_str().into(),
            row.required.number().into(),
            row.has_side_effects.into(),
        ])
    });
    let default = floors
        .needed("nothing lists this", ResourceType::Tool)
        .level;
    let names = |names: &[String]| -> Value {
        Value::Array(names.iter().map(|name| name.as_str().into()).collect())
    };
    let critical = scope
        .requirements
        .iter()
        .map(|row| names(&row.critical_args));
    Some(
        Object::new()
            .with("approval", names(&scope.human_approval))
            .with("cel", Value::Array(Vec::new()))
            .with("default", default.number())
            .with("requirements", Value::Array(rows.collect()))
            .with("scope", scope.tier.as_str())
            .with("critical_args", Value::Array(critical.collect())),
    )
}

fn scope(document: &Value) -> Option<FloorScope> {
    let members = document.as_object()?;
    if members.keys().any(|key| !MEMBERS.contains(&key)) {
        return None;
    }
    let rows = members.get("requirements").or(members.get("tool_policies"));
    let rows = rows.map_or(Some(&[][..]), Value::as_array)?.iter();
    let default = members
        .get("default_required_trust")
        .or(members.get("default_trust"));
    Some(FloorScope {
        tier: match members.get("scope") {
            Some(tier) => Tier::from_name(tier.as_str()?)?,
            None => Tier::Agent,
        },
        default_required: match default {
            Some(default) => Some(level(default)?),
            None => None,
        },
        requirements: rows.map(requirement).collect::<Option<_>>()?,
        human_approval: names(members.get("human_approval_tools"))?,
    })
}

fn requirement(row: &Value) -> Option<Requirement> {
    Some(Requirement {
        name: row.get("name")?.as_str()?.to_owned(),
        resource: match row.get("resource_type") {
            Some(kind) => ResourceType::from_name(kind.as_str()?)?,
            None => ResourceType::Tool,
        },
        required: match row.get("required_trust") {
            Some(written) => level(written)?,
            None => TrustLevel::User,
        },
        has_side_effects: match row.get("side_effects") {
            Some(has) => has.as_bool()?,
            None => true,
        },
        critical_args: names(row.get("critical_args"))?,
    })
}

fn level(written: &Value) -> Option<TrustLevel> {
    match written {
        Value::Number(number) => TrustLevel::from_number(number.as_i64()?),
        other => TrustLevel::from_name(&other.as_str()?.trim().to_lowercase()),
    }
}

fn names(list: Option<&Value>) -> Option<Vec<String>> {
    let names = list.map_or(Some(&[][..]), Value::as_array)?.iter();
    let mut names: Vec<String> = names
        .map(|name| name.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    names.sort_unstable();
    Some(names)
}
