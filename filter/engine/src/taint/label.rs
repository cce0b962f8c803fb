//! Signed statements: labels of content, prompts of users, approvals, delegations.
//!
//! Not what follows from them: that is `context` and `flow`. All are one family of tokens, JWS in
//! compact form (RFC 7515), so that every JWT library can mint and verify them; a signature covers
//! every member, and no member can be forged by a separator (`trust-engine.md` B8, B9, B10).

mod carriage;
mod claims;
mod content;
mod delegation;
mod endorsement;
mod error;
mod identity;
pub(in crate::taint) mod members;
mod stamp;
mod token;

use crate::digest::Digest;
use crate::json::Object;
use crate::limits;
use crate::time::UnixMillis;
use std::collections::BTreeSet;

use super::keys::{KeyRing, Purpose};
use super::level::{Origin, Sensitivity, TrustLevel};
use members::Members;

pub use carriage::{
    ANNOTATIONS_KEY, CarriageError, DELEGATION_HEADER, DELEGATION_KEY, ENDORSEMENT_HEADER,
    ENDORSEMENT_KEY, LABEL_KEY, PROMPT_HEADER, PROMPT_KEY, PROMPT_TEXT_KEY, REQUEST_HEADERS,
    REQUEST_KEYS, carried, mark, strip_request,
};
pub use claims::{Claims, annotations};
pub use content::digest_of_content;
pub use delegation::DelegationToken;
pub use endorsement::{Endorsed, Endorsement};
pub use error::LabelError;
pub use identity::{VerifiedIdentity, from_verified_claims, thumbprint};
pub use stamp::{Binding, Expect, Stamp};

/// The version every token states.
pub const VERSION: i64 = 2;

/// What a label's header says it is.
const TYPE: &str = "tessera-label+jwt";

/// A signed statement about content: where it came from, how far it is trusted, who may read it.
///
/// A label of origin [`Origin::User`] is what a host states about its user's words; it is signed
/// with the prompt key, which signs nothing else. All others are signed with the label key, which
/// only proxies have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What every token states: by whom, for whom, when.
    pub stamp: Stamp,
    /// The upstream the content came from; empty if from none.
    pub upstream: String,
    /// The tool, prompt or resource it came from; empty if from none.
    pub tool: String,
    /// Who it came from.
    pub origin: Origin,
    /// Who wrote it, as far as known; may be empty.
    pub principal: String,
    /// How far it is trusted; never above what its origin allows.
    pub level: TrustLevel,
    /// Who may read it: everybody (`None`), or these; an empty set is nobody.
    pub readers: Option<BTreeSet<String>>,
    /// How secret it is.
    pub sensitivity: Sensitivity,
    /// SHA-256 of the content: [`digest_of_content`] of a result, or of a text's UTF-8.
    pub digest: Digest,
    /// The content itself, for words of the user; its digest is [`Label::digest`].
    pub text: Option<String>,
    /// When the conversation began, for words of the user.
    pub started: Option<UnixMillis>,
}

impl Label {
    /// A label of what the user said.
    #[must_use]
    pub fn of_prompt(stamp: Stamp, text: &str, started: Option<UnixMillis>) -> Self {
        Self {
            principal: stamp.binding.caller.clone(),
            stamp,
            upstream: String::new(),
            tool: String::new(),
            origin: Origin::User,
            level: TrustLevel::User,
            readers: None,
            sensitivity: Sensitivity::Public,
            digest: Digest::of(text.as_bytes()),
            text: Some(text.to_owned()),
            started,
        }
    }

    /// Signs the label as a token with the ring's key that its stamp names.
    ///
    /// # Errors
    /// [`LabelError::UnknownKey`], or what [`Label::verify`] would refuse about the label itself.
    pub fn to_token(&self, keys: &KeyRing) -> Result<String, LabelError> {
        let payload = self.to_members();
        // Whatever is minted can be read again.
        Self::from_members(&self.stamp.key_id, payload.clone())?;
        token::sign(TYPE, self.purpose(), &self.stamp, payload, keys)
    }

    /// Reads a token, checks its signature and what it is bound to.
    ///
    /// # Errors
    /// Why it is not believed; every malformed input is an error (`trust-engine.md` B11).
    pub fn verify(token: &str, keys: &KeyRing, expect: &Expect<'_>) -> Result<Self, LabelError> {
        let label = Self::open(token, keys)?;
        label.stamp.check(expect)?;
        Ok(label)
    }

    /// Reads a token and checks its signature only: neither whom it is for nor when it counts. For
    /// showing tokens; a proxy uses [`Label::verify`].
    ///
    /// # Errors
    /// As [`Label::verify`].
    pub fn open(token: &str, keys: &KeyRing) -> Result<Self, LabelError> {
        let unverified = token::read(TYPE, token)?;
        let label = Self::from_members(unverified.key_id(), unverified.payload()?)?;
        // Which key counts follows from what the label says of itself; a wrong answer fails here.
        unverified.verify(label.purpose(), &label.stamp.binding.scope, keys)?;
        Ok(label)
    }

    /// SHA-256 of what is signed, in hexadecimal digits: what records and annotations name a label
    /// by. It is that of the label's RFC 8785 form.
    #[must_use]
    pub fn evidence(&self) -> Digest {
        Digest::of(crate::json::jcs(&self.to_members().into()).as_bytes())
    }

    /// What the key that signs it is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self.origin {
            Origin::User => Purpose::Prompt,
            _ => Purpose::Label,
        }
    }

    fn to_members(&self) -> Object {
        let readers = self.readers.as_ref().map(|readers| {
            // Readers beyond the limit cannot be named: then nobody may read it.
            let few = readers.len() <= limits::LABEL_READERS;
            let named = readers.iter().filter(|_| few);
            named
                .map(|reader| reader.as_str().into())
                .collect::<Vec<_>>()
        });
        let members = self
            .stamp
            .to_members()
            .with("upstream", self.upstream.as_str())
            .with("tool", self.tool.as_str())
            .with("origin", self.origin.as_str())
            .with("principal", self.principal.as_str())
            .with("level", self.level.number())
            .with("readers", readers)
            .with("sensitivity", self.sensitivity.as_str())
            .with("digest", self.digest.to_hex());
        let members = match &self.text {
            Some(text) => members.with("text", text.as_str()),
            None => members,
        };
        match self.started {
            Some(started) => members.with("started", started.0),
            None => members,
        }
    }

    fn from_members(key_id: &str, payload: Object) -> Result<Self, LabelError> {
        let mut members = Members::new(payload);
        let label = Self {
            stamp: Stamp::take(key_id, &mut members)?,
            upstream: members.name("upstream")?,
            tool: members.name("tool")?,
            origin: members.word("origin", Origin::from_name)?,
            principal: members.name("principal")?,
            level: members.level("level")?,
            readers: members.readers("readers")?,
            sensitivity: members.word("sensitivity", Sensitivity::from_name)?,
            digest: members.digest("digest")?,
            text: members.optional_text("text", limits::PROMPT_BYTES)?,
            started: members.optional_instant("started")?,
        };
        members.finish()?;
        label.agrees_with_itself()?;
        Ok(label)
    }

    fn agrees_with_itself(&self) -> Result<(), LabelError> {
        if self.level > self.origin.trust() {
            return Err(LabelError::AboveOrigin);
        }
        let of_user = self.origin == Origin::User;
        if !of_user && (self.text.is_some() || self.started.is_some()) {
            return Err(LabelError::BadMember("text"));
        }
        // A conversation does not begin after what is said in it; `iat` has whole seconds only.
        let latest = self.stamp.issued.0.saturating_add(999);
        if self.started.is_some_and(|started| started.0 > latest) {
            return Err(LabelError::BadMember("started"));
        }
        match &self.text {
            Some(text) if Digest::of(text.as_bytes()) != self.digest => {
                Err(LabelError::DigestMismatch)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
