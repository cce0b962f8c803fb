//! What must survive a restart: the last bundle's number and digest, and the last good files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tessera_engine::audit::BundleRef;
use tessera_engine::digest::Digest;

use super::BundlesError;
use super::source::Files;

/// The file's name inside the data directory.
const FILE_NAME: &str = "bundles.db";

/// How long a lock of someone else is waited for.
const BUSY: Duration = Duration::from_secs(2);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS versions (
    version INTEGER PRIMARY KEY, digest BLOB NOT NULL, noted INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
";

/// The store of the publisher.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the store in a data directory, or creates it.
    ///
    /// # Errors
    /// The file cannot be opened or is no store.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, BundlesError> {
        let path = data_dir.join(FILE_NAME);
        let opened = Connection::open(&path).and_then(|connection| {
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        });
        match opened {
            Ok(connection) => Ok(Self { path, connection }),
            Err(error) => Err(BundlesError::Store {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// The last bundle there was.
    pub(super) fn last(&self) -> Result<Option<BundleRef>, BundlesError> {
        self.bundle("SELECT version, digest FROM versions ORDER BY version DESC LIMIT 1")
    }

    /// The oldest bundle the ledger has not noted.
    pub(super) fn unnoted(&self) -> Result<Option<BundleRef>, BundlesError> {
        self.bundle("SELECT version, digest FROM versions WHERE noted = 0 ORDER BY version LIMIT 1")
    }

    /// The ledger has noted that version.
    pub(super) fn noted(&self, version: u64) -> Result<(), BundlesError> {
        let update = "UPDATE versions SET noted = 1 WHERE version = ?";
        let updated = self.connection.execute(update, [to_sql(version)]);
        updated.map(|_| ()).map_err(|error| self.error(&error))
    }

    /// The files that were last in force.
    pub(super) fn files(&self) -> Result<Files, BundlesError> {
        self.read_files().map_err(|error| self.error(&error))
    }

    /// Keeps the files in force and, unless it is the last bundle again, the bundle made of them,
    /// in one step.
    pub(super) fn keep(&mut self, bundle: BundleRef, files: &Files) -> Result<(), BundlesError> {
        let kept = Self::write(&mut self.connection, bundle, files);
        kept.map_err(|error| self.error(&error))
    }

    fn write(
        connection: &mut Connection,
        bundle: BundleRef,
        files: &Files,
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT OR IGNORE INTO versions (version, digest, noted) VALUES (?, ?, 0)",
            params![to_sql(bundle.version), bundle.digest.0],
        )?;
        transaction.execute("DELETE FROM files", [])?;
        for (name, bytes) in files {
            let insert = "INSERT INTO files (name, bytes) VALUES (?, ?)";
            transaction.execute(insert, params![name, bytes])?;
        }
        transaction.commit()
    }

    fn read_files(&self) -> rusqlite::Result<Files> {
        let mut statement = self.connection.prepare("SELECT name, bytes FROM files")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    fn bundle(&self, query: &str) -> Result<Option<BundleRef>, BundlesError> {
        let read = |row: &rusqlite::Row<'_>| {
            let version: i64 = row.get(0)?;
            Ok(BundleRef {
                version: u64::try_from(version).unwrap_or_default(),
                digest: Digest(row.get(1)?),
            })
        };
        let found = self.connection.query_row(query, [], read).optional();
        found.map_err(|error| self.error(&error))
    }

    fn error(&self, error: &rusqlite::Error) -> BundlesError {
        BundlesError::Store {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

/// SQLite's integers are signed; versions count from 1 and never get there.
fn to_sql(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
