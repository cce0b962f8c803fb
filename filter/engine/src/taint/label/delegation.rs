//! Delegations as tokens: who may do what on whose behalf. What constraints mean is decided
//! elsewhere.

use super::members::Members;
use super::{Expect, LabelError, Stamp, token};
use crate::json::{Object, Value};
use crate::limits;
use crate::taint::keys::{KeyRing, Purpose};

const TYPE: &str = "tessera-delegation+jwt";

/// A list of actions one party lets another do on its behalf.
#[derive(Debug, Clone, PartialEq)]
pub struct DelegationToken {
    /// By whom it was issued, for whom, when. The caller is the delegate: who presents the token.
    pub stamp: Stamp,
    /// On whose behalf.
    pub subject: String,
    /// What may be done, by name. An empty list allows nothing.
    pub actions: Vec<String>,
    /// Further limits, as they were written.
    pub constraints: Object,
}

impl DelegationToken {
    /// Signs the delegation as a token with the ring's key that its stamp names.
    ///
    /// # Errors
    /// [`LabelError::UnknownKey`], or what [`DelegationToken::verify`] would refuse about it.
    pub fn to_token(&self, keys: &KeyRing) -> Result<String, LabelError> {
        let payload = self.to_members();
        Self::from_members(&self.stamp.key_id, payload.clone())?;
        token::sign(TYPE, Purpose::Delegation, &self.stamp, payload, keys)
    }

    /// Reads a token, checks its signature and what it is bound to.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(token: &str, keys: &KeyRing, expect: &Expect<'_>) -> Result<Self, LabelError> {
        let delegation = Self::open(token, keys)?;
        delegation.stamp.check(expect)?;
        Ok(delegation)
    }

    /// Reads a token and checks its signature only.
    ///
    /// # Errors
    /// As [`DelegationToken::verify`].
    pub fn open(token: &str, keys: &KeyRing) -> Result<Self, LabelError> {
        let unverified = token::read(TYPE, token)?;
        let delegation = Self::from_members(unverified.key_id(), unverified.payload()?)?;
        let scope = &delegation.stamp.binding.scope;
        unverified.verify(Purpose::Delegation, scope, keys)?;
        Ok(delegation)
    }

    fn to_members(&self) -> Object {
        let actions: Vec<Value> = self.actions.iter().map(|a| a.as_str().into()).collect();
        self.stamp
            .to_members()
            .with("subject", self.subject.as_str())
            .with("actions", actions)
            .with("constraints", self.constraints.clone())
    }

    fn from_members(key_id: &str, payload: Object) -> Result<Self, LabelError> {
        let mut members = Members::new(payload);
        let stamp = Stamp::take(key_id, &mut members)?;
        let subject = members.name("subject")?;
        let actions = members.names("actions", limits::DELEGATED_ACTIONS)?;
        let Value::Object(constraints) = members.value("constraints")? else {
            return Err(LabelError::BadMember("constraints"));
        };
        members.finish()?;
        Ok(Self {
            stamp,
            subject,
            actions,
            constraints,
        })
    }
}
