//! The thread that owns the database: takes what waits, commits it in one transaction, answers.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior};
use tessera_engine::json::Object;
use tessera_engine::time::UnixMillis;
use tokio::sync::{mpsc, oneshot};

use super::LedgerError;
use super::append::{append, append_own};
use super::incoming::Record;
use super::own::{OWN_SCOPE, Own};

/// Commands of one transaction, so that many filters share one wait for the disk.
const BATCH: usize = 128;

type Reply = oneshot::Sender<Result<(), LedgerError>>;

/// What the thread can be asked.
#[derive(Debug)]
pub(super) enum Command {
    /// Store records of a filter.
    Append {
        /// In the order of their sequence numbers.
        records: Vec<Record>,
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
    /// that one cannot spoil the others.
    fn settle(&mut self, batch: Vec<Command>) {
        let together = self.commit(&batch);
        let alone = batch.len() > 1 && together.is_err();
        for command in batch {
            let result = if alone {
                self.commit(std::slice::from_ref(&command))
            } else {
                together.clone()
            };
            let (Command::Append { reply, .. } | Command::Note { reply, .. }) = command;
            // Nobody listens any more: what is committed stays, and a retry finds it stored.
            let _ = reply.send(result);
        }
    }

    fn commit(&mut self, batch: &[Command]) -> Result<(), LedgerError> {
        let before = self.own.clone();
        let result = self.write(batch);
        if result.is_err() {
            self.own = before;
        }
        Ok(result?)
    }

    fn write(&mut self, batch: &[Command]) -> rusqlite::Result<()> {
        let now = now();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for command in batch {
            match command {
                Command::Append { records, .. } => {
                    for record in records {
                        append(&transaction, &mut self.own, now, record)?;
                    }
                }
                Command::Note { kind, members, .. } => {
                    let record = self.own.record(now, OWN_SCOPE, kind, members.clone());
                    append_own(&transaction, &record)?;
                }
            }
        }
        transaction.commit()
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    UnixMillis(i64::try_from(millis).unwrap_or(i64::MAX))
}
