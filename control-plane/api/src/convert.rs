//! Wire types to engine types and back. Not transport: no client or server is used here.
//!
//! Every wire message is taken apart completely, so that a new field is a compile error here and
//! somebody decides what it means.

use tessera_engine::audit::BundleRef;
use tessera_engine::digest::Digest;
use tessera_engine::limits::VM_ID_CHARS;
use tessera_engine::policy::SignedBundle;
use thiserror::Error;

mod state;

pub use state::{InvalidStates, is_conversation_key};

use crate::v1;

/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// Who subscribes, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Identity of the VM; the same as in its audit records.
    pub vm_id: String,
    /// Envoy's node id; may be empty.
    pub node_id: String,
    /// Envoy's cluster; may be empty.
    pub cluster: String,
    /// Version of the filter.
    pub filter_version: String,
    /// The bundle the VM runs, if it has one.
    pub running: Option<BundleRef>,
}

/// Whether a text can be the identity of a VM: 1 to [`VM_ID_CHARS`] visible ASCII characters.
#[must_use]
pub fn is_vm_id(text: &str) -> bool {
    (1..=VM_ID_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

// === impl Hello ===

impl TryFrom<v1::Hello> for Hello {
    type Error = InvalidHello;

    fn try_from(wire: v1::Hello) -> Result<Self, Self::Error> {
        let v1::Hello {
            vm_id,
            node_id,
            cluster,
            filter_version,
            bundle_version,
            bundle_digest,
        } = wire;
        if !is_vm_id(&vm_id) {
            return Err(InvalidHello::VmId);
        }
        // A bundle from the plugin configuration has version 0 and a digest.
        let running = if bundle_version == 0 && bundle_digest.is_empty() {
            None
        } else {
            let digest = digest(&bundle_digest)?;
            Some(BundleRef {
                version: bundle_version,
                digest,
            })
        };
        Ok(Self {
            vm_id,
            node_id,
            cluster,
            filter_version,
            running,
        })
    }
}

impl From<Hello> for v1::Hello {
    fn from(hello: Hello) -> Self {
        let Hello {
            vm_id,
            node_id,
            cluster,
            filter_version,
            running,
        } = hello;
        Self {
            vm_id,
            node_id,
            cluster,
            filter_version,
            bundle_version: running.map_or(0, |bundle| bundle.version),
            bundle_digest: running.map_or_else(Vec::new, |bundle| bundle.digest.0.to_vec()),
        }
    }
}

/// Why a Hello is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidHello {
    /// The VM id is empty, too long, or holds something other than visible ASCII.
    #[error("vm_id must be 1 to {VM_ID_CHARS} visible ASCII characters")]
    VmId,
    /// The digest has another length.
    #[error("bundle_digest: {0}")]
    Digest(#[from] InvalidDigest),
}

// === impl Ack ===

impl TryFrom<v1::Ack> for BundleRef {
    type Error = InvalidDigest;

    fn try_from(wire: v1::Ack) -> Result<Self, Self::Error> {
        let v1::Ack {
            version,
            digest: bytes,
        } = wire;
        let digest = digest(&bytes)?;
        Ok(Self { version, digest })
    }
}

impl From<BundleRef> for v1::Ack {
    fn from(bundle: BundleRef) -> Self {
        let BundleRef { version, digest } = bundle;
        Self {
            version,
            digest: digest.0.to_vec(),
        }
    }
}

/// A digest on the wire does not have 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected 32 bytes of SHA-256, got {got}")]
pub struct InvalidDigest {
    /// Bytes received.
    pub got: usize,
}

fn digest(bytes: &[u8]) -> Result<Digest, InvalidDigest> {
    let array = <[u8; 32]>::try_from(bytes).map_err(|_| InvalidDigest { got: bytes.len() })?;
    Ok(Digest(array))
}

// === impl SignedBundle ===

impl TryFrom<v1::SignedBundle> for SignedBundle {
    type Error = InvalidSignedBundle;

    fn try_from(wire: v1::SignedBundle) -> Result<Self, Self::Error> {
        let v1::SignedBundle {
            version,
            key_id,
            payload,
            signature,
        } = wire;
        if version == 0 {
            return Err(InvalidSignedBundle::Version);
        }
        if signature.len() != SIGNATURE_BYTES {
            return Err(InvalidSignedBundle::Signature {
                got: signature.len(),
            });
        }
        Ok(Self {
            version,
            key_id,
            payload,
            signature,
        })
    }
}

impl From<SignedBundle> for v1::SignedBundle {
    fn from(bundle: SignedBundle) -> Self {
        let SignedBundle {
            version,
            key_id,
            payload,
            signature,
        } = bundle;
        Self {
            version,
            key_id,
            payload,
            signature,
        }
    }
}

/// Why a bundle from the wire is refused before its signature is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidSignedBundle {
    /// The control plane numbers from 1.
    #[error("version must be 1 or more, got 0")]
    Version,
    /// The signature cannot be Ed25519.
    #[error("signature: expected {SIGNATURE_BYTES} bytes, got {got}")]
    Signature {
        /// Bytes received.
        got: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: Digest = Digest([5; 32]);

    fn hello(running: Option<BundleRef>) -> Hello {
        Hello {
            vm_id: "vm-1".to_owned(),
            node_id: "node".to_owned(),
            cluster: "edge".to_owned(),
            filter_version: "0.1.0".to_owned(),
            running,
        }
    }

    #[test]
    fn a_hello_survives_the_wire() {
        let bundle = |version| BundleRef {
            version,
            digest: DIGEST,
        };
        for running in [None, Some(bundle(0)), Some(bundle(7))] {
            let there = hello(running);
            assert_eq!(Hello::try_from(v1::Hello::from(there.clone())), Ok(there));
        }
    }

    #[test]
    fn a_hello_without_a_usable_identity_is_refused() {
        for vm_id in ["", "a b", "a\n", "ü", &"x".repeat(VM_ID_CHARS + 1)] {
            let wire = v1::Hello {
                vm_id: vm_id.to_owned(),
                ..v1::Hello::default()
            };
            assert_eq!(Hello::try_from(wire), Err(InvalidHello::VmId), "{vm_id:?}");
        }
    }

    #[test]
    fn a_version_without_a_whole_digest_is_refused() {
        for length in [0, 31, 33] {
            let wire = v1::Hello {
                bundle_version: 1,
                bundle_digest: vec![0; length],
                ..hello(None).into()
            };
            let refused = InvalidHello::Digest(InvalidDigest { got: length });
            assert_eq!(Hello::try_from(wire), Err(refused));
            let ack = v1::Ack {
                version: 1,
                digest: vec![0; length],
            };
            assert_eq!(BundleRef::try_from(ack), Err(InvalidDigest { got: length }));
        }
    }

    #[test]
    fn a_bundle_survives_the_wire_and_an_impossible_one_is_refused() {
        let there = SignedBundle {
            version: 1,
            key_id: "k".to_owned(),
            payload: b"{}".to_vec(),
            signature: vec![1; 64],
        };
        let wire = v1::SignedBundle::from(there.clone());
        assert_eq!(SignedBundle::try_from(wire.clone()), Ok(there));
        let unnumbered = v1::SignedBundle {
            version: 0,
            ..wire.clone()
        };
        assert_eq!(
            SignedBundle::try_from(unnumbered),
            Err(InvalidSignedBundle::Version)
        );
        let cut = v1::SignedBundle {
            signature: vec![1; 63],
            ..wire
        };
        assert_eq!(
            SignedBundle::try_from(cut),
            Err(InvalidSignedBundle::Signature { got: 63 })
        );
    }
}
