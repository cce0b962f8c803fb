//! The reference's manifest: which segments a prompt was put together from, in which order.

use super::{Envelope, ReferenceSegment, canonical, sign_hex, verify_hex};
use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::limits;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::label::members::Members;

/// One segment as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentEntry {
    /// The segment's name.
    pub segment_id: String,
    /// SHA-256 of its content.
    pub digest: Digest,
}

/// The segments of one prompt. Every field is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the manifest.
    pub manifest_id: String,
    /// The conversation, as the host names it.
    pub session_id: String,
    /// Who put the prompt together.
    pub assembled_by: String,
    /// When, as it was written.
    pub assembled_at: String,
    /// Whose words are in it, each once, in the order they were first seen.
    pub principals: Vec<String>,
    /// The segments in their order.
    pub segments: Vec<SegmentEntry>,
    /// 64 hexadecimal digits.
    pub signature: String,
}

impl Manifest {
    /// Reads a manifest as the reference writes it.
    ///
    /// # Errors
    /// What is missing, unknown, of the wrong type, or segments whose positions do not count up.
    pub fn parse(manifest: &Value) -> Result<Self, LabelError> {
        let Value::Object(object) = manifest else {
            return Err(LabelError::Malformed);
        };
        let mut members = Members::new(object.clone());
        if members.integer("schema_version")? != 1 {
            return Err(LabelError::WrongVersion);
        }
        let segments = match members.value("segments")? {
            Value::Array(list) if list.len() <= limits::REFERENCE_SEGMENTS => list,
            _ => return Err(LabelError::BadMember("segments")),
        };
        let segments = (0_i64..)
            .zip(&segments)
            .map(|(at, entry)| entry_at(at, entry));
        let manifest = Self {
            manifest_id: members.name("manifest_id")?,
            session_id: members.name("session_id")?,
            assembled_by: members.name("assembled_by")?,
            assembled_at: members.name("assembled_at")?,
            principals: members.names("principal_set", limits::REFERENCE_SEGMENTS)?,
            segments: segments.collect::<Result<_, _>>()?,
            signature: members.name("signature")?,
        };
        members.finish()?;
        Ok(manifest)
    }

    /// The text that is signed.
    #[must_use]
    pub fn signing_input(&self) -> String {
        let segments = (0_u64..).zip(&self.segments).map(|(at, segment)| {
            Object::new()
                .with("content_sha256", segment.digest.to_hex())
                .with("position", at)
                .with("segment_id", segment.segment_id.as_str())
                .into()
        });
        let principals = self.principals.iter().map(|name| name.as_str().into());
        let members = Object::new()
            .with("assembled_at", self.assembled_at.as_str())
            .with("assembled_by", self.assembled_by.as_str())
            .with("manifest_id", self.manifest_id.as_str())
            .with("principal_set", principals.collect::<Vec<Value>>())
            .with("schema_version", 1_u64)
            .with("segments", segments.collect::<Vec<Value>>())
            .with("session_id", self.session_id.as_str());
        canonical(&members.into())
    }

    /// The signature over that text.
    #[must_use]
    pub fn sign(&self, key: &DerivedKey) -> String {
        sign_hex(key, &self.signing_input())
    }

    /// Checks the signature, that the envelopes are those it names in that order, and each envelope
    /// against its content (which the reference leaves out).
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(
        &self,
        segments: &[(Envelope, &str)],
        key: &DerivedKey,
    ) -> Result<Vec<ReferenceSegment>, LabelError> {
        verify_hex(key, &self.signing_input(), &self.signature)?;
        if self.segments.len() != segments.len() {
            return Err(LabelError::BadMember("segments"));
        }
        let pairs = self.segments.iter().zip(segments);
        let verified = pairs.map(|(entry, (envelope, content))| {
            if entry.segment_id != envelope.segment_id || entry.digest != envelope.digest {
                return Err(LabelError::DigestMismatch);
            }
            envelope.verify(content, key)
        });
        verified.collect()
    }
}

fn entry_at(at: i64, entry: &Value) -> Result<SegmentEntry, LabelError> {
    let Value::Object(object) = entry else {
        return Err(LabelError::BadMember("segments"));
    };
    let mut members = Members::new(object.clone());
    if members.integer("position")? != at {
        return Err(LabelError::BadMember("position"));
    }
    let entry = SegmentEntry {
        segment_id: members.name("segment_id")?,
        digest: members.digest("content_sha256")?,
    };
    members.finish()?;
    Ok(entry)
}
