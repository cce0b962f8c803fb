//! Why a call is decided as it is: every policy, every condition, and what they looked at.

use super::answer::{self, Answer, AnswerDecision};
use super::argument::Argument;
use super::bundle::{Bundle, Rule};
use super::call::Call;
use super::condition::Condition;
use super::decision::{Action, Decision, ReasonCode};
use super::document::Direction;
use super::facts::Facts;
use super::inside::Inside;
use super::matching::Skip;
use super::place::Path;
use super::value::{shown, text_form};
use super::work::Work;
use crate::json::Value;
use crate::limits;
use crate::taint::ArgumentFacts;

/// A decision and everything that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What [`Bundle::decide`] says.
    pub decision: Decision,
    /// The tools that the call's tool would run, the outermost first.
    pub inner_tools: Vec<String>,
    /// The tool that the policies below are about: the call's, or an inner one that led to the
    /// decision.
    pub tool: String,
    /// Every policy in the order of judgement; none if the call was refused before them.
    pub policies: Vec<PolicyExplanation>,
}

/// How an answer is judged and everything that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerExplanation {
    /// What [`Bundle::judge_answer`] says.
    pub judged: AnswerDecision,
    /// Every policy about answers in the order of judgement; none in observation.
    pub policies: Vec<PolicyExplanation>,
}

/// One policy's part.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyExplanation {
    /// Its id.
    pub id: String,
    /// What it would do.
    pub action: Action,
    /// How it came out.
    pub outcome: PolicyOutcome,
    /// Its conditions, also those after one that does not hold.
    pub conditions: Vec<ConditionExplanation>,
}

/// How a policy came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyOutcome {
    /// It decides.
    Decides,
    /// It matches too, but one before it decides.
    MatchesLater,
    /// It matches and redacts what it finds.
    Redacts,
    /// It matches, but what it would redact is not there.
    FindsNothing,
    /// It is not about the call.
    Skipped(Skip),
    /// A condition does not hold; the index of the first such.
    ConditionFalse(usize),
}

/// One condition's part.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionExplanation {
    /// Where it stands in the policy.
    pub path: Path,
    /// Its name.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it looked at.
    pub looked_at: Vec<Looked>,
    /// The conditions inside a group.
    pub children: Vec<ConditionExplanation>,
}

/// One thing a condition looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What it is, for example `argument` or `tool`.
    pub what: &'static str,
    /// Its text, cut, without control characters.
    pub value: String,
}

impl Bundle {
    /// Explains a call. Everything is looked at, without the limit on work that
    /// [`Bundle::decide`] keeps: for people, not for the path of a message.
    #[must_use]
    pub fn explain(&self, call: &Call<'_>) -> Explanation {
        let parts = self.parts(call);
        let judged = parts.clone().judgement();
        let inner: Vec<_> = parts
            .inner
            .iter()
            .map(|(inner, decision)| (inner.call(call), decision))
            .collect();
        let led = inner
            .iter()
            .find(|(_, decision)| **decision == judged.decision);
        let leading = match led {
            Some((leading, _)) if parts.own != judged.decision => leading,
            _ => call,
        };
        let policies = self.explain_one(leading, &judged.decision);
        Explanation {
            inner_tools: judged.inner_tools,
            tool: leading.tool.to_owned(),
            decision: judged.decision,
            policies,
        }
    }

    /// Every policy's part in a decision about one call, without a look at the calls inside it.
    fn explain_one(&self, call: &Call<'_>, decision: &Decision) -> Vec<PolicyExplanation> {
        let looked_at_policies = matches!(
            decision.code,
            ReasonCode::PolicyMatched
                | ReasonCode::Default
                | ReasonCode::NotGoverned
                | ReasonCode::BudgetExceeded
        );
        let intent = match self.read_intent(call) {
            _ if !call.is_governed() => None,
            Ok(intent) if looked_at_policies => intent,
            _ => return Vec::new(),
        };
        let explained = |call: &Call<'_>, inside: Option<&Inside>| {
            let mut facts = Facts::new(call, intent, &self.classes, &self.sets, usize::MAX);
            if let Some(inside) = inside {
                facts = facts.with(inside);
            }
            self.explain_rules(&mut facts)
        };
        let mut policies = explained(call, None);
        let inside = Inside::read(call.arguments, &mut Work::new())
            .ok()
            .flatten();
        if let Some(inside) = inside.filter(|_| decision.is_by_inside()) {
            // The reading that led to the decision, so that the outcomes lead there too.
            let whole = explained(&inside.call(call), None);
            policies = if first_match(&whole) == decision.policy_id.as_deref() {
                whole
            } else {
                explained(call, Some(&inside))
            };
        }
        if let Some(id) = &decision.policy_id {
            for policy in policies.iter_mut().filter(|policy| policy.id == *id) {
                policy.outcome = PolicyOutcome::Decides;
            }
        }
        policies
    }

    /// Explains an answer, as [`Bundle::explain`] does a call.
    #[must_use]
    pub fn explain_answer(&self, answer: &Answer<'_>) -> AnswerExplanation {
        let judged = self.judge_answer(answer);
        let mut policies = Vec::new();
        if judged.decision.code == ReasonCode::Observed {
            return AnswerExplanation { judged, policies };
        }
        let content = answer::arguments(answer.content);
        let call = answer.call(&content);
        let mut facts = Facts::of_answer(&call, &self.classes, &self.sets, usize::MAX);
        let mut is_decided = judged.decision.code == ReasonCode::BudgetExceeded;
        for rule in self.rules_for(Direction::Response) {
            let mut policy = rule.explain(&mut facts);
            if policy.outcome == PolicyOutcome::MatchesLater && !is_decided {
                let has_part = judged.policies.contains(&policy.id);
                policy.outcome = match (policy.action, has_part) {
                    (Action::Redact, true) => PolicyOutcome::Redacts,
                    (Action::Redact, false) => PolicyOutcome::FindsNothing,
                    _ => PolicyOutcome::Decides,
                };
                is_decided = policy.action != Action::Redact;
            }
            policies.push(policy);
        }
        AnswerExplanation { judged, policies }
    }

    fn explain_rules(&self, facts: &mut Facts<'_>) -> Vec<PolicyExplanation> {
        self.rules_for(Direction::Request)
            .map(|rule| rule.explain(facts))
            .collect()
    }
}

/// The policy that decides if nothing else is known.
fn first_match(policies: &[PolicyExplanation]) -> Option<&str> {
    let matches = |policy: &&PolicyExplanation| policy.outcome == PolicyOutcome::MatchesLater;
    policies
        .iter()
        .find(matches)
        .map(|policy| policy.id.as_str())
}

impl Rule {
    fn explain(&self, facts: &mut Facts<'_>) -> PolicyExplanation {
        let document = &self.document;
        let (id, action) = (document.id.clone(), document.action);
        if let Ok(Some(skip)) = document.matching.skips(facts) {
            let outcome = PolicyOutcome::Skipped(skip);
            return PolicyExplanation {
                id,
                action,
                outcome,
                conditions: Vec::new(),
            };
        }
        let conditions = explain_list(&document.when, &document.part_place("when"), facts);
        let outcome = match conditions.iter().position(|condition| !condition.holds) {
            Some(at) => PolicyOutcome::ConditionFalse(at),
            None => PolicyOutcome::MatchesLater,
        };
        PolicyExplanation {
            id,
            action,
            outcome,
            conditions,
        }
    }
}

fn explain_list(
    conditions: &[Condition],
    path: &Path,
    facts: &mut Facts<'_>,
) -> Vec<ConditionExplanation> {
    let one = |(at, condition): (usize, &Condition)| {
        let path = path.index(at);
        ConditionExplanation {
            name: condition.name(),
            // The work is not limited here, so there is always an answer.
            holds: condition.holds(facts).unwrap_or(false),
            looked_at: looked_at(condition, facts),
            children: explain_list(condition.children(), &path.key("conditions"), facts),
            path,
        }
    };
    conditions.iter().enumerate().map(one).collect()
}

fn looked_at(condition: &Condition, facts: &mut Facts<'_>) -> Vec<Looked> {
    if condition.needs_trust() {
        return flow(condition, facts);
    }
    if let Some(arg) = condition.argument() {
        return arguments(arg, facts);
    }
    match condition {
        Condition::ToolNameIn { .. } => all("tool", facts.tool_names()),
        Condition::ActionClassIn { .. } => all("verb", facts.tool_verbs()),
        Condition::IntentClassIn { .. } => match facts.intent() {
            Some(intent) => all("intent verb", intent.verbs()),
            None => Vec::new(),
        },
        Condition::IntentPurposeMatches { .. } => {
            all("purpose", facts.intent().and_then(|intent| intent.purpose))
        }
        Condition::TimeOfDayOutside(window) => {
            let minute = window
                .minute_at(facts.now())
                .map(|minute| minute.to_string());
            all("time of day", minute.as_deref())
        }
        Condition::MetaFieldEquals { key, .. } => {
            values("_meta", facts.meta_field(key).ok().flatten())
        }
        Condition::StsChainDepthGreaterThan { .. } => values(
            "_meta",
            facts.meta_field("aws_session_chain").ok().flatten(),
        ),
        Condition::AffectedResourceCount { path, .. } => {
            values("argument", facts.path_values(path).unwrap_or_default())
        }
        Condition::AnyTextMatchesRegex { places, pattern } => {
            let texts = facts.matching_texts(*places, pattern, limits::EXPLAINED_VALUES);
            all("text", texts.iter().map(String::as_str))
        }
        Condition::DataVolume { .. } => {
            let size = facts
                .arguments_len()
                .ok()
                .flatten()
                .map(|size| size.to_string());
            all("bytes of arguments", size.as_deref())
        }
        _ => Vec::new(),
    }
}

/// Where the values came from that a condition looked at; not the values.
fn flow(condition: &Condition, facts: &Facts<'_>) -> Vec<Looked> {
    let Some(judged) = facts.call().trust else {
        return vec![looked("provenance", "not known")];
    };
    if matches!(condition, Condition::FloorBelow { .. }) {
        return vec![looked("floor", judged.floor.as_str())];
    }
    let any = Argument::Any;
    let arg = condition.argument().unwrap_or(&any);
    let values = judged.arguments.iter().filter(|value| arg.covers(value));
    let one = |value: &ArgumentFacts| {
        let level = value.level.as_str();
        match value.sources.first() {
            Some(source) => looked("provenance", &format!("{level}, from `{}`", source.tool)),
            None => looked("provenance", level),
        }
    };
    values.take(limits::EXPLAINED_VALUES).map(one).collect()
}

fn arguments(arg: &Argument, facts: &mut Facts<'_>) -> Vec<Looked> {
    values("argument", facts.values(arg).unwrap_or_default())
}

fn values<'a>(what: &'static str, values: impl IntoIterator<Item = &'a Value>) -> Vec<Looked> {
    let shown_values = values.into_iter().take(limits::EXPLAINED_VALUES);
    shown_values
        .map(|value| looked(what, &text_form(value)))
        .collect()
}

fn all<'a>(what: &'static str, texts: impl IntoIterator<Item = &'a str>) -> Vec<Looked> {
    texts
        .into_iter()
        .take(limits::EXPLAINED_VALUES)
        .map(|text| looked(what, text))
        .collect()
}

fn looked(what: &'static str, text: &str) -> Looked {
    Looked {
        what,
        value: shown(text, limits::EXPLAINED_VALUE_CHARS),
    }
}
