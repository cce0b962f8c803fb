//! `tessera tools`: which definition of each tool is approved. What is pinned here the control plane
//! puts into the bundle; what differs from it the filter keeps from clients.

mod approve;
mod client;
mod diff;
mod differences;
mod file;
mod list;
mod pin;
mod source;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tessera_engine::mcp::Definition;
use tessera_engine::policy::{Bundle, CompileOptions, Listed, Pins, Source};
use tessera_engine::scan::Flag;

pub(in crate::cli) use source::definitions;

use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera tools`.
#[derive(Debug, Args)]
pub(crate) struct ToolsArgs {
    #[command(subcommand)]
    command: ToolsCommand,
}

#[derive(Debug, Subcommand)]
enum ToolsCommand {
    /// Pin tools that have no pin yet.
    Pin(pin::PinArgs),
    /// Show what differs between the pins and what a server lists.
    Diff(diff::DiffArgs),
    /// Take changed definitions for the approved ones.
    Approve(approve::ApproveArgs),
    /// Show the pins.
    List(list::ListArgs),
}

/// Where the pins are.
#[derive(Debug, Args)]
struct Place {
    /// The directory of policy files; the pins are its `_tools.json`.
    #[arg(long, value_name = "DIR", default_value = "policies")]
    policy_dir: PathBuf,
}

impl Place {
    fn path(&self) -> PathBuf {
        self.policy_dir.join(crate::policy_dir::PINS)
    }
}

/// Pins, diffs, approves or lists.
///
/// # Errors
/// If the pins or the definitions cannot be read, or the pins not be written.
pub(crate) fn run(arguments: &ToolsArgs, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        ToolsCommand::Pin(arguments) => pin::run(arguments, output),
        ToolsCommand::Diff(arguments) => diff::run(arguments, output),
        ToolsCommand::Approve(arguments) => approve::run(arguments, output),
        ToolsCommand::List(arguments) => list::run(arguments, output),
    }
}

/// What the filter would flag about each definition, given these pins.
fn flags(
    pins: &Pins,
    upstream: &str,
    definitions: &[Definition],
) -> Result<Vec<Vec<Flag>>, Failure> {
    let source = Source {
        pins: Some(pins.clone()),
        ..Source::default()
    };
    let bundle = Bundle::compile(source, &CompileOptions::default()).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Failure::usage(anyhow::anyhow!(lines.join("; ")))
    })?;
    let mut listed = Listed::new(definitions.iter().map(Definition::name));
    let flags = |definition| bundle.flags(upstream, definition, &mut listed);
    Ok(definitions.iter().map(flags).collect())
}

/// The flags as texts, the grave ones coloured.
fn painted(flags: &[Flag], output: &Output) -> String {
    let texts = flags.iter().map(|flag| {
        let tone = if flag.is_grave {
            Tone::Bad
        } else {
            Tone::Warning
        };
        output.paint(tone, flag.to_text())
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// The flags as JSON.
fn flags_json(flags: &[Flag]) -> serde_json::Value {
    let one = |flag: &Flag| {
        serde_json::json!({
            "kind": flag.kind.as_str(),
            "place": flag.place,
            "grave": flag.is_grave,
        })
    };
    flags.iter().map(one).collect()
}
