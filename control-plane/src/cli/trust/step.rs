//! One step of a conversation as programs write it down: one JSON object. Not a message on the wire.

use tessera_engine::json::{Object, Value};
use tessera_engine::time::UnixMillis;

/// What happens in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A new conversation begins; the one before it is over.
    Begin,
    /// The user says something, signed.
    Prompt {
        /// What.
        text: String,
    },
    /// An upstream lists its tools.
    Definitions {
        /// The upstream.
        upstream: String,
        /// The entries of its list.
        tools: Vec<Value>,
    },
    /// A tool is to be called.
    Call(Called),
    /// A tool has answered.
    Result {
        /// The call.
        called: Called,
        /// The whole `CallToolResult`.
        result: Value,
    },
    /// Somebody vouches for a value.
    EndorseValue {
        /// The value.
        value: String,
    },
    /// Somebody vouches for a result.
    EndorseResult {
        /// Its id, as the answer to its step gave it.
        result: String,
    },
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Called {
    /// The upstream; empty if not given.
    pub(super) upstream: String,
    /// The tool.
    pub(super) tool: String,
    /// The arguments.
    pub(super) arguments: Option<Value>,
}

/// A step, and when it happens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    /// What happens.
    pub(super) step: Step,
    /// When; a second after the step before if not given.
    pub(super) now: Option<UnixMillis>,
}

/// The words for the steps.
const OPS: [&str; 6] = [
    "begin",
    "prompt",
    "definitions",
    "call",
    "result",
    "endorse",
];

/// Reads one step. The error says what is wrong with it, for people.
pub(super) fn read(value: Value) -> Result<Written, String> {
    let Value::Object(members) = value else {
        return Err(format!("expected an object, got {}", value.kind()));
    };
    let mut members = Members(members);
    let op = members.text("op")?.ok_or("the key `op` is missing")?;
    let now = members.text("now")?.map(instant).transpose()?;
    let step = match op.as_str() {
        "begin" => {
            // Who and which: every `begin` begins a state of its own whatever they are.
            members.text("caller")?;
            members.text("conversation")?;
            Step::Begin
        }
        "prompt" => Step::Prompt {
            text: members.needed("text")?,
        },
        "definitions" => Step::Definitions {
            upstream: members.text("upstream")?.unwrap_or_default(),
            tools: members.list("tools")?,
        },
        "call" => Step::Call(members.called()?),
        "result" => Step::Result {
            called: members.called()?,
            result: members.object("result")?,
        },
        "endorse" => match (members.text("value")?, members.text("result")?) {
            (Some(value), None) => Step::EndorseValue { value },
            (None, Some(result)) => Step::EndorseResult { result },
            _ => return Err("`endorse` needs `value` or `result`, one of them".to_owned()),
        },
        _ => {
            let ops = OPS.map(|op| format!("`{op}`")).join(", ");
            return Err(format!("unknown op `{op}`, expected one of {ops}"));
        }
    };
    members.finish()?;
    Ok(Written { step, now })
}

/// Reads a call that stands alone.
pub(super) fn read_call(value: Value) -> Result<Called, String> {
    let Value::Object(members) = value else {
        return Err(format!("expected an object, got {}", value.kind()));
    };
    let mut members = Members(members);
    let called = members.called()?;
    members.finish()?;
    Ok(called)
}

fn instant(text: String) -> Result<UnixMillis, String> {
    UnixMillis::from_rfc3339(&text).ok_or_else(|| format!("`now`: `{text}` is not an instant"))
}

/// The members of a step that have not been read yet.
struct Members(Object);

impl Members {
    fn text(&mut self, key: &'static str) -> Result<Option<String>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, "a string", &other)),
        }
    }

    fn needed(&mut self, key: &'static str) -> Result<String, String> {
        let text = self.text(key)?;
        text.ok_or_else(|| format!("the key `{key}` is missing"))
    }

    fn list(&mut self, key: &'static str) -> Result<Vec<Value>, String> {
        match self.0.remove(key) {
            Some(Value::Array(elements)) => Ok(elements),
            Some(other) => Err(wrong(key, "a list", &other)),
            None => Err(format!("the key `{key}` is missing")),
        }
    }

    fn object(&mut self, key: &'static str) -> Result<Value, String> {
        match self.0.remove(key) {
            Some(object @ Value::Object(_)) => Ok(object),
            Some(other) => Err(wrong(key, "an object", &other)),
            None => Err(format!("the key `{key}` is missing")),
        }
    }

    fn called(&mut self) -> Result<Called, String> {
        let upstream = self.text("upstream")?.unwrap_or_default();
        let tool = self.needed("tool")?;
        let arguments = match self.0.remove("arguments") {
            None | Some(Value::Null) => None,
            Some(object @ Value::Object(_)) => Some(object),
            Some(other) => return Err(wrong("arguments", "an object", &other)),
        };
        Ok(Called {
            upstream,
            tool,
            arguments,
        })
    }

    fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("unknown key `{key}`")),
        }
    }
}

fn wrong(key: &str, expected: &str, got: &Value) -> String {
    format!("`{key}`: expected {expected}, got {}", got.kind())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_engine::json;

    fn of(text: &str) -> Result<Written, String> {
        read(json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn every_step_is_read() {
        let steps = [
            r#"{"op":"begin","caller":"c","conversation":"x"}"#,
            r#"{"op":"prompt","text":"t","now":"2026-01-01T00:00:00Z"}"#,
            r#"{"op":"definitions","upstream":"u","tools":[]}"#,
            r#"{"op":"call","upstream":"u","tool":"t","arguments":{}}"#,
            r#"{"op":"result","tool":"t","result":{}}"#,
            r#"{"op":"endorse","value":"v"}"#,
            r#"{"op":"endorse","result":"id"}"#,
        ];
        for step in steps {
            assert!(of(step).is_ok(), "{step}: {:?}", of(step));
        }
    }

    #[test]
    fn what_is_wrong_with_a_step_is_said() {
        let cases = [
            ("[]", "expected an object"),
            ("{}", "`op` is missing"),
            (r#"{"op":"cal"}"#, "unknown op `cal`"),
            (r#"{"op":"call"}"#, "`tool` is missing"),
            (r#"{"op":"call","tool":"t","arguments":[]}"#, "`arguments`"),
            (r#"{"op":"call","tool":"t","tol":1}"#, "unknown key `tol`"),
            (r#"{"op":"result","tool":"t"}"#, "`result` is missing"),
            (r#"{"op":"prompt","text":1}"#, "`text`: expected a string"),
            (r#"{"op":"endorse"}"#, "one of them"),
            (
                r#"{"op":"endorse","value":"v","result":"r"}"#,
                "one of them",
            ),
            (r#"{"op":"begin","now":"noon"}"#, "`noon` is not an instant"),
        ];
        for (step, expected) in cases {
            let error = of(step).unwrap_err();
            assert!(error.contains(expected), "{step}: {error}");
        }
    }
}
