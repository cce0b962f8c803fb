//! What must survive a restart: the last bundle's number and digest, and the last good files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tessera_engine::audit::BundleRef;
use tessera_engine::digest::Digest;
use tessera_engine::policy::Pin;

use super::BundlesError;
use super::sightings::{FirstSeen, Sighting};
use super::source::Files;

/// The file's name inside the data directory.
const FILE_NAME: &str = "bundles.db";

/// How long a lock of someone else is waited for.
const BUSY: Duration = Duration::from_secs(2);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS versions (
    version INTEGER PRIMARY KEY, digest BLOB NOT NULL, noted INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS raises (
    version INTEGER PRIMARY KEY, old INTEGER NOT NULL, reported INTEGER NOT NULL, vm TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS first_seen (
    upstream TEXT NOT NULL, tool TEXT NOT NULL, digest BLOB NOT NULL, shape BLOB,
    PRIMARY KEY (upstream, tool)
) STRICT;
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
";

/// A version that was raised because a filter ran a newer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raise {
    /// The version before.
    pub(crate) old: u64,
    /// The version the filter said it runs.
    pub(crate) reported: u64,
    /// The filter's VM.
    pub(crate) vm: String,
}

/// A bundle the ledger does not know of yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unnoted {
    /// Its version and digest.
    pub(crate) bundle: BundleRef,
    /// Why its version is not one more than that of the bundle before.
    pub(crate) raise: Option<Raise>,
}

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
    pub(super) fn unnoted(&self) -> Result<Option<Unnoted>, BundlesError> {
        let query = "SELECT version, digest FROM versions WHERE noted = 0 ORDER BY version LIMIT 1";
        let Some(bundle) = self.bundle(query)? else {
            return Ok(None);
        };
        let query = "SELECT old, reported, vm FROM raises WHERE version = ?";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Raise {
                old: from_sql(row.get(0)?),
                reported: from_sql(row.get(1)?),
                vm: row.get(2)?,
            })
        };
        let raise = self
            .connection
            .query_row(query, [to_sql(bundle.version)], read)
            .optional()
            .map_err(|error| self.error(&error))?;
        Ok(Some(Unnoted { bundle, raise }))
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

    /// Keeps a bundle whose version was raised, in one step with the reason.
    pub(super) fn keep_raised(
        &mut self,
        bundle: BundleRef,
        raise: &Raise,
    ) -> Result<(), BundlesError> {
        let kept = Self::write_raised(&mut self.connection, bundle, raise);
        kept.map_err(|error| self.error(&error))
    }

    /// What has been pinned on first sight.
    pub(super) fn first_seen(&self) -> Result<FirstSeen, BundlesError> {
        self.read_first_seen().map_err(|error| self.error(&error))
    }

    /// Pins on first sight, all in one step. What is pinned already stays.
    pub(super) fn keep_first_seen(&mut self, sightings: &[Sighting]) -> Result<(), BundlesError> {
        let kept = Self::write_first_seen(&mut self.connection, sightings);
        kept.map_err(|error| self.error(&error))
    }

    fn write_first_seen(
        connection: &mut Connection,
        sightings: &[Sighting],
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for Sighting {
            upstream,
            tool,
            pin,
        } in sightings
        {
            transaction.execute(
                "INSERT OR IGNORE INTO first_seen (upstream, tool, digest, shape)
                 VALUES (?, ?, ?, ?)",
                params![upstream, tool, pin.digest.0, pin.shape.map(|shape| shape.0)],
            )?;
        }
        transaction.commit()
    }

    fn read_first_seen(&self) -> rusqlite::Result<FirstSeen> {
        let query = "SELECT upstream, tool, digest, shape FROM first_seen";
        let mut statement = self.connection.prepare(query)?;
        let mut rows = statement.query([])?;
        let mut seen = FirstSeen::new();
        while let Some(row) = rows.next()? {
            let pin = Pin {
                digest: Digest(row.get(2)?),
                shape: row.get::<_, Option<[u8; 32]>>(3)?.map(Digest),
            };
            let tools = seen.entry(row.get(0)?).or_default();
            tools.insert(row.get(1)?, pin);
        }
        Ok(seen)
    }

    fn write_raised(
        connection: &mut Connection,
        bundle: BundleRef,
        raise: &Raise,
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO versions (version, digest, noted) VALUES (?, ?, 0)",
            params![to_sql(bundle.version), bundle.digest.0],
        )?;
        transaction.execute(
            "INSERT INTO raises (version, old, reported, vm) VALUES (?, ?, ?, ?)",
            params![
                to_sql(bundle.version),
                to_sql(raise.old),
                to_sql(raise.reported),
                raise.vm
            ],
        )?;
        transaction.commit()
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
            Ok(BundleRef {
                version: from_sql(row.get(0)?),
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

fn from_sql(version: i64) -> u64 {
    u64::try_from(version).unwrap_or_default()
}
