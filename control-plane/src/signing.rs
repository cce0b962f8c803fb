//! The key that signs bundles: reading, making, signing. Verifying is the engine's.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use tessera_engine::digest::Digest;
use tessera_engine::policy::{SignedBundle, signing_input};
use thiserror::Error;

/// Hexadecimal digits of a key id: enough to tell keys apart, not meant to resist anyone.
const KEY_ID_CHARS: usize = 16;

/// The permission bits of those who are neither owner nor group.
const OTHERS: u32 = 0o007;

/// Signs bundles. Its debug form shows the id only.
pub(crate) struct Signer {
    key_id: String,
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    /// The system has none.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| SigningError::NoRandomness {
            reason: error.to_string(),
        })?;
        Ok(Self::new(SigningKey::from_bytes(&seed)))
    }

    /// Reads the key in a PKCS#8 PEM file.
    ///
    /// # Errors
    /// The file cannot be read or holds no Ed25519 key.
    pub(crate) fn read(path: &Path) -> Result<Self, SigningError> {
        let pem = std::fs::read_to_string(path).map_err(|error| SigningError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
        if mode & OTHERS != 0 {
            tracing::warn!(path = %path.display(), "everybody on this machine can read the signing key");
        }
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| SigningError::NotAKey {
            path: path.to_owned(),
        })?;
        Ok(Self::new(key))
    }

    fn new(key: SigningKey) -> Self {
        let digest = Digest::of(key.verifying_key().as_bytes()).to_string();
        Self {
            key_id: digest.chars().take(KEY_ID_CHARS).collect(),
            key,
        }
    }

    /// The id filters know the key by: the beginning of the SHA-256 of the public key.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The public key, base64 of its 32 bytes, as filters' settings want it.
    pub(crate) fn public_key(&self) -> String {
        STANDARD.encode(self.key.verifying_key().as_bytes())
    }

    /// The private key as PKCS#8 PEM. Without the public half: OpenSSL does not read the form with
    /// it.
    ///
    /// # Errors
    /// Never for a key that exists; the encoder's signature says it could.
    pub(crate) fn to_pem(&self) -> Result<String, SigningError> {
        let bytes = KeypairBytes {
            secret_key: self.key.to_bytes(),
            public_key: None,
        };
        bytes
            .to_pkcs8_pem(LineEnding::LF)
            .map(|pem| pem.as_str().to_owned())
            .map_err(|_| SigningError::Unencodable)
    }

    /// Signs a payload as `version`.
    pub(crate) fn sign(&self, version: u64, payload: Vec<u8>) -> SignedBundle {
        let signature = self.key.sign(&signing_input(version, &payload));
        SignedBundle {
            version,
            key_id: self.key_id.clone(),
            payload,
            signature: signature.to_bytes().to_vec(),
        }
    }
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SigningError {
    /// The file cannot be read.
    #[error("cannot read the signing key `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file holds something else.
    #[error("`{}` is not an Ed25519 private key in PKCS#8 PEM", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {reason}")]
    NoRandomness {
        /// What it says.
        reason: String,
    },
    /// The key cannot be written.
    #[error("the signing key cannot be encoded")]
    Unencodable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_engine::policy::TrustedKey;

    fn trusted(signer: &Signer) -> TrustedKey {
        let bytes = STANDARD.decode(signer.public_key()).unwrap();
        TrustedKey::new(signer.key_id(), &bytes).unwrap()
    }

    #[test]
    fn a_key_survives_its_file_and_what_it_signs_is_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let made = Signer::generate().unwrap();
        std::fs::write(&path, made.to_pem().unwrap()).unwrap();
        let read = Signer::read(&path).unwrap();
        assert_eq!(read.key_id(), made.key_id());
        let bundle = read.sign(7, b"{}".to_vec());
        assert_eq!(bundle.verify(&[trusted(&made)]), Ok(()));
    }

    #[test]
    fn the_example_key_of_the_standard_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        std::fs::write(&path, pem).unwrap();
        // The example keys of RFC 8410 sections 10.3 and 10.1.
        let public = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
        assert_eq!(Signer::read(&path).unwrap().public_key(), public);
    }

    #[test]
    fn something_else_is_not_a_key_and_debug_shows_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        std::fs::write(&path, "hello").unwrap();
        assert_eq!(
            Signer::read(&path).unwrap_err(),
            SigningError::NotAKey { path }
        );
        let shown = format!("{:?}", Signer::generate().unwrap());
        assert!(shown.starts_with("Signer { key_id: "), "{shown}");
    }
}
