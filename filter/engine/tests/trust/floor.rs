//! The context floor: `taint.json` and `decay.json`.

use crate::delegating::delegation;
use tessera_engine::json::{Object, Value};
use tessera_engine::taint::context::{
    FloorCall, FloorScope, FloorSettings, Floors, Fold, Recipients, Requirement, ResourceType,
    Segment, Step, StepWhen, Steps, Tier,
};
use tessera_engine::taint::delegation::{Acting, Delegated};
use tessera_engine::taint::{Origin, Sensitivity, TrustLevel, Verdict};
use tessera_engine::time::UnixMillis;

/// 2026-01-01T00:00:00Z.
const NOW: UnixMillis = UnixMillis(1_767_225_600_000);

/// One decision of `taint.json`.
pub(crate) fn judge(input: &Value) -> Option<Object> {
    let scopes = match input.get("merge") {
        Some(merged) => list(Some(merged)).iter().map(scope).collect(),
        None => vec![scope(input)],
    };
    let floors = Floors::compile(scopes, FloorSettings::default()).unwrap();
    let fold = fold(input);
    let token = input.get("delegation").map(delegation);
    let delegated = token.as_ref().map(|delegation| Delegated {
        delegation,
        identity: text(input, "expected_delegate"),
        acting: Acting::Changes,
    });
    let name = text(input, "tool").unwrap();
    let resource = text(input, "resource_type").map_or(ResourceType::Tool, |kind| {
        ResourceType::from_name(kind).unwrap()
    });
    let call = FloorCall {
        name,
        resource,
        arguments: input.get("args").and_then(Value::as_object),
        recipients: Recipients::ByName,
        ceiling: None,
        delegated,
    };
    let decision = floors.decide(&fold, &call, NOW);
    let kind = match decision.verdict {
        Verdict::Allow => "allow",
        Verdict::Ask => "require_approval",
        Verdict::Block => "deny",
    };
    let readers = fold
        .readers()
        .map(|readers| Value::Array(readers.iter().map(|name| name.as_str().into()).collect()));
    Some(
        Object::new()
            .with("kind", kind)
            .with("allowed", decision.verdict == Verdict::Allow)
            .with("requires_approval", decision.verdict == Verdict::Ask)
            .with("observed_trust", decision.observed.number())
            .with("min_trust", decision.observed.number())
            .with("required_trust", decision.required.number())
            .with("principal", fold.principal().map(str::to_owned))
            .with("effective_readers", readers),
    )
}

/// The levels of `decay.json`, with the one step an operator would write for them: four hours old
/// is too old.
pub(crate) fn step(input: &Value) -> Option<Object> {
    let steps = Steps::new(vec![Step {
        when: StepWhen::AfterMillis(14_000_000),
        at_most: TrustLevel::Untrusted,
    }]);
    let number = |key| {
        let Some(Value::Number(number)) = input.get(key) else {
            return None;
        };
        number.as_i64()
    };
    let level = TrustLevel::from_number(number("trust").unwrap()).unwrap();
    let at = UnixMillis(NOW.0 - 1000 * number("age_s").unwrap());
    let anomalies = u32::try_from(number("anomalies").unwrap()).unwrap();
    let level = steps.apply(level, at, NOW, anomalies);
    Some(Object::new().with("level", level.number()))
}

/// The requirements of one scope. The vectors write defaults out, so the usual one is none.
fn scope(input: &Value) -> FloorScope {
    let default = input.get("default").and_then(Value::as_u64).unwrap_or(100);
    let names = list(input.get("human_approval")).iter();
    FloorScope {
        tier: text(input, "scope").map_or(Tier::Agent, |tier| Tier::from_name(tier).unwrap()),
        default_required: (default != 100).then(|| level(default)),
        requirements: list(input.get("requirements"))
            .iter()
            .map(requirement)
            .collect(),
        human_approval: names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
    }
}

fn requirement(row: &Value) -> Requirement {
    let kind = text(row, "resource_type").unwrap_or("tool");
    let effects = row.get("side_effects").and_then(Value::as_bool);
    Requirement {
        name: text(row, "name").unwrap().to_owned(),
        resource: ResourceType::from_name(kind).unwrap(),
        required: level(row.get("level").and_then(Value::as_u64).unwrap_or(100)),
        has_side_effects: effects.unwrap_or(true),
        critical_args: Vec::new(),
    }
}

fn fold(input: &Value) -> Fold {
    let mut fold = Fold::new();
    let segments = list(input.get("segments"));
    for (at, segment) in segments.iter().enumerate() {
        let ages = input.get("ages").and_then(|ages| ages.get(&at.to_string()));
        let age = ages.and_then(Value::as_u64).unwrap_or(0);
        let origin = Origin::from_name(text(segment, "origin").unwrap()).unwrap();
        let stated = segment.get("trust_level").and_then(Value::as_u64);
        let readers: Option<Vec<String>> =
            segment
                .get("readers")
                .and_then(Value::as_array)
                .map(|names| {
                    names
                        .iter()
                        .map(|n| n.as_str().unwrap().to_owned())
                        .collect()
                });
        fold.add(&Segment {
            level: stated.map_or(origin.trust(), level),
            origin,
            principal: text(segment, "principal").unwrap_or("p"),
            readers: readers.as_deref(),
            sensitivity: Sensitivity::Public,
            at: UnixMillis(NOW.0 - 1000 * i64::try_from(age).unwrap()),
        });
    }
    let anomalies = input.get("anomalies").and_then(Value::as_object);
    for (principal, count) in anomalies.iter().flat_map(|counts| counts.iter()) {
        for at in 0..count.as_u64().unwrap() {
            fold.add_anomaly(&format!("{principal}-{at}"));
        }
    }
    fold
}

fn level(number: u64) -> TrustLevel {
    TrustLevel::from_number(i64::try_from(number).unwrap()).unwrap()
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}
