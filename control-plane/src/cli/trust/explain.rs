//! `tessera trust explain`: for one call, after a history, where each argument came from and what it
//! needs.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::scan::visible;
use tessera_engine::taint::flow::SourceRef;
use tessera_engine::taint::{ArgumentFacts, Because, Level, SourceOrigin, Verdict};

use super::document::Registry;
use super::replay::{source, to_object};
use super::session::{Said, Session};
use super::step::{self, Called};
use super::{Exit, Failure, Output, Tone};
use crate::cli::lines::{Line, next_line};

/// Arguments of `tessera trust explain`.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  tessera trust explain --history conversation.jsonl call.json
  echo '{"upstream":"mail","tool":"send_email","arguments":{"to":"eve@evil.com"}}' |
    tessera trust explain --registry policies --history conversation.jsonl --json

The call is one JSON object with the keys upstream, tool and arguments. The history is what happened
before it, a step per line, as `tessera trust replay` reads it; calls in it are passed over.

Exit 0: explained. Exit 2: the trust document, the history or the call cannot be used."#)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    registry: Registry,
    /// What happened before; without it, nothing.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// The file with the call; `-` for standard input.
    #[arg(value_name = "CALL.json", default_value = "-")]
    call: PathBuf,
}

/// Explains one call.
pub(super) fn run(arguments: &ExplainArgs, output: &Output) -> Result<Exit, Failure> {
    let (trust, approved) = arguments.registry.compile(output)?;
    let mut session = Session::new(trust, approved);
    if let Some(history) = &arguments.history {
        play(history, &mut session)?;
    }
    let called = call(&arguments.call)?;
    let said = session.judge(&called);
    if output.json() {
        let explained = explained(&called, &said);
        output.raw(json::to_text(&Value::Object(explained)).as_bytes());
    } else {
        print(&called, &said, output);
    }
    Ok(Exit::Done)
}

/// Plays a file of steps.
fn play(path: &Path, session: &mut Session) -> Result<(), Failure> {
    let in_file = |error: anyhow::Error| {
        Failure::usage(error.context(format!("in the history `{}`", path.display())))
    };
    let file = std::fs::File::open(path).map_err(|error| in_file(error.into()))?;
    let mut input = std::io::BufReader::new(file);
    let mut number = 0_u64;
    while let Some(line) = next_line(&mut input).map_err(|error| in_file(error.into()))? {
        number = number.saturating_add(1);
        let wrong = |message: String| in_file(anyhow::anyhow!("line {number}: {message}"));
        let Line::Text(line) = line else {
            let limit = limits::BODY_BYTES;
            return Err(wrong(format!("more than {limit} bytes")));
        };
        let value = json::parse(&line).map_err(|error| wrong(error.to_string()))?;
        let step = step::read(value).map_err(wrong)?;
        session.play(step).map_err(wrong)?;
    }
    Ok(())
}

fn call(path: &Path) -> Result<Called, Failure> {
    let name = path.display().to_string();
    let in_file = |error: anyhow::Error| Failure::usage(error.context(format!("in `{name}`")));
    let mut bytes = Vec::new();
    let enough = limits::BODY_BYTES as u64 + 1;
    let read = if name == "-" {
        std::io::stdin().lock().take(enough).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(enough).read_to_end(&mut bytes))
    };
    read.map_err(|error| in_file(error.into()))?;
    if bytes.len() > limits::BODY_BYTES {
        let limit = limits::BODY_BYTES;
        return Err(in_file(anyhow::anyhow!("more than {limit} bytes")));
    }
    let value = json::parse(&bytes).map_err(|error| in_file(error.into()))?;
    step::read_call(value).map_err(|message| in_file(anyhow::anyhow!(message)))
}

fn explained(called: &Called, said: &Said) -> Object {
    let arguments: Vec<Value> = said.flow.arguments.iter().map(facts).collect();
    to_object(said)
        .with("upstream", called.upstream.as_str())
        .with("tool", called.tool.as_str())
        .with("arguments", arguments)
}

fn facts(facts: &ArgumentFacts) -> Value {
    let sources: Vec<Value> = facts.sources.iter().map(|it| source(it).into()).collect();
    Object::new()
        .with("at", pointer(&facts.place))
        .with("level", facts.level.number())
        .with("origin", origin(facts.origin))
        .with("sources", sources)
        .into()
}

const fn origin(origin: SourceOrigin) -> &'static str {
    match origin {
        SourceOrigin::Unknown => "unknown",
        SourceOrigin::Known(origin) => origin.as_str(),
    }
}

/// The place of a value as a JSON pointer.
fn pointer(place: &[String]) -> String {
    let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
    place
        .iter()
        .map(|key| format!("/{}", escaped(key)))
        .collect()
}

fn print(called: &Called, said: &Said, output: &Output) {
    let judged = &said.flow;
    let tone = match said.verdict {
        Verdict::Allow => Tone::Good,
        Verdict::Ask => Tone::Warning,
        Verdict::Block => Tone::Bad,
    };
    let floor = said.floor.observed.as_str();
    output.line(format!(
        "{} {} (floor of the conversation: {floor})",
        output.paint(tone, said.verdict.as_str()),
        visible(&name(&called.upstream, &called.tool)),
    ));
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["ARGUMENT", "LEVEL", "NEEDS", "SEEN IN", "SAYS"]);
    for facts in &judged.arguments {
        let at = pointer(&facts.place);
        let mut because = judged.because.iter().filter(|because| because.at == at);
        table.add_row(row(facts, &at, because.next()));
        for because in because {
            table.add_row(continued(because));
        }
    }
    let places: Vec<String> = judged
        .arguments
        .iter()
        .map(|facts| pointer(&facts.place))
        .collect();
    for because in &judged.because {
        if !places.contains(&because.at) {
            let mut row = continued(because);
            row[0] = argument(&because.at);
            table.add_row(row);
        }
    }
    if table.row_count() > 0 {
        output.line(table.trim_fmt());
    }
    for finding in &said.floor.findings {
        let code = finding.code.as_str();
        output.line(format!("{code}: {}", visible(&finding.reason)));
    }
}

fn row(facts: &ArgumentFacts, at: &str, because: Option<&Because>) -> [String; 5] {
    let seen = facts.sources.first();
    let seen = seen.or_else(|| because.and_then(|because| because.source.as_ref()));
    [
        argument(at),
        facts.level.as_str().to_owned(),
        need(because),
        seen.map_or_else(|| nowhere(facts), named),
        because.map_or_else(
            || "ok".to_owned(),
            |because| because.code.as_str().to_owned(),
        ),
    ]
}

fn continued(because: &Because) -> [String; 5] {
    [
        String::new(),
        because
            .level
            .map(Level::as_str)
            .unwrap_or_default()
            .to_owned(),
        need(Some(because)),
        because.source.as_ref().map(named).unwrap_or_default(),
        because.code.as_str().to_owned(),
    ]
}

fn argument(at: &str) -> String {
    if at.is_empty() {
        "(the call)".to_owned()
    } else {
        visible(at)
    }
}

fn need(because: Option<&Because>) -> String {
    let need = because.and_then(|because| because.need);
    need.map_or_else(|| "-".to_owned(), |need| need.as_str().to_owned())
}

/// Where a value was seen that no result holds.
fn nowhere(facts: &ArgumentFacts) -> String {
    match facts.origin {
        SourceOrigin::Unknown => "nowhere".to_owned(),
        SourceOrigin::Known(origin) => origin.as_str().to_owned(),
    }
}

fn named(source: &SourceRef) -> String {
    let name = name(&source.upstream, &source.tool);
    visible(&format!("{name} ({})", source.audit_id))
}

fn name(upstream: &str, tool: &str) -> String {
    if upstream.is_empty() {
        tool.to_owned()
    } else {
        format!("{upstream}/{tool}")
    }
}
