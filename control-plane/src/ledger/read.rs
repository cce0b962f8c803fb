//! Reading the ledger for people: tail and export. It believes the columns; `verify` does not.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{LedgerError, schema};

/// Which records are wanted; `None` wants all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Only of this scope.
    pub(crate) scope: Option<String>,
    /// Only with this action.
    pub(crate) action: Option<String>,
    /// Only of this tool.
    pub(crate) tool: Option<String>,
}

/// One stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its place in the order of arrival.
    pub(crate) position: i64,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The filter of every query, as `?1` to `?3`.
const WANTED: &str = "(?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR action = ?2) \
                      AND (?3 IS NULL OR tool = ?3)";

/// A ledger open for reading, also while a control plane writes it.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens an existing ledger.
    ///
    /// # Errors
    /// There is none at `path`, or it is not a ledger.
    pub(crate) fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = schema::open_to_read(path)?;
        Ok(Self { connection })
    }

    /// The first `limit` records after `position`, in the order of arrival.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) fn after(
        &self,
        position: i64,
        filter: &Filter,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        let query = format!(
            "SELECT position, bytes FROM records WHERE position > ?4 AND {WANTED} \
             ORDER BY position LIMIT ?5"
        );
        self.entries(&query, filter, position, limit)
    }

    /// The last `limit` records, in the order of arrival.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) fn last(&self, filter: &Filter, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        let query = format!(
            "SELECT position, bytes FROM records WHERE position > ?4 AND {WANTED} \
             ORDER BY position DESC LIMIT ?5"
        );
        let mut entries = self.entries(&query, filter, 0, limit)?;
        entries.reverse();
        Ok(entries)
    }

    /// The position of the newest record; 0 in an empty ledger.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) fn newest(&self) -> Result<i64, LedgerError> {
        let query = "SELECT ifnull(max(position), 0) FROM records";
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    fn entries(
        &self,
        query: &str,
        filter: &Filter,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(query)?;
        let wanted = params![filter.scope, filter.action, filter.tool, after, limit];
        let rows = statement.query_map(wanted, |row| {
            Ok(Entry {
                position: row.get(0)?,
                bytes: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
