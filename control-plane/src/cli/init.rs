//! `tessera init`: a folder with settings, policies, keys and an Envoy configuration that runs as
//! it is.

use std::borrow::Cow;
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

/// Those that are not in force until somebody says so: they stop whole kinds of tools, need values
/// of the user's own, or ask for an approval on every write.
const AVAILABLE: [&str; 5] = [
    "cost-cap.yaml",
    "data-residency-eu.yaml",
    "read-only-mode.yaml",
    "salesforce-mcp-protection.yaml",
    "write-action-approval.yaml",
];

const SETTINGS: &str = include_str!("init/tessera.yaml");
const ENVOY: &str = include_str!("init/envoy.yaml");
const AVAILABLE_README: &str = include_str!("init/available.md");
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
    /// Replace files that are there, but never keys.
    #[arg(long)]
    force: bool,
}

/// Writes the folder.
///
/// # Errors
/// A file is there already, or cannot be written.
pub(super) fn run(arguments: InitArgs, output: &Output) -> Result<Exit, Failure> {
    let InitArgs { dir, force } = arguments;
    let mut files = policy_files();
    files.push(("tessera.yaml".into(), SETTINGS.as_bytes().into()));
    files.push((".gitignore".into(), GITIGNORE.as_bytes().into()));
    if !force {
        let envoy = PathBuf::from("envoy.yaml");
        let names = files.iter().map(|(name, _)| name).chain([&envoy]);
        refuse_overwriting(&dir, names)?;
    }
    make_dirs(&dir).map_err(|error| unwritten(&dir, &error))?;
    let is_there = |name: &&str| dir.join(name).exists();
    let kept: Vec<&str> = [SIGNING_KEY, TOKEN].into_iter().filter(is_there).collect();
    let signer = signing_key(&dir)?;
    let token = token(&dir)?;
    let envoy = ENVOY
        .replace("{KEY_ID}", signer.key_id())
        .replace("{PUBLIC_KEY}", &signer.public_key())
        .replace("{TOKEN_SHA256}", &Digest::of(token.as_bytes()).to_string());
    files.push(("envoy.yaml".into(), envoy.into_bytes().into()));
    for (name, bytes) in &files {
        write(&dir.join(name), bytes)?;
    }
    report(&dir, &signer, &kept, output);
    Ok(Exit::Done)
}

/// What lies under `policies/`: in force is what lies there itself, not what lies in `available/`.
fn policy_files() -> Vec<(PathBuf, Cow<'static, [u8]>)> {
    let mut files = vec![(
        PathBuf::from("policies/available/README.md"),
        AVAILABLE_README.as_bytes().into(),
    )];
    for file in POLICIES.files() {
        let name = file.path();
        let bytes = match file.contents_utf8() {
            Some(text) if name == Path::new("README.md") => with_links(text).into_bytes().into(),
            _ => file.contents().into(),
        };
        files.push((Path::new(folder(name)).join(name), bytes));
    }
    files
}

fn folder(name: &Path) -> &'static str {
    if is_available(name) {
        "policies/available"
    } else {
        "policies"
    }
}

fn is_available(name: &Path) -> bool {
    AVAILABLE
        .iter()
        .any(|available| name == Path::new(available))
}

/// The page about the policies, with links to where they lie here.
fn with_links(page: &str) -> String {
    AVAILABLE.iter().fold(page.to_owned(), |page, name| {
        page.replace(&format!("]({name})"), &format!("](available/{name})"))
    })
}

/// The ids of the shipped policies that are in force at once.
fn active() -> Vec<&'static str> {
    let names = POLICIES.files().map(include_dir::File::path);
    let ids = names.filter(|name| !is_available(name)).filter_map(|name| {
        let id = name.to_str()?.strip_suffix(".yaml")?;
        (!id.starts_with('_')).then_some(id)
    });
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids
}

fn report(dir: &Path, signer: &Signer, kept: &[&str], output: &Output) {
    // What somebody has switched on stays on.
    let is_on = |name: &str| dir.join("policies").join(name).exists();
    let (on, off): (Vec<&str>, Vec<&str>) = AVAILABLE.iter().partition(|name| is_on(name));
    let id = |name: &'static str| name.trim_end_matches(".yaml");
    let mut active = active();
    active.extend(on.into_iter().map(id));
    let available: Vec<&str> = off.into_iter().map(id).collect();
    if output.json() {
        output.value(&json!({
            "dir": dir,
            "key_id": signer.key_id(),
            "public_key": signer.public_key(),
            "token_file": dir.join(TOKEN),
            "policies": active,
            "available": available,
            "kept": kept,
        }));
        return;
    }
    let dir = dir.display();
    output.line(format!(
        "{} {dir}: tessera.yaml, envoy.yaml, policies/, keys/",
        output.paint(Tone::Good, "written")
    ));
    for name in kept {
        output.line(format!(
            "{} {dir}/{name}: it was there already, and who knows it relies on it",
            output.paint(Tone::Warning, "kept")
        ));
    }
    output.line(format!("bundles are signed with key {}", signer.key_id()));
    output.line(format!(
        "the first caller's bearer token is in {dir}/{TOKEN}"
    ));
    output.line(format!(
        "in force ({}): {}",
        active.len(),
        active.join(", ")
    ));
    output.line(format!(
        "not in force ({}): {}; copy a file from policies/available/ up to policies/ to switch it on",
        available.len(),
        available.join(", ")
    ));
    output.line("");
    output.line("Next:");
    output.line(format!("  tessera serve --config {dir}/tessera.yaml"));
    output.line(format!(
        "  envoy -c {dir}/envoy.yaml    # after its two `CHANGE` marks"
    ));
    output.line(format!("  tessera status --data-dir {dir}/data"));
    output.line(format!(
        "  tessera audit tail --follow --data-dir {dir}/data"
    ));
}

fn refuse_overwriting<'a>(
    dir: &Path,
    names: impl Iterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let there: Vec<String> = names
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
    fs::create_dir_all(dir.join("policies/available"))?;
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
    use tessera_engine::policy::Action;

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
        let publisher = Publisher::start(settings.policies.clone(), signer, store).unwrap();
        let published = publisher.state().published.clone().unwrap();
        assert_eq!(published.policies, active().len());
        assert_eq!(settings.policies.settings.default_action, Action::Allow);
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

    /// Written is what lets a fresh setup work; a file that says nothing is the stricter one.
    #[test]
    fn the_settings_written_are_the_defaults_but_for_the_default_action() {
        let folder = Path::new("x");
        let written = Settings::parse(SETTINGS, folder, &Overrides::default()).unwrap();
        let mut default = Settings::parse("", folder, &Overrides::default()).unwrap();
        assert_eq!(default.policies.settings.default_action, Action::Block);
        default.policies.settings.default_action = Action::Allow;
        assert_eq!(written, default);
    }

    #[test]
    fn every_shipped_policy_is_in_force_or_lies_in_available() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        let names = |folder: &str| {
            let entries = fs::read_dir(dir.path().join(folder)).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
            names.sort();
            names
        };
        let (active, available) = (names("policies"), names("policies/available"));
        assert_eq!(available, AVAILABLE);
        let shipped = POLICIES.files().map(include_dir::File::path);
        let shipped = shipped.filter(|name| name.extension().is_some_and(|end| end == "yaml"));
        assert_eq!(active.len() + available.len(), shipped.count());
        let page = fs::read_to_string(dir.path().join("policies/README.md")).unwrap();
        for name in &active {
            assert!(page.contains(&format!("]({name})")), "{name}");
        }
        for name in AVAILABLE {
            assert!(page.contains(&format!("](available/{name})")), "{name}");
            assert!(AVAILABLE_README.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn a_policy_somebody_switched_on_stays_on() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        let on = dir.path().join("policies/cost-cap.yaml");
        fs::write(&on, "mine").unwrap();
        init(dir.path(), true).unwrap();
        assert_eq!(fs::read_to_string(on).unwrap(), "mine");
    }

    #[test]
    fn the_envoy_configuration_holds_what_the_filter_needs() {
        let needed = [
            ("failure_policy: FAIL_RELOAD", 1),
            ("allow_on_headers_stop_iteration: true", 1),
            // Larger than the filter's own limit of a body.
            ("per_connection_buffer_limit_bytes: 8388608", 1),
            ("request_body_buffer_limit: 8388608", 1),
            ("connection_keepalive: {interval: 5s, timeout: 2s}", 1),
            ("http2_protocol_options:", 1),
            // Event streams have no end.
            ("timeout: 0s}", 1),
            ("stream_idle_timeout: 0s", 1),
            // The access log prints it.
            (r#""audit": {"mirror": true}"#, 1),
            ("CHANGE", 3),
        ];
        for (text, times) in needed {
            assert_eq!(ENVOY.matches(text).count(), times, "{text}");
        }
        let largest = u64::try_from(tessera_engine::limits::BODY_BYTES).unwrap();
        assert!(largest < 8_388_608);
        assert!(!ENVOY.contains("FAIL_OPEN"));
    }
}
