//! The reference's delegation token. What its constraints mean is decided elsewhere.

use super::{canonical, sign_hex, verify_hex};
use crate::json::{Object, Value};
use crate::limits;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::label::members::Members;
use crate::time::UnixMillis;

/// Who may do what on whose behalf, in the reference's form.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceDelegation {
    /// On whose behalf.
    pub subject: String,
    /// Who may act.
    pub delegate: String,
    /// Whom the token is for.
    pub audience: String,
    /// What may be done, by name, in rising order. An empty list allows nothing.
    pub actions: Vec<String>,
    /// Further limits, as they were written.
    pub constraints: Object,
    /// The conversation it is for; empty for none.
    pub session_id: String,
    /// When it stops to count, to the microsecond.
    expires: jiff::Timestamp,
    signature: String,
}

impl ReferenceDelegation {
    /// Reads a token as the reference writes it. A token without signature can be read, but does not
    /// verify.
    ///
    /// # Errors
    /// What is missing, unknown or of the wrong type; an expiry without a zone is refused.
    pub fn parse(token: &Value) -> Result<Self, LabelError> {
        let Value::Object(object) = token else {
            return Err(LabelError::Malformed);
        };
        let mut members = Members::new(object.clone());
        let expires_at = members.name("expires_at")?;
        let Value::Object(constraints) = members.value("constraints")? else {
            return Err(LabelError::BadMember("constraints"));
        };
        let mut token = Self {
            subject: members.name("subject")?,
            delegate: members.name("delegate")?,
            audience: members.name("audience")?,
            actions: members.names("authorized_actions", limits::DELEGATED_ACTIONS)?,
            constraints,
            session_id: members.name("session_id")?,
            expires: expires_at
                .parse()
                .map_err(|_| LabelError::BadMember("expires_at"))?,
            signature: members
                .optional_text("signature", limits::TOKEN_NAME_BYTES)?
                .unwrap_or_default(),
        };
        members.finish()?;
        token.actions.sort_unstable();
        Ok(token)
    }

    /// When it stops to count.
    #[must_use]
    pub fn expires(&self) -> UnixMillis {
        UnixMillis(self.expires.as_millisecond())
    }

    /// The text that is signed; however the expiry was written, it is one instant in UTC.
    #[must_use]
    pub fn signing_input(&self) -> String {
        let actions = self.actions.iter().map(|action| action.as_str().into());
        let members = Object::new()
            .with("audience", self.audience.as_str())
            .with("authorized_actions", actions.collect::<Vec<Value>>())
            .with("constraints", self.constraints.clone())
            .with("delegate", self.delegate.as_str())
            .with("expires_at", instant_text(self.expires))
            .with("session_id", self.session_id.as_str())
            .with("subject", self.subject.as_str());
        canonical(&members.into())
    }

    /// The signature over that text.
    #[must_use]
    pub fn sign(&self, key: &DerivedKey) -> String {
        sign_hex(key, &self.signing_input())
    }

    /// Checks signature, audience and expiry. As in the reference, there is no leeway.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(
        &self,
        key: &DerivedKey,
        audience: &str,
        now: UnixMillis,
    ) -> Result<(), LabelError> {
        verify_hex(key, &self.signing_input(), &self.signature)?;
        if self.audience != audience {
            return Err(LabelError::WrongAudience);
        }
        if now >= self.expires() {
            return Err(LabelError::Expired);
        }
        Ok(())
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.ffffff]+00:00`.
fn instant_text(instant: jiff::Timestamp) -> String {
    let format = match instant.subsec_microsecond() {
        0 => "%Y-%m-%dT%H:%M:%S+00:00",
        _ => "%Y-%m-%dT%H:%M:%S.%6f+00:00",
    };
    instant.strftime(format).to_string()
}
