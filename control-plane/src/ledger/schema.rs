//! The ledger's tables and how its file is opened.
//!
//! `records` holds each record's exact bytes; every other column repeats one of their members for
//! searching, and [`super::verify`] compares them. The three small tables are the heads: without
//! them a cut-off end would look like an end.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::LedgerError;
use crate::sqlite;

/// Format of the file, in SQLite's `user_version`.
const FORMAT: i64 = 1;

const TABLES: &str = "
CREATE TABLE records (
    position  INTEGER PRIMARY KEY,   -- order of arrival, from 1 without gaps
    scope     TEXT    NOT NULL,
    scope_seq INTEGER NOT NULL,      -- order within the scope, from 1 without gaps
    id        TEXT    NOT NULL,
    vm        TEXT    NOT NULL,
    seq       INTEGER NOT NULL,      -- order within the VM, as the record claims
    kind      TEXT    NOT NULL,
    time      TEXT    NOT NULL,
    action    TEXT,
    tool      TEXT,
    hash      BLOB    NOT NULL,      -- SHA-256 of bytes
    chain     BLOB    NOT NULL,      -- SHA-256 of the scope's chain before and hash
    bytes     BLOB    NOT NULL,
    UNIQUE (scope, scope_seq),
    UNIQUE (vm, seq, hash)
) STRICT;
CREATE TABLE scopes (
    scope TEXT PRIMARY KEY, records INTEGER NOT NULL, chain BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE vms (
    vm TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE total (
    one INTEGER PRIMARY KEY CHECK (one = 1), records INTEGER NOT NULL
) STRICT;
INSERT INTO total VALUES (1, 0);
PRAGMA user_version = 1;
";

/// What was handed over as a record and is none: its evidence is in `records`, this only tells a
/// retry from news. Made on opening, so that a ledger from before there was such a table has it too.
const UNREADABLE: &str = "
CREATE TABLE IF NOT EXISTS unreadable (
    vm TEXT NOT NULL, hash BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (vm, hash)
) STRICT, WITHOUT ROWID;
";

/// Opens the ledger for writing; creates it if the file is missing or empty.
pub(super) fn open(path: &Path) -> Result<Connection, LedgerError> {
    let unopened = |error: rusqlite::Error| LedgerError::Open {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut connection = Connection::open(path).map_err(unopened)?;
    prepare(&mut connection).map_err(unopened)?;
    check_format(&connection, path)?;
    Ok(connection)
}

/// Opens an existing ledger for reading.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, LedgerError> {
    let unopened = |error: rusqlite::Error| LedgerError::Open {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unopened)?;
    connection.busy_timeout(sqlite::BUSY).map_err(unopened)?;
    check_format(&connection, path)?;
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    let (transaction, format) = sqlite::prepare(connection, TABLES)?;
    if format == FORMAT {
        transaction.execute_batch(UNREADABLE)?;
    }
    transaction.commit()
}

fn check_format(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let found: i64 = version.map_err(|error| LedgerError::Open {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    if found == FORMAT {
        return Ok(());
    }
    Err(LedgerError::Format {
        path: path.to_owned(),
        found,
        known: FORMAT,
    })
}
