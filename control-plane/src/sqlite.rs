//! How a file that must not lose a commit is opened: the same for the ledger and the states. What is
//! in it is their business.

use std::time::Duration;

use rusqlite::{Connection, Transaction};

/// How long a lock that someone else holds is waited for before "unavailable" is said.
pub(crate) const BUSY: Duration = Duration::from_secs(2);

/// Makes the tables if there are none. Gives the transaction, still open, and the format of what is
/// there (SQLite's `user_version`).
pub(crate) fn prepare<'c>(
    connection: &'c mut Connection,
    tables: &str,
) -> rusqlite::Result<(Transaction<'c>, i64)> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit is on the disk before a filter goes on because of it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction()?;
    let is_new: bool =
        transaction.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })?;
    if is_new {
        transaction.execute_batch(tables)?;
    }
    let format = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((transaction, format))
}
