//! The order of judgement over one call: types, intent, lockdown, policies, default.

use super::budget::Budget;
use super::bundle::{Bundle, Rule};
use super::call::{Call, Sender};
use super::decision::{Action, Check, Decision, Mode, Outcome, ReasonCode, Stage};
use super::document::Direction;
use super::facts::{BUDGET, Exhausted, Facts};
use super::inside::Inside;
use super::intent::Intent;
use super::work::Work;
use crate::json::{Number, Value};

impl Bundle {
    /// What the strings of a call hold, where anything depends on it.
    pub(in crate::policy) fn inside(
        &self,
        call: &Call<'_>,
        work: &mut Work,
    ) -> Result<Option<Inside>, Exhausted> {
        let settings = &self.settings;
        let is_settled = settings.lockdown || settings.mode == Mode::Observation;
        let walks = !(self.rules.is_empty() || is_settled && call.is_governed());
        if walks || !self.meta_tools.is_empty() {
            Inside::read(call.arguments, work)
        } else {
            Ok(None)
        }
    }

    /// Judges a call without a look at the calls inside it.
    pub(in crate::policy) fn decide_one(
        &self,
        call: &Call<'_>,
        inside: &Result<Option<Inside>, Exhausted>,
        work: &mut Work,
    ) -> Decision {
        let mut checks = Vec::with_capacity(4);
        if !(is_object_or_empty(call.arguments) && is_object_or_empty(call.meta)) {
            checks.push(check(Stage::Protocol, Outcome::Refused));
            return refused(ReasonCode::WrongType, checks);
        }
        if !call.is_governed() {
            return self.walk_readings(call, None, inside, work, checks);
        }
        let intent = match self.read_intent(call) {
            Ok(intent) => intent,
            Err(code) => {
                checks.push(check(Stage::Intent, Outcome::Refused));
                return refused(code, checks);
            }
        };
        checks.push(check(Stage::Intent, Outcome::Passed));
        if self.settings.lockdown {
            checks.push(check(Stage::Lockdown, Outcome::Refused));
            return refused(ReasonCode::LockdownActive, checks);
        }
        checks.push(check(Stage::Lockdown, Outcome::Passed));
        if self.settings.mode == Mode::Observation {
            checks.push(check(Stage::Policies, Outcome::Skipped));
            return decision(Action::Allow, ReasonCode::Observed, checks);
        }
        self.walk_readings(call, intent, inside, work, checks)
    }

    /// Walks the policies over every reading of the call; the strictest decision stands, of equal
    /// ones that about the call as it was sent.
    fn walk_readings(
        &self,
        call: &Call<'_>,
        intent: Option<Intent<'_>>,
        inside: &Result<Option<Inside>, Exhausted>,
        work: &mut Work,
        checks: Vec<Check>,
    ) -> Decision {
        let mut standing = self.walk(self.facts(call, intent), &mut work.as_sent, checks);
        let others = match inside {
            Ok(None) => return standing,
            Ok(Some(inside)) => {
                let read = inside.call(call);
                let both = self.facts(call, intent).with(inside);
                vec![
                    self.walk(self.facts(&read, intent), &mut work.inside, Vec::new()),
                    self.walk(both, &mut work.inside, Vec::new()),
                ]
            }
            Err(Exhausted) => vec![refused(ReasonCode::BudgetExceeded, Vec::new())],
        };
        let mut check = check(Stage::Inside, Outcome::Passed);
        for mut other in others {
            let walked = other.checks.pop();
            check.tried += walked.map_or(0, |walked| walked.tried);
            if other.action.strictness() > standing.action.strictness() {
                check.outcome = walked.map_or(Outcome::Refused, |walked| walked.outcome);
                other.checks = standing.checks;
                standing = other;
            }
        }
        standing.checks.push(check);
        standing
    }

    /// The intent of a call. What a server says about itself is none.
    pub(in crate::policy) fn read_intent<'a>(
        &self,
        call: &Call<'a>,
    ) -> Result<Option<Intent<'a>>, ReasonCode> {
        if call.sender == Sender::Server {
            return Ok(None);
        }
        let meta = call.meta.and_then(Value::as_object);
        match Intent::read(meta, &self.settings.intent.meta_key) {
            Ok(None) if self.settings.intent.required && call.needs_intent() => {
                Err(ReasonCode::IntentRequired)
            }
            Ok(intent) => Ok(intent),
            Err(_) => Err(ReasonCode::IntentRequired),
        }
    }

    /// A call that is about to be judged.
    pub(in crate::policy) fn facts<'a>(
        &'a self,
        call: &'a Call<'a>,
        intent: Option<Intent<'a>>,
    ) -> Facts<'a> {
        Facts::new(call, intent, &self.classes, &self.sets, BUDGET)
    }

    /// The policies in order; the first that matches decides. Takes what that costs off the budget.
    fn walk(&self, facts: Facts<'_>, budget: &mut Budget, checks: Vec<Check>) -> Decision {
        let mut facts = facts.spending(*budget);
        let decision = self.walk_with(&mut facts, checks);
        *budget = facts.budget;
        decision
    }

    fn walk_with(&self, facts: &mut Facts<'_>, mut checks: Vec<Check>) -> Decision {
        let call = facts.call();
        let mut tried = 0;
        for rule in self.rules_for(Direction::Request) {
            tried += 1;
            let (outcome, decision) = match rule.matches(facts) {
                Ok(false) => continue,
                Ok(true) => (Outcome::Matched, rule.decision(call)),
                Err(Exhausted) => (
                    Outcome::Refused,
                    refused(ReasonCode::BudgetExceeded, Vec::new()),
                ),
            };
            checks.push(Check {
                stage: Stage::Policies,
                outcome,
                tried,
            });
            return Decision { checks, ..decision };
        }
        checks.push(Check {
            stage: Stage::Policies,
            outcome: Outcome::NoMatch,
            tried,
        });
        if call.is_governed() {
            decision(self.settings.default_action, ReasonCode::Default, checks)
        } else {
            decision(Action::Allow, ReasonCode::NotGoverned, checks)
        }
    }
}

impl Rule {
    /// Whether the policy is about the call, or the answer, and all its conditions hold.
    pub(in crate::policy) fn matches(&self, facts: &mut Facts<'_>) -> Result<bool, Exhausted> {
        if self.document.matching.skips(facts)?.is_some() {
            return Ok(false);
        }
        for condition in &self.document.when {
            if !condition.holds(facts)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the policy says, but for the checks.
    pub(in crate::policy) fn decision(&self, call: &Call<'_>) -> Decision {
        Decision {
            action: self.document.action,
            policy_id: Some(self.document.id.clone()),
            code: ReasonCode::PolicyMatched,
            reason: self.reason.render(call),
            checks: Vec::new(),
        }
    }
}

const fn check(stage: Stage, outcome: Outcome) -> Check {
    Check {
        stage,
        outcome,
        tried: 0,
    }
}

fn decision(action: Action, code: ReasonCode, checks: Vec<Check>) -> Decision {
    Decision {
        action,
        policy_id: None,
        code,
        reason: code.as_str().to_owned(),
        checks,
    }
}

fn refused(code: ReasonCode, checks: Vec<Check>) -> Decision {
    decision(Action::Block, code, checks)
}

/// Whether a value may stand for an object: one, or something empty that the reference reads as
/// no members (`condition-engine.md` section 3.1).
fn is_object_or_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false) | Value::Object(_)) => true,
        Some(Value::Bool(true)) => false,
        Some(Value::Number(number)) => *number == Number::from(0_u64),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(elements)) => elements.is_empty(),
    }
}
