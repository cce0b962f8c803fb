//! Joins what is kept of a conversation with what a filter adds, by the engine's own rule. It neither
//! reads nor needs the keys with which filters hash what they see.

use tessera_engine::exchange::{self, Remembered};
use tessera_engine::taint::Conversation;
use tessera_engine::time::UnixMillis;
use thiserror::Error;

/// A delta that could be read.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Key of the conversation.
    pub(super) key: String,
    /// What is added.
    pub(super) state: Conversation,
}

/// A delta that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the state for key {key} cannot be read: {reason}")]
pub(crate) struct Unreadable {
    /// Key of the conversation.
    key: String,
    /// What the engine says.
    reason: String,
}

impl TryFrom<exchange::Change> for Change {
    type Error = Unreadable;

    fn try_from(change: exchange::Change) -> Result<Self, Self::Error> {
        let exchange::Change { key, delta } = change;
        match Conversation::decode(&delta) {
            Ok(state) => Ok(Self { key, state }),
            Err(error) => Err(Unreadable {
                key,
                reason: error.to_string(),
            }),
        }
    }
}

/// The state to keep. Where a state is lost, or cannot be read, what is kept from now on says that
/// something may be missing.
pub(super) fn joined(remembered: Remembered, added: &Conversation, now: UnixMillis) -> Vec<u8> {
    let mut state = match remembered {
        Remembered::Never => return added.encode(),
        Remembered::Forgotten => Conversation::unknown(now),
        Remembered::State(bytes) => {
            Conversation::decode(&bytes).unwrap_or_else(|_| Conversation::unknown(now))
        }
    };
    state.merge(added);
    state.encode()
}
