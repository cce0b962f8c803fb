//! The parts of a result: which are data, which are text, which are the same thing twice.

use super::Recorder;
use crate::json::{self, Object, Value};
use crate::taint::context::text_of;
use crate::taint::conversation::Conversation;
use crate::taint::flow::{Claim, Fingerprints, Outcome, Recorded, ResultFacts, Shape};

/// Members of a result that are not content.
const NO_CONTENT: [&str; 5] = [
    "_meta",
    "isError",
    "content",
    "structuredContent",
    "resultType",
];

/// Members of a block that are not content for a model to read as text.
const NO_TEXT: [&str; 4] = ["type", "_meta", "annotations", "mimeType"];

/// Records a `CallToolResult`.
pub(in crate::taint::flow) fn record_tool_result(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    facts: &ResultFacts<'_>,
    content: &Value,
) -> Recorded {
    let mut recorder = Recorder::begin(conversation, fingerprints, facts);
    recorder.credentials(&text_of(content));
    match content {
        Value::Object(result) => recorder.result(result),
        other => recorder.all(other),
    }
    recorder.finish()
}

/// Records any other content, all of it as free text.
pub(in crate::taint::flow) fn record_everything(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    facts: &ResultFacts<'_>,
    content: &Value,
) -> Recorded {
    let mut recorder = Recorder::begin(conversation, fingerprints, facts);
    recorder.credentials(&text_of(content));
    recorder.all(content);
    recorder.finish()
}

impl Recorder<'_> {
    fn result(&mut self, result: &Object) {
        let is_error = result
            .get("isError")
            .is_some_and(|flag| flag.as_bool() != Some(false));
        let is_data = !is_error
            && self.facts.outcome == Outcome::Success
            && self.facts.claim == Claim::Nothing
            && self.facts.rules.shape == Shape::Structured;
        let structured = result.get("structuredContent");
        match structured {
            Some(data) if is_data => self.data(data),
            Some(data) => self.all(data),
            None => {}
        }
        match result.get("content") {
            Some(Value::Array(blocks)) => {
                for (at, block) in blocks.iter().enumerate() {
                    if !repeats(structured, at, blocks.len(), block) {
                        self.block(block, is_data && structured.is_none());
                    }
                }
            }
            Some(other) => self.all(other),
            None => {}
        }
        for (key, member) in result.iter() {
            if !NO_CONTENT.contains(&key) {
                self.all(member);
            }
        }
    }

    /// Records a content block. `is_data`: a text that spells JSON is data.
    fn block(&mut self, block: &Value, is_data: bool) {
        let Value::Object(members) = block else {
            self.all(block);
            return;
        };
        let kind = members
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        for (key, member) in members.iter() {
            match (kind, key, member) {
                (_, key, _) if NO_TEXT.contains(&key) => {}
                // Pictures and sounds are no text, but what they show or say is.
                ("image" | "audio", "data", Value::String(_)) => self.unread(),
                ("text", "text", Value::String(text)) => match spelled(text).filter(|_| is_data) {
                    Some(data) => self.data(&data),
                    None => self.all(member),
                },
                _ => self.all(member),
            }
        }
    }

    /// Records data: values have fields.
    fn data(&mut self, data: &Value) {
        // Toolkits wrap a bare text so: it is no less free for that.
        if let Some(text) = wrapped(data) {
            let text = text.to_owned();
            self.wrapped_text(data, &text);
            return;
        }
        if matches!(data, Value::String(_)) {
            self.all(data);
            return;
        }
        self.walk(data);
    }
}

/// The text of an object that has one member, `result`.
fn wrapped(data: &Value) -> Option<&str> {
    let object = data.as_object().filter(|object| object.len() == 1)?;
    object.get("result")?.as_str()
}

/// The object or array a text spells.
fn spelled(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let is_closed = (trimmed.starts_with('{') && trimmed.ends_with('}'))
        || (trimmed.starts_with('[') && trimmed.ends_with(']'));
    json::parse(trimmed.as_bytes()).ok().filter(|_| is_closed)
}

/// Whether a text block says the same as the structured content: all of it, what it wraps, or the
/// element of it at the block's own place.
fn repeats(structured: Option<&Value>, at: usize, blocks: usize, block: &Value) -> bool {
    let (Some(structured), Some(text)) = (structured, block.get("text").and_then(Value::as_str))
    else {
        return false;
    };
    let is_text = block.get("type").and_then(Value::as_str) == Some("text");
    let inner = structured
        .as_object()
        .filter(|object| object.len() == 1)
        .and_then(|object| object.get("result"))
        .unwrap_or(structured);
    let element = inner.as_array().filter(|elements| elements.len() == blocks);
    let element = element.and_then(|elements| elements.get(at));
    let same = |value: &Value| match value {
        Value::String(value) => value == text,
        value => json::parse(text.trim().as_bytes()).is_ok_and(|text| text == *value),
    };
    is_text && (same(structured) || same(inner) || element.is_some_and(same))
}
