//! What every record of one exchange says: whose it is, where it goes, which request it was.

use super::judge::Verdict;
use super::state::ActiveBundle;
use super::world::World;
use crate::audit::{BundleRef, Record};
use crate::digest::Digest;
use crate::json::Object;
use crate::mcp::{Headers, Message, One};
use crate::policy::{Action, Caller, Check, Decision, Mode, Outcome, ReasonCode, Stage};

/// The scope of records of requests nobody could be named for.
const NO_SCOPE: &str = "unauthenticated";

/// What is known of the exchange once its head is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Stamp {
    pub(super) caller: Option<Caller>,
    pub(super) upstream: Option<String>,
    /// Claims that Envoy has verified a signature of.
    pub(super) verified: Option<Object>,
    http_method: String,
    session: Option<Digest>,
    request_id: Option<String>,
}

impl Stamp {
    /// Reads what the head says by itself.
    pub(super) fn of(headers: &Headers) -> Self {
        let text = |name| match headers.one(name) {
            One::Text(text) => Some(text),
            _ => None,
        };
        Self {
            caller: None,
            upstream: None,
            verified: None,
            http_method: text(":method").unwrap_or_default().to_owned(),
            session: text("mcp-session-id").map(|session| Digest::of(session.as_bytes())),
            request_id: text("x-request-id").map(str::to_owned),
        }
    }

    /// The upstream's name; empty while no route is known.
    pub(super) fn upstream(&self) -> &str {
        self.upstream.as_deref().unwrap_or_default()
    }

    /// The digest of the session the request named; the id itself is a credential.
    pub(super) const fn session(&self) -> Option<Digest> {
        self.session
    }

    /// A record of what is known so far, as a refusal; `ahead` records go before it.
    pub(super) fn record(
        &self,
        kind: &'static str,
        bundle: Option<&ActiveBundle>,
        world: &World<'_>,
        ahead: usize,
    ) -> Record {
        let scope = self
            .caller
            .as_ref()
            .map_or(NO_SCOPE, |caller| &caller.scope);
        Record {
            kind,
            id: world.ids.id(ahead),
            time: world.now,
            scope: scope.to_owned(),
            caller: self.caller.as_ref().map(|caller| caller.name.clone()),
            upstream: self.upstream.clone(),
            http_method: self.http_method.clone(),
            method: None,
            tool: None,
            inner_tools: Vec::new(),
            action: Action::Block.as_str(),
            stopped: true,
            code: ReasonCode::Default.as_str(),
            reason: String::new(),
            policy_id: None,
            mode: mode_of(bundle),
            checks: Vec::new(),
            findings: Vec::new(),
            flow: Vec::new(),
            floor: None,
            conversation: None,
            tokens: Vec::new(),
            unlisted: Vec::new(),
            bundle: bundle.map(|active| BundleRef {
                version: active.version,
                digest: active.bundle.digest(),
            }),
            session: self.session,
            request_id: self.request_id.clone(),
            status: None,
            lost_before: 0,
        }
    }
}

impl Record {
    /// Fills in what a judged message of a client and its verdict say. `answers` is the method of the
    /// server's request that it answers.
    pub(super) fn describe(&mut self, message: &Message, answers: Option<&str>, verdict: &Verdict) {
        self.method = answers.or_else(|| message.method()).map(str::to_owned);
        self.tool = message.tool().map(str::to_owned);
        self.inner_tools.clone_from(&verdict.inner_tools);
        self.flow.clone_from(&verdict.seen.flow);
        self.floor = verdict.seen.floor;
        self.conversation.clone_from(&verdict.seen.conversation);
        self.tokens.clone_from(&verdict.seen.tokens);
        self.unlisted.clone_from(&verdict.seen.unlisted);
        self.decide(&verdict.decision, verdict.mode, verdict.stops);
    }

    /// Fills in what a decision says.
    pub(super) fn decide(&mut self, decision: &Decision, mode: Mode, stops: bool) {
        self.action = decision.action.as_str();
        self.stopped = stops;
        self.code = decision.code.as_str();
        self.reason.clone_from(&decision.reason);
        self.policy_id.clone_from(&decision.policy_id);
        self.mode = mode;
        let passed = [Stage::Caller, Stage::Protocol].map(|stage| Check {
            stage,
            outcome: Outcome::Passed,
            tried: 0,
        });
        self.checks = passed
            .into_iter()
            .chain(decision.checks.iter().copied())
            .collect();
    }
}

/// The mode of a bundle; without one everything is enforced.
pub(super) fn mode_of(bundle: Option<&ActiveBundle>) -> Mode {
    bundle.map_or(Mode::Enforcement, |active| active.bundle.settings().mode)
}
