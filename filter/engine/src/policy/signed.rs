//! A bundle as it travels: payload, version and an Ed25519 signature over both.
//!
//! The filter trusts the keys in its own configuration, not the path the bundle came by
//! (`design.md` section 4.6).

use crate::digest::Digest;
use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

/// Says what is signed, so that the signature of anything else cannot be passed off as one.
const DOMAIN: &[u8] = b"tessera.bundle.v1\0";

/// The bytes a bundle's signature covers: the domain, the version as eight big-endian bytes, and
/// the SHA-256 of the payload.
#[must_use]
pub fn signing_input(version: u64, payload: &[u8]) -> Vec<u8> {
    let mut input = DOMAIN.to_vec();
    input.extend_from_slice(&version.to_be_bytes());
    input.extend_from_slice(&Digest::of(payload).0);
    input
}

/// A public key the filter trusts for bundles.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    id: String,
    key: VerifyingKey,
}

impl TrustedKey {
    /// Makes a trusted key of its id and its 32 raw bytes.
    ///
    /// # Errors
    /// [`SignatureError::BadKey`] if the bytes are not a usable Ed25519 public key.
    pub fn new(id: &str, bytes: &[u8]) -> Result<Self, SignatureError> {
        let bad_key = || SignatureError::BadKey { id: id.to_owned() };
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| bad_key())?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| bad_key())?;
        if key.is_weak() {
            return Err(bad_key());
        }
        Ok(Self {
            id: id.to_owned(),
            key,
        })
    }

    /// The id bundles name it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A signed bundle, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBundle {
    /// Version; it only grows.
    pub version: u64,
    /// Id of the signing key.
    pub key_id: String,
    /// The bundle's wire form.
    pub payload: Vec<u8>,
    /// 64 bytes of Ed25519.
    pub signature: Vec<u8>,
}

impl SignedBundle {
    /// Checks the signature with the trusted key of that id.
    ///
    /// # Errors
    /// Says which key is unknown, or that the signature does not fit.
    pub fn verify(&self, trusted: &[TrustedKey]) -> Result<(), SignatureError> {
        let Some(key) = trusted.iter().find(|key| key.id == self.key_id) else {
            return Err(SignatureError::UnknownKey {
                id: self.key_id.clone(),
            });
        };
        let mismatch = || SignatureError::Mismatch {
            id: self.key_id.clone(),
            version: self.version,
        };
        let signature = Signature::from_slice(&self.signature).map_err(|_| mismatch())?;
        key.key
            .verify_strict(&signing_input(self.version, &self.payload), &signature)
            .map_err(|_| mismatch())
    }
}

/// Why a signed bundle is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The key's bytes are no Ed25519 public key, or a weak one.
    #[error("the trusted key `{id}` is not an Ed25519 public key of 32 bytes")]
    BadKey {
        /// Id of the key.
        id: String,
    },
    /// No trusted key has that id.
    #[error("the bundle is signed with `{id}`, which is not a trusted key")]
    UnknownKey {
        /// Id the bundle names.
        id: String,
    },
    /// The signature does not fit payload and version.
    #[error("the signature with `{id}` does not fit bundle version {version}")]
    Mismatch {
        /// Id of the key.
        id: String,
        /// Version the bundle claims.
        version: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn signed(version: u64, payload: &[u8]) -> (SignedBundle, TrustedKey) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let signature = key
            .sign(&signing_input(version, payload))
            .to_bytes()
            .to_vec();
        let trusted = TrustedKey::new("k1", key.verifying_key().as_bytes()).unwrap();
        (
            SignedBundle {
                version,
                key_id: "k1".to_owned(),
                payload: payload.to_vec(),
                signature,
            },
            trusted,
        )
    }

    #[test]
    fn a_bundle_signed_by_a_trusted_key_is_trusted() {
        let (bundle, key) = signed(3, b"{}");
        assert_eq!(bundle.verify(&[key]), Ok(()));
    }

    #[test]
    fn neither_payload_nor_version_nor_key_can_be_exchanged() {
        let (bundle, key) = signed(3, b"{}");
        let mismatch = |version| {
            Err(SignatureError::Mismatch {
                id: "k1".to_owned(),
                version,
            })
        };
        let trusted = [key];
        let changed = SignedBundle {
            payload: b"{ }".to_vec(),
            ..bundle.clone()
        };
        assert_eq!(changed.verify(&trusted), mismatch(3));
        let newer = SignedBundle {
            version: 4,
            ..bundle.clone()
        };
        assert_eq!(newer.verify(&trusted), mismatch(4));
        let cut = SignedBundle {
            signature: bundle.signature[1..].to_vec(),
            ..bundle.clone()
        };
        assert_eq!(cut.verify(&trusted), mismatch(3));
        let other = SignedBundle {
            key_id: "k2".to_owned(),
            ..bundle
        };
        assert_eq!(
            other.verify(&trusted),
            Err(SignatureError::UnknownKey {
                id: "k2".to_owned()
            })
        );
    }

    #[test]
    fn a_weak_or_short_key_is_refused() {
        assert!(TrustedKey::new("k", &[0; 32]).is_err());
        assert!(TrustedKey::new("k", &[1; 31]).is_err());
    }
}
