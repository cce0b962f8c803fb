//! `tessera tools pin`: pins what has no pin yet. It never replaces a pin: that is `approve`.

use clap::Args;
use serde_json::json;
use tessera_engine::scan::visible;

use super::diff::{Standing, standing};
use super::file::PinsFile;
use super::source::From;
use super::{Exit, Failure, Output, Place, Tone, flags, painted};

/// Arguments of `tessera tools pin`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera tools pin --from http://127.0.0.1:8000/mcp --upstream demo
  tessera tools pin --from tools.json --upstream demo --policy-dir policies add_numbers

A tool whose definition has a grave flag is pinned only if it is named. A tool that is pinned with
another definition stays as it is: see `tessera tools diff`, then `tessera tools approve`.

Exit 0: everything is pinned as listed. Exit 1: something was left alone, for one of these reasons.
Exit 2: the pins or the file cannot be used. Exit 4: the server gives no list.")]
pub(super) struct PinArgs {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    place: Place,
    /// Only these tools.
    tools: Vec<String>,
}

/// Pins and says what was pinned and what was left alone.
pub(super) fn run(arguments: &PinArgs, output: &Output) -> Result<Exit, Failure> {
    let PinArgs { from, place, tools } = arguments;
    let mut file = PinsFile::read(&place.path())?;
    let definitions = from.definitions()?;
    super::approve::check_names(tools, &definitions)?;
    let flags = flags(file.pins(), &from.upstream, &definitions)?;
    let (mut pinned, mut left) = (Vec::new(), Vec::new());
    for (definition, flags) in definitions.iter().zip(&flags) {
        let tool = definition.name();
        let is_named = tools.iter().any(|name| name == tool);
        if !tools.is_empty() && !is_named {
            continue;
        }
        let is_grave = flags.iter().any(|flag| flag.is_grave);
        match standing(&file, &from.upstream, definition) {
            Standing::Same => {}
            Standing::Changed { .. } => {
                left.push((tool, "pinned with another definition".to_owned()))
            }
            Standing::Unpinned if is_grave && !is_named => {
                left.push((tool, format!("suspicious: {}", painted(flags, output))));
            }
            Standing::Unpinned => {
                file.pin(&from.upstream, definition, flags);
                pinned.push(tool);
            }
        }
    }
    if !pinned.is_empty() {
        file.write()?;
    }
    if output.json() {
        let left: Vec<_> = left
            .iter()
            .map(|(tool, why)| json!({"tool": tool, "reason": anstream::adapter::strip_str(why).to_string()}))
            .collect();
        output.value(&json!({"file": place.path(), "pinned": pinned, "left": left}));
    } else {
        for tool in &pinned {
            let word = output.paint(Tone::Good, "pinned");
            output.line(format!("{word} {}", visible(tool)));
        }
        for (tool, why) in &left {
            let word = output.paint(Tone::Warning, "left");
            output.line(format!("{word} {}  {why}", visible(tool)));
        }
        let (count, path) = (pinned.len(), place.path());
        output.line(format!("{count} pinned in {}", path.display()));
    }
    Ok(if left.is_empty() {
        Exit::Done
    } else {
        Exit::Finding
    })
}
