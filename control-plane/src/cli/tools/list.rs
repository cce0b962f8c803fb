//! `tessera tools list`: the pins there are.

use clap::Args;
use comfy_table::{Table, presets::NOTHING};
use serde_json::json;
use tessera_engine::json::Value;
use tessera_engine::scan::visible;

use super::approve::DIGITS;
use super::file::PinsFile;
use super::{Exit, Failure, Output, Place};

/// Arguments of `tessera tools list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera tools list
  tessera tools list --upstream demo --json")]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only the tools of this upstream.
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
}

/// Lists the pins.
pub(super) fn run(arguments: &ListArgs, output: &Output) -> Result<Exit, Failure> {
    let file = PinsFile::read(&arguments.place.path())?;
    let pins = file.pins();
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["UPSTREAM", "TOOL", "DIGEST", "APPROVED", "FLAGS"]);
    let mut rows = Vec::new();
    let wanted = |upstream: &&String| arguments.upstream.as_ref().is_none_or(|it| it == *upstream);
    for upstream in pins.upstreams.keys().filter(wanted) {
        for (tool, pin) in file.tools(upstream) {
            let text = |key| pin.get(key).and_then(Value::as_str).unwrap_or_default();
            let flags = pin
                .get("flags")
                .and_then(Value::as_array)
                .unwrap_or_default();
            let flags: Vec<&str> = flags.iter().filter_map(Value::as_str).collect();
            let digest: String = text("digest").chars().take(DIGITS).collect();
            table.add_row([
                upstream,
                &visible(tool),
                &digest,
                text("approved_at"),
                &visible(&flags.join(", ")),
            ]);
            rows.push(json!({
                "upstream": upstream,
                "tool": tool,
                "digest": text("digest"),
                "approved_at": text("approved_at"),
                "flags": flags,
            }));
        }
    }
    let (unpinned, flagged) = (pins.unpinned.as_str(), pins.flagged.as_str());
    if output.json() {
        output.value(&json!({"unpinned": unpinned, "flagged": flagged, "pins": rows}));
        return Ok(Exit::Done);
    }
    if !rows.is_empty() {
        output.line(table.trim_fmt());
    }
    output.line(format!(
        "{} pinned; unpinned: {unpinned}, flagged: {flagged}",
        rows.len()
    ));
    Ok(Exit::Done)
}
