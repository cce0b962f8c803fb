//! Suites: a YAML file of named cases, judged by all policies.

use std::path::Path;

use tessera_engine::json::{Object, Value};
use tessera_engine::policy;

use super::super::call::{CallError, CallErrorKind, WrittenCall, members, text};
use super::case::{Case, CaseError, Expect};
use super::fixture::action;
use crate::policy_dir::Problem;
use crate::yaml;

/// Why a file is no suite.
#[derive(Debug)]
pub(super) enum SuiteError {
    /// It cannot be read.
    File(CaseError),
    /// Something in it, with its place.
    Written(Box<Problem>),
}

/// Reads a suite.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, SuiteError> {
    let bytes = std::fs::read(path).map_err(|error| SuiteError::File(error.into()))?;
    let written = |problem| SuiteError::Written(Box::new(problem));
    let yaml =
        yaml::read(&bytes).map_err(|error| written(Problem::of_yaml(path, &bytes, &error)))?;
    let at_place = |error: CallError| {
        written(Problem::at_value(
            path,
            &yaml,
            &error.path,
            error.kind.to_string(),
        ))
    };
    cases(&yaml.root.to_value(), path).map_err(at_place)
}

fn cases(value: &Value, file: &Path) -> Result<Vec<Case>, CallError> {
    let root = policy::Path::root();
    let object = members(value, &root, &["description", "cases"])?;
    let missing = || CallErrorKind::MissingKey("cases").at(root.clone());
    let list = object.get("cases").ok_or_else(missing)?;
    let path = root.key("cases");
    let Value::Array(elements) = list else {
        let kind = CallErrorKind::WrongType {
            expected: "a list",
            got: list.kind(),
        };
        return Err(kind.at(path));
    };
    elements
        .iter()
        .enumerate()
        .map(|(at, element)| case(element, &path.index(at), file))
        .collect()
}

fn case(value: &Value, path: &policy::Path, file: &Path) -> Result<Case, CallError> {
    let object = members(value, path, &["name", "call", "answer", "expect"])?;
    let missing = |key| CallErrorKind::MissingKey(key).at(path.clone());
    let name = text(object, path, "name")?.ok_or_else(|| missing("name"))?;
    let call = object.get("call").ok_or_else(|| missing("call"))?;
    let mut call = WrittenCall::read(call, &path.key("call"))?;
    if let Some(answer) = object.get("answer") {
        call.answer_is(answer, &path.key("call"))?;
    }
    let expect = object.get("expect").ok_or_else(|| missing("expect"))?;
    let expect = expected(expect, &path.key("expect"))?;
    if expect.is_about_answer() && call.answer.is_none() {
        return Err(missing("answer"));
    }
    Ok(Case {
        source: file.to_owned(),
        name: format!("{}: {name}", file.display()),
        only: None,
        lockdown: false,
        call,
        expect,
    })
}

fn expected(value: &Value, path: &policy::Path) -> Result<Expect, CallError> {
    let keys = &[
        "action",
        "policy_id",
        "reason_contains",
        "findings",
        "replaced",
    ];
    let object = members(value, path, keys)?;
    let action = action(object, path, "action")?;
    let action = action.ok_or_else(|| CallErrorKind::MissingKey("action").at(path.clone()))?;
    let policy_id = match object.get("policy_id") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(_) => Some(text(object, path, "policy_id")?.map(str::to_owned)),
    };
    let reason_contains = text(object, path, "reason_contains")?.map(str::to_owned);
    Ok(Expect {
        action,
        policy_id,
        reason_contains,
        findings: findings(object, path)?,
        replaced: object.get("replaced").cloned(),
    })
}

/// How often each kind is to be found, if that is said.
fn findings(object: &Object, path: &policy::Path) -> Result<Option<Object>, CallError> {
    match object.get("findings") {
        None => Ok(None),
        Some(Value::Object(findings)) => Ok(Some(findings.clone())),
        Some(other) => {
            let kind = CallErrorKind::WrongType {
                expected: "an object",
                got: other.kind(),
            };
            Err(kind.at(path.key("findings")))
        }
    }
}
