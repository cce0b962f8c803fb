//! Where the value of an argument was seen before (`taint-flow.md` sections 2 to 4).
//!
//! Recording and looking up. Not judging: which argument needs which level is the registry's
//! business. Nothing readable is kept: [`Conversation`] holds keyed fingerprints only.

mod copy;
mod echo;
mod element;
mod entity;
mod find;
mod fingerprints;
pub(super) mod normal;
mod record;
mod secret;
mod sequence;
mod source;
mod views;

pub use echo::Echo;
pub(in crate::taint) use element::Element;
pub use fingerprints::Fingerprints;
pub use secret::Secrets;
pub use source::{FieldKind, FieldRule, Secrecy, Shape, SourceRef, SourceRules};

use super::context::Segment;
use super::conversation::{Endorsement, Passage, Seconds, SourceId, Vouched};
use super::{Conversation, Level, Origin, Sensitivity, Store, TrustLevel};
use crate::digest::Digest;
use crate::json::Value;
use crate::limits;
use crate::time::UnixMillis;
use find::Finder;

/// Whether a server says that what was asked of it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// It was; a result that says `isError` itself is a failure all the same.
    #[default]
    Success,
    /// It was not: nothing in the answer is an identifier.
    Failure,
}

/// What a server says about its own content. It can lower, never raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Claim {
    /// Nothing that matters.
    #[default]
    Nothing,
    /// That it is not to be trusted.
    Untrusted,
}

/// What is known about content besides itself.
#[derive(Debug, Clone)]
pub struct ResultFacts<'a> {
    /// What is said about the tool.
    pub rules: &'a SourceRules,
    /// Whether it did what it was asked.
    pub outcome: Outcome,
    /// What the server says about the content.
    pub claim: Claim,
    /// Where it comes from.
    pub source: SourceRef,
    /// The digest its label states, by which it can be endorsed.
    pub digest: Option<Digest>,
    /// What the call brought in.
    pub echo: &'a Echo,
    /// When it arrived.
    pub now: UnixMillis,
}

/// What was recorded of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The lowest level of anything in it: what a label may state.
    pub level: Level,
    /// Whether some of its text looks like instructions, at whatever level.
    pub flagged: bool,
    /// How many secrets it holds.
    pub secrets: usize,
}

/// How a value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Not at all.
    Nothing,
    /// In what the user said.
    Prompt,
    /// As something somebody vouched for.
    Endorsement,
    /// As a whole value of a result.
    Leaf,
    /// Within free text.
    Text,
    /// Only once it was decoded.
    Decoded,
}

/// Where a value was seen, and how far it is trusted for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The level.
    pub level: Level,
    /// How.
    pub via: Via,
    /// The results it was seen in, those of the highest level first;
    /// [`crate::limits::FOUND_SOURCES`] at most. The user is none.
    pub sources: Vec<&'a SourceRef>,
}

/// What in content is looked up by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKind {
    /// An address on the web, with or without a scheme, or a bare host name.
    Url,
    /// An e-mail address.
    Email,
    /// An international bank account number.
    Iban,
    /// A telephone number.
    Phone,
}

/// An address or number in content, and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntity<'a> {
    /// What it is.
    pub kind: EntityKind,
    /// Where it was seen.
    pub found: Found<'a>,
}

/// A copy that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied<'a> {
    /// The result it was copied from, if that is still known.
    pub source: Option<&'a SourceRef>,
}

/// Records the result of a tool: `content` is the whole `CallToolResult`.
pub fn record_result(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    facts: &ResultFacts<'_>,
    content: &Value,
) -> Recorded {
    record::record_tool_result(conversation, fingerprints, facts, content)
}

/// Records any other content of a server, every string of it as free text: contents of resources,
/// messages of prompts, errors, requests and notifications of the server.
pub fn record_content(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    facts: &ResultFacts<'_>,
    content: &Value,
) -> Recorded {
    record::record_everything(conversation, fingerprints, facts, content)
}

/// Records what the user said. It counts until `expires`. What expired by `now` is forgotten. To the
/// context it is a segment of the user, so a conversation in which nobody else has spoken has their
/// level.
pub fn record_prompt(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    text: &str,
    expires: UnixMillis,
    now: UnixMillis,
) {
    let entities = entity::entities(text).into_iter();
    let entities = entities.map(|entity| fingerprints.value(&entity.text));
    let mut elements = element::elements(fingerprints, text);
    // What is left out of a prompt is unknown.
    if elements.len() > limits::CONVERSATION_PROMPTS / 2 {
        elements.truncate(limits::CONVERSATION_PROMPTS / 2);
        conversation.lose(Store::Prompts);
    }
    conversation.prompts.expire(now);
    conversation.prompts.push(Passage {
        at: Seconds::of(now),
        level: Level::User,
        source: SourceId(0),
        expires: expires.0,
        elements,
        entities: entities.take(limits::PROMPT_ENTITIES).collect(),
    });
    conversation.prompts.settle(limits::CONVERSATION_PROMPTS);
    conversation.context.add(&Segment {
        level: TrustLevel::User,
        origin: Origin::User,
        principal: "",
        readers: None,
        sensitivity: Sensitivity::Public,
        at: now,
    });
}

/// Records that somebody vouches for a value: it counts as `level`, [`Level::Tool`] at most, until
/// `expires`.
pub fn endorse_value(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    value: &str,
    level: Level,
    expires: UnixMillis,
) {
    let value = normal::canonical(value);
    if !value.is_empty() {
        let print = fingerprints.value(&value);
        endorse(conversation, print, Vouched::Value, level, expires);
    }
}

/// Records that somebody vouches for a result: all that is in it counts as `level`, [`Level::Tool`]
/// at most, until `expires`. `result` is the id of its audit record, or the digest (hexadecimal) of
/// its label.
pub fn endorse_result(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    result: &str,
    level: Level,
    expires: UnixMillis,
) {
    let print = fingerprints.value(result);
    endorse(conversation, print, Vouched::Result, level, expires);
}

fn endorse(
    conversation: &mut Conversation,
    print: u64,
    vouched: Vouched,
    level: Level,
    expires: UnixMillis,
) {
    conversation.endorsements.push(Endorsement {
        print,
        vouched,
        level: level.min(Level::Tool),
        expires: expires.0,
    });
    conversation.endorsements.settle();
}

/// Looks a value up. `nouns` are words that make a short number after them an identifier, besides
/// `id` and its like: `["file"]` for an argument `file_id` (`vectors/flow` num-03).
#[must_use]
pub fn find<'a>(
    conversation: &'a Conversation,
    fingerprints: &'a Fingerprints,
    value: &str,
    nouns: &[&str],
    now: UnixMillis,
) -> Found<'a> {
    finder(conversation, fingerprints, now).value(value, nouns)
}

/// Looks up every address and number in content, those encoded in it too;
/// [`limits::CONTENT_ENTITIES`] at most, after which one of level unknown stands for the rest.
#[must_use]
pub fn find_entities<'a>(
    conversation: &'a Conversation,
    fingerprints: &'a Fingerprints,
    text: &str,
    now: UnixMillis,
) -> Vec<FoundEntity<'a>> {
    finder(conversation, fingerprints, now).content(text)
}

const fn finder<'a>(
    conversation: &'a Conversation,
    fingerprints: &'a Fingerprints,
    now: UnixMillis,
) -> Finder<'a> {
    Finder {
        conversation,
        fingerprints,
        now,
    }
}

/// Whether content repeats text that looked like instructions, and that the user did not type.
/// Whoever cannot be sure of it is told by [`Conversation::is_incomplete`] of [`Store::Flags`].
#[must_use]
pub fn find_copy<'a>(
    conversation: &'a Conversation,
    fingerprints: &Fingerprints,
    text: &str,
    now: UnixMillis,
) -> Option<Copied<'a>> {
    find_copy_from(conversation, conversation, fingerprints, text, now)
}

/// The same, of text that was flagged in one conversation and may have been typed in another.
#[must_use]
pub fn find_copy_from<'a>(
    flagged: &'a Conversation,
    typed: &Conversation,
    fingerprints: &Fingerprints,
    text: &str,
    now: UnixMillis,
) -> Option<Copied<'a>> {
    if flagged.flags.items().is_empty() {
        return None;
    }
    let (views, is_cut) = views::views_and_rest(text);
    if is_cut {
        // What cannot be seen may repeat it.
        return Some(Copied { source: None });
    }
    let mut texts = std::iter::once(text).chain(views.iter().map(String::as_str));
    texts.find_map(|text| copy::find(flagged, typed, fingerprints, text, now))
}

#[cfg(test)]
mod tests;

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
