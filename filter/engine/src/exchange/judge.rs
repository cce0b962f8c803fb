//! Judges one admitted message: builds the call policies see and applies the mode.

use super::definitions;
use super::settings::{NoBundle, Settings};
use super::stamp::Stamp;
use super::state::ActiveBundle;
use super::world::World;
use crate::json::Value;
use crate::limits;
use crate::mcp::{self, Denial, Era, Kind, Message};
use crate::policy::{
    Action, Bundle, Call, Check, Decision, Judgement, Mode, Outcome, ReasonCode, Sender, Stage,
};

/// A decision and whether it is carried out.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// The tools that the called one would run.
    pub(super) inner_tools: Vec<String>,
    pub(super) mode: Mode,
    /// Whether the message is kept from the server.
    pub(super) stops: bool,
}

/// Judges `message`. `answers` is the method of the server's request that it answers, if it is a
/// client's answer.
pub(super) fn judge(
    message: &Message,
    answers: Option<&str>,
    stamp: &Stamp,
    bundle: Option<&ActiveBundle>,
    settings: &Settings,
    world: &World<'_>,
) -> Verdict {
    let Some(active) = bundle else {
        let (decision, stops) = without_bundle(settings);
        return Verdict {
            decision,
            inner_tools: Vec::new(),
            mode: Mode::Enforcement,
            stops,
        };
    };
    let method = answers.or_else(|| message.method()).unwrap_or_default();
    let own_arguments = match (&message.kind, method) {
        (Kind::Response { .. }, _) => message.outcome().cloned(),
        (_, Call::TOOLS_CALL) => None,
        _ => without_meta(message.params()),
    };
    let audit_id = world.ids.id(0);
    let call = Call {
        upstream: stamp.upstream(),
        method,
        tool: message.tool().unwrap_or(method),
        arguments: own_arguments.as_ref().or_else(|| message.arguments()),
        meta: message.meta(),
        now: world.now,
        audit_id: &audit_id,
        caller: stamp.caller.as_ref(),
        sender: Sender::Client,
        trust: None,
    };
    let Judgement {
        mut decision,
        inner_tools,
    } = active.bundle.judge(&call);
    if method == Call::TOOLS_CALL && decision.action != Action::Block {
        let tools = std::iter::once(call.tool).chain(inner_tools.iter().map(String::as_str));
        check_definitions(&mut decision, call.upstream, tools, active, world);
    }
    let decision = judge_inputs(message, &call, &active.bundle, decision);
    let mode = active.bundle.settings().mode;
    let stops = !decision.action.lets_pass()
        && (mode == Mode::Enforcement || decision.code.binds_in_every_mode());
    Verdict {
        decision,
        inner_tools,
        mode,
        stops,
    }
}

/// Refuses a call of a tool whose definition is in quarantine, or of one that would run such a tool. A
/// later stage only tightens: what the policies block stays as they say.
fn check_definitions<'a>(
    decision: &mut Decision,
    upstream: &str,
    mut tools: impl Iterator<Item = &'a str>,
    active: &ActiveBundle,
    world: &World<'_>,
) {
    if active.bundle.pins().is_none() {
        return;
    }
    let reason =
        tools.find_map(|tool| definitions::quarantined(upstream, tool, &active.bundle, world));
    decision.checks.push(Check {
        stage: Stage::Definition,
        outcome: if reason.is_some() {
            Outcome::Refused
        } else {
            Outcome::Passed
        },
        tried: 0,
    });
    if let Some(reason) = reason {
        decision.action = Action::Block;
        decision.code = ReasonCode::ToolQuarantined;
        decision.policy_id = None;
        reason.clone_into(&mut decision.reason);
    }
}

/// Judges the answers a request brings back to what the server has asked in a result, as answers of
/// the client; the strictest decision stands.
fn judge_inputs(
    message: &Message,
    call: &Call<'_>,
    bundle: &Bundle,
    mut decision: Decision,
) -> Decision {
    if message.era != Era::Modern {
        return decision;
    }
    for (at, (methods, answer)) in mcp::input_responses(message.params()).enumerate() {
        if at == limits::INPUTS {
            let text = "the request brings back more answers than can be judged";
            return plain(Action::Block, ReasonCode::BudgetExceeded, text);
        }
        for method in methods {
            decision = decision.or_stricter(bundle.decide(&Call {
                method,
                tool: method,
                arguments: Some(answer),
                meta: None,
                ..*call
            }));
        }
    }
    decision
}

/// The decision while there is no bundle, and whether it stops the message.
pub(super) fn without_bundle(settings: &Settings) -> (Decision, bool) {
    let stops = settings.no_bundle == NoBundle::Deny;
    let action = if stops { Action::Block } else { Action::Allow };
    let text = "the filter has no policy bundle yet";
    (plain(action, ReasonCode::NoBundle, text), stops)
}

/// What policies see as the arguments of a method other than `tools/call`: its params without
/// `_meta`.
pub(super) fn without_meta(params: Option<&crate::json::Object>) -> Option<Value> {
    let mut params = params?.clone();
    params.remove("_meta");
    Some(Value::Object(params))
}

/// A decision no policy took part in.
pub(super) fn plain(action: Action, code: ReasonCode, reason: &str) -> Decision {
    let outcome = if action.lets_pass() {
        Outcome::Passed
    } else {
        Outcome::Refused
    };
    let checks = vec![Check {
        stage: Stage::Policies,
        outcome,
        tried: 0,
    }];
    Decision {
        action,
        policy_id: None,
        code,
        reason: reason.to_owned(),
        checks,
    }
}

/// A decision as the client is told it.
pub(super) fn denial<'a>(decision: &'a Decision, audit_id: &'a str) -> Denial<'a> {
    Denial {
        code: decision.code.as_str(),
        policy_id: decision.policy_id.as_deref(),
        reason: &decision.reason,
        audit_id,
        approval: decision.action == Action::RequireApproval,
    }
}
