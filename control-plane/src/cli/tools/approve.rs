//! `tessera tools approve`: takes definitions as they are listed now for the approved ones.

use clap::Args;
use serde_json::json;
use tessera_engine::mcp::Definition;
use tessera_engine::scan::visible;

use super::diff::{Standing, standing};
use super::file::PinsFile;
use super::source::From;
use super::{Exit, Failure, Output, Place, Tone, flags, painted};

/// Arguments of `tessera tools approve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera tools diff    --from http://127.0.0.1:8000/mcp --upstream demo
  tessera tools approve --from http://127.0.0.1:8000/mcp --upstream demo add_numbers

Read the difference first: what is approved is what the server lists at this moment. The control
plane puts the new pins into force within about a second, and a quarantine ends with that.

Exit 0: approved. Exit 2: a tool is not listed, or the pins or the file cannot be used.
Exit 4: the server gives no list.")]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    place: Place,
    /// The tools to approve.
    #[arg(required = true)]
    tools: Vec<String>,
}

/// Approves and says what.
pub(super) fn run(arguments: &ApproveArgs, output: &Output) -> Result<Exit, Failure> {
    let ApproveArgs { from, place, tools } = arguments;
    let mut file = PinsFile::read(&place.path())?;
    let definitions = from.definitions()?;
    check_names(tools, &definitions)?;
    let flags = flags(file.pins(), &from.upstream, &definitions)?;
    let mut approved = Vec::new();
    for (definition, flags) in definitions.iter().zip(&flags) {
        let is_named = tools.iter().any(|name| name == definition.name());
        if is_named && !matches!(standing(&file, &from.upstream, definition), Standing::Same) {
            file.pin(&from.upstream, definition, flags);
            approved.push((definition, flags));
        }
    }
    if !approved.is_empty() {
        file.write()?;
    }
    if output.json() {
        let approved: Vec<_> = approved
            .iter()
            .map(|(it, _)| json!({"tool": it.name(), "digest": it.digest().to_hex()}))
            .collect();
        output.value(&json!({"file": place.path(), "approved": approved}));
        return Ok(Exit::Done);
    }
    for (definition, flags) in &approved {
        let word = output.paint(Tone::Good, "approved");
        let (tool, digest) = (visible(definition.name()), definition.digest());
        output.line(format!("{word} {tool}  {digest}"));
        if !flags.is_empty() {
            output.line(format!("    flags: {}", painted(flags, output)));
        }
    }
    let (count, path) = (approved.len(), place.path());
    output.line(format!("{count} approved in {}", path.display()));
    Ok(Exit::Done)
}

/// Refuses names that are not listed: a slip must not pass for an approval.
pub(super) fn check_names(tools: &[String], definitions: &[Definition]) -> Result<(), Failure> {
    let is_listed = |tool: &String| definitions.iter().any(|it| it.name() == tool);
    let Some(unknown) = tools.iter().find(|tool| !is_listed(tool)) else {
        return Ok(());
    };
    let mut known: Vec<&str> = definitions.iter().map(Definition::name).collect();
    known.sort_by_key(|name| strsim::damerau_levenshtein(name, unknown));
    let failure = Failure::usage(anyhow::anyhow!("the tool `{unknown}` is not listed"));
    Err(match known.first() {
        Some(nearest) => failure.help(format!("did you mean `{}`?", visible(nearest))),
        None => failure,
    })
}
