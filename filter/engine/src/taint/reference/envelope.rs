//! The reference's envelope of one context segment.

use super::{ReferenceSegment, canonical, capped, sign_hex, verify_hex};
use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::limits;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::label::members::Members;
use crate::taint::level::{Origin, Sensitivity, TrustLevel};

/// Where one segment of a context came from. Every field is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The segment's name.
    pub segment_id: String,
    /// Who made the envelope.
    pub issuer: String,
    /// Who the content came from.
    pub origin: Origin,
    /// Who wrote it.
    pub principal: String,
    /// How far it is trusted, as stated.
    pub level: TrustLevel,
    /// SHA-256 of the content's UTF-8.
    pub digest: Digest,
    /// When the envelope was made, as it was written.
    pub created_at: String,
    /// On whose behalf, if stated.
    pub delegating_user: Option<String>,
    /// Segments it was made from; not checked.
    pub parent_ids: Vec<String>,
    /// What makes it sensitive.
    pub sensitivity: Vec<String>,
    /// 64 hexadecimal digits.
    pub signature: String,
}

impl Envelope {
    /// Reads an envelope as the reference writes it.
    ///
    /// # Errors
    /// What is missing, unknown or of the wrong type.
    pub fn parse(envelope: &Value) -> Result<Self, LabelError> {
        let Value::Object(object) = envelope else {
            return Err(LabelError::Malformed);
        };
        let mut members = Members::new(object.clone());
        if members.integer("schema_version")? != 1 {
            return Err(LabelError::WrongVersion);
        }
        let envelope = Self {
            segment_id: members.name("segment_id")?,
            issuer: members.name("issuer")?,
            origin: members.word("origin", Origin::from_name)?,
            principal: members.name("principal")?,
            level: members.level("trust_level")?,
            digest: members.digest("content_sha256")?,
            created_at: members.name("created_at")?,
            delegating_user: members.name_or_null("delegating_user")?,
            parent_ids: members.names("parent_ids", limits::REFERENCE_SEGMENTS)?,
            sensitivity: members.names("sensitivity", limits::REFERENCE_SEGMENTS)?,
            signature: members.name("signature")?,
        };
        members.finish()?;
        Ok(envelope)
    }

    /// The text that is signed.
    #[must_use]
    pub fn signing_input(&self) -> String {
        let list = |texts: &[String]| -> Vec<Value> {
            texts.iter().map(|text| text.as_str().into()).collect()
        };
        let members = Object::new()
            .with("content_sha256", self.digest.to_hex())
            .with("created_at", self.created_at.as_str())
            .with("delegating_user", self.delegating_user.as_deref())
            .with("issuer", self.issuer.as_str())
            .with("origin", self.origin.as_str())
            .with("parent_ids", list(&self.parent_ids))
            .with("principal", self.principal.as_str())
            .with("schema_version", 1_u64)
            .with("segment_id", self.segment_id.as_str())
            .with("sensitivity", list(&self.sensitivity))
            .with("trust_level", self.level.number());
        canonical(&members.into())
    }

    /// The signature over that text.
    #[must_use]
    pub fn sign(&self, key: &DerivedKey) -> String {
        sign_hex(key, &self.signing_input())
    }

    /// Checks the signature, and that the content is the one it is about.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(&self, content: &str, key: &DerivedKey) -> Result<ReferenceSegment, LabelError> {
        if Digest::of(content.as_bytes()) != self.digest {
            return Err(LabelError::DigestMismatch);
        }
        verify_hex(key, &self.signing_input(), &self.signature)?;
        let class = |tag: &String| Sensitivity::from_name(tag).unwrap_or(Sensitivity::Restricted);
        Ok(ReferenceSegment {
            origin: self.origin,
            level: capped(self.level, self.origin),
            principal: self.principal.clone(),
            sensitivity: self.sensitivity.iter().map(class).max().unwrap_or_default(),
            digest: self.digest,
        })
    }
}
