//! The states of conversations that several proxies share: what was seen in them and how far they are
//! trusted. Not what a state says: the engine's `taint` module reads and merges it, keyed hashes only.
//!
//! One thread owns the database and commits what arrived in batches ([`worker`]), so that a filter
//! that was answered can rely on it after any crash. A state nobody asks for is forgotten, and that it
//! was forgotten is kept much longer ([`store`]): a conversation is only ever called new that is.

mod join;
mod schema;
mod store;
mod worker;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tessera_engine::exchange::Remembered;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{self, MissedTickBehavior};

pub(crate) use join::{Change, Unreadable};

use store::{Room, Store};
use worker::{Command, Worker};

/// The file's name inside the data directory.
pub(crate) const FILE_NAME: &str = "states.db";

/// Requests that may wait for the thread. More: senders wait in turn.
const QUEUE: usize = 256;

/// How often states nobody asks for are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// The way to the states. Clones lead to the same ones.
#[derive(Debug, Clone)]
pub(crate) struct States {
    commands: mpsc::Sender<Command>,
}

impl States {
    /// Opens the states, or creates them, and starts their thread, which ends when every clone is
    /// gone and everything accepted is committed.
    ///
    /// # Errors
    /// The file cannot be opened, holds something else, or was written by a newer version.
    pub(crate) fn open(path: &Path) -> Result<(Self, thread::JoinHandle<()>), StatesError> {
        let worker = Worker::new(Store::open(path, Room::default())?);
        let (commands, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("states".to_owned())
            .spawn(move || worker.run(queue))
            .map_err(|error| StatesError::Unavailable {
                reason: error.to_string(),
            })?;
        Ok((Self { commands }, thread))
    }

    /// Forgets what nobody asks for, from time to time, until every clone is gone.
    pub(crate) fn sweep(&self) -> impl Future<Output = ()> + Send + use<> {
        let commands = self.commands.downgrade();
        async move {
            let mut period = time::interval(SWEEP);
            period.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                period.tick().await;
                let Some(commands) = commands.upgrade() else {
                    return;
                };
                // A queue that is closed has nothing left to forget.
                let _ = commands.send(Command::Sweep).await;
            }
        }
    }

    /// What is known of conversations, in the order of their keys.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) async fn read(&self, keys: Vec<String>) -> Result<Vec<Remembered>, StatesError> {
        self.send(|reply| Command::Read { keys, reply }).await
    }

    /// Merges changes, all of them or none, and returns when they are committed.
    ///
    /// # Errors
    /// Nothing of it was stored: the disk is full, the database is locked, or there is no room for
    /// another conversation.
    pub(crate) async fn merge(&self, changes: Vec<Change>) -> Result<(), StatesError> {
        self.send(|reply| Command::Merge { changes, reply }).await
    }

    async fn send<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, StatesError>>) -> Command,
    ) -> Result<T, StatesError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| StatesError::Closed)?;
        answer.await.map_err(|_| StatesError::Closed)?
    }
}

/// Why the states could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum StatesError {
    /// The file cannot be opened or read.
    #[error("cannot open the states of conversations `{}`: {reason}", path.display())]
    Open {
        /// Where it was looked for.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The file's format is not the one this version writes.
    #[error("`{}` has format {found}, this version knows {known}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format number.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Nothing was written; trying again later may help.
    #[error("the states of conversations cannot be used: {reason}")]
    Unavailable {
        /// What SQLite says.
        reason: String,
    },
    /// There are as many conversations as can be remembered.
    #[error("there is no room for another conversation")]
    Full,
    /// The control plane is stopping.
    #[error("the states of conversations are closed")]
    Closed,
}

impl From<rusqlite::Error> for StatesError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable {
            reason: error.to_string(),
        }
    }
}
