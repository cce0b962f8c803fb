//! The outcome of judging one message. Not the answer on the wire: that is [`crate::mcp`]'s.

/// What a policy, or the default, says about a call or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Let it pass.
    Allow,
    /// Refuse it.
    Block,
    /// Let it pass and say so in the record.
    LogOnly,
    /// Refuse it until a human has approved.
    RequireApproval,
    /// Let an answer pass with its finds replaced. Only answers are redacted.
    Redact,
}

impl Action {
    /// Every action, in the order documents name them.
    pub const ALL: [Self; 5] = [
        Self::Allow,
        Self::Block,
        Self::LogOnly,
        Self::RequireApproval,
        Self::Redact,
    ];

    /// The word used in policies, records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
            Self::LogOnly => "log_only",
            Self::RequireApproval => "require_approval",
            Self::Redact => "redact",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// How strict it is to a call: of two decisions about one call the greater stands.
    pub(in crate::policy) const fn strictness(self) -> u8 {
        match self {
            Self::Allow | Self::Redact => 0,
            Self::LogOnly => 1,
            Self::RequireApproval => 2,
            Self::Block => 3,
        }
    }

    /// Whether a call so decided reaches the server, or an answer the client, when decisions are
    /// enforced.
    #[must_use]
    pub const fn lets_pass(self) -> bool {
        matches!(self, Self::Allow | Self::LogOnly | Self::Redact)
    }
}

/// What is done with decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Decisions are carried out.
    Enforcement,
    /// Decisions are taken and recorded; calls pass. Intent, lockdown and protocol refusals are
    /// carried out all the same.
    LogOnly,
    /// No policy is looked at; calls pass and are recorded.
    Observation,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Enforcement, Self::LogOnly, Self::Observation];

    /// The word used in settings, records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforcement => "enforcement",
            Self::LogOnly => "log_only",
            Self::Observation => "observation",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// Why, as a stable word for programs. New ones may be added; none changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonCode {
    /// A policy matched; its id is in the decision.
    PolicyMatched,
    /// No policy matched: the default action.
    Default,
    /// The runtime is locked down.
    LockdownActive,
    /// The call's intent block is malformed, or required and missing.
    IntentRequired,
    /// `arguments` or `_meta` have a type the protocol does not allow.
    WrongType,
    /// Judging needed more work than [`crate::limits`] allows.
    BudgetExceeded,
    /// A tool that runs another was called so that the other cannot be told.
    MetaToolUnreadable,
    /// Observation mode: no policy was looked at.
    Observed,
    /// A method that only keeps the protocol going, and no policy names it.
    NotGoverned,
    /// Another message of the same batch was refused, and a batch goes on whole or not at all.
    BatchDenied,
    /// A request of the server whose answer could not be told from a foreign one.
    UnknownSession,
    /// A call of a tool whose definition has changed, is suspicious, or is not known, and has not been
    /// approved.
    ToolQuarantined,
    /// A listed definition that is not the approved one, or not the one seen first.
    ToolChanged,
    /// A listed definition that is suspicious and not approved.
    ToolFlagged,
    /// A listed definition of a tool none has been approved of, where that is asked for.
    ToolUnpinned,
    /// A listed definition that clients could read in several ways.
    ToolUnreadable,
    /// A listed definition that is seen for the first time.
    ToolFirstSeen,
    /// Something less trusted than the call needs may have influenced it.
    FloorBelow,
    /// A recipient may not read what the conversation has seen.
    ReadersViolated,
    /// The conversation has seen something more sensitive than the call may take out.
    SensitivityExceeded,
    /// The call was not delegated to who makes it.
    NotDelegated,
    /// A human has to agree to every such call.
    HumanApproval,
    /// A value of the call was seen nowhere.
    FlowUnknown,
    /// A value of the call comes from text that is not trusted enough.
    FlowUntrusted,
    /// A value that the user has to name comes from elsewhere.
    FlowNotFromUser,
    /// An address inside content was seen nowhere.
    FlowEntityUnknown,
    /// An address inside content comes from text that is not trusted enough.
    FlowEntityUntrusted,
    /// Content was copied from text that reads like instructions.
    FlowInstructionCopy,
    /// Something secret would leave.
    FlowSecret,
    /// A call that takes away, spends or runs names nothing, after text that is not trusted.
    FlowNoAnchor,
    /// Something may have been forgotten that would have spoken against the call.
    FlowLimit,
    /// What a message brings, or an answer leaves behind, could not be kept.
    StateUnkept,
    /// The bundle has a trust document, and the filter no keys to judge by it.
    NoTrustKeys,
    /// The filter has no bundle.
    NoBundle,
    /// The audit outbox is full.
    AuditFull,
}

impl ReasonCode {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PolicyMatched => "policy_matched",
            Self::Default => "default",
            Self::LockdownActive => "lockdown_active",
            Self::IntentRequired => "intent_required",
            Self::WrongType => "wrong_type",
            Self::BudgetExceeded => "budget_exceeded",
            Self::MetaToolUnreadable => "meta_tool_unreadable",
            Self::Observed => "observed",
            Self::NotGoverned => "not_governed",
            Self::BatchDenied => "batch_denied",
            Self::UnknownSession => "unknown_session",
            Self::ToolQuarantined => "tool_quarantined",
            Self::ToolChanged => "tool_changed",
            Self::ToolFlagged => "tool_flagged",
            Self::ToolUnpinned => "tool_unpinned",
            Self::ToolUnreadable => "tool_unreadable",
            Self::ToolFirstSeen => "tool_first_seen",
            Self::FloorBelow => "floor_below",
            Self::ReadersViolated => "readers_violated",
            Self::SensitivityExceeded => "sensitivity_exceeded",
            Self::NotDelegated => "not_delegated",
            Self::HumanApproval => "human_approval",
            Self::FlowUnknown => "flow_unknown",
            Self::FlowUntrusted => "flow_untrusted",
            Self::FlowNotFromUser => "flow_not_from_user",
            Self::FlowEntityUnknown => "flow_entity_unknown",
            Self::FlowEntityUntrusted => "flow_entity_untrusted",
            Self::FlowInstructionCopy => "flow_instruction_copy",
            Self::FlowSecret => "flow_secret",
            Self::FlowNoAnchor => "flow_no_anchor",
            Self::FlowLimit => "flow_limit",
            Self::StateUnkept => "state_unkept",
            Self::NoTrustKeys => "no_trust_keys",
            Self::NoBundle => "no_bundle",
            Self::AuditFull => "audit_full",
        }
    }

    /// Whether the refusal is carried out in every mode, not only in enforcement.
    #[must_use]
    pub const fn binds_in_every_mode(self) -> bool {
        matches!(
            self,
            Self::LockdownActive
                | Self::IntentRequired
                | Self::WrongType
                | Self::UnknownSession
                | Self::NoTrustKeys
                | Self::NoBundle
                | Self::AuditFull
        )
    }
}

/// A stage of judgement, in the order of judgement (`design.md` section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Who calls.
    Caller,
    /// Whether the message is well-formed MCP.
    Protocol,
    /// Whether the intent block is well-formed and present where required.
    Intent,
    /// Whether the runtime is locked down.
    Lockdown,
    /// The policies, first match wins.
    Policies,
    /// Whether the tool's definition is the approved one.
    Definition,
    /// The policies once more, over what strings of the call hold.
    Inside,
    /// Whether the tokens that a message carries are believed.
    Tokens,
    /// Whether the call was delegated to who makes it.
    Delegation,
    /// Whether everything that could have influenced the call is trusted enough.
    Floor,
    /// Whether the call's values come from where they may.
    Flow,
}

impl Stage {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Protocol => "protocol",
            Self::Intent => "intent",
            Self::Lockdown => "lockdown",
            Self::Policies => "policies",
            Self::Definition => "definition",
            Self::Inside => "inside",
            Self::Tokens => "tokens",
            Self::Delegation => "delegation",
            Self::Floor => "floor",
            Self::Flow => "flow",
        }
    }
}

/// How a stage came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It had no objection.
    Passed,
    /// It refused.
    Refused,
    /// A policy matched.
    Matched,
    /// No policy matched.
    NoMatch,
    /// It was not looked at.
    Skipped,
}

impl Outcome {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Refused => "refused",
            Self::Matched => "matched",
            Self::NoMatch => "no_match",
            Self::Skipped => "skipped",
        }
    }
}

/// One stage's part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The stage.
    pub stage: Stage,
    /// How it came out.
    pub outcome: Outcome,
    /// How many rules it tried.
    pub tried: usize,
}

/// A decision: action, who decided, why, and the checks that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// The policy that decided; `None` if none did.
    pub policy_id: Option<String>,
    /// Why, for programs.
    pub code: ReasonCode,
    /// Why, for people: the policy's reason with its templates filled in, or the code's word.
    pub reason: String,
    /// The stages in the order they were looked at.
    pub checks: Vec<Check>,
}

impl Decision {
    /// The stricter of two decisions about one message; of equal ones this. Block is stricter than
    /// `require_approval`, that than `log_only`, that than `allow`.
    #[must_use]
    pub fn or_stricter(self, other: Self) -> Self {
        if other.action.strictness() > self.action.strictness() {
            other
        } else {
            self
        }
    }

    /// Whether what strings of the call hold led to it, and not the call as it was sent.
    pub(in crate::policy) fn is_by_inside(&self) -> bool {
        self.checks
            .iter()
            .any(|check| check.stage == Stage::Inside && check.outcome != Outcome::Passed)
    }
}
