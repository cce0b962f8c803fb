//! One conversation after the other, played through the engine in this process: the state, the clock
//! and the ids of results that a filter would have.
//!
//! Nothing is signed or sent, and everything that happens is of one caller: what is tried out is what
//! a trust document makes of a conversation.

use std::collections::BTreeMap;

use tessera_engine::json::Value;
use tessera_engine::mcp::Definition;
use tessera_engine::policy::trust::Trust;
use tessera_engine::taint::context::FloorDecision;
use tessera_engine::taint::flow::{
    self, Claim, Echo, Fingerprints, Outcome, Recorded, ResultFacts, SourceRef,
};
use tessera_engine::taint::{self, Conversation, Judged, Level, Origin, TrustCall};
use tessera_engine::time::UnixMillis;

use super::floor;
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
    /// A call was judged, by where its values came from and by its context.
    Judged(Box<Judged>, FloorDecision),
    /// A result was recorded.
    Recorded {
        /// Its id.
        id: String,
        /// What was recorded.
        recorded: Recorded,
    },
}

impl Session {
    /// A first conversation, in which nothing has happened.
    pub(super) fn new(trust: Trust) -> Self {
        Self {
            trust,
            fingerprints: Fingerprints::new(KEY),
            definitions: BTreeMap::new(),
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
            Step::Prompt { text } => {
                flow::record_prompt(
                    &mut self.conversation,
                    &self.fingerprints,
                    &text,
                    lasts,
                    self.now,
                );
                floor::add_prompt(&mut self.conversation.context, self.now);
            }
            Step::Definitions { upstream, tools } => self.define(upstream, &tools)?,
            Step::Call(called) => {
                let judged = self.judge(&called);
                let context = &self.conversation.context;
                let mut floor = floor::decide(context, &self.trust, &called, &judged, self.now);
                floor.verdict = self.trust.registry().settings.reachable(floor.verdict);
                return Ok(Played::Judged(Box::new(judged), floor));
            }
            Step::Result { called, result } => return Ok(self.record(&called, &result)),
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
    pub(super) fn judge(&self, called: &Called) -> Judged {
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
        taint::judge_call(
            self.trust.registry(),
            &self.conversation,
            None,
            &self.fingerprints,
            &call,
        )
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

    fn record(&mut self, called: &Called, result: &Value) -> Played {
        let Called {
            upstream,
            tool,
            arguments,
        } = called;
        self.results = self.results.saturating_add(1);
        let id = format!("replay-{}", self.results);
        let rules = self.trust.registry().source_rules(upstream, tool);
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
        floor::add_result(
            &mut conversation.context,
            &self.trust,
            called,
            recorded,
            self.now,
        );
        Played::Recorded { id, recorded }
    }
}
