//! One case: a call, the policies that judge it, and what is expected.

use std::fmt;
use std::path::PathBuf;

use tessera_engine::json::{self, Object, ParseError, Value};
use tessera_engine::policy::{Action, AnswerDecision, Decision};

use super::super::call::{CallError, WrittenCall};
use super::super::eval::findings;

/// One case, from a fixture or a suite.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The file it is from.
    pub(super) source: PathBuf,
    /// Its name for people.
    pub(super) name: String,
    /// The policy that judges alone; `None` for all of them.
    pub(super) only: Option<String>,
    /// Whether the runtime is locked down.
    pub(super) lockdown: bool,
    /// The call, and the answer to it if that is what is judged.
    pub(super) call: WrittenCall,
    /// What is expected.
    pub(super) expect: Expect,
}

/// What is expected of a decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expect {
    /// The action.
    pub(super) action: Action,
    /// The policy that decides; the inner `None` for no policy, the outer if nothing is said.
    pub(super) policy_id: Option<Option<String>>,
    /// A part of the reason.
    pub(super) reason_contains: Option<String>,
    /// How often each kind is found in an answer.
    pub(super) findings: Option<Object>,
    /// What the client gets in place of the answer; null for the answer itself.
    pub(super) replaced: Option<Value>,
}

impl Expect {
    /// An action, whoever decides it.
    pub(super) const fn action(action: Action) -> Self {
        Self {
            action,
            policy_id: None,
            reason_contains: None,
            findings: None,
            replaced: None,
        }
    }

    /// Whether it says something about an answer that no call has.
    pub(super) const fn is_about_answer(&self) -> bool {
        self.findings.is_some() || self.replaced.is_some()
    }

    /// Whether an answer is judged as expected.
    pub(super) fn is_met_by_answer(&self, judged: &AnswerDecision) -> bool {
        let same_findings = self
            .findings
            .as_ref()
            .is_none_or(|expected| *expected == findings(judged));
        let replaced = judged.replaced.as_ref().unwrap_or(&Value::Null);
        let same_content = self
            .replaced
            .as_ref()
            .is_none_or(|expected| expected == replaced);
        self.is_met_by(&judged.decision) && same_findings && same_content
    }

    /// Whether a decision is as expected.
    pub(super) fn is_met_by(&self, decision: &Decision) -> bool {
        let id_ok = self
            .policy_id
            .as_ref()
            .is_none_or(|id| *id == decision.policy_id);
        let part = self.reason_contains.as_deref().unwrap_or_default();
        decision.action == self.action && id_ok && decision.reason.contains(part)
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action.as_str())?;
        match &self.policy_id {
            Some(Some(id)) => write!(f, " by {id}")?,
            Some(None) => f.write_str(" by no policy")?,
            None => {}
        }
        if let Some(part) = &self.reason_contains {
            write!(f, " with `{part}` in its reason")?;
        }
        if let Some(findings) = &self.findings {
            write!(f, " finding {}", json::to_text(&findings.clone().into()))?;
        }
        match &self.replaced {
            Some(Value::Null) => f.write_str(" as it is"),
            Some(_) => f.write_str(" as the case says"),
            None => Ok(()),
        }
    }
}

/// Why a fixture or a suite is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum CaseError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is not JSON.
    #[error("is not JSON: {0}")]
    Json(#[from] ParseError),
    /// It says something else than a fixture does.
    #[error("{0}")]
    Written(#[from] CallError),
    /// It says neither what to judge nor what to expect.
    #[error("is no fixture: neither `input` nor `context` is there")]
    Nothing,
    /// It asks for a policy that is not there.
    #[error("there is no policy `{0}`")]
    NoPolicy(String),
}
