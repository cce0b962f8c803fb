//! Judges one admitted message: builds the call policies see and applies the mode.

use super::definitions;
use super::settings::{NoBundle, Settings};
use super::stamp::Stamp;
use super::state::ActiveBundle;
use super::trust::{Seen, Sight, Trace};
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
    /// What trust says of it.
    pub(super) seen: Seen,
    /// What its answer has to know, where that is recorded.
    pub(super) trace: Option<Trace>,
}

impl Verdict {
    /// A verdict about a message that was not looked at any further.
    pub(super) fn of(decision: Decision, mode: Mode, stops: bool) -> Self {
        Self {
            decision,
            inner_tools: Vec::new(),
            mode,
            stops,
            seen: Seen::default(),
            trace: None,
        }
    }
}

/// What a message is judged with.
pub(super) struct Bench<'a> {
    pub(super) stamp: &'a Stamp,
    pub(super) bundle: Option<&'a ActiveBundle>,
    pub(super) settings: &'a Settings,
    /// The message in the light of its conversation, where the bundle has a trust document.
    pub(super) sight: Option<&'a Sight<'a>>,
    pub(super) world: &'a World<'a>,
}

/// Judges `message`. `answers` is the method of the server's request that it answers, if it is a
/// client's answer.
pub(super) fn judge(message: &Message, answers: Option<&str>, bench: &Bench<'_>) -> Verdict {
    let Some(active) = bench.bundle else {
        let (decision, stops) = without_bundle(bench.settings);
        return Verdict::of(decision, Mode::Enforcement, stops);
    };
    let method = answers.or_else(|| message.method()).unwrap_or_default();
    let own_arguments = match (&message.kind, method) {
        (Kind::Response { .. }, _) => message.outcome().cloned(),
        (_, Call::TOOLS_CALL) => None,
        _ => without_meta(message.params()),
    };
    let audit_id = bench.world.ids.id(0);
    let mut call = Call {
        upstream: bench.stamp.upstream(),
        method,
        tool: message.tool().unwrap_or(method),
        arguments: own_arguments.as_ref().or_else(|| message.arguments()),
        meta: message.meta(),
        now: bench.world.now,
        audit_id: &audit_id,
        caller: bench.stamp.caller.as_ref(),
        sender: Sender::Client,
        trust: None,
    };
    let mode = active.bundle.settings().mode;
    // What a client answers is its user's or its model's, and no call; but it leaves for the server.
    let is_call = matches!(message.kind, Kind::Request { .. }) && call.is_governed();
    let is_answer = matches!(message.kind, Kind::Response { .. }) && call.is_governed();
    if (is_call || is_answer) && active.bundle.trust().is_some() && bench.sight.is_none() {
        let text = "the bundle judges by trust, and the filter has no keys for that";
        let decision = plain(Action::Block, ReasonCode::NoTrustKeys, text);
        return Verdict::of(decision, mode, true);
    }
    let sight = bench.sight;
    let looks = sight.filter(|_| mode != Mode::Observation);
    let facts = looks.filter(|_| is_call).map(|sight| sight.judge(&call));
    call.trust = facts.as_ref();
    let Judgement {
        mut decision,
        inner_tools,
    } = active.bundle.judge(&call);
    if method == Call::TOOLS_CALL && decision.action != Action::Block {
        let tools = std::iter::once(call.tool).chain(inner_tools.iter().map(String::as_str));
        check_definitions(&mut decision, call.upstream, tools, active, bench.world);
    }
    let mut decision = judge_inputs(message, &call, &active.bundle, decision);
    let mut seen = sight.map(Sight::unjudged).unwrap_or_default();
    if let Some(sight) = sight.filter(|_| is_call && method == Call::TOOLS_CALL) {
        let tools = std::iter::once(call.tool).chain(inner_tools.iter().map(String::as_str));
        seen.unlisted = sight.unlisted(call.upstream, tools);
    }
    if let Some(sight) = looks.filter(|_| decision.action != Action::Block) {
        if let Some(facts) = &facts {
            sight.tighten(&mut decision, &call, facts, &mut seen);
            for inner in active.bundle.inner_calls(&call) {
                let call = inner.call(&call);
                sight.tighten(&mut decision, &call, &sight.judge(&call), &mut seen);
            }
        }
        if let Some(answer) = answer_in(message) {
            let arguments = Some(answer);
            let call = Call { arguments, ..call };
            sight.tighten_answer(&mut decision, &call, &mut seen);
        }
        sight.remember(&decision, bench.world);
    }
    let stops = !decision.action.lets_pass()
        && (mode == Mode::Enforcement || decision.code.binds_in_every_mode());
    let wants_answer = matches!(message.kind, Kind::Request { .. });
    Verdict {
        decision,
        inner_tools,
        mode,
        stops,
        seen,
        trace: sight
            .filter(|_| wants_answer && !stops)
            .map(|sight| sight.trace(call.arguments, &audit_id)),
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

/// What a message answers the server: all of an answer of the client, and of a request what it brings
/// back to what the server has asked in a result.
fn answer_in(message: &Message) -> Option<&Value> {
    match &message.kind {
        Kind::Response { .. } => message.outcome(),
        _ => message.params()?.get("inputResponses"),
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
