//! The stages of a decision that look at where things came from: delegation, floor, flow. Each only
//! tightens what the policies said.

use super::cell::{self, Found};
use super::places::Places;
use super::stage::{check, code_of, line, lossy, passes, reason, stage};
use super::standing::{self, Lossy, Standing, States, Unkept};
use super::trace::Trace;
use super::vouched::{Delegating, Vouched};
use super::{Rules, anomaly};
use crate::exchange::stamp::Stamp;
use crate::exchange::world::World;
use crate::json::{Object, Value};
use crate::policy::{Call, Check, Decision, Outcome, ReasonCode, Stage};
use crate::taint::context::{
    FloorCall, FloorCode, FloorDecision, Leaving, Recipients, ResourceType, recipients_by_name,
};
use crate::taint::delegation::{Acting, Delegated};
use crate::taint::flow::{Echo, Fingerprints, Secrets};
use crate::taint::{
    Because, Conversation, Effect, Judged, ToolRules, TrustCall, Verdict, judge_answer,
    judge_call_with,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One message in the light of its conversation.
#[derive(Debug)]
pub(in crate::exchange) struct Sight<'a> {
    rules: Rules<'a>,
    caller: &'a str,
    places: Places,
    vouched: Vouched,
    fingerprints: Fingerprints,
    registered: Arc<Secrets>,
    standing: Standing,
    /// What the message brought could not be kept.
    is_lossy: bool,
    /// What the message brought, if it is to be kept with its answer.
    brought: Option<Box<Conversation>>,
    /// The state is kept with the control plane.
    is_shared: bool,
}

/// What trust has to say about one message, for its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::exchange) struct Seen {
    /// What the flow stage found, as `place=code level<need source`.
    pub(in crate::exchange) flow: Vec<String>,
    /// The floor under the message.
    pub(in crate::exchange) floor: Option<&'static str>,
    /// The name of its conversation.
    pub(in crate::exchange) conversation: Option<String>,
    /// The tokens that are not believed, as `kind=reason`.
    pub(in crate::exchange) tokens: Vec<String>,
    /// The tools it calls that no row of the trust document lists.
    pub(in crate::exchange) unlisted: Vec<String>,
}

impl<'a> Sight<'a> {
    /// Reads what is known, takes in what the message brings, and keeps that.
    pub(in crate::exchange) fn of(
        (places, vouched): (Places, Vouched),
        stamp: &'a Stamp,
        states: &States,
        rules: Rules<'a>,
        world: &World<'_>,
    ) -> Self {
        let caller = stamp.caller.as_ref().map_or("", |caller| &caller.name);
        let key = rules.settings.keys.flow_key(&places.scope);
        let fingerprints = Fingerprints::new(key);
        let brought = standing::brought(&vouched, &fingerprints, world);
        let mut standing = Standing::of(&places, &vouched, states, &rules, world);
        let mut is_lossy = false;
        let is_shared = *states != States::Cells;
        if let Some(brought) = &brought {
            let before = standing.own.clone();
            standing.own.merge(brought);
            let begins = vouched.says_nothing() && begins_unknown(&places, &vouched, world);
            if before != standing.own && !is_shared && !begins {
                let mut unkept = Unkept::default();
                unkept.add(&places, vouched.started, brought);
                is_lossy = unkept.keep(&rules, world) == Err(Lossy);
            }
        }
        Self {
            rules,
            caller,
            places,
            vouched,
            fingerprints,
            registered: rules.trust.registered_secrets(key),
            standing,
            is_lossy,
            brought: brought.filter(|_| is_shared).map(Box::new),
            is_shared,
        }
    }

    /// What is known of the values of a call, for policies and for the stages.
    pub(in crate::exchange) fn judge(&self, call: &Call<'_>) -> Judged {
        judge_call_with(
            self.rules.trust.registry(),
            &self.registered,
            &self.standing.own,
            Some(&self.standing.other),
            &self.fingerprints,
            &in_short(call),
        )
    }

    /// What an answer to the message has to know.
    pub(in crate::exchange) fn trace(&self, arguments: Option<&Value>, audit_id: &str) -> Trace {
        Trace {
            places: self.places.clone(),
            conversation: self.vouched.conversation.clone(),
            started: self.vouched.started,
            audit_id: audit_id.to_owned(),
            echo: Echo::of(&self.fingerprints, arguments),
            brought: self.brought.clone(),
        }
    }

    /// What its record says of a message that was not judged.
    pub(in crate::exchange) fn unjudged(&self) -> Seen {
        Seen {
            flow: Vec::new(),
            floor: None,
            conversation: Some(self.places.own.clone()),
            tokens: self.vouched.refused.clone(),
            unlisted: Vec::new(),
        }
    }

    /// Which of these tools no row of the trust document lists: what is said of those is guessed.
    pub(in crate::exchange) fn unlisted<'t>(
        &self,
        upstream: &str,
        tools: impl Iterator<Item = &'t str>,
    ) -> Vec<String> {
        let registry = self.rules.trust.registry();
        let is_unlisted = |tool: &&str| registry.rows(upstream, tool).next().is_none();
        tools.filter(is_unlisted).map(str::to_owned).collect()
    }

    /// Tightens a decision by what is known of the call; `judged` is [`Sight::judge`] of it. Adds to
    /// what its record says.
    pub(in crate::exchange) fn tighten(
        &self,
        decision: &mut Decision,
        call: &Call<'_>,
        judged: &Judged,
        seen: &mut Seen,
    ) {
        if self.is_lossy {
            return lossy(decision);
        }
        self.tokens(decision);
        let floor = self.floor(call, judged);
        self.tighten_by_floor(decision, &floor);
        seen.floor = Some(floor.observed.as_str());
        self.tighten_by_flow(decision, judged);
        seen.flow.extend(judged.because.iter().filter_map(line));
    }

    /// Tightens a decision by what a client answers the server; the answer stands as the arguments of
    /// `call`. Nothing is done with it that would need trust: what counts is how secret it is.
    pub(in crate::exchange) fn tighten_answer(
        &self,
        decision: &mut Decision,
        call: &Call<'_>,
        seen: &mut Seen,
    ) {
        if self.is_lossy {
            return lossy(decision);
        }
        self.tokens(decision);
        let judged = judge_answer(
            self.rules.trust.registry(),
            &self.registered,
            &self.standing.own,
            Some(&self.standing.other),
            &self.fingerprints,
            &in_short(call),
        );
        let mut floor = self.floor(call, &judged);
        let counts = |code| code == FloorCode::SensitivityExceeded;
        floor.findings.retain(|finding| counts(finding.code));
        self.tighten_by_floor(decision, &floor);
        seen.floor = Some(floor.observed.as_str());
        self.tighten_by_flow(decision, &judged);
        seen.flow.extend(judged.because.iter().filter_map(line));
    }

    /// Remembers that delegation, floor or flow do not let a message pass, where steps count that.
    /// If it cannot be kept the message is refused all the same.
    pub(in crate::exchange) fn remember(&self, decision: &Decision, world: &World<'_>) {
        let stages = [Stage::Delegation, Stage::Floor, Stage::Flow];
        let is_ours =
            |check: &Check| stages.contains(&check.stage) && check.outcome == Outcome::Refused;
        let steps = &self.rules.trust.floors().settings().steps;
        if self.is_shared || !steps.count_anomalies() || !decision.checks.iter().any(is_ours) {
            return;
        }
        if begins_unknown(&self.places, &self.vouched, world) {
            return;
        }
        let mut delta = Conversation::fresh(world.now);
        let refusal = anomaly::refusal(&world.ids.id(0));
        delta.context.add_anomaly(&refusal);
        let mut unkept = Unkept::default();
        unkept.add(&self.places, self.vouched.started, &delta);
        // Lost, it lowers nothing.
        let _ = unkept.keep(&self.rules, world);
    }

    /// Says in the checks whether all tokens were believed.
    fn tokens(&self, decision: &mut Decision) {
        let outcome = if self.vouched.refused.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Refused
        };
        let is_said = decision
            .checks
            .iter()
            .any(|check| check.stage == Stage::Tokens);
        if !is_said {
            decision.checks.push(check(Stage::Tokens, outcome));
        }
    }

    fn floor(&self, call: &Call<'_>, judged: &Judged) -> FloorDecision {
        let floors = self.rules.trust.floors();
        let rules = self.rules.trust.registry().rules(call.upstream, call.tool);
        let effects = judged.effects;
        let leaves = [Effect::Send, Effect::Execute, Effect::Pay];
        let leaving = if effects.is_empty() || leaves.iter().any(|effect| effects.has(*effect)) {
            Leaving::Leaves
        } else {
            Leaving::Stays
        };
        let acting = if effects.only_reads() {
            Acting::Reads
        } else {
            Acting::Changes
        };
        let delegated = match &self.vouched.delegating {
            Delegating::Within(delegation) => Some(Delegated {
                delegation,
                identity: Some(self.caller),
                acting,
            }),
            Delegating::Nothing | Delegating::Unproven => None,
        };
        let (resource, name) = subject(call);
        let (own, other) = (&self.standing.own.context, &self.standing.other.context);
        let fold = own.restricted_by(other);
        let mut targets = judged.targets.clone();
        if fold.readers().is_some() {
            targets.extend(unlisted_recipients(call.arguments, &rules));
        }
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        let call_of_floor = FloorCall {
            name,
            resource,
            arguments: call.arguments.and_then(Value::as_object),
            recipients: Recipients::Declared(&targets),
            ceiling: floors.settings().ceiling(rules.outbound, leaving),
            delegated,
        };
        floors.decide(&fold, &call_of_floor, call.now)
    }

    fn tighten_by_floor(&self, decision: &mut Decision, floor: &FloorDecision) {
        let settings = &self.rules.trust.registry().settings;
        if matches!(self.vouched.delegating, Delegating::Unproven) {
            let text = "the delegation that the call claims is not believed; show a valid one";
            stage(
                decision,
                Stage::Delegation,
                Verdict::Block,
                ReasonCode::NotDelegated,
                text,
            );
        }
        let Some(finding) = floor.deciding() else {
            decision.checks.push(check(Stage::Floor, Outcome::Passed));
            return;
        };
        let code = match finding.code {
            FloorCode::FloorBelow => ReasonCode::FloorBelow,
            FloorCode::ReadersViolated => ReasonCode::ReadersViolated,
            FloorCode::SensitivityExceeded => ReasonCode::SensitivityExceeded,
            FloorCode::NotDelegated => ReasonCode::NotDelegated,
            FloorCode::HumanApproval => ReasonCode::HumanApproval,
        };
        let at = if code == ReasonCode::NotDelegated {
            Stage::Delegation
        } else {
            Stage::Floor
        };
        let verdict = settings.reachable(finding.verdict);
        stage(decision, at, verdict, code, &finding.reason);
    }

    fn tighten_by_flow(&self, decision: &mut Decision, judged: &Judged) {
        let settings = &self.rules.trust.registry().settings;
        let against: Vec<_> = judged
            .because
            .iter()
            .filter(|it| !passes(it.code))
            .collect();
        let decides = |it: &&&Because| settings.answer(it.code) == judged.verdict;
        let worst = against.iter().find(decides).or_else(|| against.first());
        match worst.filter(|_| judged.verdict != Verdict::Allow) {
            Some(because) => {
                let text = reason(because, against.len() - 1);
                let code = code_of(because.code);
                stage(decision, Stage::Flow, judged.verdict, code, &text);
            }
            None => decision.checks.push(check(Stage::Flow, Outcome::Passed)),
        }
    }
}

/// Whether keeping something would begin a state of which nothing else is known, and which restricts
/// all of the caller's conversations: no anomaly is worth that.
fn begins_unknown(places: &Places, vouched: &Vouched, world: &World<'_>) -> bool {
    vouched.conversation.is_empty() && matches!(cell::read(&places.own, world), Found::Nothing(_))
}

/// A call as the flow stage knows it.
const fn in_short<'c>(call: &Call<'c>) -> TrustCall<'c> {
    TrustCall {
        upstream: call.upstream,
        method: call.method,
        tool: call.tool,
        arguments: call.arguments,
        definition: None,
        now: call.now,
    }
}

/// Who else a call may send to: what arguments hold whose names say so, if no row says what they are.
fn unlisted_recipients(arguments: Option<&Value>, rules: &ToolRules<'_>) -> BTreeSet<String> {
    let mut unlisted = arguments.and_then(Value::as_object).cloned();
    if let Some(arguments) = &mut unlisted {
        let listed = |key: &String| rules.role(&[key]).is_some();
        let keys: Vec<String> = arguments.keys().map(str::to_owned).filter(listed).collect();
        for key in keys {
            arguments.remove(&key);
        }
    }
    recipients_by_name(unlisted.as_ref())
}

/// What a call is about, and which kind of thing that is.
fn subject<'c>(call: &Call<'c>) -> (ResourceType, &'c str) {
    let argument = |key| {
        let arguments: Option<&'c Object> = call.arguments.and_then(Value::as_object);
        arguments
            .and_then(|arguments| arguments.get(key))
            .and_then(Value::as_str)
    };
    match call.method {
        "prompts/get" => (ResourceType::Prompt, argument("name").unwrap_or(call.tool)),
        "resources/read" | "resources/subscribe" => {
            (ResourceType::Resource, argument("uri").unwrap_or(call.tool))
        }
        _ => (ResourceType::Tool, call.tool),
    }
}
