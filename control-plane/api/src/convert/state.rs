//! States of conversations on the wire. Not what is in them: the engine reads and merges that.

use std::collections::BTreeSet;

use tessera_engine::exchange::{Change, Remembered};
use tessera_engine::limits::{STATE_KEY_CHARS, TRUST_QUERY_KEYS};
use thiserror::Error;

use crate::v1;

/// Whether a text can be the key of a conversation: [`STATE_KEY_CHARS`] lower-case hexadecimal digits.
#[must_use]
pub fn is_conversation_key(text: &str) -> bool {
    text.len() == STATE_KEY_CHARS
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Why a request or an answer is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidStates {
    /// It names no conversation, or too many.
    #[error("expected 1 to {TRUST_QUERY_KEYS} conversations, got {got}")]
    Count {
        /// How many it names.
        got: usize,
    },
    /// A key is not one.
    #[error("a key must be {STATE_KEY_CHARS} lower-case hexadecimal digits")]
    Key,
    /// A conversation is named twice.
    #[error("key {key} is named twice")]
    Twice {
        /// Its key.
        key: String,
    },
    /// An answer is not one for each key asked for, in their order.
    #[error("the answer is not of the conversations asked for")]
    OtherConversations,
}

fn check<'a>(keys: impl ExactSizeIterator<Item = &'a String>) -> Result<(), InvalidStates> {
    let got = keys.len();
    if !(1..=TRUST_QUERY_KEYS).contains(&got) {
        return Err(InvalidStates::Count { got });
    }
    let mut seen = BTreeSet::new();
    for key in keys {
        if !is_conversation_key(key) {
            return Err(InvalidStates::Key);
        }
        if !seen.insert(key) {
            return Err(InvalidStates::Twice { key: key.clone() });
        }
    }
    Ok(())
}

// === impl ReadRequest ===

impl v1::ReadRequest {
    /// The keys asked for.
    ///
    /// # Errors
    /// See [`InvalidStates`].
    pub fn into_keys(self) -> Result<Vec<String>, InvalidStates> {
        let Self { keys } = self;
        check(keys.iter())?;
        Ok(keys)
    }
}

// === impl ReadResponse ===

impl v1::ReadResponse {
    /// The answer about `keys`, in their order.
    #[must_use]
    pub fn of(keys: Vec<String>, remembered: Vec<Remembered>) -> Self {
        let all = keys.into_iter().zip(remembered);
        let states = all.map(|(key, remembered)| {
            let (standing, state) = match remembered {
                Remembered::State(state) => (v1::Standing::Known, state),
                Remembered::Never => (v1::Standing::NeverSeen, Vec::new()),
                Remembered::Forgotten => (v1::Standing::Forgotten, Vec::new()),
            };
            v1::ConversationState {
                key,
                standing: standing.into(),
                state,
            }
        });
        Self {
            states: states.collect(),
        }
    }

    /// What is remembered of the conversations `asked` for, in their order.
    ///
    /// # Errors
    /// The answer is of other conversations.
    pub fn into_remembered(self, asked: &[String]) -> Result<Vec<Remembered>, InvalidStates> {
        let Self { states } = self;
        if !states.iter().map(|state| &state.key).eq(asked) {
            return Err(InvalidStates::OtherConversations);
        }
        Ok(states.into_iter().map(remembered).collect())
    }
}

/// A standing this version does not know counts as forgotten: that trusts nothing.
fn remembered(wire: v1::ConversationState) -> Remembered {
    let standing = wire.standing();
    let v1::ConversationState {
        key: _,
        standing: _,
        state,
    } = wire;
    match standing {
        v1::Standing::Known => Remembered::State(state),
        v1::Standing::NeverSeen => Remembered::Never,
        v1::Standing::Forgotten | v1::Standing::Unspecified => Remembered::Forgotten,
    }
}

// === impl MergeRequest ===

impl v1::MergeRequest {
    /// The changes.
    ///
    /// # Errors
    /// See [`InvalidStates`].
    pub fn into_changes(self) -> Result<Vec<Change>, InvalidStates> {
        let Self { deltas } = self;
        check(deltas.iter().map(|delta| &delta.key))?;
        let change = |v1::Delta { key, state }| Change { key, delta: state };
        Ok(deltas.into_iter().map(change).collect())
    }
}

impl From<Vec<Change>> for v1::MergeRequest {
    fn from(changes: Vec<Change>) -> Self {
        let delta = |Change { key, delta }| v1::Delta { key, state: delta };
        Self {
            deltas: changes.into_iter().map(delta).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "ffffffffffffffffffffffffffffffff";

    #[test]
    fn only_32_lower_case_digits_are_a_key() {
        assert!(is_conversation_key(KEY));
        let upper = KEY.to_uppercase();
        for text in ["", "0", &format!("{KEY}0"), &upper, &"g".repeat(32)] {
            assert!(!is_conversation_key(text), "{text:?}");
        }
    }

    #[test]
    fn a_request_of_no_or_too_many_or_repeated_conversations_is_refused() {
        let (too_many, key) = (vec![KEY; TRUST_QUERY_KEYS + 1], KEY.to_owned());
        let cases: [(&[&str], _); 4] = [
            (&[], InvalidStates::Count { got: 0 }),
            (&too_many, InvalidStates::Count { got: 5 }),
            (&[KEY, "short"], InvalidStates::Key),
            (&[KEY, OTHER, KEY], InvalidStates::Twice { key }),
        ];
        for (keys, refused) in cases {
            let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
            let changes = keys.iter().map(|key| Change {
                key: key.clone(),
                delta: Vec::new(),
            });
            let merge = v1::MergeRequest::from(changes.collect::<Vec<_>>());
            assert_eq!(merge.into_changes(), Err(refused.clone()), "{keys:?}");
            let read = v1::ReadRequest { keys };
            assert_eq!(read.into_keys(), Err(refused));
        }
        let keys = vec![KEY.to_owned(), OTHER.to_owned()];
        let read = v1::ReadRequest { keys: keys.clone() };
        assert_eq!(read.into_keys(), Ok(keys));
    }

    #[test]
    fn what_is_remembered_survives_the_wire() {
        let all = [
            Remembered::State(b"state".to_vec()),
            Remembered::Never,
            Remembered::Forgotten,
        ];
        for remembered in all {
            let wire = v1::ReadResponse::of(vec![KEY.to_owned()], vec![remembered.clone()]);
            let asked = [KEY.to_owned()];
            assert_eq!(wire.into_remembered(&asked), Ok(vec![remembered]));
        }
    }

    #[test]
    fn an_unknown_standing_trusts_nothing() {
        for standing in [0, 4, -1] {
            let wire = v1::ConversationState {
                key: KEY.to_owned(),
                standing,
                state: b"state".to_vec(),
            };
            assert_eq!(remembered(wire), Remembered::Forgotten);
        }
    }

    #[test]
    fn an_answer_of_another_conversation_is_refused() {
        let answer = v1::ReadResponse::of(vec![KEY.to_owned()], vec![Remembered::Never]);
        for asked in [vec![], vec![OTHER.to_owned()], vec![KEY.to_owned(); 2]] {
            let refused = Err(InvalidStates::OtherConversations);
            assert_eq!(answer.clone().into_remembered(&asked), refused);
        }
    }

    #[test]
    fn changes_survive_the_wire() {
        let changes = vec![Change {
            key: KEY.to_owned(),
            delta: b"state".to_vec(),
        }];
        let wire = v1::MergeRequest::from(changes.clone());
        assert_eq!(wire.into_changes(), Ok(changes));
    }
}
