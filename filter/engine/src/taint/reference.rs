//! Labels, envelopes, manifests and delegations in the formats of the reference
//! (`trust-engine.md` section 4), for hosts that already mint them. On input only, and only where the
//! operator says so.
//!
//! What the formats cannot hold, they cannot say: no audience, no conversation, mostly no expiry
//! (B10), and readers outside the signature (B9). What they leave ambiguous is refused (B8), and what
//! is malformed is an error, never a panic (B11). Nothing we mint has these formats.

mod canonical;
mod carriage;
mod delegation;
mod envelope;
mod label;
mod manifest;

use crate::digest::Digest;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::level::{Origin, Sensitivity, TrustLevel};

pub use canonical::canonical;
pub use carriage::{
    CONTEXT_KEY, DELEGATION_HEADER, ReferenceContext, ReferenceExpect, delegation_of_header,
};
pub use delegation::ReferenceDelegation;
pub use envelope::Envelope;
pub use label::ReferenceLabel;
pub use manifest::{Manifest, SegmentEntry};

/// What a verified statement in a format of the reference comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceSegment {
    /// Who the content came from.
    pub origin: Origin,
    /// How far it is trusted: what was stated, but never above what its origin allows.
    pub level: TrustLevel,
    /// Who wrote it. A segment of the user counts only for a caller of that name: nothing else in
    /// these formats says whose words they are.
    pub principal: String,
    /// How secret it is: the strictest of its tags; a tag nobody knows is [`Sensitivity::Restricted`].
    pub sensitivity: Sensitivity,
    /// SHA-256 of the content's UTF-8.
    pub digest: Digest,
}

/// What was stated, brought down to what its origin allows.
fn capped(level: TrustLevel, origin: Origin) -> TrustLevel {
    level.min(origin.trust())
}

/// Lower-case hexadecimal digits of a tag.
fn sign_hex(key: &DerivedKey, message: &str) -> String {
    Digest(key.sign(message.as_bytes())).to_hex()
}

/// Whether `signature` is the tag of `message` in 64 lower-case hexadecimal digits.
fn verify_hex(key: &DerivedKey, message: &str, signature: &str) -> Result<(), LabelError> {
    let tag = Digest::from_hex(signature).filter(|tag| tag.to_hex() == signature);
    match tag {
        Some(tag) if key.verify(message.as_bytes(), &tag.0) => Ok(()),
        _ => Err(LabelError::BadSignature),
    }
}

#[cfg(test)]
mod tests;
