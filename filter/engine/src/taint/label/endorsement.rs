//! Approvals: a person vouches for a value, or for the identifiers in one result.

use super::members::Members;
use super::{Expect, LabelError, Stamp, token};
use crate::json::Object;
use crate::limits;
use crate::taint::keys::{KeyRing, Purpose};
use crate::taint::level::TrustLevel;

const TYPE: &str = "tessera-endorsement+jwt";

/// What is vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endorsed {
    /// A value, wherever it came from.
    Value(String),
    /// A result, by the digest of its label or by the audit id of its record.
    Result(String),
}

/// A person's approval of a value or a result for one conversation. It never releases a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// By whom it was issued, for whom, when.
    pub stamp: Stamp,
    /// What is vouched for.
    pub endorsed: Endorsed,
    /// How far it is trusted then: at most [`TrustLevel::Tool`].
    pub level: TrustLevel,
    /// Who vouches.
    pub approver: String,
}

impl Endorsement {
    /// Signs the approval as a token with the ring's key that its stamp names.
    ///
    /// # Errors
    /// [`LabelError::UnknownKey`], or what [`Endorsement::verify`] would refuse about it.
    pub fn to_token(&self, keys: &KeyRing) -> Result<String, LabelError> {
        let payload = self.to_members();
        Self::from_members(&self.stamp.key_id, payload.clone())?;
        token::sign(TYPE, Purpose::Endorsement, &self.stamp, payload, keys)
    }

    /// Reads a token, checks its signature and what it is bound to. Whether its conversation is the
    /// present one is the caller's to compare.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(token: &str, keys: &KeyRing, expect: &Expect<'_>) -> Result<Self, LabelError> {
        let endorsement = Self::open(token, keys)?;
        endorsement.stamp.check(expect)?;
        Ok(endorsement)
    }

    /// Reads a token and checks its signature only.
    ///
    /// # Errors
    /// As [`Endorsement::verify`].
    pub fn open(token: &str, keys: &KeyRing) -> Result<Self, LabelError> {
        let unverified = token::read(TYPE, token)?;
        let endorsement = Self::from_members(unverified.key_id(), unverified.payload()?)?;
        let scope = &endorsement.stamp.binding.scope;
        unverified.verify(Purpose::Endorsement, scope, keys)?;
        Ok(endorsement)
    }

    pub(super) fn to_members(&self) -> Object {
        let members = self.stamp.to_members();
        let members = match &self.endorsed {
            Endorsed::Value(value) => members.with("value", value.as_str()),
            Endorsed::Result(result) => members.with("result", result.as_str()),
        };
        members
            .with("level", self.level.number())
            .with("approver", self.approver.as_str())
    }

    fn from_members(key_id: &str, payload: Object) -> Result<Self, LabelError> {
        let mut members = Members::new(payload);
        let stamp = Stamp::take(key_id, &mut members)?;
        let value = members.optional_text("value", limits::ENDORSED_BYTES)?;
        let result = members.optional_text("result", limits::TOKEN_NAME_BYTES)?;
        let endorsed = match (value, result) {
            (Some(value), None) => Endorsed::Value(value),
            // Content that answers no request has no record to be named by: nobody vouches for that.
            (None, Some(result)) if result.is_empty() => {
                return Err(LabelError::BadMember("result"));
            }
            (None, Some(result)) => Endorsed::Result(result),
            (None, None) => return Err(LabelError::Missing("value")),
            (Some(_), Some(_)) => return Err(LabelError::BadMember("value")),
        };
        let endorsement = Self {
            stamp,
            endorsed,
            level: members.level("level")?,
            approver: members.name("approver")?,
        };
        members.finish()?;
        if endorsement.level > TrustLevel::Tool {
            return Err(LabelError::AboveOrigin);
        }
        Ok(endorsement)
    }
}
