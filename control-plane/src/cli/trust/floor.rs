//! The context of a conversation that is played: what it takes in, and what the floor says of a call.

use tessera_engine::json::Value;
use tessera_engine::policy::trust::Trust;
use tessera_engine::taint::context::{
    FloorCall, FloorDecision, Fold, Leaving, Recipients, ResourceType, Segment,
};
use tessera_engine::taint::flow::Recorded;
use tessera_engine::taint::{Effect, Judged, Origin, Sensitivity, TrustLevel};
use tessera_engine::time::UnixMillis;

use super::step::Called;

/// Takes in what the user said.
pub(super) fn add_prompt(fold: &mut Fold, now: UnixMillis) {
    fold.add(&Segment {
        level: TrustLevel::User,
        origin: Origin::User,
        principal: "",
        readers: None,
        sensitivity: Sensitivity::Public,
        at: now,
    });
}

/// Takes in what a tool answered.
pub(super) fn add_result(
    fold: &mut Fold,
    trust: &Trust,
    called: &Called,
    recorded: Recorded,
    now: UnixMillis,
) {
    let stated = trust.registry().rules(&called.upstream, &called.tool);
    let readers: Option<Vec<String>> = stated
        .result
        .readers
        .map(|readers| readers.into_iter().map(str::to_owned).collect());
    let secrecy = if recorded.secrets > 0 {
        Sensitivity::Confidential
    } else {
        Sensitivity::Public
    };
    let level = recorded.level.trust();
    fold.add(&Segment {
        level,
        origin: match level {
            TrustLevel::Untrusted => Origin::Web,
            _ => Origin::Tool,
        },
        principal: &called.upstream,
        readers: readers.as_deref(),
        sensitivity: secrecy.max(stated.result.sensitivity.unwrap_or_default()),
        at: now,
    });
}

/// What the context says of a call.
pub(super) fn decide(
    fold: &Fold,
    trust: &Trust,
    called: &Called,
    judged: &Judged,
    now: UnixMillis,
) -> FloorDecision {
    let floors = trust.floors();
    let leaves = [Effect::Send, Effect::Execute, Effect::Pay];
    let leaving = if judged.effects.is_empty() || leaves.iter().any(|it| judged.effects.has(*it)) {
        Leaving::Leaves
    } else {
        Leaving::Stays
    };
    let targets: Vec<&str> = judged.targets.iter().map(String::as_str).collect();
    let rules = trust.registry().rules(&called.upstream, &called.tool);
    let call = FloorCall {
        name: &called.tool,
        resource: ResourceType::Tool,
        arguments: called.arguments.as_ref().and_then(Value::as_object),
        recipients: if targets.is_empty() {
            Recipients::ByName
        } else {
            Recipients::Declared(&targets)
        },
        ceiling: floors.settings().ceiling(rules.outbound, leaving),
        delegated: None,
    };
    floors.decide(fold, &call, now)
}
