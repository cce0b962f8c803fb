//! A stage's part in a decision: how what trust found is added, and how it reads in a record.

use crate::policy::{Action, Check, Decision, Outcome, ReasonCode, Stage};
use crate::taint::{Because, FlowCode, Verdict};
use std::fmt::Write as _;

/// Refuses a message because what it brought could not be kept.
pub(super) fn lossy(decision: &mut Decision) {
    let text = "what the message vouches for could not be kept";
    let code = ReasonCode::StateUnkept;
    stage(decision, Stage::Tokens, Verdict::Block, code, text);
}

/// Whether nothing speaks against the call.
pub(super) const fn passes(code: FlowCode) -> bool {
    matches!(code, FlowCode::Ok | FlowCode::ReadOnly)
}

/// The word of a decision that it leads to.
pub(super) const fn code_of(code: FlowCode) -> ReasonCode {
    match code {
        FlowCode::Ok | FlowCode::ReadOnly | FlowCode::Limit => ReasonCode::FlowLimit,
        FlowCode::Unknown => ReasonCode::FlowUnknown,
        FlowCode::Untrusted => ReasonCode::FlowUntrusted,
        FlowCode::NotFromUser => ReasonCode::FlowNotFromUser,
        FlowCode::EntityUnknown => ReasonCode::FlowEntityUnknown,
        FlowCode::EntityUntrusted => ReasonCode::FlowEntityUntrusted,
        FlowCode::InstructionCopy => ReasonCode::FlowInstructionCopy,
        FlowCode::Secret => ReasonCode::FlowSecret,
        FlowCode::NotDelegated => ReasonCode::NotDelegated,
        FlowCode::NoAnchor => ReasonCode::FlowNoAnchor,
    }
}

/// What decides, for people; how much else speaks against the call.
pub(super) fn reason(because: &Because, others: usize) -> String {
    let sentence = because.sentence();
    match others {
        0 => sentence,
        1 => format!("{sentence} (and one thing more)"),
        others => format!("{sentence} (and {others} things more)"),
    }
}

/// One finding as a record keeps it: `place=code level<need source`. No value of an argument.
pub(super) fn line(because: &Because) -> Option<String> {
    if passes(because.code) {
        return None;
    }
    let mut line = format!("{}={}", because.at, because.code.as_str());
    if let (Some(level), Some(need)) = (because.level, because.need) {
        // Writing to a String cannot fail.
        let _ = write!(line, " {}<{}", level.as_str(), need.as_str());
    }
    if let Some(source) = &because.source {
        let _ = write!(line, " {}:{}", source.tool, source.audit_id);
    }
    Some(line)
}

/// Adds a stage's part: of two decisions the stricter stands, of equal ones the earlier.
pub(super) fn stage(
    decision: &mut Decision,
    stage: Stage,
    verdict: Verdict,
    code: ReasonCode,
    reason: &str,
) {
    let action = match verdict {
        Verdict::Allow => Action::Allow,
        Verdict::Ask => Action::RequireApproval,
        Verdict::Block => Action::Block,
    };
    let outcome = if verdict == Verdict::Allow {
        Outcome::Passed
    } else {
        Outcome::Refused
    };
    decision.checks.push(check(stage, outcome));
    let checks = std::mem::take(&mut decision.checks);
    let other = Decision {
        action,
        policy_id: None,
        code,
        reason: reason.to_owned(),
        checks: Vec::new(),
    };
    let before = std::mem::replace(decision, plain_allow());
    *decision = before.or_stricter(other);
    decision.checks = checks;
}

const fn plain_allow() -> Decision {
    Decision {
        action: Action::Allow,
        policy_id: None,
        code: ReasonCode::Default,
        reason: String::new(),
        checks: Vec::new(),
    }
}

/// A stage and how it came out.
pub(super) const fn check(stage: Stage, outcome: Outcome) -> Check {
    Check {
        stage,
        outcome,
        tried: 0,
    }
}
