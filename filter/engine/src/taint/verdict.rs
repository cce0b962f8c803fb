//! What follows from where content came from: a call passes, asks a human, or is blocked.

/// The answer of one stage about one call. Greater is stricter, so the strictest of several is their
/// maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Verdict {
    /// Nothing speaks against the call.
    #[default]
    Allow,
    /// A human may let it pass.
    Ask,
    /// Nobody may.
    Block,
}

impl Verdict {
    /// Every verdict, the mildest first.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Ask, Self::Block];

    /// The word used in the registry, records and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Block => "block",
        }
    }

    /// The verdict of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == name)
    }
}
