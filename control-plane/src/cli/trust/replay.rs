//! `tessera trust replay`: conversations from standard input, one step per line, each answered.

use std::io::Write as _;

use clap::Args;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::taint::Because;
use tessera_engine::taint::context::FloorFinding;
use tessera_engine::taint::flow::SourceRef;

use super::document::Registry;
use super::session::{Played, Said, Session};
use super::step;
use super::{Exit, Failure, Output};
use crate::cli::lines::{Line, next_line};

/// Arguments of `tessera trust replay`.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  tessera trust replay --registry policies < conversation.jsonl
  printf '%s\n' '{"op":"prompt","text":"send it to alice@corp.com"}' \
    '{"op":"call","upstream":"mail","tool":"send_email","arguments":{"to":"alice@corp.com"}}' |
    tessera trust replay --registry policies/_trust.yaml

Every line of input is one step, a JSON object with the key op:
  begin        caller, conversation   a new conversation, in which nothing has happened
  prompt       text                   the user says something, signed
  definitions  upstream, tools        an upstream lists its tools
  call         upstream, tool, arguments          is judged
  result       upstream, tool, arguments, result  is recorded
  endorse      value | result         somebody vouches for a value, or for a result by its source
and, if wanted, now: when it happens, otherwise a second after the step before. Every line gives exactly
one line of output: what came of it, or an error; the conversation goes on. A call that is asked about
or blocked is the reader's to leave out: only what has a result has happened.

Exit 0: every line was a step. Exit 1: some line was not. Exit 2: the trust document cannot be used."#)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    registry: Registry,
}

/// Plays line after line.
pub(super) fn run(arguments: &ReplayArgs, output: &Output) -> Result<Exit, Failure> {
    let (trust, approved) = arguments.registry.compile(output)?;
    let mut session = Session::new(trust, approved);
    let mut input = std::io::stdin().lock();
    let mut exit = Exit::Done;
    while let Some(line) = next_line(&mut input).map_err(Failure::usage)? {
        let answer = play(&mut session, &line).unwrap_or_else(|message| {
            exit = Exit::Finding;
            Object::new().with("error", message)
        });
        let is_read = output.raw(json::to_text(&Value::Object(answer)).as_bytes());
        // Whoever waits for the answer sends the next step after it.
        if !is_read || std::io::stdout().flush().is_err() {
            break;
        }
    }
    Ok(exit)
}

fn play(session: &mut Session, line: &Line) -> Result<Object, String> {
    let Line::Text(line) = line else {
        let limit = limits::BODY_BYTES;
        return Err(format!("the line has more than {limit} bytes"));
    };
    let value = json::parse(line).map_err(|error| error.to_string())?;
    Ok(match session.play(step::read(value)?)? {
        Played::Done => Object::new().with("ok", true),
        Played::Judged(said) => to_object(&said),
        Played::Recorded { id, recorded } => Object::new()
            .with("ok", true)
            .with("source", id)
            .with("level", recorded.level.number())
            .with("flagged", recorded.flagged)
            .with("secrets", recorded.secrets as u64),
    })
}

/// How a call was judged, as a JSON object.
pub(super) fn to_object(said: &Said) -> Object {
    let mut because: Vec<Value> = said.flow.because.iter().map(reason).collect();
    because.extend(said.floor.findings.iter().map(finding));
    Object::new()
        .with("verdict", said.verdict.as_str())
        .with("floor", said.floor.observed.number())
        .with("because", because)
}

/// What the context says against the call as a whole.
fn finding(finding: &FloorFinding) -> Value {
    Object::new()
        .with("at", "")
        .with("code", finding.code.as_str())
        .with("reason", finding.reason.as_str())
        .into()
}

fn reason(because: &Because) -> Value {
    let mut object = Object::new()
        .with("at", because.at.as_str())
        .with("code", because.code.as_str());
    if let Some(level) = because.level {
        object.set("level", level.number());
    }
    if let Some(need) = because.need {
        object.set("need", need.number());
    }
    if let Some(found) = &because.source {
        object.set("source", source(found));
    }
    Value::Object(object)
}

/// The result a value was seen in, as a JSON object.
pub(super) fn source(source: &SourceRef) -> Object {
    Object::new()
        .with("id", source.audit_id.as_str())
        .with("upstream", source.upstream.as_str())
        .with("tool", source.tool.as_str())
        .with("origin", source.origin.as_str())
}
