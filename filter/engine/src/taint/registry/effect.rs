//! What a tool does to the world (`taint-flow.md` section 5).

use std::fmt;

/// One thing a tool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It tells something and changes nothing.
    Read,
    /// It changes or makes something that can be changed back.
    Write,
    /// It hands something to somebody.
    Send,
    /// It takes something away.
    Destroy,
    /// It spends or commits: pay, transfer, book, reserve, schedule.
    Pay,
    /// It runs what it is given.
    Execute,
}

impl Effect {
    /// Every effect, in the order documents name them.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::Write,
        Self::Send,
        Self::Destroy,
        Self::Pay,
        Self::Execute,
    ];

    /// The word used in the registry and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Send => "send",
            Self::Destroy => "destroy",
            Self::Pay => "pay",
            Self::Execute => "execute",
        }
    }

    /// The effect of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of effects. The empty set is a tool of which nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Effects(u8);

impl Effects {
    /// No effect.
    pub const NONE: Self = Self(0);

    /// Only reading.
    pub const READ: Self = Self(Effect::Read.bit());

    /// These and one more.
    #[must_use]
    pub const fn with(self, effect: Effect) -> Self {
        Self(self.0 | effect.bit())
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set has an effect.
    #[must_use]
    pub const fn has(self, effect: Effect) -> bool {
        self.0 & effect.bit() != 0
    }

    /// Whether the set has no effect at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set is reading and nothing else.
    #[must_use]
    pub const fn only_reads(self) -> bool {
        self.0 == Self::READ.0
    }

    /// The effects, in the order of [`Effect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Effect> {
        Effect::ALL
            .into_iter()
            .filter(move |effect| self.has(*effect))
    }
}

impl FromIterator<Effect> for Effects {
    fn from_iter<I: IntoIterator<Item = Effect>>(effects: I) -> Self {
        effects.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
