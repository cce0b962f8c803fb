//! `tessera tools diff`: what a server lists against what is pinned.

use clap::Args;
use serde_json::json;
use tessera_engine::digest::Digest;
use tessera_engine::json::Value;
use tessera_engine::mcp::Definition;
use tessera_engine::scan::{Flag, visible};

use super::approve::DIGITS;
use super::differences::{Difference, differences};
use super::file::PinsFile;
use super::source::From;
use super::{Exit, Failure, Output, Place, Tone, flags, flags_json, painted};

/// Arguments of `tessera tools diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera tools diff --from http://127.0.0.1:8000/mcp --upstream demo
  tessera tools diff --from tools.json --upstream demo --json

Exit 0: everything listed is pinned as it is. Exit 1: something is changed, without a pin, or gone.
Exit 2: the pins or the file cannot be used. Exit 4: the server gives no list.")]
pub(super) struct DiffArgs {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    place: Place,
}

/// How a listed tool stands to the pins.
pub(super) enum Standing {
    /// As pinned.
    Same,
    /// Another definition is pinned. Without the pinned definition only digests are known.
    Changed {
        expected: Digest,
        differences: Vec<Difference>,
    },
    /// Nothing is pinned.
    Unpinned,
}

/// How a definition stands to the pins of its upstream.
pub(super) fn standing(file: &PinsFile, upstream: &str, definition: &Definition) -> Standing {
    let tool = definition.name();
    match file.pins().pin(upstream, tool) {
        None => Standing::Unpinned,
        Some(pin) if pin.digest == definition.digest() => Standing::Same,
        Some(pin) => {
            let new = Value::Object(definition.members().clone());
            let old = file.definition(upstream, tool);
            Standing::Changed {
                expected: pin.digest,
                differences: old.map(|old| differences(old, &new)).unwrap_or_default(),
            }
        }
    }
}

/// Compares and says what differs.
pub(super) fn run(arguments: &DiffArgs, output: &Output) -> Result<Exit, Failure> {
    let file = PinsFile::read(&arguments.place.path())?;
    let upstream = &arguments.from.upstream;
    let definitions = arguments.from.definitions()?;
    let flags = flags(file.pins(), upstream, &definitions)?;
    let mut report = Report::default();
    for (definition, flags) in definitions.iter().zip(&flags) {
        let standing = standing(&file, upstream, definition);
        report.add(definition, &standing, flags, output);
    }
    let is_listed = |tool: &str| definitions.iter().any(|it| it.name() == tool);
    let gone = file.tools(upstream).map(|(tool, _)| tool);
    let gone: Vec<&str> = gone.filter(|tool| !is_listed(tool)).collect();
    for tool in &gone {
        let line = format!("- {}  pinned, no longer listed", visible(tool));
        report.lines.push(output.paint(Tone::Warning, line));
    }
    let differs = !(report.changed.is_empty() && report.unpinned.is_empty() && gone.is_empty());
    if output.json() {
        output.value(&json!({
            "upstream": upstream,
            "same": report.same,
            "changed": report.changed,
            "unpinned": report.unpinned,
            "gone": gone,
        }));
    } else {
        let same = report.same;
        report
            .lines
            .push(format!("{same} of {} as pinned", definitions.len()));
        report.lines.iter().for_each(|line| output.line(line));
    }
    Ok(if differs { Exit::Finding } else { Exit::Done })
}

#[derive(Default)]
struct Report {
    same: usize,
    changed: Vec<serde_json::Value>,
    unpinned: Vec<serde_json::Value>,
    lines: Vec<String>,
}

impl Report {
    fn add(
        &mut self,
        definition: &Definition,
        standing: &Standing,
        flags: &[Flag],
        output: &Output,
    ) {
        let (tool, got) = (definition.name(), definition.digest().to_hex());
        let short: String = got.chars().take(DIGITS).collect();
        match standing {
            Standing::Same => self.same += 1,
            Standing::Unpinned => {
                let line = format!("+ {}  no pin, {short}", visible(tool));
                self.lines.push(output.paint(Tone::Warning, line));
                self.unpinned
                    .push(json!({"tool": tool, "digest": got, "flags": flags_json(flags)}));
                self.add_flags(flags, output);
            }
            Standing::Changed {
                expected,
                differences,
            } => {
                self.lines.push(
                    output.paint(Tone::Bad, format!("~ {}  changed, {short}", visible(tool))),
                );
                for difference in differences {
                    self.lines.extend(difference.lines(output));
                }
                if differences.is_empty() {
                    self.lines.push(format!("    {expected} -> {got}"));
                }
                let fields = differences.iter().map(Difference::to_json);
                self.changed.push(json!({
                    "tool": tool,
                    "expected": expected.to_hex(),
                    "got": got,
                    "fields": fields.collect::<Vec<_>>(),
                    "flags": flags_json(flags),
                }));
                self.add_flags(flags, output);
            }
        }
    }

    fn add_flags(&mut self, flags: &[Flag], output: &Output) {
        if !flags.is_empty() {
            self.lines
                .push(format!("    flags: {}", painted(flags, output)));
        }
    }
}
