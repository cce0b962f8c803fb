//! Where the trust document of a command comes from.

use std::path::{Path, PathBuf};

use clap::Args;
use tessera_engine::policy::trust::Trust;

use super::{Failure, Output};
use crate::cli::policy::unusable;
use crate::policy_dir::{self, Approved, PolicyDir, TRUST};

/// Where the trust document is.
#[derive(Debug, Args)]
pub(super) struct Registry {
    /// The trust document, or the directory of policy files with a `_trust.yaml` in it.
    #[arg(long, value_name = "FILE|DIR", default_value = "policies")]
    pub(super) registry: PathBuf,
}

impl Registry {
    /// Everything there is: the document, and beside it what a directory holds.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub(super) fn read(&self) -> Result<PolicyDir, Failure> {
        if self.registry.is_dir() {
            return policy_dir::load(&self.registry).map_err(Failure::usage);
        }
        Ok(policy_dir::load_trust(&self.registry))
    }

    /// The document, ready to judge, and the tools of the pins beside it.
    ///
    /// # Errors
    /// There is none, or something is wrong with it.
    pub(super) fn compile(&self, output: &Output) -> Result<(Trust, Vec<Approved>), Failure> {
        let dir = self.read()?;
        if dir.has_errors() {
            return Err(unusable(&dir.problems, output));
        }
        let document = dir.trust.ok_or_else(|| missing(&self.registry))?;
        Ok((document.compile(), dir.approved))
    }
}

/// There is no trust document.
pub(super) fn missing(registry: &Path) -> Failure {
    let [yaml, _] = TRUST;
    let error = anyhow::anyhow!("there is no `{yaml}` in `{}`", registry.display());
    Failure::usage(error).help("name the document, or its directory, with --registry")
}
