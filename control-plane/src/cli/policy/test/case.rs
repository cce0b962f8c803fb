//! One case: a call, the policies that judge it, and what is expected.

use std::fmt;
use std::path::PathBuf;

use tessera_engine::json::ParseError;
use tessera_engine::policy::{Action, Decision};

use super::super::call::{CallError, WrittenCall};

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
    /// The call.
    pub(super) call: WrittenCall,
    /// What is expected.
    pub(super) expect: Expect,
}

/// What is expected of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expect {
    /// The action.
    pub(super) action: Action,
    /// The policy that decides; the inner `None` for no policy, the outer if nothing is said.
    pub(super) policy_id: Option<Option<String>>,
    /// A part of the reason.
    pub(super) reason_contains: Option<String>,
}

impl Expect {
    /// An action, whoever decides it.
    pub(super) const fn action(action: Action) -> Self {
        Self {
            action,
            policy_id: None,
            reason_contains: None,
        }
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
        match &self.reason_contains {
            Some(part) => write!(f, " with `{part}` in its reason"),
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
