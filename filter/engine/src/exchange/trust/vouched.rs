//! The tokens of a request: which of them are believed, and what those say.
//!
//! A token that is not believed grants nothing and refuses nothing: it is as if it were not there,
//! and the record says that it was. It is an anomaly of the conversation.

mod given;
mod reference;

pub(super) use given::Given;

use super::{Rules, anomaly};
use crate::exchange::stamp::Stamp;
use crate::json::{self, Object, Value};
use crate::limits;
use crate::mcp::Headers;
use crate::policy::Caller;
use crate::taint::delegation::{Constraints, Delegation};
use crate::taint::label::{
    self, CarriageError, DelegationToken, Endorsement, Expect, Label, LabelError, carried,
    from_verified_claims,
};
use crate::taint::reference::ReferenceContext;
use crate::taint::{Origin, Prompts, TrustLevel};
use crate::time::UnixMillis;

/// What a verifier of Envoy's is called in records: claims name no key of ours.
const JWT_AUTHN: &str = "jwt_authn";

/// What the user said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) said: UnixMillis,
    pub(super) expires: UnixMillis,
}

/// What is delegated to the caller.
#[derive(Debug, Clone, Default)]
pub(super) enum Delegating {
    /// The caller claims nothing: it acts for itself.
    #[default]
    Nothing,
    /// A believed delegation.
    Within(Box<Delegation>),
    /// A delegation that is not believed, or several: who claims to act for somebody and cannot show
    /// it is not let do what it might do for itself.
    Unproven,
}

/// What the believed tokens of one message say.
#[derive(Debug, Clone, Default)]
pub(in crate::exchange) struct Vouched {
    /// The conversation; empty is none.
    pub(super) conversation: String,
    /// When it began.
    pub(super) started: Option<UnixMillis>,
    pub(super) prompts: Vec<Prompt>,
    pub(super) endorsements: Vec<Endorsement>,
    pub(super) delegating: Delegating,
    /// What the model has been given: the user's words, and content of labels.
    pub(super) given: Vec<Given>,
    /// What is not believed, as `kind=reason`.
    pub(in crate::exchange) refused: Vec<String>,
    /// The same as anomalies.
    pub(super) anomalies: Vec<String>,
}

impl Vouched {
    /// Reads the tokens of a request's headers and of one message's `_meta`.
    pub(in crate::exchange) fn read(
        headers: &Headers,
        meta: Option<&Value>,
        stamp: &Stamp,
        rules: &Rules<'_>,
        now: UnixMillis,
    ) -> Self {
        let Some(caller) = &stamp.caller else {
            return Self::default();
        };
        let mut reader = Reader {
            rules,
            headers,
            meta,
            expect: Expect {
                audience: &rules.settings.audience,
                scope: &caller.scope,
                caller: &caller.name,
                now,
            },
            refused: Vec::new(),
            anomalies: Vec::new(),
        };
        let mut vouched = Self::of_prompts(reader.prompts(stamp.verified.as_ref()));
        vouched.said(&caller.name, reader.unsigned_prompts(caller), now);
        let context = reader.reference_context();
        vouched.said(&caller.name, reference::prompts(&context, now), now);
        let segments = context.segments.iter();
        let given = segments.map(|(segment, _)| Given::of_reference(segment, now));
        vouched.given.extend(given);
        vouched.endorsements = reader.endorsements(&vouched.conversation);
        vouched.delegating = reader.delegating(context, &vouched.conversation);
        vouched.given.extend(reader.labels().iter().map(Given::of));
        vouched.refused = reader.refused;
        vouched.anomalies = reader.anomalies;
        vouched
    }

    /// Whether no believed token says anything that is kept.
    pub(super) const fn says_nothing(&self) -> bool {
        self.prompts.is_empty() && self.endorsements.is_empty() && self.given.is_empty()
    }

    /// Adds words of the user that the caller stands in for.
    fn said(&mut self, caller: &str, prompts: Vec<Prompt>, now: UnixMillis) {
        if !prompts.is_empty() {
            self.given.push(Given::of_user(caller, now));
        }
        self.prompts.extend(prompts);
    }

    fn of_prompts(labels: Vec<Label>) -> Self {
        let mut vouched = Self::default();
        for label in labels {
            vouched.given.push(Given::of(&label));
            vouched.started = vouched.started.into_iter().chain(label.started).min();
            vouched.conversation = label.stamp.binding.conversation;
            let (said, expires) = (label.stamp.issued, label.stamp.expires);
            // Words that are stated to count for less than the user's are not the user's.
            let text = label.text.filter(|_| label.level >= TrustLevel::User);
            vouched.prompts.extend(text.map(|text| Prompt {
                text,
                said,
                expires,
            }));
        }
        vouched
    }
}

/// Where tokens are looked for, and what they have to fit.
struct Reader<'a> {
    rules: &'a Rules<'a>,
    headers: &'a Headers,
    meta: Option<&'a Value>,
    expect: Expect<'a>,
    refused: Vec<String>,
    anomalies: Vec<String>,
}

impl Reader<'_> {
    /// The user's words. Those of one conversation count, and no others with them: which one the
    /// message belongs to must not be the client's choice.
    fn prompts(&mut self, verified: Option<&Object>) -> Vec<Label> {
        let tokens = self.tokens("prompt", Some(label::PROMPT_HEADER), label::PROMPT_KEY);
        let mut labels = self.believed("prompt", &tokens, |token, reader| {
            Label::verify(token, &reader.rules.settings.keys, &reader.expect)
        });
        labels.extend(self.verified_prompt(verified));
        let before = labels.len();
        labels.retain(|label| label.origin == Origin::User);
        self.refuse_if(labels.len() < before, "prompt", "wrong_type", &tokens);
        let conversation = |label: &Label| label.stamp.binding.conversation.clone();
        let first = labels.first().map(conversation);
        if labels
            .iter()
            .any(|label| Some(conversation(label)) != first)
        {
            self.refuse_if(true, "prompt", "several_conversations", &tokens);
            labels.clear();
        }
        labels
    }

    /// The user's words in claims that Envoy has verified. Claims about anything else are no token.
    fn verified_prompt(&mut self, verified: Option<&Object>) -> Option<Label> {
        let claims = verified.filter(|claims| claims.get("origin").is_some())?;
        match from_verified_claims(JWT_AUTHN, claims, &self.expect) {
            Ok(label) => Some(label),
            Err(error) => {
                let shown = json::to_text(&Value::Object(claims.clone()));
                self.refuse_if(true, JWT_AUTHN, error.code(), &[shown]);
                None
            }
        }
    }

    /// The user's words as a caller passes them on whom the operator trusts with that.
    fn unsigned_prompts(&mut self, caller: &Caller) -> Vec<Prompt> {
        let tokens = self.tokens("prompt_text", None, label::PROMPT_TEXT_KEY);
        let is_trusted = match &self.rules.trust.registry().settings.prompts {
            Prompts::Signed => false,
            Prompts::From(names) => names.contains(&caller.name),
        };
        if !is_trusted {
            // No token, so no anomaly: whoever sends it need not know whom the operator trusts.
            self.note_if(!tokens.is_empty(), "prompt_text", "not_trusted");
            return Vec::new();
        }
        let said = self.expect.now;
        // The same words within a day are one prompt, however often they are sent.
        let days = said.0.div_euclid(limits::TRUST_IDLE_MS).saturating_add(2);
        let expires = UnixMillis(days.saturating_mul(limits::TRUST_IDLE_MS));
        let prompt = |text| Prompt {
            text,
            said,
            expires,
        };
        tokens.into_iter().map(prompt).collect()
    }

    fn endorsements(&mut self, conversation: &str) -> Vec<Endorsement> {
        let tokens = self.tokens(
            "endorsement",
            Some(label::ENDORSEMENT_HEADER),
            label::ENDORSEMENT_KEY,
        );
        let mut endorsements = self.believed("endorsement", &tokens, |token, reader| {
            Endorsement::verify(token, &reader.rules.settings.keys, &reader.expect)
        });
        let before = endorsements.len();
        endorsements.retain(|endorsement| endorsement.stamp.binding.conversation == conversation);
        let is_other = endorsements.len() < before;
        self.refuse_if(is_other, "endorsement", "other_conversation", &tokens);
        endorsements
    }

    fn delegating(&mut self, context: ReferenceContext, conversation: &str) -> Delegating {
        let refused = self.refused.len();
        let tokens = self.tokens(
            "delegation",
            Some(label::DELEGATION_HEADER),
            label::DELEGATION_KEY,
        );
        let believed = self.believed("delegation", &tokens, |token, reader| {
            DelegationToken::verify(token, &reader.rules.settings.keys, &reader.expect)
        });
        let mut delegations: Vec<_> = believed.into_iter().map(delegation_of).collect();
        delegations.extend(self.reference_delegations(context));
        let is_other = |delegation: &Delegation| {
            let bound = &delegation.session_id;
            !bound.is_empty() && bound != conversation
        };
        let is_other = delegations.iter().any(is_other);
        self.refuse_if(is_other, "delegation", "other_conversation", &tokens);
        self.refuse_if(delegations.len() > 1, "delegation", "several", &tokens);
        match delegations.pop() {
            _ if self.refused.len() > refused => Delegating::Unproven,
            Some(delegation) => Delegating::Within(Box::new(delegation)),
            None => Delegating::Nothing,
        }
    }

    fn labels(&mut self) -> Vec<Label> {
        let tokens = self.tokens("label", None, label::LABEL_KEY);
        self.believed("label", &tokens, |token, reader| {
            Label::verify(token, &reader.rules.settings.keys, &reader.expect)
        })
    }

    /// The tokens under a header and a member of `_meta`. More than are read at once are none.
    fn tokens(&mut self, kind: &str, header: Option<&str>, key: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        for value in header.into_iter().flat_map(|name| self.headers.all(name)) {
            let text = String::from_utf8_lossy(value);
            let listed = text.split(',').map(str::trim);
            tokens.extend(listed.filter(|token| !token.is_empty()).map(str::to_owned));
        }
        match carried(self.meta, key) {
            Ok(others) => tokens.extend(others.into_iter().map(str::to_owned)),
            Err(error) => self.refuse_if(true, kind, error.code(), &tokens),
        }
        if tokens.len() > limits::CARRIED_TOKENS {
            self.refuse_if(true, kind, CarriageError::TooMany.code(), &tokens);
            tokens.clear();
        }
        tokens
    }

    fn believed<T>(
        &mut self,
        kind: &str,
        tokens: &[String],
        verify: impl Fn(&str, &Self) -> Result<T, LabelError>,
    ) -> Vec<T> {
        let mut believed = Vec::new();
        for token in tokens {
            match verify(token, self) {
                Ok(statement) => believed.push(statement),
                Err(error) => {
                    self.refuse_if(true, kind, error.code(), std::slice::from_ref(token));
                }
            }
        }
        believed
    }

    /// Notes that something shown is not believed, if it is not: for the record, and as an anomaly.
    fn refuse_if(&mut self, is_refused: bool, kind: &str, reason: &str, shown: &[String]) {
        self.note_if(is_refused, kind, reason);
        if is_refused && self.anomalies.len() < limits::CARRIED_TOKENS {
            let anomaly = anomaly::token(&format!("{kind}={reason}"), shown);
            self.anomalies.push(anomaly);
        }
    }

    fn note_if(&mut self, is_refused: bool, kind: &str, reason: &str) {
        let refused = format!("{kind}={reason}");
        if is_refused && !self.refused.contains(&refused) {
            self.refused.push(refused);
        }
    }
}

/// A delegation as calls are held against it. Its token is for this caller, so it names no other
/// delegate.
fn delegation_of(token: DelegationToken) -> Delegation {
    let binding = token.stamp.binding;
    Delegation {
        subject: token.subject,
        delegate: Some(binding.caller),
        audience: binding.audience,
        authorized_actions: token.actions.into_iter().collect(),
        constraints: Constraints::new(&token.constraints),
        session_id: binding.conversation,
        expires_at: Some(token.stamp.expires),
    }
}
