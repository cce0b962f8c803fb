//! States of conversations on the wire. Not what is in them: the engine reads and merges that.

use std::collections::BTreeSet;

use tessera_engine::limits::{STATE_KEY_CHARS, TRUST_QUERY_KEYS};
use tessera_engine::time::UnixMillis;
use thiserror::Error;

use crate::v1;

/// How much the control plane knows of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its state, in the engine's form.
    Known(Vec<u8>),
    /// No filter has ever merged anything.
    NeverSeen,
    /// There was a state and it is gone.
    Forgotten,
}

/// What the control plane says of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its key: see [`is_conversation_key`].
    pub key: String,
    /// How much is known.
    pub standing: Standing,
}

/// What one exchange adds to one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Its key: see [`is_conversation_key`].
    pub key: String,
    /// A state in the engine's form that holds at least what is new.
    pub state: Vec<u8>,
    /// Until when it is needed at least; `None` for the control plane's own rule.
    pub needed_until: Option<UnixMillis>,
}

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
    /// What is known of the conversations `asked` for. A standing this version does not know counts as
    /// forgotten: that trusts nothing.
    ///
    /// # Errors
    /// The answer is of other conversations.
    pub fn into_kept(self, asked: &[String]) -> Result<Vec<Kept>, InvalidStates> {
        let Self { states } = self;
        if !states.iter().map(|state| &state.key).eq(asked) {
            return Err(InvalidStates::OtherConversations);
        }
        Ok(states.into_iter().map(Kept::from).collect())
    }
}

impl FromIterator<Kept> for v1::ReadResponse {
    fn from_iter<T: IntoIterator<Item = Kept>>(kept: T) -> Self {
        Self {
            states: kept.into_iter().map(Into::into).collect(),
        }
    }
}

// === impl Kept ===

impl From<v1::ConversationState> for Kept {
    fn from(wire: v1::ConversationState) -> Self {
        let known = wire.standing();
        let v1::ConversationState {
            key,
            standing: _,
            state,
        } = wire;
        let standing = match known {
            v1::Standing::Known => Standing::Known(state),
            v1::Standing::NeverSeen => Standing::NeverSeen,
            v1::Standing::Forgotten | v1::Standing::Unspecified => Standing::Forgotten,
        };
        Self { key, standing }
    }
}

impl From<Kept> for v1::ConversationState {
    fn from(kept: Kept) -> Self {
        let Kept { key, standing } = kept;
        let (standing, state) = match standing {
            Standing::Known(state) => (v1::Standing::Known, state),
            Standing::NeverSeen => (v1::Standing::NeverSeen, Vec::new()),
            Standing::Forgotten => (v1::Standing::Forgotten, Vec::new()),
        };
        Self {
            key,
            standing: standing.into(),
            state,
        }
    }
}

// === impl Delta ===

impl v1::MergeRequest {
    /// The deltas.
    ///
    /// # Errors
    /// See [`InvalidStates`].
    pub fn into_deltas(self) -> Result<Vec<Delta>, InvalidStates> {
        let Self { deltas } = self;
        check(deltas.iter().map(|delta| &delta.key))?;
        Ok(deltas.into_iter().map(Delta::from).collect())
    }
}

impl From<v1::Delta> for Delta {
    fn from(wire: v1::Delta) -> Self {
        let v1::Delta {
            key,
            state,
            needed_until_ms,
        } = wire;
        Self {
            key,
            state,
            needed_until: (needed_until_ms > 0).then_some(UnixMillis(needed_until_ms)),
        }
    }
}

impl From<Delta> for v1::Delta {
    fn from(delta: Delta) -> Self {
        let Delta {
            key,
            state,
            needed_until,
        } = delta;
        Self {
            key,
            state,
            needed_until_ms: needed_until.map_or(0, |until| until.0),
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
        let keys = |keys: &[&str]| v1::ReadRequest {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        };
        let (too_many, key) = (vec![KEY; TRUST_QUERY_KEYS + 1], KEY.to_owned());
        let cases = [
            (keys(&[]), InvalidStates::Count { got: 0 }),
            (keys(&too_many), InvalidStates::Count { got: 5 }),
            (keys(&[KEY, "short"]), InvalidStates::Key),
            (keys(&[KEY, OTHER, KEY]), InvalidStates::Twice { key }),
        ];
        for (request, refused) in cases {
            assert_eq!(request.clone().into_keys(), Err(refused), "{request:?}");
        }
        assert_eq!(keys(&[KEY, OTHER]).into_keys().unwrap(), [KEY, OTHER]);
    }

    #[test]
    fn what_is_kept_survives_the_wire() {
        let standings = [
            Standing::Known(b"state".to_vec()),
            Standing::NeverSeen,
            Standing::Forgotten,
        ];
        for standing in standings {
            let key = KEY.to_owned();
            let kept = Kept { key, standing };
            let wire = v1::ReadResponse::from_iter([kept.clone()]);
            assert_eq!(wire.into_kept(&[KEY.to_owned()]), Ok(vec![kept]));
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
            assert_eq!(Kept::from(wire).standing, Standing::Forgotten);
        }
    }

    #[test]
    fn an_answer_of_another_conversation_is_refused() {
        let key = KEY.to_owned();
        let standing = Standing::NeverSeen;
        let answer = v1::ReadResponse::from_iter([Kept { key, standing }]);
        for asked in [vec![], vec![OTHER.to_owned()], vec![KEY.to_owned(); 2]] {
            let refused = Err(InvalidStates::OtherConversations);
            assert_eq!(answer.clone().into_kept(&asked), refused);
        }
    }

    #[test]
    fn a_delta_survives_the_wire() {
        for needed_until in [None, Some(UnixMillis(1))] {
            let delta = Delta {
                key: KEY.to_owned(),
                state: b"state".to_vec(),
                needed_until,
            };
            let request = v1::MergeRequest {
                deltas: vec![delta.clone().into()],
            };
            assert_eq!(request.into_deltas(), Ok(vec![delta]));
        }
    }
}
