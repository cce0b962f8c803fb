//! The thread that owns the database: takes what waits, does it in one transaction, answers.

use tessera_engine::exchange::Remembered;
use tokio::sync::{mpsc, oneshot};

use super::StatesError;
use super::join::Change;
use super::store::{Done, Store, Work};
use crate::clock::now;

/// Commands of one transaction, so that many filters share one wait for the disk.
const BATCH: usize = 128;

/// What the thread can be asked.
#[derive(Debug)]
pub(super) enum Command {
    /// What is known of these conversations?
    Read {
        /// Their keys.
        keys: Vec<String>,
        /// Told after the commit: a state that is told is one that lasts.
        reply: oneshot::Sender<Result<Vec<Remembered>, StatesError>>,
    },
    /// Merge these.
    Merge {
        /// All or none.
        changes: Vec<Change>,
        /// Told after the commit.
        reply: oneshot::Sender<Result<(), StatesError>>,
    },
    /// Forget what nobody asks for.
    Sweep,
}

/// The database and what works on it.
pub(super) struct Worker {
    store: Store,
}

impl Worker {
    pub(super) const fn new(store: Store) -> Self {
        Self { store }
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

    fn settle(&mut self, batch: Vec<Command>) {
        let all: Vec<Work<'_>> = batch.iter().map(Command::work).collect();
        match self.store.work(now(), &all) {
            Ok(done) => {
                for (command, done) in batch.into_iter().zip(done) {
                    command.answer(done);
                }
            }
            Err(error) => {
                let error = StatesError::from(error);
                tracing::error!(%error, "nothing was kept");
                for command in batch {
                    command.fail(error.clone());
                }
            }
        }
    }
}

impl Command {
    fn work(&self) -> Work<'_> {
        match self {
            Self::Read { keys, .. } => Work::Read(keys),
            Self::Merge { changes, .. } => Work::Merge(changes),
            Self::Sweep => Work::Sweep,
        }
    }

    // Nobody listens any more: what is committed stays, and a retry merges it again.
    fn answer(self, done: Done) {
        match (self, done) {
            (Self::Read { reply, .. }, Done::Read(states)) => {
                let _ = reply.send(Ok(states));
            }
            (Self::Merge { reply, .. }, Done::Written) => {
                let _ = reply.send(Ok(()));
            }
            (Self::Merge { reply, .. }, Done::Full) => {
                let _ = reply.send(Err(StatesError::Full));
            }
            // A reply that is dropped says that the states are closed.
            _ => {}
        }
    }

    fn fail(self, error: StatesError) {
        match self {
            Self::Read { reply, .. } => {
                let _ = reply.send(Err(error));
            }
            Self::Merge { reply, .. } => {
                let _ = reply.send(Err(error));
            }
            Self::Sweep => {}
        }
    }
}
