//! The settings file as written. Each field is one key; its comment is the key's documentation.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tessera_engine::policy::{Action, IntentSettings, Mode, PolicySettings};

use super::{DATA_DIR, FirstSight, Overrides, Policies, Settings, SettingsError, Tls, TokenSource};

/// `tessera.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    /// Address and port filters connect to. Default `127.0.0.1:7443`.
    listen: String,
    /// Allows `listen` on an address other machines reach without `tls`, or without `auth` and
    /// `tls.client_ca`. Default false.
    pub(super) insecure_listen: bool,
    /// Folder of the ledger, the bundle numbers and the last good policies. Default `data`.
    data_dir: PathBuf,
    /// Private key bundles are signed with: Ed25519, PKCS#8 PEM. Default `keys/bundle-signing.pem`.
    signing_key: PathBuf,
    /// Which policies are served and what surrounds them.
    policies: WrittenPolicies,
    /// What is done with definitions of tools.
    tools: WrittenTools,
    /// TLS of the listener. Default: none.
    tls: Option<WrittenTls>,
    /// Bearer tokens of filters. Default: none are asked for.
    auth: Option<WrittenAuth>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenPolicies {
    /// Folder of policy files. Default `policies`.
    dir: PathBuf,
    /// `enforcement`, `log_only` or `observation`. Default `enforcement`.
    mode: String,
    /// What happens to a call no policy matches: `allow` or `block`. Default `block`.
    default_action: String,
    /// Refuses every call. Default false.
    lockdown: bool,
    /// The intent a call may carry.
    intent: WrittenIntent,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenIntent {
    /// The member of `_meta` that holds it. Default `tessera_intent`.
    meta_key: String,
    /// Refuses calls without one. Default false.
    required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenTools {
    /// A definition seen for the first time: `record` or `pin`. Default `record`.
    first_sight: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTls {
    /// Certificate chain, PEM.
    cert: PathBuf,
    /// Private key, PEM.
    key: PathBuf,
    /// Authorities of client certificates, PEM: with it every filter must show a certificate.
    client_ca: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenAuth {
    /// File with one token per line; empty lines and lines that begin with `#` do not count.
    tokens_file: Option<PathBuf>,
    /// Name of an environment variable that holds one token.
    token_env: Option<String>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7443".to_owned(),
            insecure_listen: false,
            data_dir: DATA_DIR.into(),
            signing_key: "keys/bundle-signing.pem".into(),
            policies: WrittenPolicies::default(),
            tools: WrittenTools::default(),
            tls: None,
            auth: None,
        }
    }
}

impl Default for WrittenPolicies {
    fn default() -> Self {
        Self {
            dir: "policies".into(),
            mode: Mode::Enforcement.as_str().to_owned(),
            default_action: Action::Block.as_str().to_owned(),
            lockdown: false,
            intent: WrittenIntent::default(),
        }
    }
}

impl Default for WrittenTools {
    fn default() -> Self {
        Self {
            first_sight: "record".to_owned(),
        }
    }
}

impl Default for WrittenIntent {
    fn default() -> Self {
        Self {
            meta_key: "tessera_intent".to_owned(),
            required: false,
        }
    }
}

/// Reads the text of a settings file. An empty one is all defaults.
pub(super) fn parse(text: &str) -> Result<Written, SettingsError> {
    let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_empty) {
        return Ok(Written::default());
    }
    serde_saphyr::from_str(text).map_err(|error| malformed(&error.to_string()))
}

fn malformed(message: &str) -> SettingsError {
    // The lines after the first show the text.
    let first = message.lines().next().unwrap_or_default();
    let reason = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    match nearest_key(&reason) {
        Some(nearest) => SettingsError::UnknownKey { reason, nearest },
        None => SettingsError::Malformed { reason },
    }
}

/// The key most like the unknown one, from "unknown field `x`, expected one of a, b".
fn nearest_key(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("unknown field `")?;
    let (unknown, expected) = rest.split_once("`, expected ")?;
    let expected = expected.trim_start_matches("one of ");
    let mut known: Vec<&str> = expected
        .split(", ")
        .flat_map(|part| part.split(" or "))
        .map(|key| key.trim_matches('`'))
        .collect();
    known.sort_by_key(|key| strsim::damerau_levenshtein(key, unknown));
    known.first().map(|key| (*key).to_owned())
}

impl Written {
    /// Gives words and paths their meaning; relative paths are below `folder`, those of flags
    /// below the working directory.
    pub(super) fn resolve(
        self,
        folder: &Path,
        overrides: &Overrides,
    ) -> Result<Settings, SettingsError> {
        let Self {
            listen,
            insecure_listen: _,
            data_dir,
            signing_key,
            policies,
            tools,
            tls,
            auth,
        } = self;
        let chosen = |flag: &Option<PathBuf>, written: &Path| {
            flag.clone().unwrap_or_else(|| folder.join(written))
        };
        let written_listen = listen
            .parse::<SocketAddr>()
            .map_err(|_| SettingsError::Listen { got: listen })?;
        let mut policies = policies.resolve()?;
        policies.first_sight = tools.resolve()?;
        policies.dir = chosen(&overrides.policy_dir, &policies.dir);
        Ok(Settings {
            listen: overrides.listen.unwrap_or(written_listen),
            data_dir: chosen(&overrides.data_dir, &data_dir),
            signing_key: folder.join(signing_key),
            policies,
            tls: tls.map(|tls| tls.resolve(folder)),
            tokens: auth.map_or(Ok(None), |auth| auth.resolve(folder))?,
        })
    }
}

impl WrittenPolicies {
    fn resolve(self) -> Result<Policies, SettingsError> {
        let Self {
            dir,
            mode,
            default_action,
            lockdown,
            intent: WrittenIntent { meta_key, required },
        } = self;
        let word = |key, got, words: Vec<&str>| SettingsError::Word {
            key,
            got,
            expected: words.join(", "),
        };
        let mode = Mode::from_name(&mode).ok_or_else(|| {
            let words = Mode::ALL.map(Mode::as_str).to_vec();
            word("policies.mode", mode, words)
        })?;
        let defaults = [Action::Allow, Action::Block];
        let default_action = Action::from_name(&default_action)
            .filter(|action| defaults.contains(action))
            .ok_or_else(|| {
                let words = defaults.map(Action::as_str).to_vec();
                word("policies.default_action", default_action, words)
            })?;
        Ok(Policies {
            dir,
            settings: PolicySettings {
                mode,
                default_action,
                lockdown,
                intent: IntentSettings { meta_key, required },
            },
            first_sight: FirstSight::default(),
        })
    }
}

impl WrittenTools {
    fn resolve(self) -> Result<FirstSight, SettingsError> {
        match self.first_sight.as_str() {
            "record" => Ok(FirstSight::Record),
            "pin" => Ok(FirstSight::Pin),
            _ => Err(SettingsError::Word {
                key: "tools.first_sight",
                got: self.first_sight,
                expected: "record, pin".to_owned(),
            }),
        }
    }
}

impl WrittenTls {
    fn resolve(self, folder: &Path) -> Tls {
        let Self {
            cert,
            key,
            client_ca,
        } = self;
        Tls {
            cert: folder.join(cert),
            key: folder.join(key),
            client_ca: client_ca.map(|path| folder.join(path)),
        }
    }
}

impl WrittenAuth {
    fn resolve(self, folder: &Path) -> Result<Option<TokenSource>, SettingsError> {
        match (self.tokens_file, self.token_env) {
            (Some(_), Some(_)) => Err(SettingsError::Contradiction {
                one: "auth.tokens_file",
                other: "auth.token_env",
            }),
            (Some(file), None) => Ok(Some(TokenSource::File(folder.join(file)))),
            (None, Some(name)) => Ok(Some(TokenSource::Environment(name))),
            // An empty `auth:` reads as if tokens were asked for: refuse rather than guess.
            (None, None) => Err(SettingsError::Malformed {
                reason: "`auth` needs `tokens_file` or `token_env`".to_owned(),
            }),
        }
    }
}
