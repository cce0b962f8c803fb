//! What every token states: by whom, for whom, when; and whether that fits.

use super::members::Members;
use super::{LabelError, VERSION};
use crate::json::Object;
use crate::limits;
use crate::taint::keys::{KeyRing, seconds};
use crate::time::UnixMillis;

/// What a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Binding {
    /// Who issued it: a name for people, not checked.
    pub issuer: String,
    /// The gateway it is for.
    pub audience: String,
    /// The scope of the route it is for; may be empty.
    pub scope: String,
    /// The caller it is for; empty for callers without a name.
    pub caller: String,
    /// The conversation it is of; empty for none.
    pub conversation: String,
}

/// By whom, for whom and when a token was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Id of the key that signs.
    pub key_id: String,
    /// What the token is bound to.
    pub binding: Binding,
    /// When it was issued, in whole seconds.
    pub issued: UnixMillis,
    /// When it stops to count, in whole seconds.
    pub expires: UnixMillis,
    /// What makes it unique.
    pub nonce: String,
}

/// What a proxy expects of a token it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expect<'a> {
    /// The gateway's own audience.
    pub audience: &'a str,
    /// The scope of the route.
    pub scope: &'a str,
    /// The authenticated caller; empty without one.
    pub caller: &'a str,
    /// The time.
    pub now: UnixMillis,
}

impl Stamp {
    /// A stamp of now, to be signed with the ring's first key. A lifetime out of bounds is brought
    /// into them: 1 to [`limits::TOKEN_SECONDS`].
    #[must_use]
    pub fn new(
        keys: &KeyRing,
        binding: Binding,
        nonce: &str,
        now: UnixMillis,
        lifetime_seconds: i64,
    ) -> Self {
        let issued = seconds(now);
        let lifetime = lifetime_seconds.clamp(1, limits::TOKEN_SECONDS);
        let instant = |seconds: i64| UnixMillis(seconds.saturating_mul(1_000));
        Self {
            key_id: keys.signing().id().to_owned(),
            binding,
            issued: instant(issued),
            expires: instant(issued.saturating_add(lifetime)),
            nonce: nonce.to_owned(),
        }
    }

    /// Whether the token is for this gateway, scope and caller, and counts now.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, expect: &Expect<'_>) -> Result<(), LabelError> {
        if self.binding.audience != expect.audience {
            return Err(LabelError::WrongAudience);
        }
        if self.binding.scope != expect.scope {
            return Err(LabelError::WrongScope);
        }
        if self.binding.caller != expect.caller {
            return Err(LabelError::WrongCaller);
        }
        self.check_time(expect.now)
    }

    /// Whether the token counts now, with [`limits::TOKEN_LEEWAY_SECONDS`] for clocks that differ.
    ///
    /// # Errors
    /// [`LabelError::NotYet`] or [`LabelError::Expired`].
    pub const fn check_time(&self, now: UnixMillis) -> Result<(), LabelError> {
        let leeway = limits::TOKEN_LEEWAY_SECONDS * 1_000;
        if self.issued.0 > now.0.saturating_add(leeway) {
            return Err(LabelError::NotYet);
        }
        if now.0 >= self.expires.0.saturating_add(leeway) {
            return Err(LabelError::Expired);
        }
        Ok(())
    }

    pub(super) fn to_members(&self) -> Object {
        let binding = &self.binding;
        Object::new()
            .with("v", VERSION)
            .with("iss", binding.issuer.as_str())
            .with("aud", binding.audience.as_str())
            .with("iat", seconds(self.issued))
            .with("exp", seconds(self.expires))
            .with("jti", self.nonce.as_str())
            .with("scope", binding.scope.as_str())
            .with("sub", binding.caller.as_str())
            .with("conversation", binding.conversation.as_str())
    }

    pub(super) fn take(key_id: &str, members: &mut Members) -> Result<Self, LabelError> {
        if members.integer("v")? != VERSION {
            return Err(LabelError::WrongVersion);
        }
        let stamp = Self {
            key_id: key_id.to_owned(),
            binding: Binding {
                issuer: members.name("iss")?,
                audience: members.name("aud")?,
                scope: members.name("scope")?,
                caller: members.name("sub")?,
                conversation: members.name("conversation")?,
            },
            issued: members.seconds("iat")?,
            expires: members.seconds("exp")?,
            nonce: members.name("jti")?,
        };
        stamp.agrees_with_itself()?;
        Ok(stamp)
    }

    fn agrees_with_itself(&self) -> Result<(), LabelError> {
        if self.binding.audience.is_empty() {
            return Err(LabelError::BadMember("aud"));
        }
        if self.nonce.is_empty() {
            return Err(LabelError::BadMember("jti"));
        }
        let lifetime = seconds(self.expires).saturating_sub(seconds(self.issued));
        if (1..=limits::TOKEN_SECONDS).contains(&lifetime) {
            return Ok(());
        }
        Err(LabelError::BadLifetime)
    }
}
