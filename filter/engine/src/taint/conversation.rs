//! What is remembered of one conversation: its context, the values seen in it, its secrets.
//!
//! Values in, values out: where it is kept is the business of whoever holds it. Nothing readable is
//! in it but the names of the results that values came from.

mod codec;
mod items;
mod kept;
mod passages;
mod sources;

pub use codec::Unreadable;
pub(in crate::taint) use items::Secret;
pub(in crate::taint) use items::{Endorsement, Leaf, Pair, Seconds, Source, SourceId, Vouched};
pub(in crate::taint) use kept::{Item, Kept};
pub(in crate::taint) use passages::{Passage, Passages};
pub(in crate::taint) use sources::Sources;

use super::Level;
use super::context::Fold;
use super::flow::Secrets;
use crate::limits;
use crate::time::UnixMillis;

/// A store of a conversation that can be incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// Values of results. When some were dropped they are unknown.
    Values,
    /// Secrets. When some were dropped, any text may hold one.
    Secrets,
    /// Text that looked like instructions. When some was dropped, any content may repeat it.
    Flags,
    /// What the user said. When some was dropped it is unknown.
    Prompts,
}

impl Store {
    /// Every store.
    pub const ALL: [Self; 4] = [Self::Values, Self::Secrets, Self::Flags, Self::Prompts];

    const fn bit(self) -> u8 {
        match self {
            Self::Values => 1,
            Self::Secrets => 2,
            Self::Flags => 4,
            Self::Prompts => 8,
        }
    }
}

/// What is remembered of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The context: what could have influenced whatever follows.
    pub context: Fold,
    since: UnixMillis,
    /// [`Store`]s of which something is missing.
    incomplete: u8,
    /// The lowest level of any content of a server; `None` without any.
    lowest: Option<Level>,
    pub(in crate::taint) leaves: Kept<Leaf>,
    pub(in crate::taint) texts: Passages,
    pub(in crate::taint) prompts: Passages,
    pub(in crate::taint) flags: Kept<Pair>,
    secrets: Secrets,
    pub(in crate::taint) endorsements: Kept<Endorsement>,
    pub(in crate::taint) sources: Sources,
}

impl Conversation {
    /// A conversation in which nothing has happened.
    #[must_use]
    pub fn fresh(now: UnixMillis) -> Self {
        Self {
            context: Fold::new(),
            since: now,
            incomplete: 0,
            lowest: None,
            leaves: Kept::default(),
            texts: Passages::default(),
            prompts: Passages::default(),
            flags: Kept::default(),
            secrets: Secrets::default(),
            endorsements: Kept::default(),
            sources: Sources::default(),
        }
    }

    /// A conversation of which nothing is known: something may have happened in it, so every store
    /// is incomplete.
    #[must_use]
    pub fn unknown(now: UnixMillis) -> Self {
        let mut conversation = Self::fresh(now);
        conversation.context.forget();
        for store in Store::ALL {
            conversation.lose(store);
        }
        conversation.lowest = Some(Level::Web);
        conversation
    }

    /// Takes in what is known elsewhere about the same conversation. In which order, and how often,
    /// does not matter.
    pub fn merge(&mut self, other: &Self) {
        self.context.merge(&other.context);
        self.since = self.since.min(other.since);
        self.incomplete |= other.incomplete;
        self.lowest = lower(self.lowest, other.lowest);
        self.leaves.merge(&other.leaves);
        self.texts.merge(&other.texts, limits::CONVERSATION_TEXT);
        self.prompts
            .merge(&other.prompts, limits::CONVERSATION_PROMPTS);
        self.flags.merge(&other.flags);
        self.secrets.merge(&other.secrets);
        self.endorsements.merge(&other.endorsements);
        self.sources.merge(&other.sources);
    }

    /// What holds for every conversation of the caller: the context, secrets and flags, but no
    /// value that could allow anything.
    #[must_use]
    pub fn restrictions(&self) -> Self {
        Self {
            context: self.context.restrictions(),
            incomplete: self.incomplete,
            lowest: self.lowest,
            flags: self.flags.clone(),
            secrets: self.secrets.clone(),
            sources: self.sources.clone(),
            ..Self::fresh(self.since)
        }
    }

    /// Notes that something of a store is missing, or may be.
    pub const fn lose(&mut self, store: Store) {
        self.incomplete |= store.bit();
    }

    /// Whether something of a store was dropped, or may have been before it was known.
    #[must_use]
    pub const fn is_incomplete(&self, store: Store) -> bool {
        let is_full = match store {
            Store::Values => self.leaves.has_dropped() || self.texts.dropped().is_some(),
            Store::Secrets => self.secrets.has_dropped(),
            Store::Flags => self.flags.has_dropped(),
            Store::Prompts => self.prompts.dropped().is_some(),
        };
        is_full || self.incomplete & store.bit() != 0
    }

    /// The secrets seen in it.
    #[must_use]
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(in crate::taint) const fn secrets_mut(&mut self) -> &mut Secrets {
        &mut self.secrets
    }

    /// The lowest level of anything a server sent; `None` if nothing of one was recorded.
    #[must_use]
    pub const fn lowest(&self) -> Option<Level> {
        self.lowest
    }

    pub(in crate::taint) fn lower_to(&mut self, level: Level) {
        self.lowest = lower(self.lowest, Some(level));
    }

    /// Whether nothing of a server was recorded that is below the level of an identifier.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lowest.is_none_or(|lowest| lowest >= Level::Tool)
    }

    /// Whether the user has said something that still counts.
    #[must_use]
    pub fn has_words_of_user(&self, now: UnixMillis) -> bool {
        self.prompts.iter().any(|prompt| prompt.expires > now.0)
    }

    /// When it began, as far as is known.
    #[must_use]
    pub const fn since(&self) -> UnixMillis {
        self.since
    }
}

/// The lower of two levels, where there are any.
fn lower(a: Option<Level>, b: Option<Level>) -> Option<Level> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests;
