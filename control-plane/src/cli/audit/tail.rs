//! `tessera audit tail`: the newest records, one line each, and those to come.

use std::thread;
use std::time::Duration;

use clap::Args;
use tessera_engine::json::{self, Value};

use super::super::{Exit, Failure, Output, Tone};
use super::{Place, Wanted, unreadable};
use crate::ledger::{Entry, Filter, Reader};

/// How often new records are looked for.
const PERIOD: Duration = Duration::from_millis(500);

/// Records read at a time.
const PAGE: u32 = 500;

/// Arguments of `tessera audit tail`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera audit tail --follow --action block
  tessera audit tail -n 100 --scope acme --json")]
pub(super) struct TailArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wanted: Wanted,
    /// How many records.
    #[arg(short = 'n', long, default_value_t = 20)]
    lines: u32,
    /// Wait for more.
    #[arg(short, long)]
    follow: bool,
}

pub(super) fn run(arguments: TailArgs, output: &Output) -> Result<Exit, Failure> {
    let reader = Reader::open(&arguments.place.path()).map_err(unreadable)?;
    let filter = Filter::from(arguments.wanted);
    // Before the records are read, so that none in between is skipped.
    let mut seen = reader.newest().map_err(unreadable)?;
    let last = reader.last(&filter, arguments.lines).map_err(unreadable)?;
    for entry in &last {
        seen = seen.max(entry.position);
        if !print(entry, output) {
            return Ok(Exit::Done);
        }
    }
    if !arguments.follow {
        return Ok(Exit::Done);
    }
    loop {
        let page = reader.after(seen, &filter, PAGE).map_err(unreadable)?;
        for entry in &page {
            seen = entry.position;
            if !print(entry, output) {
                return Ok(Exit::Done);
            }
        }
        if page.is_empty() {
            thread::sleep(PERIOD);
        }
    }
}

/// Prints a record; `false` if nobody reads any more.
fn print(entry: &Entry, output: &Output) -> bool {
    if output.json() {
        return output.raw(&entry.bytes);
    }
    let line = json::parse(&entry.bytes).map_or_else(
        |_| format!("record at position {} cannot be read", entry.position),
        |record| one_line(&record, output),
    );
    output.try_line(line)
}

/// A record on one line: when, what was done, for whom, about what, why.
fn one_line(record: &Value, output: &Output) -> String {
    let text = |member: &str| record.get(member).and_then(Value::as_str).map(printable);
    let kind = text("kind").unwrap_or_default();
    let action = text("action");
    let word = action.as_deref().unwrap_or(&kind);
    let tone = match word {
        "allow" => Tone::Good,
        "block" | "chain_gap" | "chain_fork" | "record_unreadable" => Tone::Bad,
        "log_only" | "require_approval" | "bundle_version_raised" => Tone::Warning,
        _ => Tone::Strong,
    };
    let subject = [text("upstream"), text("tool").or_else(|| text("method"))];
    let subject: Vec<String> = subject.into_iter().flatten().collect();
    let mut parts = vec![
        output.paint(Tone::Quiet, text("time").unwrap_or_default()),
        output.paint(tone, format!("{word:<16}")),
        text("scope").unwrap_or_default(),
        text("caller")
            .or_else(|| text("of_vm"))
            .unwrap_or_else(|| "-".to_owned()),
        subject.join("/"),
    ];
    parts.extend(text("policy_id").map(|policy| format!("[{policy}]")));
    parts.extend(text("reason"));
    parts.push(output.paint(Tone::Quiet, text("id").unwrap_or_default()));
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// A text from outside without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_cannot_command_the_terminal() {
        let record = json::parse(br#"{"kind":"message","tool":"\u001b[2Jx"}"#).unwrap();
        let line =
            anstream::adapter::strip_str(&one_line(&record, &Output::new(false))).to_string();
        assert!(line.contains("\u{fffd}[2Jx"), "{line}");
    }
}
