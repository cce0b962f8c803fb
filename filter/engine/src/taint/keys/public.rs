//! Public keys of others, and what each may sign.

use super::{KeyError, Purpose, checked_id};
use ed25519_dalek::{Signature, VerifyingKey};

/// Where a public key counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scopes {
    /// In every scope.
    All,
    /// In these only.
    Only(Vec<String>),
}

/// An Ed25519 public key with what it may sign.
#[derive(Debug, Clone)]
pub struct PublicKey {
    id: String,
    key: VerifyingKey,
    purposes: Vec<Purpose>,
    scopes: Scopes,
}

impl PublicKey {
    /// Makes a public key of its id and its 32 raw bytes.
    ///
    /// # Errors
    /// [`KeyError::NotPublic`] if the bytes are not a usable Ed25519 public key, or
    /// [`KeyError::BadId`].
    pub fn new(
        id: &str,
        bytes: &[u8],
        purposes: Vec<Purpose>,
        scopes: Scopes,
    ) -> Result<Self, KeyError> {
        checked_id(id)?;
        let refused = || KeyError::NotPublic { id: id.to_owned() };
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| refused())?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| refused())?;
        if key.is_weak() {
            return Err(refused());
        }
        Ok(Self {
            id: id.to_owned(),
            key,
            purposes,
            scopes,
        })
    }

    /// The id tokens name it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the key may sign for that purpose in that scope.
    #[must_use]
    pub fn may_sign(&self, purpose: Purpose, scope: &str) -> bool {
        let here = match &self.scopes {
            Scopes::All => true,
            Scopes::Only(scopes) => scopes.iter().any(|own| own == scope),
        };
        here && self.purposes.contains(&purpose)
    }

    /// Whether `signature` is one of `message` by this key.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}
