//! The ledger: every audit record, committed before it is acknowledged, chained per scope.
//! Not the records themselves: the engine's `audit` module writes those.
//!
//! One thread owns the database and commits what arrived in batches ([`writer`]). Each record's
//! link to its VM's last record is checked ([`append`]); a record that does not follow is stored
//! all the same, with a record of the control plane's own beside it that says expected and found
//! ([`own`]); what cannot be read at all is kept in such a record too. [`verify`] re-derives everything from the bytes and shares no code with the writer.

mod append;
mod incoming;
mod own;
mod read;
mod schema;
pub(crate) mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::thread;

use tessera_engine::json::Object;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

pub(crate) use incoming::{Incoming, Unreadable, incoming};
pub(crate) use own::OWN_VM_PREFIX;
pub(crate) use read::{Entry, Filter, Reader};

use writer::{Command, Writer};

/// The file's name inside the data directory.
pub(crate) const FILE_NAME: &str = "ledger.db";

/// Submissions that may wait for the writer. More: senders wait in turn.
const QUEUE: usize = 256;

/// The way into the ledger. Clones lead to the same one.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    commands: mpsc::Sender<Command>,
}

impl Ledger {
    /// Opens the ledger, or creates it, and starts its thread, which ends when every clone of the
    /// ledger is gone and everything accepted is committed.
    ///
    /// # Errors
    /// The file cannot be opened, is not a ledger, or was written by a newer version.
    pub(crate) fn open(path: &Path) -> Result<(Self, thread::JoinHandle<()>), LedgerError> {
        let writer = Writer::new(schema::open(path)?)?;
        let (commands, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| LedgerError::Unavailable {
                reason: error.to_string(),
            })?;
        Ok((Self { commands }, thread))
    }

    /// Stores a submission of one VM and returns when it is committed. What is stored already is
    /// left alone. Gives the sequence number up to which the VM may forget, 0 for an empty one.
    ///
    /// # Errors
    /// Nothing of it was stored: the disk is full, the database is locked.
    pub(crate) async fn append(&self, submission: Vec<Incoming>) -> Result<i64, LedgerError> {
        self.send(|reply| Command::Append { submission, reply })
            .await
    }

    /// Stores a record of the control plane itself, in its own scope.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub(crate) async fn note(
        &self,
        kind: &'static str,
        members: Object,
    ) -> Result<(), LedgerError> {
        self.send(|reply| Command::Note {
            kind,
            members,
            reply,
        })
        .await
        .map(|_| ())
    }

    /// Lets the database have so many pages, or those it has: a disk that is full, or is not any
    /// more.
    #[cfg(test)]
    pub(crate) async fn limit_pages(&self, pages: u32) {
        let limited = self.send(|reply| Command::Pages { pages, reply }).await;
        limited.unwrap();
    }

    async fn send(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<i64, LedgerError>>) -> Command,
    ) -> Result<i64, LedgerError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

/// Why the ledger could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum LedgerError {
    /// The file cannot be opened or read.
    #[error("cannot open the ledger `{}`: {reason}", path.display())]
    Open {
        /// Where it was looked for.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The file's format is not the one this version writes.
    #[error("the ledger `{}` has format {found}, this version knows {known}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format number.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Nothing was written; trying again later may help.
    #[error("the ledger cannot be written: {reason}")]
    Unavailable {
        /// What SQLite says.
        reason: String,
    },
    /// The control plane is stopping.
    #[error("the ledger is closed")]
    Closed,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable {
            reason: error.to_string(),
        }
    }
}
