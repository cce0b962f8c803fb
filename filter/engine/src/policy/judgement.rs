//! The decision about a call and all calls inside it.

use super::bundle::Bundle;
use super::call::Call;
use super::decision::{Check, Decision, Mode, Outcome, ReasonCode, Stage};
use super::inside::Inside;
use super::meta_tool::{Inner, unwrap};
use super::work::Work;
use crate::limits;

/// A decision about a call and the calls inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The strictest of the decisions.
    pub decision: Decision,
    /// The tools that the call's tool would run, the outermost first.
    pub inner_tools: Vec<String>,
}

/// Every decision of a judgement.
#[derive(Clone)]
pub(in crate::policy) struct Parts {
    /// About the call itself.
    pub(in crate::policy) own: Decision,
    /// About each call inside it.
    pub(in crate::policy) inner: Vec<(Inner, Decision)>,
    /// That not all calls inside it can be told.
    unreadable: Option<Decision>,
}

impl Bundle {
    /// Judges a call. The mode is not applied, except that in observation no policy is looked at:
    /// what is done with the decision is the caller's business.
    #[must_use]
    pub fn decide(&self, call: &Call<'_>) -> Decision {
        self.judge(call).decision
    }

    /// [`Bundle::decide`], saying also which tools the call's tool would run. The call and every call
    /// inside it are judged; the strictest decision stands, of equal ones that about the outer call.
    #[must_use]
    pub fn judge(&self, call: &Call<'_>) -> Judgement {
        self.parts(call).judgement()
    }

    /// The calls inside a call, the outermost first; what cannot be told is left out, because the
    /// judgement of such a call refuses it.
    #[must_use]
    pub fn inner_calls(&self, call: &Call<'_>) -> Vec<Inner> {
        if self.meta_tools.is_empty() {
            return Vec::new();
        }
        self.parts(call)
            .inner
            .into_iter()
            .map(|(inner, _)| inner)
            .collect()
    }

    /// Every decision that a judgement is made of.
    pub(in crate::policy) fn parts(&self, call: &Call<'_>) -> Parts {
        let mut work = Work::new();
        let inside = self.inside(call, &mut work);
        let mut parts = Parts {
            own: self.decide_one(call, &inside, &mut work),
            inner: Vec::new(),
            unreadable: None,
        };
        if let Ok(inside) = inside {
            self.judge_inner(call, inside.as_ref(), 0, &mut parts, &mut work);
        }
        parts
    }

    /// Judges the calls inside a call that stands in `level` others.
    fn judge_inner(
        &self,
        call: &Call<'_>,
        inside: Option<&Inside>,
        level: usize,
        parts: &mut Parts,
        work: &mut Work,
    ) {
        let calls = match unwrap(&self.meta_tools, call, inside) {
            None => return,
            Some(Err(problem)) => return parts.refuse(problem, self.settings.mode),
            Some(Ok(calls)) => calls,
        };
        if level == limits::META_TOOL_LEVELS {
            return parts.refuse(
                "a tool that runs a tool is nested too deep",
                self.settings.mode,
            );
        }
        for inner in calls {
            if work.unwrap_call().is_err() {
                return parts.refuse("the call runs too many tools", self.settings.mode);
            }
            let call = inner.call(call);
            let inside = self.inside(&call, work);
            let decision = self.decide_one(&call, &inside, work);
            parts.inner.push((inner.clone(), decision));
            if let Ok(inside) = inside {
                self.judge_inner(&call, inside.as_ref(), level + 1, parts, work);
            }
        }
    }
}

impl Parts {
    fn refuse(&mut self, reason: &str, mode: Mode) {
        if mode == Mode::Observation {
            return;
        }
        let check = Check {
            stage: Stage::Protocol,
            outcome: Outcome::Refused,
            tried: 0,
        };
        self.unreadable = Some(Decision {
            action: super::Action::Block,
            policy_id: None,
            code: ReasonCode::MetaToolUnreadable,
            reason: reason.to_owned(),
            checks: vec![check],
        });
    }

    /// What they come to.
    pub(in crate::policy) fn judgement(self) -> Judgement {
        let mut decision = self.own;
        let mut inner_tools: Vec<String> = Vec::new();
        for (inner, other) in self.inner {
            decision = decision.or_stricter(other);
            if !inner_tools.contains(&inner.tool) {
                inner_tools.push(inner.tool);
            }
        }
        if let Some(unreadable) = self.unreadable {
            decision = decision.or_stricter(unreadable);
        }
        Judgement {
            decision,
            inner_tools,
        }
    }
}
