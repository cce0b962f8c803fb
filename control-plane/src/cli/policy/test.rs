//! `tessera policy test`: recorded calls against what is expected of them.

mod case;
mod fixture;
mod judge;
mod suite;

use std::path::{Path, PathBuf};

use clap::Args;
use tessera_engine::json::{self, Object, Value};

use self::case::{Case, CaseError};
use self::judge::{Judge, Verdict};
use super::eval::findings;
use super::load::{DefaultAction, Directory, unusable};
use super::{Exit, Failure, Output, Tone, load};

/// Arguments of `tessera policy test`.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  tessera policy test --policy-dir policies --fixture-dir tests/fixtures/policies
  tessera policy test --fixture call.json --default-action block
  tessera policy test --suite policies-test.yaml --json

A fixture is a JSON file, in one of two shapes:
  {"name": "...", "input": {"tool_call": {"name": "t", "arguments": {}, "_meta": {}},
   "intent": null, "upstream": "", "runtime": {"lockdown": false}}, "expected": {"outcome": "block"}}
  {"policy_id": "pii-block", "context": { as input above }, "expected_action": "block"}
The second is judged by that policy alone. A suite is a YAML file:
  cases:
    - name: deleting in production is refused
      call: {tool: aws_s3_delete_bucket, arguments: {environment: prod}}
      expect: {action: block, policy_id: prod-protection, reason_contains: production}
    - name: keys are taken out of results
      call: {tool: read_file}
      answer: {content: [{type: text, text: key AKIAIOSFODNN7EXAMPLE}]}
      expect:
        action: redact
        findings: {AWS_KEY: 1}
        replaced: {content: [{type: text, text: "key [REDACTED:AWS_KEY]"}]}
With an answer (a result, an error object, the params of a notification, or a text) the answer to the
call is judged; in a fixture it stands beside tool_call. A case that does not say `now` is judged at 2026-01-01T12:00:00Z, so that it comes out the same
every day.

Exit 0: all pass. Exit 1: some do not. Exit 2: policies, fixtures or suites cannot be used, or there
are none."#)]
pub(super) struct TestArgs {
    #[command(flatten)]
    directory: Directory,
    /// A fixture; may be given again.
    #[arg(long, value_name = "FILE")]
    fixture: Vec<PathBuf>,
    /// A directory of fixtures, `*.json` at any depth; may be given again.
    #[arg(long, value_name = "DIR")]
    fixture_dir: Vec<PathBuf>,
    /// A suite; may be given again.
    #[arg(long, value_name = "FILE.yaml")]
    suite: Vec<PathBuf>,
    /// What is done with a call no policy matches.
    #[arg(long, value_enum, default_value = "allow")]
    default_action: DefaultAction,
    /// What a time zone nobody knows does.
    #[arg(long, value_enum, default_value = "refuse")]
    unknown_zone: load::ZonePolicy,
}

/// Judges every case and compares.
pub(super) fn run(arguments: &TestArgs, output: &Output) -> Result<Exit, Failure> {
    let dir = arguments.directory.load()?;
    let options = arguments.unknown_zone.into();
    let mut judge = Judge::new(&dir, arguments.default_action.into(), options)
        .map_err(|problems| unusable(&problems, output))?;
    let cases = collect(arguments, output)?;
    let mut results = Vec::with_capacity(cases.len());
    for case in &cases {
        let verdict = judge
            .verdict(case)
            .map_err(|error| failed(&case.source, &error))?;
        if !output.json() {
            print(&verdict, case, output);
        }
        results.push(to_json(&verdict, case));
    }
    let failed = results
        .iter()
        .filter(|result| result.get("passed") == Some(&Value::Bool(false)));
    let failed = failed.count();
    if output.json() {
        output.raw(json::to_text(&Value::Array(results)).as_bytes());
    } else {
        let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
        let passed = cases.len().saturating_sub(failed);
        output.line(output.paint(tone, format!("{passed} passed, {failed} failed")));
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Finding
    })
}

fn collect(arguments: &TestArgs, output: &Output) -> Result<Vec<Case>, Failure> {
    let mut fixtures = arguments.fixture.clone();
    for dir in &arguments.fixture_dir {
        let found = fixture::list(dir).map_err(|error| failed(dir, &error))?;
        fixtures.extend(found);
    }
    let mut cases = Vec::new();
    for path in &fixtures {
        cases.push(fixture::read(path).map_err(|error| failed(path, &error))?);
    }
    for path in &arguments.suite {
        match suite::read(path) {
            Ok(found) => cases.extend(found),
            Err(suite::SuiteError::File(error)) => return Err(failed(path, &error)),
            Err(suite::SuiteError::Written(problem)) => return Err(unusable(&[*problem], output)),
        }
    }
    if cases.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!("there is nothing to test"))
            .help("name fixtures with --fixture or --fixture-dir, or a suite with --suite"));
    }
    Ok(cases)
}

fn failed(path: &Path, error: &CaseError) -> Failure {
    Failure::usage(anyhow::anyhow!("`{}`: {error}", path.display()))
}

fn print(verdict: &Verdict, case: &Case, output: &Output) {
    let (word, tone) = if verdict.passed {
        ("[PASS]", Tone::Good)
    } else {
        ("[FAIL]", Tone::Bad)
    };
    let word = output.paint(tone, word);
    let (expected, actual) = (case.expect.to_string(), verdict.actual(case));
    output.line(format!(
        "{word} {}  expected={expected}  actual={actual}",
        case.name
    ));
}

fn to_json(verdict: &Verdict, case: &Case) -> Value {
    let decision = &verdict.decision;
    let answer = verdict.answer.as_ref();
    let replaced = answer.and_then(|judged| judged.replaced.clone());
    let mut result = Object::new()
        .with("fixture", case.name.as_str())
        .with("expected", case.expect.action.as_str())
        .with("actual", decision.action.as_str())
        .with("passed", verdict.passed)
        .with(
            "expected_policy_id",
            case.expect.policy_id.clone().flatten(),
        )
        .with("actual_policy_id", decision.policy_id.clone())
        .with("reason", decision.reason.as_str());
    if let Some(judged) = answer {
        result.set("findings", findings(judged));
        result.set("replaced", replaced);
    }
    result.into()
}
