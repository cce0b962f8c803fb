//! `tessera policy eval`: one decision per line of standard input.

use clap::Args;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::policy::{AnswerDecision, Bundle, Decision, Finding, Path};
use tessera_engine::time::UnixMillis;

use super::call::WrittenCall;
use super::load::{Directory, Settings, ZonePolicy};
use super::{Exit, Failure, Output};
use crate::cli::lines::{Line, next_line};

/// Arguments of `tessera policy eval`.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  echo '{"tool":"aws_s3_delete_bucket","arguments":{"environment":"prod"}}' |
    tessera policy eval --policy-dir policies
  tessera policy eval --policy-dir policies --default-action allow < calls.jsonl > decisions.jsonl

Every line of input is one JSON object with the keys upstream, tool, method, arguments, _meta, now,
caller ({"name", "scope"}) and sender (client or server); only tool is required. With the key
answer (a result, an error object, the params of a notification, or a text) the answer to the call is
judged instead, by the policies about answers:
  echo '{"tool":"read_file","answer":{"content":[{"type":"text","text":"AKIAIOSFODNN7EXAMPLE"}]}}' |
    tessera policy eval --policy-dir policies
Every line gives exactly one line of output: a decision, or an error for a line that is no call. What
a client gets in place of a redacted answer is under "replaced".

Exit 0: every line was a call. Exit 1: some line was not. Exit 2: the policies cannot be used."#)]
pub(super) struct EvalArgs {
    #[command(flatten)]
    directory: Directory,
    #[command(flatten)]
    settings: Settings,
    /// What a time zone nobody knows does.
    #[arg(long, value_enum, default_value = "never")]
    unknown_zone: ZonePolicy,
}

/// Judges line after line.
pub(super) fn run(arguments: &EvalArgs, output: &Output) -> Result<Exit, Failure> {
    let settings = arguments.settings.to_engine();
    let (_, bundle) = arguments
        .directory
        .compile(settings, arguments.unknown_zone, output)?;
    let mut input = std::io::stdin().lock();
    let mut exit = Exit::Done;
    let mut number = 0_u64;
    while let Some(line) = next_line(&mut input).map_err(Failure::usage)? {
        number = number.saturating_add(1);
        let answer = answer(&line, &bundle).unwrap_or_else(|message| {
            exit = Exit::Finding;
            let error = Object::new().with("line", number).with("message", message);
            Object::new().with("error", error)
        });
        if !output.raw(json::to_text(&Value::Object(answer)).as_bytes()) {
            break;
        }
    }
    Ok(exit)
}

/// The decision on a line, or what is wrong with it.
fn answer(line: &Line, bundle: &Bundle) -> Result<Object, String> {
    let Line::Text(line) = line else {
        return Err(format!(
            "the line has more than {} bytes",
            limits::BODY_BYTES
        ));
    };
    let value = json::parse(line).map_err(|error| error.to_string())?;
    let call = WrittenCall::read(&value, &Path::root()).map_err(|error| error.to_string())?;
    let now = now();
    if let Some(answer) = call.answer_at(now) {
        return Ok(answer_decision(&bundle.judge_answer(&answer)));
    }
    let judged = bundle.judge(&call.at(now));
    let mut answer = decision(&judged.decision);
    if !judged.inner_tools.is_empty() {
        answer.set("inner_tools", names(&judged.inner_tools));
    }
    Ok(answer)
}

/// How an answer was judged, as a JSON object.
pub(super) fn answer_decision(judged: &AnswerDecision) -> Object {
    let policies: Vec<Value> = judged
        .policies
        .iter()
        .map(|id| Value::from(id.as_str()))
        .collect();
    decision(&judged.decision)
        .with("policies", policies)
        .with("findings", findings(judged))
        .with("replaced", judged.replaced.clone())
}

/// What was found in an answer: how often, by kind.
pub(super) fn findings(judged: &AnswerDecision) -> Object {
    let one = |finding: &Finding| (finding.kind.clone(), finding.count.into());
    judged.findings.iter().map(one).collect()
}

/// A decision as a JSON object.
pub(super) fn decision(decision: &Decision) -> Object {
    Object::new()
        .with("action", decision.action.as_str())
        .with("policy_id", decision.policy_id.clone())
        .with("reason", decision.reason.as_str())
        .with("code", decision.code.as_str())
}

/// Names as a JSON list.
pub(super) fn names(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| Value::from(&**name)).collect()
}

/// The current time.
pub(super) fn now() -> UnixMillis {
    UnixMillis(jiff::Timestamp::now().as_millisecond())
}
