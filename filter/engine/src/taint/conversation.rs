//! What is remembered of one conversation: its context, the values seen in it, its secrets.
//!
//! Values in, values out: where it is kept is the business of whoever holds it.

use super::context::Fold;
use super::flow::Secrets;
use crate::time::UnixMillis;

/// A store of a conversation that can be full.
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

/// What is remembered of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The fold of everything that has entered it.
    pub context: Fold,
    since: UnixMillis,
    secrets: Secrets,
}

/// Bytes that are no conversation: treat it as an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state of a conversation cannot be read")]
pub struct Unreadable;

impl Conversation {
    /// A conversation in which nothing has happened.
    #[must_use]
    pub fn fresh(now: UnixMillis) -> Self {
        Self {
            context: Fold::new(),
            since: now,
            secrets: Secrets::default(),
        }
    }

    /// A conversation of which nothing is known: something may have happened in it, so every store
    /// is incomplete.
    #[must_use]
    pub fn unknown(now: UnixMillis) -> Self {
        Self::fresh(now)
    }

    /// Reads what [`Conversation::encode`] wrote.
    ///
    /// # Errors
    /// If the bytes are anything else.
    pub const fn decode(_bytes: &[u8]) -> Result<Self, Unreadable> {
        Err(Unreadable)
    }

    /// The conversation as bytes, [`crate::limits::CONVERSATION_BYTES`] at most.
    #[must_use]
    pub const fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes in what is known elsewhere about the same conversation. In which order, and how often,
    /// does not matter.
    pub const fn merge(&mut self, _other: &Self) {}

    /// What holds for every conversation of the caller: the context, secrets and flags, but no
    /// value that could allow anything.
    #[must_use]
    pub fn restrictions(&self) -> Self {
        self.clone()
    }

    /// Whether something was dropped from a store, or may have been before it was known.
    #[must_use]
    pub const fn is_incomplete(&self, _store: Store) -> bool {
        false
    }

    /// The secrets seen in it.
    #[must_use]
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Whether nothing of a server was recorded in it that is below the level of an identifier.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        true
    }

    /// When it began, as far as is known.
    #[must_use]
    pub const fn since(&self) -> UnixMillis {
        self.since
    }
}
