//! `tessera audit export`: every record, in the bytes it was written in.

use clap::{Args, ValueEnum};

use super::super::{Exit, Failure, Output};
use super::{Place, Wanted, unreadable};
use crate::ledger::{Filter, Reader};

/// Records read at a time.
const PAGE: u32 = 1000;

/// How records are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One record per line, exactly its bytes: `sha256sum` of a line without its line feed is the
    /// record's hash.
    Jsonl,
}

/// Arguments of `tessera audit export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera audit export > records.jsonl
  tessera audit export --data-dir /var/lib/tessera --scope acme --action block")]
pub(super) struct ExportArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wanted: Wanted,
    /// How records are written.
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
}

pub(super) fn run(arguments: ExportArgs, output: &Output) -> Result<Exit, Failure> {
    let Format::Jsonl = arguments.format;
    let reader = Reader::open(&arguments.place.path()).map_err(unreadable)?;
    let filter = Filter::from(arguments.wanted);
    let mut position = 0;
    loop {
        let page = reader.after(position, &filter, PAGE).map_err(unreadable)?;
        let Some(last) = page.last() else {
            return Ok(Exit::Done);
        };
        position = last.position;
        for entry in &page {
            if !output.raw(&entry.bytes) {
                return Ok(Exit::Done);
            }
        }
    }
}
