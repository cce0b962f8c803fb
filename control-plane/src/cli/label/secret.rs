//! Where master keys come from: a file or the environment, never the command line, which every
//! process of the machine can read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use tessera_engine::taint::keys::{KeyRing, MasterKey, PublicKey};

use super::Failure;

/// The variable that holds keys if no file is named.
const VARIABLE: &str = "TESSERA_TRUST_KEY";

/// The permission bits of those who are neither owner nor group.
const OTHERS: u32 = 0o007;

/// Where the master keys are.
#[derive(Debug, Args)]
pub(super) struct SecretArgs {
    /// File of master keys: one `ID:BASE64` per line, the first signs. Without it the variable
    /// `TESSERA_TRUST_KEY` holds the same.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl SecretArgs {
    /// The keys.
    ///
    /// # Errors
    /// There are none, or they are not what they must be.
    pub(super) fn ring(&self) -> Result<KeyRing, Failure> {
        self.ring_with(Vec::new())
    }

    /// The keys, and public ones of others.
    ///
    /// # Errors
    /// As [`SecretArgs::ring`].
    pub(super) fn ring_with(&self, public: Vec<PublicKey>) -> Result<KeyRing, Failure> {
        let text = self.text()?;
        let keys = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(key)
            .collect::<Result<Vec<_>, _>>()?;
        KeyRing::new(keys, public).map_err(|error| Failure::usage(error).help(HELP))
    }

    fn text(&self) -> Result<String, Failure> {
        let Some(path) = &self.key_file else {
            return std::env::var(VARIABLE)
                .map_err(|_| Failure::usage(anyhow::anyhow!("there is no key")).help(HELP));
        };
        let shown = path.display();
        let unreadable = |error| {
            let error = anyhow::Error::new(error).context(format!("`{shown}` cannot be read"));
            Failure::usage(error)
        };
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & OTHERS != 0 {
            tracing::warn!(path = %shown, "everybody on this machine can read the keys");
        }
        fs::read_to_string(path).map_err(unreadable)
    }
}

const HELP: &str = "`tessera label keygen` makes a key; name its file with --key-file, or put `ID:BASE64` into TESSERA_TRUST_KEY";

/// Reads one line. No message shows any of it but the id.
fn key(line: &str) -> Result<MasterKey, Failure> {
    let refused = |error: anyhow::Error| Failure::usage(error).help(HELP);
    let (id, secret) = line
        .split_once(':')
        .ok_or_else(|| refused(anyhow::anyhow!("a key is written `ID:BASE64`")))?;
    let secret = STANDARD
        .decode(secret)
        .map_err(|_| refused(anyhow::anyhow!("the secret of a key is not base64")))?;
    MasterKey::new(id, &secret).map_err(|error| refused(error.into()))
}
