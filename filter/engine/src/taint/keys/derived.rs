//! Keys for one purpose each, and what is done with them: HMAC-SHA256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// What a derived key is for. A key of one purpose verifies nothing of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Labels of content, minted by proxies.
    Label,
    /// What the user said, minted by hosts.
    Prompt,
    /// Approvals of values and results, minted for people.
    Endorsement,
    /// Lists of delegated actions.
    Delegation,
    /// Tokens in the formats of the reference.
    Reference,
    /// Names of conversations' states.
    Conversation,
    /// Fingerprints of values.
    Flow,
    /// Nonces.
    Nonce,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 8] = [
        Self::Label,
        Self::Prompt,
        Self::Endorsement,
        Self::Delegation,
        Self::Reference,
        Self::Conversation,
        Self::Flow,
        Self::Nonce,
    ];

    /// The text a key is derived with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Label => "tessera.label.v2",
            Self::Prompt => "tessera.prompt.v2",
            Self::Endorsement => "tessera.endorsement.v2",
            Self::Delegation => "tessera.delegation.v2",
            Self::Reference => "tessera.reference.v1",
            Self::Conversation => "tessera.conversation.v1",
            Self::Flow => "tessera.flow.v1",
            Self::Nonce => "tessera.nonce.v1",
        }
    }

    /// The word for it in settings and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Prompt => "prompt",
            Self::Endorsement => "endorsement",
            Self::Delegation => "delegation",
            Self::Reference => "reference",
            Self::Conversation => "conversation",
            Self::Flow => "flow",
            Self::Nonce => "nonce",
        }
    }

    /// The purpose of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// A secret key for HMAC-SHA256. It is never printed.
#[derive(Clone)]
pub struct DerivedKey {
    bytes: Vec<u8>,
}

impl DerivedKey {
    /// A key that was agreed on elsewhere; `None` if it is empty.
    #[must_use]
    pub fn shared(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self {
            bytes: bytes.to_vec(),
        })
    }

    pub(super) fn of_tag(tag: [u8; 32]) -> Self {
        Self {
            bytes: tag.to_vec(),
        }
    }

    /// The tag of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        let Some(mac) = self.over(message) else {
            return [0; 32];
        };
        mac.finalize().into_bytes().into()
    }

    /// Whether `tag` is the tag of `message`; compared in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        self.over(message)
            .is_some_and(|mac| mac.verify_slice(tag).is_ok())
    }

    /// The key itself, to be handed to a host that signs with it. A secret.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        &self.bytes
    }

    /// HMAC takes keys of any length, so this is always some.
    fn over(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.bytes).ok()?;
        Some(mac.chain_update(message))
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").finish_non_exhaustive()
    }
}
