//! `tessera policy build`: the compiled bundle as bytes.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::load::{Directory, Settings, ZonePolicy};
use super::{Exit, Failure, Output};

/// Arguments of `tessera policy build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera policy build --policy-dir policies -o bundle.json
  tessera policy build --policy-dir policies --default-action allow --mode log_only > bundle.json

The bytes are the same for the same policies, in whatever order and form they are written; the
digest is their SHA-256. Without -o the bundle goes to standard output and the digest to standard
error.

Exit 2: the policies cannot be used.")]
pub(super) struct BuildArgs {
    #[command(flatten)]
    directory: Directory,
    #[command(flatten)]
    settings: Settings,
    /// What a time zone nobody knows does.
    #[arg(long, value_enum, default_value = "refuse")]
    unknown_zone: ZonePolicy,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Compiles the policies and writes the bundle.
pub(super) fn run(arguments: &BuildArgs, output: &Output) -> Result<Exit, Failure> {
    let settings = arguments.settings.to_engine();
    let (_, bundle) = arguments
        .directory
        .compile(settings, arguments.unknown_zone, output)?;
    let wire = bundle.to_wire();
    let digest = bundle.digest().to_string();
    let Some(file) = &arguments.output else {
        output.raw(wire);
        let _ = std::io::Write::write_fmt(&mut anstream::stderr(), format_args!("{digest}\n"));
        return Ok(Exit::Done);
    };
    write(file, wire)?;
    if output.json() {
        output.value(&json!({
            "file": file,
            "digest": digest,
            "bytes": wire.len(),
            "policies": bundle.policies().len(),
        }));
    } else {
        let policies = bundle.policies().len();
        output.line(format!(
            "{digest}  {} ({policies} policies)",
            file.display()
        ));
    }
    Ok(Exit::Done)
}

/// Writes beside the file and renames, so that no reader sees half a bundle.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = file.with_file_name(name);
    std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, file))
        .map_err(|error| {
            let error =
                anyhow::Error::new(error).context(format!("cannot write `{}`", file.display()));
            Failure::usage(error).help("name a file in a directory that exists and can be written")
        })
}
