//! `tessera init`: a folder with settings, policies, keys and an Envoy configuration that runs as
//! it is.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, include_dir};
use serde_json::json;
use tessera_engine::digest::Digest;

use super::{Exit, Failure, Output, Tone};
use crate::signing::Signer;

/// The policies we ship.
static POLICIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../policies");

const SETTINGS: &str = include_str!("init/tessera.yaml");
const ENVOY: &str = include_str!("init/envoy.yaml");
const GITIGNORE: &str = "# Secrets, and what the control plane keeps.\n/keys/\n/data/\n";

/// Where the signing key is, as the settings' default says.
const SIGNING_KEY: &str = "keys/bundle-signing.pem";

/// Where the first caller's token is.
const TOKEN: &str = "keys/caller.token";

/// Arguments of `tessera init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera init
  tessera init --dir /etc/tessera
  tessera serve --config /etc/tessera/tessera.yaml

Keys that are there already are kept, also with --force: filters trust them.")]
pub(crate) struct InitArgs {
    /// Where to write.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// Writes the folder.
///
/// # Errors
/// A file is there already, or cannot be written.
pub(super) fn run(arguments: InitArgs, output: &Output) -> Result<Exit, Failure> {
    let InitArgs { dir, force } = arguments;
    let mut files = vec![
        ("tessera.yaml", SETTINGS.to_owned()),
        (".gitignore", GITIGNORE.to_owned()),
    ];
    let names: Vec<PathBuf> = POLICIES
        .files()
        .map(|file| file.path().to_owned())
        .collect();
    if !force {
        refuse_overwriting(&dir, &names)?;
    }
    make_dirs(&dir).map_err(|error| unwritten(&dir, &error))?;
    let signer = signing_key(&dir)?;
    let token = token(&dir)?;
    let envoy = ENVOY
        .replace("{KEY_ID}", signer.key_id())
        .replace("{PUBLIC_KEY}", &signer.public_key())
        .replace("{TOKEN_SHA256}", &Digest::of(token.as_bytes()).to_string());
    files.push(("envoy.yaml", envoy));
    for (name, text) in files {
        write(&dir.join(name), text.as_bytes())?;
    }
    for file in POLICIES.files() {
        write(&dir.join("policies").join(file.path()), file.contents())?;
    }
    report(&dir, &signer, names.len(), output);
    Ok(Exit::Done)
}

fn report(dir: &Path, signer: &Signer, policies: usize, output: &Output) {
    if output.json() {
        output.value(&json!({
            "dir": dir,
            "key_id": signer.key_id(),
            "public_key": signer.public_key(),
            "token_file": dir.join(TOKEN),
            "policy_files": policies,
        }));
        return;
    }
    let dir = dir.display();
    output.line(format!(
        "{} {dir}: tessera.yaml, envoy.yaml, policies/ ({policies} files), keys/",
        output.paint(Tone::Good, "written")
    ));
    output.line(format!("bundles are signed with key {}", signer.key_id()));
    output.line(format!(
        "the first caller's bearer token is in {dir}/{TOKEN}"
    ));
    output.line("");
    output.line("Next:");
    output.line(format!("  tessera serve --config {dir}/tessera.yaml"));
    output.line(format!(
        "  envoy -c {dir}/envoy.yaml    # after its two `CHANGE` marks"
    ));
}

fn refuse_overwriting(dir: &Path, policies: &[PathBuf]) -> Result<(), Failure> {
    let ours = ["tessera.yaml", "envoy.yaml", ".gitignore"].map(PathBuf::from);
    let policies = policies.iter().map(|name| Path::new("policies").join(name));
    let there: Vec<String> = ours
        .into_iter()
        .chain(policies)
        .map(|name| dir.join(name))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let error = anyhow::anyhow!("there already: {}", there.join(", "));
    Err(Failure::usage(error).help("--force replaces them; --dir writes somewhere else"))
}

fn make_dirs(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir.join("policies"))?;
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(dir.join("keys"))?;
    private.create(dir.join("data"))
}

/// The key in the folder; a new one if there is none.
fn signing_key(dir: &Path) -> Result<Signer, Failure> {
    let path = dir.join(SIGNING_KEY);
    if path.exists() {
        return Signer::read(&path).map_err(Failure::usage);
    }
    let signer = Signer::generate().map_err(Failure::unavailable)?;
    let pem = signer.to_pem().map_err(Failure::unavailable)?;
    write_secret(&path, &pem)?;
    Ok(signer)
}

/// The first caller's token; a new one if there is none.
fn token(dir: &Path) -> Result<String, Failure> {
    let path = dir.join(TOKEN);
    match fs::read_to_string(&path) {
        Ok(token) => return Ok(token.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritten(&path, &error)),
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::unavailable(anyhow::anyhow!("{error}")))?;
    let token = Digest(random).to_string();
    write_secret(&path, &format!("{token}\n"))?;
    Ok(token)
}

/// Writes a new file only its owner can read.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    made.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| unwritten(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(anyhow::anyhow!(
        "cannot write `{}`: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::bundles::{Publisher, Store};
    use crate::settings::{Overrides, Settings};

    fn init(dir: &Path, force: bool) -> Result<Exit, Failure> {
        let dir = dir.to_owned();
        run(InitArgs { dir, force }, &Output::new(true))
    }

    #[test]
    fn what_init_writes_can_be_served() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        let config = dir.path().join("tessera.yaml");
        let settings = Settings::read(&config, &Overrides::default()).unwrap();
        let signer = Signer::read(&settings.signing_key).unwrap();
        let store = Store::open(&settings.data_dir).unwrap();
        let publisher = Publisher::start(settings.policies, signer, store).unwrap();
        let published = publisher.state().published.clone().unwrap();
        assert!(published.policies > 10, "{}", published.policies);
        assert!(publisher.state().problems.is_empty());
    }

    #[test]
    fn secrets_are_for_their_owner_and_the_envoy_configuration_knows_the_key() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        for secret in [SIGNING_KEY, TOKEN] {
            let mode = fs::metadata(dir.path().join(secret))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{secret}");
        }
        let envoy = fs::read_to_string(dir.path().join("envoy.yaml")).unwrap();
        let signer = Signer::read(&dir.path().join(SIGNING_KEY)).unwrap();
        assert!(envoy.contains(signer.key_id()) && envoy.contains(&signer.public_key()));
        assert!(!envoy.contains("{KEY_ID}") && !envoy.contains("{TOKEN_SHA256}"));
        let token = fs::read_to_string(dir.path().join(TOKEN)).unwrap();
        assert!(!envoy.contains(token.trim()));
    }

    #[test]
    fn nothing_is_replaced_unless_forced_and_keys_never() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        let key = fs::read(dir.path().join(SIGNING_KEY)).unwrap();
        let failure = init(dir.path(), false).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        fs::write(dir.path().join("tessera.yaml"), "mine").unwrap();
        init(dir.path(), true).unwrap();
        let settings = fs::read_to_string(dir.path().join("tessera.yaml")).unwrap();
        assert_eq!(settings, SETTINGS);
        assert_eq!(fs::read(dir.path().join(SIGNING_KEY)).unwrap(), key);
    }

    #[test]
    fn the_settings_written_are_the_defaults() {
        let folder = Path::new("x");
        let written = Settings::parse(SETTINGS, folder, &Overrides::default()).unwrap();
        let default = Settings::parse("", folder, &Overrides::default()).unwrap();
        assert_eq!(written, default);
    }
}
