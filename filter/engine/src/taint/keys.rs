//! The keys of signed labels: master secrets, what is derived from them, public keys of others.
//!
//! Not a key store: secrets are handed in by whoever reads the configuration, and leave this module
//! only as derived keys. One derived key serves one purpose in one scope (`trust-engine.md` B10).

mod derived;
mod public;

use std::fmt;
use thiserror::Error;

pub use derived::{DerivedKey, Purpose};
pub use public::{PublicKey, Scopes};

use crate::limits;
use crate::time::UnixMillis;

/// A secret everything else is derived from. It signs nothing itself.
#[derive(Clone)]
pub struct MasterKey {
    id: String,
    secret: DerivedKey,
}

impl MasterKey {
    /// Takes a secret of at least [`limits::MASTER_KEY_BYTES`] under the id tokens name it by.
    ///
    /// # Errors
    /// [`KeyError::TooShort`], or [`KeyError::BadId`] for an id that is empty, too long or not of
    /// letters, digits and `-_.`.
    pub fn new(id: &str, secret: &[u8]) -> Result<Self, KeyError> {
        checked_id(id)?;
        if secret.len() < limits::MASTER_KEY_BYTES {
            return Err(KeyError::TooShort { id: id.to_owned() });
        }
        let secret =
            DerivedKey::shared(secret).ok_or_else(|| KeyError::TooShort { id: id.to_owned() })?;
        Ok(Self {
            id: id.to_owned(),
            secret,
        })
    }

    /// The id tokens name it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key for one purpose in one scope: HMAC-SHA256 of the secret over the purpose, a zero byte
    /// and the scope. Purposes hold no zero byte, so no two pairs have one key.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, scope: &str) -> DerivedKey {
        let input = [purpose.as_str().as_bytes(), b"\0", scope.as_bytes()].concat();
        DerivedKey::of_tag(self.secret.sign(&input))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The keys of one proxy: the first master key signs, all verify; public keys only verify.
#[derive(Debug, Clone)]
pub struct KeyRing {
    first: MasterKey,
    further: Vec<MasterKey>,
    public: Vec<PublicKey>,
}

impl KeyRing {
    /// Makes a ring of master keys, the signing one first, and of public keys.
    ///
    /// # Errors
    /// [`KeyError::None`] without a master key, [`KeyError::Twice`] if an id stands twice: a token
    /// names its key by its id, and that must decide the algorithm too.
    pub fn new(
        keys: impl IntoIterator<Item = MasterKey>,
        public: Vec<PublicKey>,
    ) -> Result<Self, KeyError> {
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(KeyError::None)?;
        let ring = Self {
            first,
            further: keys.collect(),
            public,
        };
        let mut ids: Vec<&str> = ring.masters().map(MasterKey::id).collect();
        ids.extend(ring.public.iter().map(PublicKey::id));
        ids.sort_unstable();
        let mut pairs = ids.iter().zip(ids.iter().skip(1));
        match pairs.find(|(a, b)| a == b) {
            Some((id, _)) => Err(KeyError::Twice {
                id: (*id).to_owned(),
            }),
            None => Ok(ring),
        }
    }

    /// The key that signs.
    #[must_use]
    pub const fn signing(&self) -> &MasterKey {
        &self.first
    }

    /// Every master key, the signing one first.
    pub fn masters(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.first).chain(&self.further)
    }

    /// The master key of that id.
    #[must_use]
    pub fn master(&self, id: &str) -> Option<&MasterKey> {
        self.masters().find(|key| key.id == id)
    }

    /// The public key of that id.
    #[must_use]
    pub fn public(&self, id: &str) -> Option<&PublicKey> {
        self.public.iter().find(|key| key.id() == id)
    }

    /// What makes a token unique: 32 hexadecimal digits that follow from the id of the record about
    /// it. The engine has no randomness; records' ids do not repeat.
    #[must_use]
    pub fn nonce(&self, scope: &str, audit_id: &str) -> String {
        let key = self.first.derive(Purpose::Nonce, scope);
        half_hex(&key.sign(audit_id.as_bytes()))
    }

    /// The name a conversation's state is kept under: 32 hexadecimal digits that tell nothing about
    /// caller or conversation without the key.
    ///
    /// It follows from the signing key: with another key every conversation is unknown, which is the
    /// safe side.
    #[must_use]
    pub fn conversation_key(&self, place: &ConversationPlace<'_>) -> String {
        let key = self.first.derive(Purpose::Conversation, place.scope);
        let mut input = Vec::new();
        for part in [
            place.scope,
            place.caller,
            place.kind.as_str(),
            place.conversation,
        ] {
            // Lengths before parts: no two lists of parts have the same bytes.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            input.extend_from_slice(&length.to_be_bytes());
            input.extend_from_slice(part.as_bytes());
        }
        half_hex(&key.sign(&input))
    }

    /// The key of the fingerprints of values in one scope.
    #[must_use]
    pub fn flow_key(&self, scope: &str) -> [u8; 16] {
        let tag = self.first.derive(Purpose::Flow, scope).sign(b"");
        let mut key = [0; 16];
        key.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
        key
    }
}

/// Which conversation a state is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationPlace<'a> {
    /// The scope of the route.
    pub scope: &'a str,
    /// The caller's name; empty without one.
    pub caller: &'a str,
    /// One conversation, or all of the caller.
    pub kind: ConversationKind,
    /// The authenticated id of the conversation; empty without one.
    pub conversation: &'a str,
}

/// How much of a caller's past a state holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// One conversation, or what came without one.
    One,
    /// What every conversation of the caller restricts.
    All,
}

impl ConversationKind {
    /// The word that stands for it under the key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::All => "all",
        }
    }
}

/// Why keys are not accepted. Never says anything about a secret but its length.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is no master key.
    #[error("there is no key")]
    None,
    /// An id is empty, too long, or not of letters, digits and `-_.`.
    #[error(
        "a key's id is 1 to {limit} letters, digits and `-_.`, not `{id}`",
        limit = limits::KEY_ID_BYTES
    )]
    BadId {
        /// The id.
        id: String,
    },
    /// Two keys have one id.
    #[error("the key `{id}` stands twice")]
    Twice {
        /// The id.
        id: String,
    },
    /// A secret has fewer than [`limits::MASTER_KEY_BYTES`].
    #[error("the secret of the key `{id}` has fewer than {limit} bytes", limit = limits::MASTER_KEY_BYTES)]
    TooShort {
        /// The id.
        id: String,
    },
    /// The bytes are no Ed25519 public key, or a weak one.
    #[error("the key `{id}` is not an Ed25519 public key of 32 bytes")]
    NotPublic {
        /// The id.
        id: String,
    },
}

/// Says whether an id may name a key.
fn checked_id(id: &str) -> Result<(), KeyError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=limits::KEY_ID_BYTES).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    }
    Err(KeyError::BadId { id: id.to_owned() })
}

/// The first 16 bytes of a tag in hexadecimal digits.
fn half_hex(tag: &[u8; 32]) -> String {
    let mut hex = crate::digest::Digest(*tag).to_hex();
    hex.truncate(32);
    hex
}

/// Whole seconds of an instant, towards the past.
pub(super) const fn seconds(instant: UnixMillis) -> i64 {
    instant.0.div_euclid(1_000)
}

#[cfg(test)]
mod tests;
