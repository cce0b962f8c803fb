//! Verifies a ledger from its bytes. Shares nothing with the writer but SQLite and SHA-256.
//!
//! One walk over all records in the order of arrival, in one snapshot, so it can run beside the
//! control plane. For each record: its hash, its columns, its place, its scope's chain and its
//! VM's chain. Then the heads. A record that does not follow its VM's last one must be followed by
//! the control plane's notice of it; then it is a *noted* break, otherwise a *failure*.
//!
//! What it cannot see: someone who rewrites records, columns, chains and heads alike. Only a head
//! kept elsewhere shows that.

mod finding;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use thiserror::Error;

pub(crate) use finding::{Finding, What};
use walk::Walk;

/// Findings kept per scope; the rest is only counted, so that a ruined ledger has a short report.
const FINDINGS_PER_SCOPE: usize = 100;

/// What was found in a ledger.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Per scope, sorted by name.
    pub(crate) scopes: BTreeMap<String, ScopeReport>,
    /// What belongs to no scope: the order of arrival, the total, the heads of VMs.
    pub(crate) ledger: Vec<Finding>,
}

/// What was found in one scope.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ScopeReport {
    /// Records there are.
    pub(crate) records: u64,
    /// End of the chain as computed, hexadecimal.
    pub(crate) chain: String,
    /// What the control plane noted when it happened: breaks, and bytes that were no record.
    pub(crate) noted: u64,
    /// Everything that does not fit.
    pub(crate) findings: Vec<Finding>,
    /// Further findings that were not kept.
    pub(crate) more: u64,
}

impl Report {
    /// Whether nothing was tampered with, as far as bytes can tell.
    pub(crate) fn holds(&self) -> bool {
        self.ledger.is_empty() && self.scopes.values().all(|scope| scope.findings.is_empty())
    }

    /// What the control plane noted, in all scopes.
    pub(crate) fn noted(&self) -> u64 {
        self.scopes.values().map(|scope| scope.noted).sum()
    }

    /// The same report with one scope only; `None` if the ledger never had it. What belongs to no
    /// scope stays.
    pub(crate) fn only(mut self, scope: &str) -> Option<Self> {
        let kept = self.scopes.remove_entry(scope)?;
        self.scopes = BTreeMap::from([kept]);
        Some(self)
    }

    fn scope(&mut self, scope: &str) -> &mut ScopeReport {
        self.scopes.entry(scope.to_owned()).or_default()
    }

    fn find(&mut self, finding: Finding) {
        let Some(scope) = &finding.scope else {
            self.ledger.push(finding);
            return;
        };
        let report = self.scopes.entry(scope.clone()).or_default();
        if report.findings.len() < FINDINGS_PER_SCOPE {
            report.findings.push(finding);
        } else {
            report.more = report.more.saturating_add(1);
        }
    }
}

/// Verifies the ledger at `path`.
///
/// # Errors
/// There is no file, or SQLite cannot read it as a ledger.
pub(crate) fn verify(path: &Path) -> Result<Report, VerifyError> {
    if !path.is_file() {
        return Err(VerifyError::Missing {
            path: path.display().to_string(),
        });
    }
    let unreadable = |error: rusqlite::Error| VerifyError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unreadable)?;
    Walk::default().run(&connection).map_err(unreadable)
}

/// Why a ledger could not be verified.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum VerifyError {
    /// No such file: a deleted ledger is not an empty one.
    #[error("there is no ledger at `{path}`")]
    Missing {
        /// Where it was looked for.
        path: String,
    },
    /// Not a database, or not one of ours.
    #[error("`{path}` cannot be read as a ledger: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What SQLite says.
        reason: String,
    },
}
