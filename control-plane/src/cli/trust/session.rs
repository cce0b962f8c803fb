//! One conversation after the other, played through the engine in this process: the state, the clock
//! and the ids of results that a filter would have.
//!
//! Nothing is signed or sent, and everything that happens is of one caller: what is tried out is what
//! a trust document makes of a conversation.

use std::collections::BTreeMap;

use tessera_engine::json::Value;
use tessera_engine::mcp::Definition;
use tessera_engine::policy::trust::Trust;
use tessera_engine::taint::context::{
    FloorCall, FloorDecision, Leaving, Recipients, ResourceType, Segment,
};
use tessera_engine::taint::flow::{
    self, Claim, Echo, Fingerprints, Outcome, Recorded, ResultFacts, SourceRef,
};
use tessera_engine::taint::{
    self, Conversation, Effect, Judged, Level, Origin, Sensitivity, TrustCall, TrustLevel, Verdict,
};
use tessera_engine::time::UnixMillis;

use crate::policy_dir::Approved;

use super::step::{Called, Step, Written};

/// When the first step happens unless it says: any instant, but the same one in every run.
const START: UnixMillis = UnixMillis(1_767_225_600_000);

/// How long a step takes.
const STEP_MS: i64 = 1_000;

/// How long what the user said, and what somebody vouches for, counts.
const LASTS_MS: i64 = 24 * 60 * 60 * 1_000;

/// Everything is judged in this process, so nobody else has to find it again.
const KEY: [u8; 16] = *b"tessera trust 16";

/// A document and the conversation that is played.
pub(super) struct Session {
    trust: Trust,
    fingerprints: Fingerprints,
    definitions: BTreeMap<String, BTreeMap<String, Definition>>,
    conversation: Conversation,
    now: UnixMillis,
    results: u64,
}

/// What came of a step.
#[derive(Debug)]
pub(super) enum Played {
    /// It is done.
    Done,
    /// A call was judged.
    Judged(Box<Said>),
    /// A result was recorded.
    Recorded {
        /// Its id.
        id: String,
        /// What was recorded.
        recorded: Recorded,
    },
}

/// What is said of a call.
#[derive(Debug)]
pub(super) struct Said {
    /// The strictest of both.
    pub(super) verdict: Verdict,
    /// Of its values.
    pub(super) flow: Judged,
    /// Of its context.
    pub(super) floor: FloorDecision,
}

impl Session {
    /// A first conversation, in which nothing has happened.
    /// `approved` are the tools that are known until an upstream lists its own.
    pub(super) fn new(trust: Trust, approved: Vec<Approved>) -> Self {
        let mut definitions: BTreeMap<String, BTreeMap<String, Definition>> = BTreeMap::new();
        for tool in approved {
            if let Some(definition) = tool.definition {
                let tools = definitions.entry(tool.upstream).or_default();
                tools.insert(tool.tool, definition);
            }
        }
        Self {
            trust,
            fingerprints: Fingerprints::new(KEY),
            definitions,
            conversation: Conversation::fresh(START),
            now: START,
            results: 0,
        }
    }

    /// Plays one step.
    ///
    /// # Errors
    /// What is wrong with it, for people; nothing has happened then.
    pub(super) fn play(&mut self, written: Written) -> Result<Played, String> {
        let Written { step, now } = written;
        let next = UnixMillis(self.now.0.saturating_add(STEP_MS));
        self.now = now.unwrap_or(next);
        let lasts = UnixMillis(self.now.0.saturating_add(LASTS_MS));
        match step {
            Step::Begin => self.conversation = Conversation::fresh(self.now),
            Step::Prompt { text } => flow::record_prompt(
                &mut self.conversation,
                &self.fingerprints,
                &text,
                lasts,
                self.now,
            ),
            Step::Definitions { upstream, tools } => self.define(upstream, &tools)?,
            Step::Call(called) => return Ok(Played::Judged(Box::new(self.judge(&called)))),
            Step::Result { called, result } => return Ok(self.record(called, &result)),
            Step::EndorseValue { value } => flow::endorse_value(
                &mut self.conversation,
                &self.fingerprints,
                &value,
                Level::Tool,
                lasts,
            ),
            Step::EndorseResult { result } => flow::endorse_result(
                &mut self.conversation,
                &self.fingerprints,
                &result,
                Level::Tool,
                lasts,
            ),
        }
        Ok(Played::Done)
    }

    /// Judges a call as it would be judged now.
    pub(super) fn judge(&self, called: &Called) -> Said {
        let Called {
            upstream,
            tool,
            arguments,
        } = called;
        let definitions = self.definitions.get(upstream);
        let call = TrustCall {
            upstream,
            method: "tools/call",
            tool,
            arguments: arguments.as_ref(),
            definition: definitions.and_then(|tools| tools.get(tool)),
            now: self.now,
        };
        let registry = self.trust.registry();
        let fingerprints = &self.fingerprints;
        let flow = taint::judge_call(registry, &self.conversation, None, fingerprints, &call);
        let floor = self.floor(&call, &flow);
        let verdict = flow.verdict.max(registry.settings.reachable(floor.verdict));
        Said {
            verdict,
            flow,
            floor,
        }
    }

    fn floor(&self, call: &TrustCall<'_>, judged: &Judged) -> FloorDecision {
        let (floors, effects) = (self.trust.floors(), judged.effects);
        let leaves = [Effect::Send, Effect::Execute, Effect::Pay];
        let leaving = if effects.is_empty() || leaves.iter().any(|effect| effects.has(*effect)) {
            Leaving::Leaves
        } else {
            Leaving::Stays
        };
        let targets: Vec<&str> = judged.targets.iter().map(String::as_str).collect();
        let recipients = if targets.is_empty() {
            Recipients::ByName
        } else {
            Recipients::Declared(&targets)
        };
        let rules = self.trust.registry().rules(call.upstream, call.tool);
        let call_of_floor = FloorCall {
            name: call.tool,
            resource: ResourceType::Tool,
            arguments: call.arguments.and_then(Value::as_object),
            recipients,
            ceiling: floors.settings().ceiling(rules.outbound, leaving),
            delegated: None,
        };
        floors.decide(&self.conversation.context, &call_of_floor, call.now)
    }

    fn define(&mut self, upstream: String, tools: &[Value]) -> Result<(), String> {
        let mut definitions = BTreeMap::new();
        for (at, entry) in tools.iter().enumerate() {
            let definition =
                Definition::read(entry).map_err(|error| format!("tools[{at}]: {error}"))?;
            definitions.insert(definition.name().to_owned(), definition);
        }
        self.definitions.insert(upstream, definitions);
        Ok(())
    }

    fn record(&mut self, called: Called, result: &Value) -> Played {
        let Called {
            upstream,
            tool,
            arguments,
        } = called;
        self.results = self.results.saturating_add(1);
        let id = format!("replay-{}", self.results);
        let rules = self.trust.registry().source_rules(&upstream, &tool);
        let facts = ResultFacts {
            rules: &rules,
            outcome: Outcome::Success,
            claim: Claim::Nothing,
            source: SourceRef {
                audit_id: id.clone(),
                upstream: upstream.clone(),
                tool: tool.clone(),
                origin: Origin::Tool,
            },
            digest: None,
            echo: &Echo::of(&self.fingerprints, arguments.as_ref()),
            now: self.now,
        };
        let conversation = &mut self.conversation;
        let recorded = flow::record_result(conversation, &self.fingerprints, &facts, result);
        self.enters(&upstream, &tool, &recorded);
        Played::Recorded { id, recorded }
    }

    /// What was recorded may influence whatever follows.
    fn enters(&mut self, upstream: &str, tool: &str, recorded: &Recorded) {
        let level = recorded.level.trust();
        let said = self.trust.registry().rules(upstream, tool).result;
        let readers = said.readers.map(|readers| {
            let readers = readers.into_iter().map(str::to_owned);
            readers.collect::<Vec<_>>()
        });
        let held = if recorded.secrets > 0 {
            Sensitivity::Confidential
        } else {
            Sensitivity::Public
        };
        self.conversation.context.add(&Segment {
            level,
            origin: match level {
                TrustLevel::Untrusted => Origin::Web,
                _ => Origin::Tool,
            },
            principal: upstream,
            readers: readers.as_deref(),
            sensitivity: said.sensitivity.unwrap_or(Sensitivity::Public).max(held),
            at: self.now,
        });
    }
}
