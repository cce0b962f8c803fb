//! The definition of a tool, as a server lists it: what a model and a human decide upon, and its
//! digest. Not whether it may be used: [`crate::policy`] says that.

use crate::digest::Digest;
use crate::json::{self, Object, Value};
use crate::limits;
use thiserror::Error;

/// The member that is not part of a definition: it is about one message, hosts must not need it, and
/// what it may point to (a user interface, say) can change without it.
const META: &str = "_meta";

/// Members of the shape: what a tool does, whatever it is called.
const SHAPE: [&str; 2] = ["inputSchema", "outputSchema"];

/// One entry of a `tools/list` result (`mcp-wire.md` section 5), without its `_meta`.
///
/// Everything else belongs to the definition, members nobody knows yet too: `execution` says how the
/// tool runs, `icons` are what a human recognises it by, and a hash that leaves members out does not
/// see them change (`trust-engine.md` B28).
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    members: Object,
    name: String,
    digest: Digest,
    shape: Option<Digest>,
}

/// Why an entry of a list is no definition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// Not an object.
    #[error("the entry is {0}, not an object")]
    NotAnObject(&'static str),
    /// A member is missing or of another type than the protocol says.
    #[error("`{member}` is {got}, expected {expected}")]
    Member {
        /// The member.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        got: &'static str,
    },
    /// The name is empty, or longer than [`limits::TOOL_NAME_BYTES`].
    #[error("the name has {0} bytes, expected 1 to {limit}", limit = limits::TOOL_NAME_BYTES)]
    Name(usize),
    /// More canonical bytes than [`limits::DEFINITION_BYTES`].
    #[error("the definition has {0} bytes, at most {limit} are allowed", limit = limits::DEFINITION_BYTES)]
    TooLarge(usize),
}

impl Definition {
    /// Reads an entry of a list.
    ///
    /// # Errors
    /// If a member that clients rely on has another type than the protocol says, or is too large.
    pub fn read(entry: &Value) -> Result<Self, DefinitionError> {
        let Value::Object(members) = entry else {
            return Err(DefinitionError::NotAnObject(entry.kind()));
        };
        let name = check(members)?.to_owned();
        if name.is_empty() || name.len() > limits::TOOL_NAME_BYTES {
            return Err(DefinitionError::Name(name.len()));
        }
        let mut members = members.clone();
        members.remove(META);
        let members = Value::Object(members);
        let bytes = digest_input(&members);
        if bytes.len() > limits::DEFINITION_BYTES {
            return Err(DefinitionError::TooLarge(bytes.len()));
        }
        let digest = Digest::of(&bytes);
        let Value::Object(members) = members else {
            return Err(DefinitionError::NotAnObject(entry.kind()));
        };
        Ok(Self {
            shape: shape(&members),
            members,
            name,
            digest,
        })
    }

    /// The tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over the definition's RFC 8785 text; see [`Definition::members`] for what it covers.
    ///
    /// Where the definition has integers beyond 2^53, whose neighbours RFC 8785 writes alike, a line
    /// feed and the integer's own digits follow for each, in the order of the text: no two
    /// definitions have one digest.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Digest of the schemas alone, to recognise a tool under another name; `None` if they name no
    /// argument: many tools have such schemas.
    #[must_use]
    pub const fn shape(&self) -> Option<Digest> {
        self.shape
    }

    /// Every member but `_meta`.
    #[must_use]
    pub const fn members(&self) -> &Object {
        &self.members
    }
}

/// Checks the types of the members and gives the name.
fn check(members: &Object) -> Result<&str, DefinitionError> {
    let wrong = |member, expected, value: Option<&Value>| DefinitionError::Member {
        member,
        expected,
        got: value.map_or("missing", Value::kind),
    };
    type Is = fn(&Value) -> bool;
    let is_object: Is = |value| matches!(value, Value::Object(_));
    let optional: [(&str, &str, Is); 6] = [
        ("title", "a string", |value| {
            matches!(value, Value::String(_))
        }),
        ("description", "a string", |value| {
            matches!(value, Value::String(_))
        }),
        ("outputSchema", "an object", is_object),
        ("annotations", "an object", is_object),
        ("execution", "an object", is_object),
        ("icons", "an array", |value| {
            matches!(value, Value::Array(_))
        }),
    ];
    for (member, expected, is) in optional {
        // SDKs disagree about null for an absent member; it has a reading, and its own digest.
        let value = members.get(member).filter(|value| **value != Value::Null);
        if value.is_some_and(|value| !is(value)) {
            return Err(wrong(member, expected, value));
        }
    }
    let schema = members.get("inputSchema");
    if !schema.is_some_and(is_object) {
        return Err(wrong("inputSchema", "an object", schema));
    }
    let name = members.get("name");
    name.and_then(Value::as_str)
        .ok_or_else(|| wrong("name", "a string", name))
}

fn digest_input(value: &Value) -> Vec<u8> {
    let mut text = json::jcs(value);
    push_rounded(value, &mut text);
    text.into_bytes()
}

/// Appends the literals of integers whose neighbours have the same RFC 8785 text. That text has no
/// line feed, so the two cannot be confused.
fn push_rounded(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) if number.is_rounded() => {
            out.push('\n');
            out.push_str(&number.to_text());
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| push_rounded(element, out)),
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            members
                .into_iter()
                .for_each(|(_, member)| push_rounded(member, out));
        }
        _ => {}
    }
}

fn shape(members: &Object) -> Option<Digest> {
    let properties = members.get("inputSchema")?.get("properties")?.as_object()?;
    if properties.is_empty() {
        return None;
    }
    let schemas = SHAPE
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), members.get(key)?.clone())));
    let schemas = Value::Object(schemas.collect());
    Some(Digest::of(&digest_input(&schemas)))
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
