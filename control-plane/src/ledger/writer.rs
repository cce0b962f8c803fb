//! The thread that owns the database: takes what waits, commits it in one transaction, answers.

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tessera_engine::json::Object;
use tokio::sync::{mpsc, oneshot};

use super::LedgerError;
use super::append::{append_own, submit};
use super::incoming::Incoming;
use super::own::{OWN_SCOPE, Own};
use crate::clock::now;

/// Commands of one transaction, so that many filters share one wait for the disk.
const BATCH: usize = 128;

/// Told after the commit: up to which sequence number the VM may forget; 0 for a note.
type Reply = oneshot::Sender<Result<i64, LedgerError>>;

/// What the thread can be asked.
#[derive(Debug)]
pub(super) enum Command {
    /// Store records of a filter.
    Append {
        /// In the order of their sequence numbers.
        submission: Vec<Incoming>,
        /// Told after the commit.
        reply: Reply,
    },
    /// Store a record of the control plane.
    Note {
        /// Its kind.
        kind: &'static str,
        /// What it says besides kind, id, time and scope.
        members: Object,
        /// Told after the commit.
        reply: Reply,
    },
    /// Limit the database to so many pages, as a disk that is full.
    #[cfg(test)]
    Pages {
        /// How many.
        pages: u32,
        /// Told at once.
        reply: Reply,
    },
}

/// The database and the control plane's own chain.
pub(super) struct Writer {
    connection: Connection,
    own: Own,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Result<Self, LedgerError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| LedgerError::Unavailable {
            reason: error.to_string(),
        })?;
        let own = Own::new(u64::from_be_bytes(nonce));
        Ok(Self { connection, own })
    }

    /// Works until nobody can send any more.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        while let Some(first) = queue.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH {
                let Ok(next) = queue.try_recv() else { break };
                batch.push(next);
            }
            self.settle(batch);
        }
    }

    /// Commits a batch and answers every command. If it fails, each command is tried alone, so
    /// that one cannot spoil the others; not behind a lock, which would be waited for every time.
    fn settle(&mut self, batch: Vec<Command>) {
        let results = match self.commit(&batch) {
            Ok(acknowledged) => acknowledged.into_iter().map(Ok).collect(),
            Err(error) if batch.len() > 1 && !is_locked(&error) => batch
                .iter()
                .map(|command| self.commit_alone(command))
                .collect(),
            Err(error) => vec![Err(error.into()); batch.len()],
        };
        let results: Vec<Result<i64, LedgerError>> = results;
        for (command, result) in batch.into_iter().zip(results) {
            // Nobody listens any more: what is committed stays, and a retry finds it stored.
            match command {
                Command::Append { reply, .. } | Command::Note { reply, .. } => {
                    let _ = reply.send(result);
                }
                #[cfg(test)]
                Command::Pages { reply, .. } => {
                    let _ = reply.send(result);
                }
            }
        }
    }

    fn commit_alone(&mut self, command: &Command) -> Result<i64, LedgerError> {
        let acknowledged = self.commit(std::slice::from_ref(command))?;
        Ok(acknowledged.first().copied().unwrap_or_default())
    }

    /// Everything or nothing; per command, up to which sequence number the VM may forget.
    fn commit(&mut self, batch: &[Command]) -> rusqlite::Result<Vec<i64>> {
        let before = self.own.clone();
        let result = self.write(batch);
        if result.is_err() {
            self.own = before;
        }
        result
    }

    fn write(&mut self, batch: &[Command]) -> rusqlite::Result<Vec<i64>> {
        let now = now();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut acknowledged = Vec::with_capacity(batch.len());
        for command in batch {
            let up_to = match command {
                Command::Append { submission, .. } => {
                    submit(&transaction, &mut self.own, now, submission)?
                }
                Command::Note { kind, members, .. } => {
                    let record = self.own.record(now, OWN_SCOPE, kind, members.clone());
                    append_own(&transaction, &record)?;
                    0
                }
                #[cfg(test)]
                Command::Pages { pages, .. } => {
                    let set = format!("PRAGMA max_page_count = {pages}");
                    transaction.query_row(&set, [], |row| row.get(0))?
                }
            };
            acknowledged.push(up_to);
        }
        transaction.commit()?;
        Ok(acknowledged)
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
