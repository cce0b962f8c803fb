//! What an answer leaves behind in its conversation, and the label it gets.

use super::Rules;
use super::anomaly;
use super::standing::Unkept;
use super::trace::Trace;
use crate::digest::Digest;
use crate::exchange::world::World;
use crate::json::{Object, Value};
use crate::policy::Caller;
use crate::taint::context::{Listing, Segment, result_trust, sensitivity_of_content};
use crate::taint::flow::{
    self, Claim, FieldKind, FieldRule, Fingerprints, Outcome, Recorded, ResultFacts, Secrecy,
    Shape, SourceRef, SourceRules,
};
use crate::taint::label::{
    ANNOTATIONS_KEY, Binding, Claims, LABEL_KEY, Label, Stamp, digest_of_content, mark,
};
use crate::taint::{Conversation, Level, Origin, Sensitivity, Store, TrustLevel};
use std::collections::BTreeSet;

/// How some content of a server is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exchange) enum Form {
    /// As a result: identifiers and text.
    Result,
    /// As text that anybody may have written.
    Text,
    /// As the result of a tool that is not known any more: nobody can say what in it is secret.
    Unknown,
    /// Not at all: what is said of tools is pinned, not recorded, and the rest holds nothing.
    Nothing,
}

impl Form {
    /// How the result of a method is read.
    pub(in crate::exchange) fn of_result(method: &str) -> Self {
        match method {
            "initialize" | "server/discover" | "tools/list" | "ping" | "logging/setLevel" => {
                Self::Nothing
            }
            "tools/call"
            | "tasks/result"
            | "tasks/get"
            | "tasks/list"
            | "tasks/cancel"
            | "resources/list"
            | "resources/templates/list"
            | "prompts/list" => Self::Result,
            _ => Self::Text,
        }
    }
}

/// Content of a server, and what it answers.
#[derive(Debug, Clone, Copy)]
pub(in crate::exchange) struct Content<'a> {
    pub(in crate::exchange) upstream: &'a str,
    /// What policies call its tool, and the tools that ran.
    pub(in crate::exchange) tools: &'a [&'a str],
    pub(in crate::exchange) form: Form,
    pub(in crate::exchange) outcome: Outcome,
    pub(in crate::exchange) value: &'a Value,
}

/// What the rules of all tools that took part say about content.
struct Source {
    rules: SourceRules,
    /// Whether rows describe all of them.
    listing: Listing,
    readers: Option<BTreeSet<String>>,
    sensitivity: Sensitivity,
}

/// What was recorded, as a label states it.
#[derive(Debug, Clone)]
pub(in crate::exchange) struct Labelled {
    /// Of the content, whatever labels it has.
    digest: Digest,
    origin: Origin,
    level: TrustLevel,
    readers: Option<BTreeSet<String>>,
    sensitivity: Sensitivity,
}

/// Records some content in the conversation of its request.
pub(in crate::exchange) fn record(
    content: &Content<'_>,
    trace: &Trace,
    rules: &Rules<'_>,
    world: &World<'_>,
    unkept: &mut Unkept,
) -> Labelled {
    let claims = Claims::of_result(content.value);
    let source = Source::of(content, &claims, rules);
    let tool = content.tools.first().copied().unwrap_or_default();
    let is_untrusted = claims.untrusted || claims.labelled;
    let fingerprints = Fingerprints::new(rules.settings.keys.flow_key(&trace.places.scope));
    let digest = digest_of_content(content.value);
    let facts = ResultFacts {
        rules: &source.rules,
        outcome: content.outcome,
        claim: if is_untrusted {
            Claim::Untrusted
        } else {
            Claim::Nothing
        },
        source: SourceRef {
            audit_id: trace.audit_id.clone(),
            upstream: content.upstream.to_owned(),
            tool: tool.to_owned(),
            origin: Origin::Tool,
        },
        digest: Some(digest),
        echo: &trace.echo,
        now: world.now,
    };
    let mut delta = Conversation::fresh(world.now);
    let recorded = match content.form {
        Form::Result => flow::record_result(&mut delta, &fingerprints, &facts, content.value),
        Form::Text | Form::Unknown | Form::Nothing => {
            flow::record_content(&mut delta, &fingerprints, &facts, content.value)
        }
    };
    let is_unknown = content.form == Form::Unknown;
    if is_unknown {
        delta.lose(Store::Secrets);
    }
    let (origin, level) = result_trust(source.listing, recorded.level);
    let found = sensitivity_of_content(content.value);
    let labelled = Labelled {
        digest,
        origin,
        level,
        readers: source.readers,
        sensitivity: source
            .sensitivity
            .max(secrecy(recorded, is_unknown))
            .max(found),
    };
    delta.context.add(&Segment {
        level,
        origin,
        principal: content.upstream,
        readers: labelled.readers().as_deref(),
        sensitivity: labelled.sensitivity,
        at: world.now,
    });
    if recorded.flagged {
        let instructions = anomaly::instructions(&trace.audit_id, digest);
        delta.context.add_anomaly(&instructions);
    }
    if let Some(brought) = &trace.brought {
        delta.merge(brought);
    }
    unkept.add(&trace.places, trace.started, &delta);
    labelled
}

/// Content with secrets in it, or that may have some, is not for everybody.
const fn secrecy(recorded: Recorded, is_unknown: bool) -> Sensitivity {
    if recorded.secrets > 0 || is_unknown {
        Sensitivity::Confidential
    } else {
        Sensitivity::Public
    }
}

impl Labelled {
    fn readers(&self) -> Option<Vec<String>> {
        let readers = self.readers.as_ref()?;
        Some(readers.iter().cloned().collect())
    }

    /// Puts the label into a result, in place of whatever the server had there.
    pub(in crate::exchange) fn mark(
        &self,
        result: &mut Object,
        request: &Request<'_>,
        trace: &Trace,
        rules: &Rules<'_>,
        world: &World<'_>,
    ) {
        unmark(result);
        let keys = &rules.settings.keys;
        let binding = Binding {
            issuer: rules.settings.audience.clone(),
            audience: rules.settings.audience.clone(),
            scope: request.caller.scope.clone(),
            caller: request.caller.name.clone(),
            conversation: trace.conversation.clone(),
        };
        let nonce = keys.nonce(&binding.scope, &trace.audit_id);
        let lifetime = rules.settings.label_seconds;
        let label = Label {
            stamp: Stamp::new(keys, binding, &nonce, world.now, lifetime),
            upstream: request.upstream.to_owned(),
            tool: request.tool.to_owned(),
            origin: self.origin,
            principal: request.upstream.to_owned(),
            level: self.level,
            readers: self.readers.clone(),
            sensitivity: self.sensitivity,
            digest: self.digest,
            text: None,
            started: None,
        };
        // A name that no token can hold leaves the result without a label, which claims nothing.
        if let Ok(token) = label.to_token(keys) {
            mark(result, &label, &token);
        }
    }
}

/// Whose request a label is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::exchange) struct Request<'a> {
    pub(in crate::exchange) caller: &'a Caller,
    pub(in crate::exchange) upstream: &'a str,
    pub(in crate::exchange) tool: &'a str,
}

/// Takes off what a server says in our name; whether there was anything.
pub(in crate::exchange) fn unmark(result: &mut Object) -> bool {
    let Some(Value::Object(meta)) = result.get_mut("_meta") else {
        return false;
    };
    let claims = [LABEL_KEY, ANNOTATIONS_KEY];
    claims
        .into_iter()
        .filter(|key| meta.remove(key).is_some())
        .count()
        > 0
}

impl Source {
    fn of(content: &Content<'_>, claims: &Claims, rules: &Rules<'_>) -> Self {
        let registry = rules.trust.registry();
        let mut source = Self {
            rules: SourceRules {
                texts: Level::System,
                leaves: Level::System,
                ..SourceRules::default()
            },
            listing: Listing::Listed,
            readers: None,
            sensitivity: if claims.sensitive {
                Sensitivity::Confidential
            } else {
                Sensitivity::Public
            },
        };
        for tool in content.tools {
            // What raises a field of one tool's results says nothing about another's.
            let is_shared = content.tools.len() > 1;
            let mut stated = registry.source_rules(content.upstream, tool);
            let lowers =
                |field: &FieldRule| field.kind != Some(FieldKind::Leaf) && field.level.is_none();
            stated.fields.retain(|field| !is_shared || lowers(field));
            source.tighten(stated);
            let stated = registry.rules(content.upstream, tool);
            if !stated.listed {
                source.listing = Listing::Unlisted;
            }
            let stated = stated.result;
            source.sensitivity = source
                .sensitivity
                .max(stated.sensitivity.unwrap_or_default());
            if let Some(readers) = stated.readers {
                let readers: BTreeSet<_> = readers.into_iter().map(str::to_owned).collect();
                source.readers = Some(match source.readers.take() {
                    Some(before) => before.intersection(&readers).cloned().collect(),
                    None => readers,
                });
            }
        }
        source
    }

    /// The stricter of these rules and others, rule by rule.
    fn tighten(&mut self, other: SourceRules) {
        let rules = &mut self.rules;
        if other.shape == Shape::Text {
            rules.shape = Shape::Text;
        }
        if other.secrecy == Secrecy::Secret {
            rules.secrecy = Secrecy::Secret;
        }
        rules.leaves = rules.leaves.min(other.leaves);
        rules.texts = rules.texts.min(other.texts);
        rules.fields.extend(other.fields);
    }
}
