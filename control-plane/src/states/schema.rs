//! The table of states and how its file is opened.

use std::path::Path;

use rusqlite::Connection;

use super::StatesError;
use crate::sqlite;

/// Format of the file, in SQLite's `user_version`.
const FORMAT: i64 = 1;

/// `totals` is kept by triggers, so that a new conversation costs no count of all of them.
const TABLES: &str = "
CREATE TABLE states (
    key   TEXT PRIMARY KEY,  -- 32 hexadecimal digits: a keyed hash
    state BLOB,              -- in the engine's form; NULL: forgotten
    until INTEGER NOT NULL   -- ms since 1970: when it is forgotten, or when that is forgotten too
) STRICT;
CREATE INDEX known_by_end ON states (until) WHERE state IS NOT NULL;
CREATE INDEX forgotten_by_end ON states (until) WHERE state IS NULL;
CREATE TABLE totals (
    one INTEGER PRIMARY KEY CHECK (one = 1), known INTEGER NOT NULL, forgotten INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (1, 0, 0);
CREATE TRIGGER added AFTER INSERT ON states BEGIN
    UPDATE totals SET known = known + (NEW.state IS NOT NULL),
                      forgotten = forgotten + (NEW.state IS NULL);
END;
CREATE TRIGGER changed AFTER UPDATE OF state ON states BEGIN
    UPDATE totals SET known = known + (NEW.state IS NOT NULL) - (OLD.state IS NOT NULL),
                      forgotten = forgotten + (NEW.state IS NULL) - (OLD.state IS NULL);
END;
CREATE TRIGGER removed AFTER DELETE ON states BEGIN
    UPDATE totals SET known = known - (OLD.state IS NOT NULL),
                      forgotten = forgotten - (OLD.state IS NULL);
END;
PRAGMA user_version = 1;
";

/// Opens the file; creates it if it is missing or empty.
pub(super) fn open(path: &Path) -> Result<Connection, StatesError> {
    let unopened = |error: rusqlite::Error| StatesError::Open {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut connection = Connection::open(path).map_err(unopened)?;
    let found = prepare(&mut connection).map_err(unopened)?;
    if found != FORMAT {
        return Err(StatesError::Format {
            path: path.to_owned(),
            found,
            known: FORMAT,
        });
    }
    Ok(connection)
}

/// Makes the tables if there are none; the format of those that are there.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let (transaction, format) = sqlite::prepare(connection, TABLES)?;
    transaction.commit()?;
    Ok(format)
}
