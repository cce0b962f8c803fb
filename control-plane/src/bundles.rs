//! From a folder of policy files to signed, numbered bundles. Not to the filters: that is `serve`.
//!
//! [`source`] reads files and compiles them; [`store`] keeps the last number and the last good
//! files; [`Publisher`] decides what is in force; [`watch`] calls it when something changed.
//!
//! What is in force never gets worse by accident: a file that is bad keeps its last good version,
//! a set that does not compile changes nothing, a folder that cannot be read changes nothing. Only
//! a file that is really gone takes its policy with it.

mod publisher;
mod sightings;
mod source;
mod store;
mod watch;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tessera_engine::audit::BundleRef;
use tessera_engine::policy::SignedBundle;
use thiserror::Error;

use crate::policy_dir::PolicyDirError;

pub(crate) use publisher::{Publisher, Standing};
pub(crate) use sightings::Sighting;
pub(crate) use store::Store;
pub(crate) use watch::{Raiser, Watcher, watch};

/// A bundle in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    /// Its version and digest.
    pub(crate) bundle: BundleRef,
    /// What filters get.
    pub(crate) signed: SignedBundle,
    /// How many policies it holds.
    pub(crate) policies: usize,
}

/// What is in force and what is wrong, at one time.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The bundle in force; `None` only before the first one.
    pub(crate) published: Option<Arc<Published>>,
    /// What keeps the files from being in force as they are.
    pub(crate) problems: Vec<Problem>,
}

/// Something wrong with one file, or with all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// The file's name; `None` if it takes several.
    pub(crate) file: Option<String>,
    /// What is wrong, line by line.
    pub(crate) message: String,
    /// Whether an older version of the file, or of all of them, is in force instead.
    pub(crate) older_in_force: bool,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why there is nothing to serve.
#[derive(Debug, Error)]
pub(crate) enum BundlesError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] PolicyDirError),
    /// Files are bad and have no last good version.
    #[error("the policies cannot be served\n{}", messages(.0))]
    Policies(Vec<Problem>),
    /// The numbers and last good files cannot be kept.
    #[error("cannot keep bundle versions in `{}`: {reason}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
}

fn messages(problems: &[Problem]) -> String {
    let messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    messages.join("\n")
}
