//! What is answered to a shortfall, and what unknown things count for.

use crate::taint::{Sensitivity, TrustLevel, Verdict};

/// Why the flow stage does not let a call pass, or that it does (`taint-flow.md` section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowCode {
    /// The value is trusted enough.
    Ok,
    /// The call only reads.
    ReadOnly,
    /// The value was seen nowhere.
    Unknown,
    /// The value comes from text that is not trusted enough.
    Untrusted,
    /// The value is trusted, but the user did not name it, and this call needs that.
    NotFromUser,
    /// An address inside content was seen nowhere.
    EntityUnknown,
    /// An address inside content comes from text that is not trusted enough.
    EntityUntrusted,
    /// Content was copied from text that reads like instructions.
    InstructionCopy,
    /// Something secret would leave.
    Secret,
    /// The tool is not in the list of delegated ones.
    NotDelegated,
    /// A call that takes away, spends or runs names nothing, after text that is not trusted.
    NoAnchor,
    /// Something may have been forgotten that would have spoken against the call.
    Limit,
}

impl FlowCode {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::Ok,
        Self::ReadOnly,
        Self::Unknown,
        Self::Untrusted,
        Self::NotFromUser,
        Self::EntityUnknown,
        Self::EntityUntrusted,
        Self::InstructionCopy,
        Self::Secret,
        Self::NotDelegated,
        Self::NoAnchor,
        Self::Limit,
    ];

    /// Every code whose answer an operator may choose.
    pub const ANSWERED: [Self; 9] = [
        Self::Unknown,
        Self::Untrusted,
        Self::NotFromUser,
        Self::EntityUnknown,
        Self::EntityUntrusted,
        Self::InstructionCopy,
        Self::Secret,
        Self::NoAnchor,
        Self::Limit,
    ];

    /// The word used in settings, records and explanations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ReadOnly => "read_only",
            Self::Unknown => "unknown",
            Self::Untrusted => "untrusted",
            Self::NotFromUser => "not_from_user",
            Self::EntityUnknown => "entity_unknown",
            Self::EntityUntrusted => "entity_untrusted",
            Self::InstructionCopy => "instruction_copy",
            Self::Secret => "secret",
            Self::NotDelegated => "not_delegated",
            Self::NoAnchor => "no_anchor",
            Self::Limit => "limit",
        }
    }

    /// The code of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

/// What an unknown conversation counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownConversation {
    /// Something may have happened in it.
    #[default]
    Tainted,
    /// Nothing has happened in it.
    Fresh,
}

/// How results of tools that no row lists are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnlistedResult {
    /// Short structured values are identifiers, the rest is text.
    #[default]
    Leaves,
    /// Everything is text.
    Text,
}

/// Whose prompts count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Prompts {
    /// Signed ones only.
    #[default]
    Signed,
    /// Signed ones, and unsigned ones of these callers: they vouch for them.
    From(Vec<String>),
}

/// What is answered, and what unknown things count for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What a shortfall of provenance answers; allow turns the flow stage off.
    pub flow: Verdict,
    /// What a call above the context floor answers; allow turns the stage off, `None` is block if
    /// the document has requirements and off otherwise.
    pub floor: Option<Verdict>,
    /// The floor of a conversation nobody remembers, or in which nothing is labelled.
    pub unknown_floor: TrustLevel,
    /// What a conversation nobody remembers counts for.
    pub unknown_conversation: UnknownConversation,
    /// How results of tools that no row lists are recorded.
    pub unlisted_result: UnlistedResult,
    /// Whether somebody can approve; if not, what would ask blocks.
    pub approvals: bool,
    /// Whose prompts count.
    pub prompts: Prompts,
    /// What a recipient outside the readers of what was seen answers; allow turns that off.
    pub readers: Verdict,
    /// What more secret content than a call may take out answers; allow turns that off.
    pub sensitivity: Verdict,
    /// The most secret content that may leave by a tool no row gives a ceiling.
    pub unlisted_ceiling: Sensitivity,
    /// What some codes answer instead of `flow`: ask or block, each code once, sorted.
    pub on: Vec<(FlowCode, Verdict)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flow: Verdict::Ask,
            floor: None,
            unknown_floor: TrustLevel::Untrusted,
            unknown_conversation: UnknownConversation::default(),
            unlisted_result: UnlistedResult::default(),
            approvals: true,
            prompts: Prompts::default(),
            readers: Verdict::Block,
            sensitivity: Verdict::Block,
            unlisted_ceiling: Sensitivity::Internal,
            on: Vec::new(),
        }
    }
}

impl Settings {
    /// What a code answers.
    #[must_use]
    pub fn answer(&self, code: FlowCode) -> Verdict {
        let chosen = match code {
            FlowCode::Ok | FlowCode::ReadOnly => return Verdict::Allow,
            FlowCode::NotDelegated => return Verdict::Block,
            _ => self.on.iter().find(|(known, _)| *known == code),
        };
        self.reachable(chosen.map_or(self.flow, |(_, answer)| *answer))
    }

    /// A verdict, block where nobody can be asked.
    #[must_use]
    pub fn reachable(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Ask if !self.approvals => Verdict::Block,
            other => other,
        }
    }
}
