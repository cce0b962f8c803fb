//! JSON inside strings: what a server sees that parses a string argument a second time.
//!
//! Python servers read a string into an object where the tool wants one, others keep the string
//! (`mcp-wire.md` section 9). Which one is asked cannot be told from the call, so it is judged as
//! it was sent, as a server sees it that reads every string, and with both side by side, for servers
//! that read only some. The strictest decision stands ([`super::Bundle::decide`]): what is hidden in
//! a string, or only pretended there, never loosens one.

use super::call::Call;
use super::facts::Exhausted;
use super::work::Work;
use crate::json::{self, ParseErrorKind, Value};
use crate::limits;
use std::collections::BTreeMap;

/// What the strings of a call's arguments hold.
#[derive(Debug)]
pub(in crate::policy) struct Inside {
    /// The list or map that a string is the text of, by that string.
    held: BTreeMap<String, Held>,
    /// The arguments with every such string replaced by what it holds, to the last one.
    whole: Value,
}

#[derive(Debug)]
struct Held {
    value: Value,
    /// How often strings in strings have to be read to see all of it.
    height: usize,
}

impl Inside {
    /// Reads the strings of some arguments; `None` if none of them holds a list or a map.
    ///
    /// # Errors
    /// If they hold more than is left of the work or [`limits::INSIDE_LEVELS`] allow, or something that is too deep or too large to be read: a server may read it all the same.
    pub(in crate::policy) fn read(
        arguments: Option<&Value>,
        work: &mut Work,
    ) -> Result<Option<Self>, Exhausted> {
        let Some(arguments) = arguments else {
            return Ok(None);
        };
        let mut reader = Reader {
            held: BTreeMap::new(),
            work,
        };
        let height = reader.value(arguments, 0)?;
        if height == 0 {
            return Ok(None);
        }
        let mut inside = Self {
            held: reader.held,
            whole: Value::Null,
        };
        inside.whole = inside.unfolded(arguments);
        Ok(Some(inside))
    }

    /// The list or map that a string is the text of.
    pub(in crate::policy) fn held(&self, value: &Value) -> Option<&Value> {
        let text = value.as_str().filter(|text| may_hold(text))?;
        self.held.get(text).map(|held| &held.value)
    }

    /// [`Inside::held`] of a text.
    pub(in crate::policy) fn held_by(&self, text: &str) -> Option<&Value> {
        may_hold(text).then(|| self.held.get(text).map(|held| &held.value))?
    }

    /// The call as a server sees it that reads every string.
    pub(in crate::policy) const fn call<'b>(&'b self, call: &Call<'b>) -> Call<'b> {
        Call {
            arguments: Some(&self.whole),
            ..*call
        }
    }

    fn unfolded(&self, value: &Value) -> Value {
        match value {
            Value::Array(elements) => {
                Value::Array(elements.iter().map(|value| self.unfolded(value)).collect())
            }
            Value::Object(object) => {
                let unfolded =
                    |(key, value): (&str, &Value)| (key.to_owned(), self.unfolded(value));
                Value::Object(object.iter().map(unfolded).collect())
            }
            other => match self.held(other) {
                Some(held) => self.unfolded(held),
                None => other.clone(),
            },
        }
    }
}

/// Whether a text may be that of a list or a map, or of a string that holds one: a look at its
/// first character that is no white space.
fn may_hold(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with(['{', '[', '"'])
}

struct Reader<'a> {
    held: BTreeMap<String, Held>,
    work: &'a mut Work,
}

impl Reader<'_> {
    /// Reads the strings in a value that stands in `level` strings; how often strings in strings
    /// have to be read to see all of it.
    fn value(&mut self, value: &Value, level: usize) -> Result<usize, Exhausted> {
        let mut highest = 0;
        self.work.look_through(1)?;
        match value {
            Value::Array(elements) => {
                for element in elements {
                    highest = highest.max(self.value(element, level)?);
                }
            }
            Value::Object(object) => {
                for (_, member) in object.iter() {
                    highest = highest.max(self.value(member, level)?);
                }
            }
            Value::String(text) if may_hold(text) => highest = self.text(text, level)?,
            _ => {}
        }
        Ok(highest)
    }

    fn text(&mut self, text: &str, level: usize) -> Result<usize, Exhausted> {
        let height = match self.held.get(text) {
            Some(known) => known.height,
            None => self.unknown_text(text, level)?,
        };
        if level + height > limits::INSIDE_LEVELS {
            return Err(Exhausted);
        }
        Ok(height)
    }

    fn unknown_text(&mut self, text: &str, level: usize) -> Result<usize, Exhausted> {
        let Some((value, levels)) = self.container(text, level)? else {
            return Ok(0);
        };
        let height = levels + self.value(&value, level + levels)?;
        self.held.insert(text.to_owned(), Held { value, height });
        Ok(height)
    }

    /// The list or map in a text, and in how many strings it stands: a string may be the text of a
    /// string that is the text of it.
    fn container(&mut self, text: &str, level: usize) -> Result<Option<(Value, usize)>, Exhausted> {
        let mut text = text.to_owned();
        let mut levels = 0;
        while may_hold(&text) {
            self.work.read_text(text.len())?;
            levels += 1;
            match json::parse_tolerant(&text) {
                Ok(Value::String(_)) if level + levels > limits::INSIDE_LEVELS => {
                    return Err(Exhausted);
                }
                Ok(Value::String(inner)) => text = inner,
                Ok(container) => return Ok(Some((container, levels))),
                Err(error) if is_beyond_limits(&error.kind) && is_balanced(&text) => {
                    return Err(Exhausted);
                }
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }
}

/// Whether a text was refused for its size, so that a server may yet read it.
const fn is_beyond_limits(kind: &ParseErrorKind) -> bool {
    matches!(
        kind,
        ParseErrorKind::TooDeep(_) | ParseErrorKind::TooManyValues | ParseErrorKind::NumberTooLong
    )
}

/// Whether every bracket of a text is closed in its turn and the last one at its end: otherwise no
/// server reads it as JSON, however deep it seems to go.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut bytes = text.trim_ascii().bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' if open.pop() != Some(byte) => return false,
            _ => {}
        }
        if open.is_empty() {
            return bytes.peek().is_none();
        }
    }
    false
}

/// Skips the rest of a string whose opening quote is read.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod tests;
