//! How far content is trusted, where it came from, and how secret it is.
//!
//! Higher is more trusted, everywhere.

/// How far a label says that content is trusted: a closed set (`trust-engine.md` section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrustLevel {
    /// Written by anybody.
    Untrusted,
    /// Returned by a system the operator trusts.
    Tool,
    /// Said by the user.
    User,
    /// Said by the operator.
    System,
}

impl TrustLevel {
    /// Every level, the least trusted first.
    pub const ALL: [Self; 4] = [Self::Untrusted, Self::Tool, Self::User, Self::System];

    /// The word used in labels, policies and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Tool => "tool",
            Self::User => "user",
            Self::System => "system",
        }
    }

    /// The number used in labels: 0, 50, 100 or 200.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Untrusted => 0,
            Self::Tool => 50,
            Self::User => 100,
            Self::System => 200,
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// The level of that number; no other number is one.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

/// How far one value is trusted: the levels of labels and two of the flow engine's own
/// (`taint-flow.md` section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Seen nowhere: worse than seen in a web page.
    Unknown,
    /// Free text that anybody may have written.
    Web,
    /// Free text written by members of the operator's own organisation.
    Internal,
    /// An identifier that a trusted system returned.
    Tool,
    /// Said by the user.
    User,
    /// Said by the operator.
    System,
}

impl Level {
    /// Every level, the least trusted first.
    pub const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Web,
        Self::Internal,
        Self::Tool,
        Self::User,
        Self::System,
    ];

    /// The word used in the registry, policies and reasons.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Web => "web",
            Self::Internal => "internal",
            Self::Tool => "tool",
            Self::User => "user",
            Self::System => "system",
        }
    }

    /// The number used in explanations: -1, 0, 25, 50, 100 or 200.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Unknown => -1,
            Self::Web => 0,
            Self::Internal => 25,
            Self::Tool => 50,
            Self::User => 100,
            Self::System => 200,
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// The level of that number; no other number is one.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// The greatest level a label can state that is not above this one.
    #[must_use]
    pub const fn trust(self) -> TrustLevel {
        match self {
            Self::Unknown | Self::Web | Self::Internal => TrustLevel::Untrusted,
            Self::Tool => TrustLevel::Tool,
            Self::User => TrustLevel::User,
            Self::System => TrustLevel::System,
        }
    }
}

impl From<TrustLevel> for Level {
    fn from(level: TrustLevel) -> Self {
        match level {
            TrustLevel::Untrusted => Self::Web,
            TrustLevel::Tool => Self::Tool,
            TrustLevel::User => Self::User,
            TrustLevel::System => Self::System,
        }
    }
}

/// Who content came from (`trust-engine.md` section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The user.
    User,
    /// The operator.
    System,
    /// A tool the operator trusts.
    Tool,
    /// Something remembered from before.
    Memory,
    /// The world outside.
    Web,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::System,
        Self::Tool,
        Self::Memory,
        Self::Web,
    ];

    /// The word used in labels, policies and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::Tool => "tool",
            Self::Memory => "memory",
            Self::Web => "web",
        }
    }

    /// The origin of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }

    /// How far content of this origin is trusted at most.
    #[must_use]
    pub const fn trust(self) -> TrustLevel {
        match self {
            Self::Web | Self::Memory => TrustLevel::Untrusted,
            Self::Tool => TrustLevel::Tool,
            Self::User => TrustLevel::User,
            Self::System => TrustLevel::System,
        }
    }
}

/// How secret content is. Higher is more secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sensitivity {
    /// For everybody.
    #[default]
    Public,
    /// For members of the organisation.
    Internal,
    /// For those who need it.
    Confidential,
    /// Guarded by law or contract.
    Restricted,
}

impl Sensitivity {
    /// Every class, the least secret first.
    pub const ALL: [Self; 4] = [
        Self::Public,
        Self::Internal,
        Self::Confidential,
        Self::Restricted,
    ];

    /// The word used in labels, the registry and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_known_by_name_and_number_and_rise_with_their_number() {
        for level in Level::ALL {
            assert_eq!(Level::from_name(level.as_str()), Some(level));
            assert_eq!(Level::from_number(level.number()), Some(level));
        }
        assert!(Level::ALL.is_sorted_by_key(|level| level.number()));
        assert!(Level::ALL.is_sorted() && TrustLevel::ALL.is_sorted());
        assert!(TrustLevel::ALL.is_sorted_by_key(|level| level.number()));
        for number in [51, 75, 25, -1] {
            assert_eq!(TrustLevel::from_number(number), None);
        }
    }

    #[test]
    fn a_label_never_states_more_than_a_value_has() {
        for level in Level::ALL {
            assert!(Level::from(level.trust()).number() <= level.number().max(0));
        }
    }
}
