//! What the context says of one call, and why.

use super::recipients;
use super::{Floors, Fold, ResourceType};
use crate::json::Object;
use crate::taint::delegation::{self, Delegated};
use crate::taint::{Sensitivity, TrustLevel, Verdict};
use crate::time::UnixMillis;

/// Who a call sends to.
#[derive(Debug, Clone, Copy)]
pub enum Recipients<'a> {
    /// The values of the arguments the registry declares to be targets.
    Declared(&'a [&'a str]),
    /// Nobody declared any: the arguments whose names say so.
    ByName,
}

/// A call as the floor sees it.
#[derive(Debug, Clone, Copy)]
pub struct FloorCall<'a> {
    /// The name of the tool or the prompt, or the URI of the resource.
    pub name: &'a str,
    /// What it is a name of.
    pub resource: ResourceType,
    /// The arguments, if it has any.
    pub arguments: Option<&'a Object>,
    /// Who it sends to.
    pub recipients: Recipients<'a>,
    /// How sensitive the conversation may be at the most; see [`super::FloorSettings::ceiling`].
    /// `Some` also says that what it is given leaves.
    pub ceiling: Option<Sensitivity>,
    /// In whose name it is made, if it states that.
    pub delegated: Option<Delegated<'a>>,
}

/// Why a call falls short of what it needs. Stable words of records and the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FloorCode {
    /// Something less trusted than needed may have influenced the call.
    FloorBelow,
    /// A recipient may not read what the conversation has seen.
    ReadersViolated,
    /// The conversation has seen something more sensitive than the call may take out.
    SensitivityExceeded,
    /// The call was not delegated to who makes it.
    NotDelegated,
    /// A human has to agree to every such call.
    HumanApproval,
}

impl FloorCode {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FloorBelow => "floor_below",
            Self::ReadersViolated => "readers_violated",
            Self::SensitivityExceeded => "sensitivity_exceeded",
            Self::NotDelegated => "not_delegated",
            Self::HumanApproval => "human_approval",
        }
    }
}

/// One thing that speaks against a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorFinding {
    /// What.
    pub code: FloorCode,
    /// What follows from it.
    pub verdict: Verdict,
    /// The same for people. It holds no value of an argument.
    pub reason: String,
}

/// What the context says of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorDecision {
    /// The strictest of the findings; [`Verdict::Allow`] without any.
    pub verdict: Verdict,
    /// The floor under the call.
    pub observed: TrustLevel,
    /// What it needs.
    pub required: TrustLevel,
    /// Arguments whose values have to come from the user, sorted.
    pub critical_args: Vec<String>,
    /// What speaks against it, the strictest first.
    pub findings: Vec<FloorFinding>,
}

impl FloorDecision {
    /// The finding that decides.
    #[must_use]
    pub fn deciding(&self) -> Option<&FloorFinding> {
        self.findings.first()
    }
}

impl Floors {
    /// Judges one call against the context it is made in. Every check is made, and the strictest
    /// answer wins: what a human may agree to hides nothing that nobody may.
    #[must_use]
    pub fn decide(&self, fold: &Fold, call: &FloorCall<'_>, now: UnixMillis) -> FloorDecision {
        let needed = self.needed(call.name, call.resource);
        let observed = fold.floor(self.settings(), now);
        let mut findings = Vec::new();
        let mut add = |code, verdict, reason: Option<String>| {
            if let Some(reason) = reason
                && verdict != Verdict::Allow
            {
                findings.push(FloorFinding {
                    code,
                    verdict,
                    reason,
                });
            }
        };
        let settings = self.settings();
        add(
            FloorCode::FloorBelow,
            settings.below,
            below(call, observed, needed.level),
        );
        let refusal = call.delegated.as_ref().and_then(|delegated| {
            delegation::decide(delegated, call.name, call.arguments, now).err()
        });
        add(
            FloorCode::NotDelegated,
            Verdict::Block,
            refusal.map(|refusal| refusal.to_string()),
        );
        add(
            FloorCode::ReadersViolated,
            settings.readers,
            unread(fold, call),
        );
        add(
            FloorCode::SensitivityExceeded,
            settings.sensitivity,
            exceeded(fold, call),
        );
        if settings.below != Verdict::Allow {
            add(
                FloorCode::HumanApproval,
                Verdict::Ask,
                needed
                    .needs_approval
                    .then(|| "a human has to agree to every use of it".to_owned()),
            );
        }
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.verdict), finding.code));
        FloorDecision {
            verdict: findings.first().map_or(Verdict::Allow, |f| f.verdict),
            observed,
            required: needed.level,
            critical_args: needed.critical_args,
            findings,
        }
    }
}

/// Why the floor is too low, if it is.
fn below(call: &FloorCall<'_>, observed: TrustLevel, required: TrustLevel) -> Option<String> {
    (observed < required).then(|| {
        format!(
            "this {} needs a context at {} or above, and something at {} is in it",
            call.resource.as_str(),
            required.as_str(),
            observed.as_str()
        )
    })
}

/// Why a recipient may not read what the conversation has seen, if so.
fn unread(fold: &Fold, call: &FloorCall<'_>) -> Option<String> {
    let readers = fold.readers()?;
    let recipients = match call.recipients {
        Recipients::Declared(values) => recipients::split_all(values),
        Recipients::ByName => recipients::recipients_by_name(call.arguments),
    };
    if recipients.is_empty() {
        return call.ceiling.map(|_| {
            "what this conversation has seen has readers, and the call names no recipient"
                .to_owned()
        });
    }
    let outside = recipients
        .iter()
        .filter(|name| !readers.contains(*name))
        .count();
    (outside > 0).then(|| {
        format!(
            "{outside} of {} recipients may not read what this conversation has seen",
            recipients.len()
        )
    })
}

/// Why the conversation is too sensitive for the call, if it is.
fn exceeded(fold: &Fold, call: &FloorCall<'_>) -> Option<String> {
    let ceiling = call.ceiling?;
    (fold.sensitivity() > ceiling).then(|| {
        format!(
            "this conversation has seen something {}, and the call may take out what is {} at most",
            fold.sensitivity().as_str(),
            ceiling.as_str()
        )
    })
}
