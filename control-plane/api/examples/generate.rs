//! Writes `src/generated/` from `proto/`. With `--check` it writes nothing and fails on a difference.
//!
//! The generated code is committed, so no build needs this program, a protobuf compiler or the
//! network: `make gen` runs it after a change of `proto/`, `make gen-check` in CI.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, error, fs};

use prost::Message;

/// Every contract file, relative to `proto/`.
const PROTOS: [&str; 3] = [
    "tessera/v1/policy.proto",
    "tessera/v1/audit.proto",
    "tessera/v1/state.proto",
];

/// The code of the one package, and the descriptors for server reflection.
const OUTPUTS: [&str; 2] = ["tessera.v1.rs", "descriptors.bin"];

/// What the wasm build must not see: tonic.
const SERVER_ONLY: &str = "#[cfg(feature = \"server\")]";

fn main() -> ExitCode {
    match run(env::args().any(|argument| argument == "--check")) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            eprintln!("not what proto/ says: {}; run `make gen`", stale.join(", "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("generate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Generates into a scratch folder and then compares or copies. Returns the names that differ.
fn run(check: bool) -> Result<Vec<&'static str>, Box<dyn error::Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = env::temp_dir().join(format!("tessera-generate-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let generated = generate(&package.join("proto"), &scratch);
    let stale = generated.and_then(|()| settle(&scratch, &package.join("src/generated"), check));
    fs::remove_dir_all(&scratch)?;
    stale
}

fn generate(protos: &Path, into: &Path) -> Result<(), Box<dyn error::Error>> {
    let mut descriptors = protox::compile(PROTOS, [protos])?;
    let reflection = into.join("descriptors.bin");
    tonic_prost_build::configure()
        .out_dir(into)
        .server_mod_attribute("tessera.v1", SERVER_ONLY)
        .client_mod_attribute("tessera.v1", SERVER_ONLY)
        .compile_fds(descriptors.clone())?;
    // Comments belong to the code; reflection needs none.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    fs::write(reflection, descriptors.encode_to_vec())?;
    Ok(())
}

fn settle(from: &Path, to: &Path, check: bool) -> Result<Vec<&'static str>, Box<dyn error::Error>> {
    let mut stale = Vec::new();
    for name in OUTPUTS {
        let fresh = fs::read(from.join(name))?;
        let committed: PathBuf = to.join(name);
        if check && fs::read(&committed).ok().as_deref() != Some(fresh.as_slice()) {
            stale.push(name);
        } else if !check {
            fs::write(committed, fresh)?;
        }
    }
    Ok(stale)
}
