//! Fixtures: one JSON file, one case, in the reference's two shapes.
//!
//! The intent of a case stands beside its call; it is put where a message carries it, into
//! `_meta.tessera_intent`.

use std::path::{Path, PathBuf};

use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::policy::{self, Action};

use super::super::call::{CallError, CallErrorKind, WrittenCall, instant, members, text};
use super::case::{Case, CaseError, Expect};

const INTENT: &str = "tessera_intent";
const ACTIONS: &[&str] = &["allow", "block", "log_only", "require_approval", "redact"];

/// The fixtures of a directory, `*.json` at any depth, in order.
pub(super) fn list(dir: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            // A link to a directory is not followed: it may lead back.
            if entry.file_type()?.is_dir() {
                left.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one fixture.
pub(super) fn read(path: &Path) -> Result<Case, CaseError> {
    let bytes = std::fs::read(path)?;
    let value = json::parse_with_depth(&bytes, limits::JSON_DEPTH.saturating_add(3))?;
    let mut case = parse(&value)?;
    case.source = path.to_owned();
    case.name = path.display().to_string();
    Ok(case)
}

fn parse(value: &Value) -> Result<Case, CaseError> {
    let root = policy::Path::root();
    let per_policy = ["policy_id", "context", "expected_action"];
    if per_policy.iter().any(|key| value.get(key).is_some()) {
        return parse_per_policy(value, &root);
    }
    let keys = &["name", "description", "input", "expected"];
    let object = members(value, &root, keys)?;
    if object.get("input").is_none() && object.get("expected").is_none() {
        return Err(CaseError::Nothing);
    }
    let expect = match object.get("expected") {
        Some(expected) => {
            let path = root.key("expected");
            let expected = members(expected, &path, &["outcome"])?;
            action(expected, &path, "outcome")?
        }
        None => None,
    };
    let (call, lockdown) = context(object.get("input"), &root.key("input"))?;
    let expect = Expect::action(expect.unwrap_or(Action::Allow));
    Ok(case(None, call, lockdown, expect))
}

/// The shape of the reference's own fixtures: judged by one policy alone.
fn parse_per_policy(value: &Value, root: &policy::Path) -> Result<Case, CaseError> {
    let keys = &[
        "name",
        "description",
        "policy_id",
        "context",
        "expected_action",
    ];
    let object = members(value, root, keys)?;
    let missing = |key| CallErrorKind::MissingKey(key).at(root.clone());
    let id = text(object, root, "policy_id")?.ok_or_else(|| missing("policy_id"))?;
    let expected = action(object, root, "expected_action")?;
    let expected = expected.ok_or_else(|| missing("expected_action"))?;
    let (call, lockdown) = context(object.get("context"), &root.key("context"))?;
    Ok(case(
        Some(id.to_owned()),
        call,
        lockdown,
        Expect::action(expected),
    ))
}

fn case(only: Option<String>, call: WrittenCall, lockdown: bool, expect: Expect) -> Case {
    Case {
        source: PathBuf::new(),
        name: String::new(),
        only,
        lockdown,
        call,
        expect,
    }
}

/// The action a member names.
pub(super) fn action(
    object: &Object,
    path: &policy::Path,
    key: &'static str,
) -> Result<Option<Action>, CallError> {
    let Some(word) = text(object, path, key)? else {
        return Ok(None);
    };
    let unknown = || CallErrorKind::UnknownWord {
        got: word.to_owned(),
        expected: ACTIONS,
    };
    Action::from_name(word)
        .map(Some)
        .ok_or_else(|| unknown().at(path.key(key)))
}

/// The call an engine context stands for, and whether it is locked down.
fn context(value: Option<&Value>, path: &policy::Path) -> Result<(WrittenCall, bool), CallError> {
    let Some(value) = value else {
        return Ok((WrittenCall::of_tool("", ""), false));
    };
    let keys = &[
        "tool_call",
        "intent",
        "upstream",
        "runtime",
        "now",
        "answer",
    ];
    let object = members(value, path, keys)?;
    let mut call = WrittenCall::of_tool(text(object, path, "upstream")?.unwrap_or_default(), "");
    if let Some(value) = object.get("tool_call") {
        let path = path.key("tool_call");
        let tool_call = members(value, &path, &["name", "arguments", "_meta"])?;
        text(tool_call, &path, "name")?
            .unwrap_or_default()
            .clone_into(&mut call.tool);
        call.arguments = tool_call.get("arguments").cloned();
        call.meta = tool_call.get("_meta").cloned();
    }
    if let Some(intent) = object
        .get("intent")
        .filter(|intent| **intent != Value::Null)
    {
        let meta = call
            .meta
            .as_ref()
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        call.meta = Some(Value::Object(meta.with(INTENT, intent.clone())));
    }
    call.now = instant(object, path)?;
    if let Some(answer) = object.get("answer") {
        call.answer_is(answer, &path.key("tool_call"))?;
    }
    Ok((call, lockdown(object, path)?))
}

fn lockdown(object: &Object, path: &policy::Path) -> Result<bool, CallError> {
    let Some(value) = object.get("runtime") else {
        return Ok(false);
    };
    let path = path.key("runtime");
    match members(value, &path, &["lockdown"])?.get("lockdown") {
        None => Ok(false),
        Some(Value::Bool(lockdown)) => Ok(*lockdown),
        Some(other) => {
            let kind = CallErrorKind::WrongType {
                expected: "a boolean",
                got: other.kind(),
            };
            Err(kind.at(path.key("lockdown")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Case, String> {
        parse(&json::parse(text.as_bytes()).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn both_shapes_of_the_reference_are_read() {
        let case = parsed(
            r#"{"name":"n","description":"d","input":{"tool_call":{"name":"t","arguments":{"a":1}},
                "intent":{"verbs":["read.get"]},"upstream":"u","runtime":{"lockdown":true}},
                "expected":{"outcome":"block"}}"#,
        )
        .unwrap();
        assert_eq!(
            (case.call.upstream.as_str(), case.call.tool.as_str()),
            ("u", "t")
        );
        assert!(case.lockdown && case.only.is_none());
        assert_eq!(case.expect.action, Action::Block);
        let meta = json::to_text(case.call.meta.as_ref().unwrap());
        assert_eq!(meta, r#"{"tessera_intent":{"verbs":["read.get"]}}"#);

        let case = parsed(
            r#"{"policy_id":"p","context":{"tool_call":{"name":"t"}},"expected_action":"allow"}"#,
        )
        .unwrap();
        assert_eq!(
            (case.only.as_deref(), case.expect.action),
            (Some("p"), Action::Allow)
        );
    }

    #[test]
    fn what_a_fixture_leaves_out_has_a_meaning() {
        let case = parsed(r#"{"expected":{"outcome":"log_only"}}"#).unwrap();
        assert_eq!(
            (case.call.tool.as_str(), case.expect.action),
            ("", Action::LogOnly)
        );
        assert_eq!(
            parsed(r#"{"input":{}}"#).unwrap().expect.action,
            Action::Allow
        );
    }

    #[test]
    fn what_is_no_fixture_is_refused() {
        for (text, part) in [
            ("{}", "neither `input` nor `context`"),
            (r#"{"input":{"tool":"t"}}"#, "unknown key `tool`"),
            (r#"{"expected":{"outcome":"deny"}}"#, "`deny` is not one of"),
            (
                r#"{"policy_id":"p","context":{}}"#,
                "`expected_action` is missing",
            ),
            (
                r#"{"policy_id":"p","expected":{"outcome":"allow"}}"#,
                "unknown key `expected`",
            ),
            (
                r#"{"input":{"runtime":{"lockdown":1}}}"#,
                "expected a boolean",
            ),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
