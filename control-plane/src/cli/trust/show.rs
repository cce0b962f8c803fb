//! `tessera trust show`: what is made of each tool, and who says so.

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde_json::{Value, json};
use tessera_engine::scan::visible;
use tessera_engine::taint::flow::{Secrecy, Shape, SourceRules};
use tessera_engine::taint::{By, Effect, Effects};

use super::document::Registry;
use super::known::{self, Known, is_guessed, word};
use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera trust show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera trust show
  tessera trust show send_email --registry policies --json

Shown are the tools with an approved definition in the directory, and those the document names. Who says
what a tool does, or what an argument is: document, server (its definition), name (guessed from the
name), or default (nobody says anything; the strict answer).

Exit 0: shown. Exit 1: there is no such tool. Exit 2: the trust document cannot be used.")]
pub(super) struct ShowArgs {
    #[command(flatten)]
    registry: Registry,
    /// Only this tool.
    tool: Option<String>,
    /// Only the tools of this upstream.
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
}

/// Shows the tools.
pub(super) fn run(arguments: &ShowArgs, output: &Output) -> Result<Exit, Failure> {
    let ShowArgs {
        registry,
        tool,
        upstream,
    } = arguments;
    let (trust, approved) = registry.compile(output)?;
    let mut tools = known::tools(trust.registry(), &approved);
    tools.retain(|known| {
        tool.as_ref().is_none_or(|tool| *tool == known.tool)
            && upstream.as_ref().is_none_or(|it| *it == known.upstream)
    });
    if output.json() {
        let tools: Vec<Value> = tools.iter().map(to_json).collect();
        output.value(&json!({ "tools": tools }));
    } else {
        print(&tools, output);
    }
    Ok(if tools.is_empty() && tool.is_some() {
        Exit::Finding
    } else {
        Exit::Done
    })
}

fn to_json(known: &Known) -> Value {
    let profile = &known.profile;
    let arguments = profile.arguments.iter().map(|argument| {
        json!({
            "name": argument.name,
            "role": argument.role.as_str(),
            "by": word(argument.by),
        })
    });
    json!({
        "upstream": known.upstream,
        "tool": known.tool,
        "listed": profile.listed,
        "effects": profile.effects.iter().map(Effect::as_str).collect::<Vec<_>>(),
        "effects_by": word(profile.effects_by),
        "arguments": arguments.collect::<Vec<_>>(),
        "results": {
            "structured": known.results.shape == Shape::Structured,
            "level": known.results.leaves.number(),
            "text_level": known.results.texts.number(),
            "secret": known.results.secrecy == Secrecy::Secret,
        },
    })
}

fn print(tools: &[Known], output: &Output) {
    if tools.is_empty() {
        output.line("no tool is known: pin definitions with `tessera tools pin`, or add rows");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["UPSTREAM", "TOOL", "ARGUMENT", "IS", "SAYS WHO"]);
    for known in tools {
        let profile = &known.profile;
        table.add_row([
            visible(&known.upstream),
            visible(&known.tool),
            String::new(),
            effects(profile.effects),
            says(profile.effects_by, output),
        ]);
        for argument in &profile.arguments {
            table.add_row([
                String::new(),
                String::new(),
                visible(&argument.name),
                argument.role.as_str().to_owned(),
                says(argument.by, output),
            ]);
        }
        table.add_row([
            String::new(),
            String::new(),
            "(results)".to_owned(),
            results(&known.results),
            String::new(),
        ]);
    }
    output.line(table.trim_fmt());
    let guessed = tools.iter().filter(|known| known.relies_on_names()).count();
    output.line(format!("{} tools, {guessed} rely on names", tools.len()));
}

/// What a tool does, as words.
pub(super) fn effects(effects: Effects) -> String {
    let words: Vec<&str> = effects.iter().map(Effect::as_str).collect();
    words.join(", ")
}

/// How results are recorded: the level of identifiers, if there are any, and that of free text.
fn results(rules: &SourceRules) -> String {
    let text = rules.texts.as_str();
    let results = match rules.shape {
        Shape::Structured => format!("data: {}, text: {text}", rules.leaves.as_str()),
        Shape::Text => format!("text: {text}"),
    };
    match rules.secrecy {
        Secrecy::Open => results,
        Secrecy::Secret => format!("{results}, secret"),
    }
}

fn says(by: By, output: &Output) -> String {
    let tone = if is_guessed(by) {
        Tone::Warning
    } else {
        Tone::Quiet
    };
    output.paint(tone, word(by))
}
