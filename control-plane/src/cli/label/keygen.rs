//! `tessera label keygen`: a new master key.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::json;
use tessera_engine::taint::keys::MasterKey;

use super::{Exit, Failure, Output, Tone};

/// Bytes of a new secret.
const SECRET_BYTES: usize = 32;

/// Arguments of `tessera label keygen`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera label keygen --out keys/trust.key
  tessera label keygen --id 2026-07 --out keys/trust-2026-07.key

The file holds one line, `ID:BASE64`. Proxies take id and secret as one of `trust.keys`; the first of
them signs, all verify.")]
pub(super) struct KeygenArgs {
    /// The id tokens name the key by; letters, digits and `-_.`.
    #[arg(long, value_name = "ID", default_value = "k1")]
    id: String,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Makes the key.
pub(super) fn run(arguments: &KeygenArgs, output: &Output) -> Result<Exit, Failure> {
    let KeygenArgs { id, out } = arguments;
    let secret = random::<SECRET_BYTES>()?;
    MasterKey::new(id, &secret).map_err(Failure::usage)?;
    write(out, &format!("{id}:{}\n", STANDARD.encode(secret)))?;
    let shown = out.display();
    if output.json() {
        output.value(&json!({"key_id": id, "file": out}));
        return Ok(Exit::Done);
    }
    let written = output.paint(Tone::Good, "written");
    output.line(format!("{written} {shown}: key {id}; keep it secret"));
    Ok(Exit::Done)
}

/// Bytes of the system's randomness.
///
/// # Errors
/// The system has none.
pub(super) fn random<const BYTES: usize>() -> Result<[u8; BYTES], Failure> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::unavailable(anyhow::anyhow!("the system gives no randomness: {error}"))
    })?;
    Ok(bytes)
}

/// Writes a file that only its owner can read; what is there stays, for tokens rely on it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritten = |error| {
        let error = anyhow::Error::new(error);
        Failure::usage(error.context(format!("`{}` cannot be written", path.display())))
            .help("name a file that is not there yet; keys are never replaced")
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(unwritten)?;
    file.write_all(text.as_bytes()).map_err(unwritten)
}
