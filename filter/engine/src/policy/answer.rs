//! Judging what a server sends back: results, errors and notifications, by the policies that have
//! a `response` part.
//!
//! Not the request's judgement: an answer is never refused for want of a policy, has no intent,
//! and lockdown does not concern it. What cannot be judged within the limits is blocked.

use super::bundle::{Bundle, Rule};
use super::call::{Call, Caller, Sender};
use super::decision::{Action, Check, Decision, Mode, Outcome, ReasonCode, Stage};
use super::document::Direction;
use super::facts::{ANSWER_BUDGET, Exhausted, Facts};
use super::redaction;
use crate::json::{Object, Value};
use crate::time::UnixMillis;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a server sent, as policies see it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Name of the MCP server, from the route mapping.
    pub upstream: &'a str,
    /// Who made the request that is answered; `None` where nobody is known.
    pub caller: Option<&'a Caller>,
    /// Method of the request that is answered; of a notification, its own.
    pub method: &'a str,
    /// Tool of the request that is answered; for a method other than `tools/call`, the method.
    pub tool: &'a str,
    /// The result object, the error object, the notification's params, or a plain text.
    pub content: &'a Value,
    /// When it was received.
    pub now: UnixMillis,
    /// Id of the audit record, for `${audit.event_id}`.
    pub audit_id: &'a str,
}

/// How often something was found in an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What: the name in the placeholder, such as `AWS_KEY`.
    pub kind: String,
    /// How many finds, those that overlap counted as one.
    pub count: u64,
}

/// How an answer was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerDecision {
    /// What to do. [`Action::Redact`] if policies redact and none blocks; [`Action::Allow`] with
    /// [`ReasonCode::Default`] if no policy matched or nothing was found.
    pub decision: Decision,
    /// The content with its finds replaced, to send instead; `None` if it stays as it is, also
    /// wherever the mode is not enforcement or the answer is blocked.
    pub replaced: Option<Value>,
    /// What was found, whether or not it was replaced, by kind. Nothing if the answer is blocked.
    pub findings: Vec<Finding>,
    /// The policies that matched and had a part, in the order of judgement: those that found
    /// something to redact, and the one that decided.
    pub policies: Vec<String>,
}

impl Bundle {
    /// Whether any policy judges answers. If none does, answers need not be looked at.
    #[must_use]
    pub fn has_response_policies(&self) -> bool {
        self.rules_for(Direction::Response).next().is_some()
    }

    /// Judges an answer. The mode is not applied to the decision, except that in observation it is
    /// always to let pass; content is replaced in enforcement only.
    #[must_use]
    pub fn judge_answer(&self, answer: &Answer<'_>) -> AnswerDecision {
        if self.settings.mode == Mode::Observation {
            return alone(plain(
                Action::Allow,
                ReasonCode::Observed,
                Outcome::Skipped,
                0,
            ));
        }
        let content = arguments(answer.content);
        let call = answer.call(&content);
        let mut facts = Facts::of_answer(&call, &self.classes, &self.sets, ANSWER_BUDGET);
        let judged = self
            .walk_answer(&call, &mut facts)
            .and_then(|walked| self.carry_out(walked, answer, &mut facts));
        let mut judged = judged.unwrap_or_else(|Exhausted| {
            let tried = self.rules_for(Direction::Response).count();
            alone(plain(
                Action::Block,
                ReasonCode::BudgetExceeded,
                Outcome::Refused,
                tried,
            ))
        });
        if self.settings.mode != Mode::Enforcement {
            judged.replaced = None;
        }
        judged
    }

    /// The policies of one direction, in the order of judgement.
    pub(in crate::policy) fn rules_for(&self, direction: Direction) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.document.direction == direction)
    }

    /// The policies in order. Those that redact add up, the first other one that matches ends the
    /// walk.
    fn walk_answer(&self, call: &Call<'_>, facts: &mut Facts<'_>) -> Result<Walked<'_>, Exhausted> {
        let mut walked = Walked::default();
        for rule in self.rules_for(Direction::Response) {
            walked.tried += 1;
            if !rule.matches(facts)? {
                continue;
            }
            if rule.document.action != Action::Redact {
                let checks = vec![check(Outcome::Matched, walked.tried)];
                walked.last = Some(Decision {
                    checks,
                    ..rule.decision(call)
                });
                break;
            }
            walked.redacting.push(rule);
        }
        Ok(walked)
    }

    /// Redacts what the policies that matched ask for, unless the answer is blocked.
    fn carry_out(
        &self,
        walked: Walked<'_>,
        answer: &Answer<'_>,
        facts: &mut Facts<'_>,
    ) -> Result<AnswerDecision, Exhausted> {
        let Walked {
            redacting,
            last,
            tried,
        } = walked;
        let blocks = last.as_ref().is_some_and(|last| !last.action.lets_pass());
        let active: BTreeSet<usize> = redacting.iter().flat_map(|rule| rule.slots()).collect();
        if active.is_empty() || blocks || !facts.may_find(&self.finders, &active)? {
            let none = || plain(Action::Allow, ReasonCode::Default, Outcome::NoMatch, tried);
            return Ok(alone(last.unwrap_or_else(none)));
        }
        let redacted =
            redaction::redact(answer.content, &self.finders, &active, &mut facts.budget)?;
        let finding = |rule: &&Rule| rule.slots().any(|slot| redacted.found.contains(&slot));
        let found: Vec<&Rule> = redacting.into_iter().filter(finding).collect();
        let ids = found.iter().map(|rule| rule.document.id.clone());
        let decider = last.as_ref().and_then(|last| last.policy_id.clone());
        let policies = ids.chain(decider).collect();
        let decision = match (found.first(), last) {
            (Some(rule), _) => Decision {
                checks: vec![check(Outcome::Matched, tried)],
                ..rule.decision(facts.call())
            },
            (None, Some(last)) => last,
            (None, None) => plain(Action::Allow, ReasonCode::Default, Outcome::NoMatch, tried),
        };
        let finding = |(kind, count)| Finding { kind, count };
        Ok(AnswerDecision {
            decision,
            replaced: redacted.value,
            findings: redacted.counts.into_iter().map(finding).collect(),
            policies,
        })
    }
}

/// How far the walk over the policies has come.
#[derive(Default)]
struct Walked<'b> {
    /// The policies that redact and match, in order.
    redacting: Vec<&'b Rule>,
    /// What the policy says that ended the walk.
    last: Option<Decision>,
    tried: usize,
}

impl Rule {
    /// The places of what it redacts among the finders of the bundle.
    fn slots(&self) -> impl Iterator<Item = usize> {
        self.document.redact.iter().map(|redaction| redaction.slot)
    }
}

/// A decision without anything redacted.
fn alone(decision: Decision) -> AnswerDecision {
    AnswerDecision {
        policies: decision.policy_id.clone().into_iter().collect(),
        decision,
        replaced: None,
        findings: Vec::new(),
    }
}

impl<'a> Answer<'a> {
    /// The answer as conditions see it: its content in the place of a call's arguments.
    pub(in crate::policy) fn call<'b>(&self, content: &'b Value) -> Call<'b>
    where
        'a: 'b,
    {
        Call {
            upstream: self.upstream,
            method: self.method,
            tool: self.tool,
            arguments: Some(content),
            meta: self.content.get("_meta"),
            now: self.now,
            audit_id: self.audit_id,
            caller: self.caller,
            sender: Sender::Server,
            trust: None,
        }
    }
}

/// What conditions see as arguments: the content without its `_meta`, or what is no object as the
/// member `text` of one.
pub(in crate::policy) fn arguments(content: &Value) -> Cow<'_, Value> {
    match content {
        Value::Object(object) if object.get("_meta").is_none() => Cow::Borrowed(content),
        Value::Object(object) => {
            let mut object = object.clone();
            object.remove("_meta");
            Cow::Owned(Value::Object(object))
        }
        other => Cow::Owned(Value::Object(Object::new().with("text", other.clone()))),
    }
}

const fn check(outcome: Outcome, tried: usize) -> Check {
    Check {
        stage: Stage::Policies,
        outcome,
        tried,
    }
}

fn plain(action: Action, code: ReasonCode, outcome: Outcome, tried: usize) -> Decision {
    Decision {
        action,
        policy_id: None,
        code,
        reason: code.as_str().to_owned(),
        checks: vec![check(outcome, tried)],
    }
}

#[cfg(test)]
pub(in crate::policy) mod tests;
