//! What a message carries in the formats of the reference, where the operator lets them count.
//!
//! They name no conversation and mostly never expire, so what they say counts in whichever
//! conversation of the caller they are shown (`trust-engine.md` B10).

use super::{Prompt, Reader};
use crate::exchange::settings::ReferenceFormats;
use crate::json::{self, Value};
use crate::limits;
use crate::taint::Origin;
use crate::taint::TrustLevel;
use crate::taint::delegation::{Constraints, Delegation};
use crate::taint::keys::Purpose;
use crate::taint::label::LabelError;
use crate::taint::reference::{
    CONTEXT_KEY, DELEGATION_HEADER, ReferenceContext, ReferenceDelegation, ReferenceExpect,
    delegation_of_header,
};
use crate::time::UnixMillis;

/// The user's words in a context: those that are stated to count as the user's.
pub(super) fn prompts(context: &ReferenceContext, now: UnixMillis) -> Vec<Prompt> {
    let expires = UnixMillis(now.0.saturating_add(limits::TRUST_IDLE_MS));
    let segments = context.segments.iter();
    let said = segments
        .filter(|(segment, _)| segment.origin == Origin::User && segment.level >= TrustLevel::User);
    let prompt = |(_, text): &(_, String)| Prompt {
        text: text.clone(),
        said: now,
        expires,
    };
    said.map(prompt).collect()
}

impl<'a> Reader<'a> {
    /// The context of the message's `_meta`; an empty one if it is not believed.
    pub(super) fn reference_context(&mut self) -> ReferenceContext {
        let Some(shown) = self.shown_context() else {
            return ReferenceContext::default();
        };
        let meta = self.meta;
        match self.with_reference_keys(|expect| ReferenceContext::read(meta, expect)) {
            Ok(context) => context,
            Err(error) => {
                let shown = [json::to_text(shown)];
                self.refuse_if(true, "reference_context", error.code(), &shown);
                ReferenceContext::default()
            }
        }
    }

    fn shown_context(&self) -> Option<&'a Value> {
        let meta = self.meta.filter(|_| self.reads_reference())?;
        meta.get(CONTEXT_KEY)
    }

    /// Whether a context claims a delegation, believed or not.
    fn claims_delegation(&self) -> bool {
        let context = self.shown_context();
        let claimed = context.map(|context| context.get("delegation"));
        claimed.is_some_and(|claimed| claimed.is_some_and(|claimed| *claimed != Value::Null))
    }

    /// The delegations of the context and of the header.
    pub(super) fn reference_delegations(&mut self, context: ReferenceContext) -> Vec<Delegation> {
        let is_lost = context.delegation.is_none() && self.claims_delegation();
        self.note_if(is_lost, "delegation", "unproven_context");
        let mut delegations: Vec<_> = context.delegation.into_iter().collect();
        if self.reads_reference() {
            let headers = self.headers.all(DELEGATION_HEADER);
            let texts = headers.map(|value| String::from_utf8_lossy(value).into_owned());
            let texts: Vec<String> = texts.take(limits::CARRIED_TOKENS).collect();
            delegations.extend(self.believed("delegation", &texts, |text, reader| {
                reader.with_reference_keys(|expect| delegation_of_header(text, expect))
            }));
        }
        delegations.into_iter().map(delegation_of).collect()
    }

    fn reads_reference(&self) -> bool {
        self.rules.settings.reference_formats == ReferenceFormats::Read
    }

    /// Reads with the key of each master key in turn: these formats name none.
    fn with_reference_keys<T>(
        &self,
        read: impl Fn(&ReferenceExpect<'_>) -> Result<T, LabelError>,
    ) -> Result<T, LabelError> {
        for master in self.rules.settings.keys.masters() {
            let key = master.derive(Purpose::Reference, self.expect.scope);
            let expect = ReferenceExpect {
                key: &key,
                audience: self.expect.audience,
                caller: self.expect.caller,
                now: self.expect.now,
            };
            match read(&expect) {
                Err(LabelError::BadSignature) => {}
                read => return read,
            }
        }
        Err(LabelError::BadSignature)
    }
}

/// A delegation as calls are held against it. Its session is a conversation of ours, or none.
fn delegation_of(token: ReferenceDelegation) -> Delegation {
    let expires_at = Some(token.expires());
    Delegation {
        subject: token.subject,
        delegate: Some(token.delegate),
        audience: token.audience,
        authorized_actions: token.actions.into_iter().collect(),
        constraints: Constraints::new(&token.constraints),
        session_id: token.session_id,
        expires_at,
    }
}
