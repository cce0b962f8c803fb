//! Where the value of an argument was seen before (`taint-flow.md` sections 2 to 4).
//!
//! Recording and looking up. Not judging: which argument needs which level is the registry's
//! business. Nothing readable is kept: [`Conversation`] holds keyed fingerprints only.

mod element;
mod entity;
mod fingerprints;
pub(super) mod normal;
mod sequence;
mod source;
mod views;

pub use fingerprints::Fingerprints;
pub use source::{FieldKind, FieldRule, Secrecy, Shape, SourceRef, SourceRules};

use super::{Conversation, Level};
use crate::digest::Digest;
use crate::json::Value;
use crate::time::UnixMillis;

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
    /// Whether some of it looks like instructions.
    pub flagged: bool,
    /// How many secrets it holds.
    pub secrets: usize,
}

/// The values a call brings in, which its result cannot raise (`vectors/flow` rec-07).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Echo {}

impl Echo {
    /// What a call of these arguments brings in.
    #[must_use]
    pub fn of(_fingerprints: &Fingerprints, _arguments: Option<&Value>) -> Self {
        Self::default()
    }

    /// An echo that takes in everything: no result of such a call gives an identifier. For answers
    /// whose call is not known any more.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// The echo as bytes, to be kept with a call whose answer comes elsewhere;
    /// [`crate::limits::ECHO_BYTES`] at most.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads bytes; what cannot be read is [`Echo::everything`].
    #[must_use]
    pub fn decode(_bytes: &[u8]) -> Self {
        Self::everything()
    }
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

/// A set of secrets, as fingerprints. The empty one finds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {}

impl Secrets {
    /// The fingerprints of these secrets, the registry's for example. Those of fewer than
    /// [`crate::limits::SECRET_CHARS`] letters and digits are left out: they would be found anywhere.
    #[must_use]
    pub fn of<'t>(
        _fingerprints: &Fingerprints,
        _secrets: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        Self::default()
    }

    /// Whether a text, or anything encoded in it, holds one of them. Case and separators do not
    /// count.
    #[must_use]
    pub fn are_in(&self, _fingerprints: &Fingerprints, _text: &str) -> bool {
        false
    }

    /// Whether texts put one behind the other hold one of them: a secret cut in pieces.
    #[must_use]
    pub fn are_across<'t>(
        &self,
        _fingerprints: &Fingerprints,
        _texts: impl IntoIterator<Item = &'t str>,
    ) -> bool {
        false
    }
}

/// Records the result of a tool: `content` is the whole `CallToolResult`.
pub fn record_result(
    _conversation: &mut Conversation,
    _fingerprints: &Fingerprints,
    _facts: &ResultFacts<'_>,
    _content: &Value,
) -> Recorded {
    Recorded {
        level: Level::Web,
        flagged: false,
        secrets: 0,
    }
}

/// Records any other content of a server, every string of it as free text: contents of resources,
/// messages of prompts, errors, requests and notifications of the server.
pub fn record_content(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    facts: &ResultFacts<'_>,
    content: &Value,
) -> Recorded {
    record_result(conversation, fingerprints, facts, content)
}

/// Records what the user said. It counts until `expires`.
pub fn record_prompt(
    _conversation: &mut Conversation,
    _fingerprints: &Fingerprints,
    _text: &str,
    _expires: UnixMillis,
    _now: UnixMillis,
) {
}

/// Records that somebody vouches for a value: it counts as `level`, [`Level::Tool`] at most, until
/// `expires`.
pub fn endorse_value(
    _conversation: &mut Conversation,
    _fingerprints: &Fingerprints,
    _value: &str,
    _level: Level,
    _expires: UnixMillis,
) {
}

/// Records that somebody vouches for a result: all that is in it counts as `level`, [`Level::Tool`]
/// at most, until `expires`. `result` is the id of its audit record, or the digest (hexadecimal) of
/// its label.
pub fn endorse_result(
    _conversation: &mut Conversation,
    _fingerprints: &Fingerprints,
    _result: &str,
    _level: Level,
    _expires: UnixMillis,
) {
}

/// Looks a value up. `nouns` are words that make a short number after them an identifier, besides
/// `id` and its like: `["file"]` for an argument `file_id` (`vectors/flow` num-03).
#[must_use]
pub fn find<'a>(
    _conversation: &'a Conversation,
    _fingerprints: &Fingerprints,
    _value: &str,
    _nouns: &[&str],
    _now: UnixMillis,
) -> Found<'a> {
    Found {
        level: Level::Unknown,
        via: Via::Nothing,
        sources: Vec::new(),
    }
}

/// Looks up every address and number in content, those encoded in it too;
/// [`crate::limits::CONTENT_ENTITIES`] at most, after which one of level unknown stands for the rest.
#[must_use]
pub fn find_entities<'a>(
    _conversation: &'a Conversation,
    _fingerprints: &Fingerprints,
    _text: &str,
    _now: UnixMillis,
) -> Vec<FoundEntity<'a>> {
    Vec::new()
}

/// A copy that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied<'a> {
    /// The result it was copied from, if that is still known.
    pub source: Option<&'a SourceRef>,
}

/// Whether content repeats text that looked like instructions, and that the user did not type.
#[must_use]
pub fn find_copy<'a>(
    _conversation: &'a Conversation,
    _fingerprints: &Fingerprints,
    _text: &str,
    _now: UnixMillis,
) -> Option<Copied<'a>> {
    None
}
