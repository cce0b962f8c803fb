//! The control plane's settings: `tessera.yaml`, the flags over it, and what follows from both.
//! Not policies, and no secrets: those are named by file or environment variable.
//!
//! [`written`] is the file as written; [`Settings`] is checked and has absolute meaning: relative
//! paths have become paths below the file's folder, words have become values, and contradictions
//! have been refused.

mod written;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tessera_engine::policy::PolicySettings;
use thiserror::Error;

/// The settings file, if none is named.
pub(crate) const FILE_NAME: &str = "tessera.yaml";

/// The data directory, if none is named.
pub(crate) const DATA_DIR: &str = "data";

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where filters connect.
    pub(crate) listen: SocketAddr,
    /// Where the ledger, the bundle numbers and the last good policies are kept.
    pub(crate) data_dir: PathBuf,
    /// The private key bundles are signed with, PKCS#8 PEM.
    pub(crate) signing_key: PathBuf,
    /// Which policies are served and what surrounds them.
    pub(crate) policies: Policies,
    /// TLS, if the listener has it.
    pub(crate) tls: Option<Tls>,
    /// Where bearer tokens come from, if they are asked for.
    pub(crate) tokens: Option<TokenSource>,
}

/// What is compiled into the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policies {
    /// The folder of policy files.
    pub(crate) dir: PathBuf,
    /// What holds for all policies.
    pub(crate) settings: PolicySettings,
    /// What is done with definitions of tools that are seen for the first time.
    pub(crate) first_sight: FirstSight,
}

/// What is done with the definition of a tool that a filter has seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FirstSight {
    /// It is in the ledger, and each proxy holds the tool to what it saw first by itself.
    #[default]
    Record,
    /// It is pinned: all proxies hold the tool to what the first of them saw.
    Pin,
}

/// The files of TLS, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    /// Certificate chain.
    pub(crate) cert: PathBuf,
    /// Private key.
    pub(crate) key: PathBuf,
    /// Authorities of client certificates; with it, every client must show one.
    pub(crate) client_ca: Option<PathBuf>,
}

/// Where bearer tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenSource {
    /// A file with one token per line.
    File(PathBuf),
    /// An environment variable with one token.
    Environment(String),
}

/// Flags that win over the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// Instead of `listen`.
    pub(crate) listen: Option<SocketAddr>,
    /// Instead of `data_dir`.
    pub(crate) data_dir: Option<PathBuf>,
    /// Instead of `policies.dir`.
    pub(crate) policy_dir: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings file and lays the flags over it.
    ///
    /// # Errors
    /// The file is missing or not what it should be; see [`SettingsError`].
    pub(crate) fn read(path: &Path, overrides: &Overrides) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder, overrides)
    }

    /// Checks the text of a settings file that lies in `folder`.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub(crate) fn parse(
        text: &str,
        folder: &Path,
        overrides: &Overrides,
    ) -> Result<Self, SettingsError> {
        let written = written::parse(text)?;
        let insecure = written.insecure_listen;
        let settings = written.resolve(folder, overrides)?;
        settings.check_exposure(insecure)?;
        Ok(settings)
    }

    /// Beyond this machine, bundles and records travel encrypted and between known parties, unless
    /// the settings say otherwise by name.
    fn check_exposure(&self, insecure: bool) -> Result<(), SettingsError> {
        if self.listen.ip().is_loopback() || insecure {
            return Ok(());
        }
        let listen = self.listen;
        let Some(tls) = &self.tls else {
            return Err(SettingsError::Cleartext { listen });
        };
        if self.tokens.is_none() && tls.client_ca.is_none() {
            return Err(SettingsError::Anonymous { listen });
        }
        Ok(())
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not YAML, or a key or value is of the wrong kind.
    #[error("settings: {reason}")]
    Malformed {
        /// Where and why.
        reason: String,
    },
    /// A key that does not exist.
    #[error("settings: {reason}; did you mean `{nearest}`?")]
    UnknownKey {
        /// Where, and what exists.
        reason: String,
        /// The existing key most like it.
        nearest: String,
    },
    /// A word that is not one of a closed set.
    #[error("settings: `{key}` is `{got}`, expected one of {expected}")]
    Word {
        /// The key.
        key: &'static str,
        /// Its value.
        got: String,
        /// The words there are.
        expected: String,
    },
    /// `listen` is not an address and port.
    #[error(
        "settings: `listen` is `{got}`, expected an IP address and port such as `127.0.0.1:7443`"
    )]
    Listen {
        /// Its value.
        got: String,
    },
    /// Two keys contradict each other.
    #[error("settings: `{one}` and `{other}` cannot both be set")]
    Contradiction {
        /// One key.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// Cleartext beyond this machine.
    #[error(
        "`listen` {listen} is reachable from other machines without encryption: set `tls`, listen \
         on a loopback address, or say `insecure_listen: true`"
    )]
    Cleartext {
        /// The address.
        listen: SocketAddr,
    },
    /// Anybody may connect from another machine.
    #[error(
        "`listen` {listen} is reachable from other machines by anybody: set `auth`, \
         `tls.client_ca`, or say `insecure_listen: true`"
    )]
    Anonymous {
        /// The address.
        listen: SocketAddr,
    },
}
