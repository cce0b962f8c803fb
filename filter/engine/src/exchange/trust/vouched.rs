//! The tokens of a request: which of them are believed, and what those say.
//!
//! A token that is not believed grants nothing and refuses nothing: it is as if it were not there,
//! and the record says that it was.

use super::Rules;
use crate::exchange::stamp::Stamp;
use crate::json::Value;
use crate::limits;
use crate::mcp::Headers;
use crate::policy::Caller;
use crate::taint::delegation::{Constraints, Delegation};
use crate::taint::label::{
    self, CarriageError, DelegationToken, Endorsement, Expect, Label, LabelError, carried,
};
use crate::taint::{Origin, Prompts};
use crate::time::UnixMillis;

/// Member of a request's `params._meta` with the user's words, unsigned: a text or a list of texts.
/// They count only for callers that the trust document names.
pub(super) const PROMPT_TEXT_KEY: &str = "tessera/prompt-text";

/// What the user said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) text: String,
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
    /// Labels of content that the client has been given before.
    pub(super) labels: Vec<Label>,
    /// What is not believed, as `kind=reason`.
    pub(in crate::exchange) refused: Vec<String>,
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
        };
        let mut vouched = Self::of_prompts(reader.prompts());
        vouched.prompts.extend(reader.unsigned_prompts(caller));
        vouched.endorsements = reader.endorsements(&vouched.conversation);
        vouched.delegating = reader.delegating(&vouched.conversation);
        vouched.labels = reader.labels();
        vouched.refused = reader.refused;
        vouched
    }

    fn of_prompts(labels: Vec<Label>) -> Self {
        let mut vouched = Self::default();
        for label in labels {
            vouched.started = vouched.started.into_iter().chain(label.started).min();
            vouched.conversation = label.stamp.binding.conversation;
            let expires = label.stamp.expires;
            let prompt = label.text.map(|text| Prompt { text, expires });
            vouched.prompts.extend(prompt);
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
}

impl Reader<'_> {
    /// The user's words. Those of one conversation count, and no others with them: which one the
    /// message belongs to must not be the client's choice.
    fn prompts(&mut self) -> Vec<Label> {
        let tokens = self.tokens("prompt", Some(label::PROMPT_HEADER), label::PROMPT_KEY);
        let mut labels = self.believed("prompt", &tokens, |token, reader| {
            Label::verify(token, &reader.rules.settings.keys, &reader.expect)
        });
        let before = labels.len();
        labels.retain(|label| label.origin == Origin::User);
        self.refuse_if(labels.len() < before, "prompt", "wrong_type");
        let conversation = |label: &Label| label.stamp.binding.conversation.clone();
        let first = labels.first().map(conversation);
        if labels
            .iter()
            .any(|label| Some(conversation(label)) != first)
        {
            self.refuse_if(true, "prompt", "several_conversations");
            labels.clear();
        }
        labels
    }

    /// The user's words as a caller passes them on whom the operator trusts with that.
    fn unsigned_prompts(&mut self, caller: &Caller) -> Vec<Prompt> {
        let tokens = self.tokens("prompt_text", None, PROMPT_TEXT_KEY);
        let is_trusted = match &self.rules.trust.registry().settings.prompts {
            Prompts::Signed => false,
            Prompts::From(names) => names.contains(&caller.name),
        };
        if !is_trusted {
            self.refuse_if(!tokens.is_empty(), "prompt_text", "not_trusted");
            return Vec::new();
        }
        let expires = UnixMillis(self.expect.now.0.saturating_add(limits::TRUST_IDLE_MS));
        let prompt = |text| Prompt { text, expires };
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
        self.refuse_if(is_other, "endorsement", "other_conversation");
        endorsements
    }

    fn delegating(&mut self, conversation: &str) -> Delegating {
        let refused = self.refused.len();
        let tokens = self.tokens(
            "delegation",
            Some(label::DELEGATION_HEADER),
            label::DELEGATION_KEY,
        );
        let mut delegations = self.believed("delegation", &tokens, |token, reader| {
            DelegationToken::verify(token, &reader.rules.settings.keys, &reader.expect)
        });
        let is_other = |token: &DelegationToken| {
            let bound = &token.stamp.binding.conversation;
            !bound.is_empty() && bound != conversation
        };
        self.refuse_if(
            delegations.iter().any(is_other),
            "delegation",
            "other_conversation",
        );
        self.refuse_if(delegations.len() > 1, "delegation", "several");
        match delegations.pop() {
            _ if self.refused.len() > refused => Delegating::Unproven,
            Some(token) => Delegating::Within(Box::new(delegation_of(token))),
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
            Err(error) => self.refuse_if(true, kind, error.code()),
        }
        if tokens.len() > limits::CARRIED_TOKENS {
            self.refuse_if(true, kind, CarriageError::TooMany.code());
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
                Err(error) => self.refuse_if(true, kind, error.code()),
            }
        }
        believed
    }

    fn refuse_if(&mut self, is_refused: bool, kind: &str, reason: &str) {
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
