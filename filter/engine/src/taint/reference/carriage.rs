//! How the reference's formats travel, and reading what one message carries of them.
//!
//! Their carriage is one object, `tessera_security_context` (`trust-engine.md` section 5, `mcp` and
//! `a2a`). On MCP the contents that envelopes are about stand beside them, as `input_segments`.

use super::{Envelope, Manifest, ReferenceDelegation, ReferenceSegment};
use crate::json::{self, Object, Value};
use crate::limits;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::label::members::Members;
use crate::taint::level::Origin;
use crate::time::UnixMillis;

/// Member of `params._meta` with everything the reference carries.
pub const CONTEXT_KEY: &str = "tessera_security_context";

/// Header of a request with a delegation as JSON, in lower case.
pub const DELEGATION_HEADER: &str = "asm-agent-delegation";

/// What a proxy expects of what it is shown in these formats.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceExpect<'a> {
    /// The key of the scope, derived for [`super::super::keys::Purpose::Reference`].
    pub key: &'a DerivedKey,
    /// The gateway's own audience.
    pub audience: &'a str,
    /// The authenticated caller; empty without one.
    pub caller: &'a str,
    /// The time.
    pub now: UnixMillis,
}

/// What one message carries in these formats, all of it verified.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReferenceContext {
    /// The segments of the prompt in order, with their contents.
    pub segments: Vec<(ReferenceSegment, String)>,
    /// What is delegated to the caller.
    pub delegation: Option<ReferenceDelegation>,
}

impl ReferenceContext {
    /// Reads the context of a message's `_meta`; nothing is carried if the member is absent.
    ///
    /// # Errors
    /// Why it is not believed; then no part of it is. Manifest, envelopes and contents come together
    /// or not at all; words of a user that is not the caller are refused, and so is a delegation to
    /// somebody else.
    pub fn read(meta: Option<&Value>, expect: &ReferenceExpect<'_>) -> Result<Self, LabelError> {
        let context = match meta.and_then(|meta| meta.get(CONTEXT_KEY)) {
            None => return Ok(Self::default()),
            Some(Value::Object(context)) => context,
            Some(_) => return Err(LabelError::Malformed),
        };
        let names = [
            "delegation",
            "provenance_manifest",
            "segment_envelopes",
            "input_segments",
        ];
        if !context.keys().all(|name| names.contains(&name)) {
            return Err(LabelError::UnknownMember);
        }
        let part = |name| context.get(name).filter(|part| **part != Value::Null);
        let [delegation, manifest, envelopes, contents] = names.map(part);
        let delegation = delegation
            .map(|token| delegated(token, expect))
            .transpose()?;
        let segments = match (manifest, envelopes, contents) {
            (None, None, None) => Vec::new(),
            (Some(manifest), Some(envelopes), Some(contents)) => {
                let contents = pairs(envelopes, contents)?;
                segments(&Manifest::parse(manifest)?, contents, expect)?
            }
            _ => return Err(LabelError::Missing("segment_envelopes")),
        };
        Ok(Self {
            segments,
            delegation,
        })
    }

    /// What the user said: the segments of that origin.
    pub fn prompts(&self) -> impl Iterator<Item = &str> {
        let said = self.segments.iter();
        let said = said.filter(|(segment, _)| segment.origin == Origin::User);
        said.map(|(_, content)| content.as_str())
    }
}

/// Reads a delegation as a header carries it.
///
/// # Errors
/// Why it is not believed.
pub fn delegation_of_header(
    header: &str,
    expect: &ReferenceExpect<'_>,
) -> Result<ReferenceDelegation, LabelError> {
    if header.len() > limits::TOKEN_BYTES {
        return Err(LabelError::TooLong);
    }
    let token = json::parse(header.as_bytes()).map_err(|_| LabelError::Malformed)?;
    delegated(&token, expect)
}

fn delegated(
    token: &Value,
    expect: &ReferenceExpect<'_>,
) -> Result<ReferenceDelegation, LabelError> {
    let token = ReferenceDelegation::parse(token)?;
    token.verify(expect.key, expect.audience, expect.now)?;
    if token.delegate != expect.caller {
        return Err(LabelError::WrongCaller);
    }
    Ok(token)
}

fn segments(
    manifest: &Manifest,
    contents: Vec<(Envelope, &str)>,
    expect: &ReferenceExpect<'_>,
) -> Result<Vec<(ReferenceSegment, String)>, LabelError> {
    let verified = manifest.verify(&contents, expect.key)?;
    let foreign = |segment: &ReferenceSegment| {
        segment.origin == Origin::User && segment.principal != expect.caller
    };
    if verified.iter().any(foreign) {
        return Err(LabelError::WrongCaller);
    }
    let contents = contents.into_iter().map(|(_, content)| content.to_owned());
    Ok(verified.into_iter().zip(contents).collect())
}

/// Each envelope with the content of its name. Both are lists in the order of the manifest.
fn pairs<'a>(
    envelopes: &Value,
    contents: &'a Value,
) -> Result<Vec<(Envelope, &'a str)>, LabelError> {
    let envelopes = list(envelopes, "segment_envelopes")?;
    let contents = list(contents, "input_segments")?;
    if envelopes.len() != contents.len() {
        return Err(LabelError::BadMember("input_segments"));
    }
    let pairs = envelopes.iter().zip(contents).map(|(envelope, segment)| {
        let envelope = Envelope::parse(envelope)?;
        let Value::Object(object) = segment else {
            return Err(LabelError::BadMember("input_segments"));
        };
        if checked_name(object)? != envelope.segment_id {
            return Err(LabelError::BadMember("segment_id"));
        }
        let content = object.get("content").and_then(Value::as_str);
        let content = content.filter(|content| content.len() <= limits::PROMPT_BYTES);
        Ok((envelope, content.ok_or(LabelError::BadMember("content"))?))
    });
    pairs.collect()
}

/// The name of a segment that has name, content and perhaps a role, and nothing else.
fn checked_name(segment: &Object) -> Result<String, LabelError> {
    let mut members = Members::new(segment.clone());
    members.value("content")?;
    members.optional_text("role", limits::TOKEN_NAME_BYTES)?;
    let name = members.name("segment_id")?;
    members.finish()?;
    Ok(name)
}

fn list<'a>(value: &'a Value, name: &'static str) -> Result<&'a [Value], LabelError> {
    let list = value.as_array();
    let list = list.filter(|list| list.len() <= limits::REFERENCE_SEGMENTS);
    list.ok_or(LabelError::BadMember(name))
}
