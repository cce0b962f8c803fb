//! A call as people and programs write it down: one JSON object. Not a message on the wire.

use tessera_engine::json::{Object, Value};
use tessera_engine::policy::{Answer, Call, Caller, Path, Sender};
use tessera_engine::time::UnixMillis;

/// The method of a tool call.
const TOOLS_CALL: &str = "tools/call";

/// A call with everything it owns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WrittenCall {
    /// Name of the MCP server; empty if not given.
    pub(super) upstream: String,
    /// The method; `tools/call` if not given.
    pub(super) method: String,
    /// The tool; for another method, that.
    pub(super) tool: String,
    /// The arguments; absent and null are different.
    pub(super) arguments: Option<Value>,
    /// `_meta`; absent and null are different.
    pub(super) meta: Option<Value>,
    /// When, if it says so.
    pub(super) now: Option<UnixMillis>,
    /// Who the client is, if it says so.
    pub(super) caller: Option<Caller>,
    /// Who sends it; the client if not given.
    pub(super) sender: Sender,
    /// The answer to it, if that is what is to be judged: a result, the error object, the params of a
    /// notification, or a text.
    pub(super) answer: Option<Value>,
}

/// What is wrong with a written call, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{kind}", .path.prefix())]
pub(super) struct CallError {
    /// Where.
    pub(super) path: Path,
    /// What.
    pub(super) kind: CallErrorKind,
}

/// What is wrong with a written call.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum CallErrorKind {
    /// Another type.
    #[error("expected {expected}, got {got}")]
    WrongType {
        /// What may stand here.
        expected: &'static str,
        /// What stands here.
        got: &'static str,
    },
    /// A key that means nothing here.
    #[error("unknown key `{key}`, expected one of {}", list(.expected))]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that may stand here.
        expected: &'static [&'static str],
    },
    /// A key that must be there is not.
    #[error("the key `{0}` is missing")]
    MissingKey(&'static str),
    /// Not a word of a closed set.
    #[error("`{got}` is not one of {}", list(.expected))]
    UnknownWord {
        /// The word.
        got: String,
        /// The words there are.
        expected: &'static [&'static str],
    },
    /// A key that says something about a call, where its answer is judged.
    #[error("with an `answer`, `{0}` means nothing: the call is not judged")]
    BesideAnswer(&'static str),
    /// Not an instant.
    #[error("`{0}` is not an instant: expected RFC 3339 such as `2026-01-31T09:00:00Z`")]
    BadInstant(String),
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl CallErrorKind {
    /// The error at a place.
    pub(super) const fn at(self, path: Path) -> CallError {
        CallError { path, kind: self }
    }
}

/// The members of an object whose keys are a closed set.
///
/// # Errors
/// If the value is no object or has another key.
pub(super) fn members<'a>(
    value: &'a Value,
    path: &Path,
    keys: &'static [&'static str],
) -> Result<&'a Object, CallError> {
    let Value::Object(object) = value else {
        let kind = CallErrorKind::WrongType {
            expected: "an object",
            got: value.kind(),
        };
        return Err(kind.at(path.clone()));
    };
    match object.keys().find(|key| !keys.contains(key)) {
        Some(key) => {
            let kind = CallErrorKind::UnknownKey {
                key: key.to_owned(),
                expected: keys,
            };
            Err(kind.at(path.key(key)))
        }
        None => Ok(object),
    }
}

/// The text of a member, if it is there.
///
/// # Errors
/// If it is there and no text.
pub(super) fn text<'a>(
    object: &'a Object,
    path: &Path,
    key: &'static str,
) -> Result<Option<&'a str>, CallError> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            let kind = CallErrorKind::WrongType {
                expected: "a string",
                got: other.kind(),
            };
            Err(kind.at(path.key(key)))
        }
    }
}

/// The instant of the member `now`, if it is there.
///
/// # Errors
/// If it is there and no instant.
pub(super) fn instant(object: &Object, path: &Path) -> Result<Option<UnixMillis>, CallError> {
    let Some(written) = text(object, path, "now")? else {
        return Ok(None);
    };
    let instant = UnixMillis::from_rfc3339(written);
    let bad = || CallErrorKind::BadInstant(written.to_owned()).at(path.key("now"));
    instant.map(Some).ok_or_else(bad)
}

/// The scope of a caller that is written without one, as in the filter's configuration.
const DEFAULT_SCOPE: &str = "default";

/// The caller of the member `caller`, if it is there.
fn caller(object: &Object, path: &Path) -> Result<Option<Caller>, CallError> {
    let Some(value) = object.get("caller") else {
        return Ok(None);
    };
    let path = path.key("caller");
    let object = members(value, &path, &["name", "scope"])?;
    let missing = || CallErrorKind::MissingKey("name").at(path.clone());
    let name = text(object, &path, "name")?.ok_or_else(missing)?;
    let scope = text(object, &path, "scope")?.unwrap_or(DEFAULT_SCOPE);
    Ok(Some(Caller {
        name: name.to_owned(),
        scope: scope.to_owned(),
    }))
}

/// The side of the member `sender`; the client if it is not there.
fn sender(object: &Object, path: &Path) -> Result<Sender, CallError> {
    let Some(word) = text(object, path, "sender")? else {
        return Ok(Sender::Client);
    };
    let known = Sender::ALL
        .into_iter()
        .find(|sender| sender.as_str() == word);
    known.ok_or_else(|| {
        let kind = CallErrorKind::UnknownWord {
            got: word.to_owned(),
            expected: &["client", "server"],
        };
        kind.at(path.key("sender"))
    })
}

impl WrittenCall {
    /// The keys a written call may have.
    const KEYS: &'static [&'static str] = &[
        "upstream",
        "tool",
        "method",
        "arguments",
        "_meta",
        "now",
        "caller",
        "sender",
        "answer",
    ];

    /// Those of them that an answer is not judged by.
    const OF_CALLS: [&'static str; 3] = ["arguments", "_meta", "sender"];

    /// Reads a call that stands at `path`.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub(super) fn read(value: &Value, path: &Path) -> Result<Self, CallError> {
        let object = members(value, path, Self::KEYS)?;
        let answer = object.get("answer").cloned();
        let of_calls = |key: &&str| answer.is_some() && object.get(key).is_some();
        if let Some(key) = Self::OF_CALLS.into_iter().find(of_calls) {
            return Err(CallErrorKind::BesideAnswer(key).at(path.key(key)));
        }
        let method = text(object, path, "method")?
            .unwrap_or(TOOLS_CALL)
            .to_owned();
        let tool = match text(object, path, "tool")? {
            Some(tool) => tool.to_owned(),
            None if method == TOOLS_CALL => {
                return Err(CallErrorKind::MissingKey("tool").at(path.clone()));
            }
            None => method.clone(),
        };
        Ok(Self {
            upstream: text(object, path, "upstream")?
                .unwrap_or_default()
                .to_owned(),
            method,
            tool,
            arguments: object.get("arguments").cloned(),
            meta: object.get("_meta").cloned(),
            now: instant(object, path)?,
            caller: caller(object, path)?,
            sender: sender(object, path)?,
            answer,
        })
    }

    /// Sets the answer that is judged in place of the call, which stands at `path`.
    ///
    /// # Errors
    /// If the call says something that an answer is not judged by.
    pub(super) fn answer_is(&mut self, answer: &Value, path: &Path) -> Result<(), CallError> {
        let key = match self {
            Self {
                answer: Some(_), ..
            } => Some("answer"),
            Self {
                arguments: Some(_), ..
            } => Some("arguments"),
            Self { meta: Some(_), .. } => Some("_meta"),
            _ => None,
        };
        self.answer = Some(answer.clone());
        match key {
            Some(key) => Err(CallErrorKind::BesideAnswer(key).at(path.key(key))),
            None => Ok(()),
        }
    }

    /// A call of a tool.
    pub(super) fn of_tool(upstream: &str, tool: &str) -> Self {
        Self {
            upstream: upstream.to_owned(),
            method: TOOLS_CALL.to_owned(),
            tool: tool.to_owned(),
            arguments: None,
            meta: None,
            now: None,
            caller: None,
            sender: Sender::Client,
            answer: None,
        }
    }

    /// The answer as policies see it, if one is to be judged, at its own instant or at `now`.
    pub(super) fn answer_at(&self, now: UnixMillis) -> Option<Answer<'_>> {
        Some(Answer {
            upstream: &self.upstream,
            caller: self.caller.as_ref(),
            method: &self.method,
            tool: &self.tool,
            content: self.answer.as_ref()?,
            now: self.now.unwrap_or(now),
            audit_id: "",
        })
    }

    /// The call as policies see it, at its own instant or at `now`.
    pub(super) fn at(&self, now: UnixMillis) -> Call<'_> {
        Call {
            upstream: &self.upstream,
            method: &self.method,
            tool: &self.tool,
            arguments: self.arguments.as_ref(),
            meta: self.meta.as_ref(),
            now: self.now.unwrap_or(now),
            audit_id: "",
            caller: self.caller.as_ref(),
            sender: self.sender,
            trust: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_engine::json;

    fn read(text: &str) -> Result<WrittenCall, String> {
        let value = json::parse(text.as_bytes()).unwrap();
        WrittenCall::read(&value, &Path::root()).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_null_and_empty_arguments_are_kept_apart() {
        assert_eq!(read(r#"{"tool":"t"}"#).unwrap().arguments, None);
        assert_eq!(
            read(r#"{"tool":"t","arguments":null}"#).unwrap().arguments,
            Some(Value::Null)
        );
        let call =
            read(r#"{"method":"resources/read","now":"2026-01-01T00:00:00+01:00"}"#).unwrap();
        assert_eq!(call.tool, "resources/read");
        assert_eq!(
            call.at(UnixMillis(0)).now.to_rfc3339(),
            "2025-12-31T23:00:00.000Z"
        );
    }

    #[test]
    fn a_caller_without_a_scope_has_the_default_one() {
        let call = read(r#"{"tool":"t","caller":{"name":"ci"},"sender":"server"}"#).unwrap();
        let seen = call.at(UnixMillis(0));
        let caller = seen.caller.unwrap();
        assert_eq!(
            (caller.name.as_str(), caller.scope.as_str(), seen.sender),
            ("ci", "default", Sender::Server)
        );
        assert_eq!(read(r#"{"tool":"t"}"#).unwrap().caller, None);
    }

    #[test]
    fn a_call_that_says_something_else_is_refused() {
        for (text, part) in [
            ("[]", "expected an object"),
            (
                r#"{"tool":"t","args":{}}"#,
                "`args`: unknown key `args`, expected one of `upstream`",
            ),
            (r#"{"upstream":"u"}"#, "the key `tool` is missing"),
            (r#"{"tool":5}"#, "`tool`: expected a string, got a number"),
            (
                r#"{"tool":"t","now":"noon"}"#,
                "`now`: `noon` is not an instant",
            ),
            (
                r#"{"tool":"t","caller":{"scope":"s"}}"#,
                "`caller`: the key `name` is missing",
            ),
            (
                r#"{"tool":"t","sender":"model"}"#,
                "`sender`: `model` is not one of `client`, `server`",
            ),
            (
                r#"{"tool":"t","answer":{},"arguments":{}}"#,
                "`arguments`: with an `answer`, `arguments` means nothing",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
