//! The walk: every record once, in the order of arrival, then the heads.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Finding, Report, What};

type Hash = [u8; 32];

/// The hash before the first one.
const START: Hash = [0; 32];

/// One row as stored; nothing of it is believed.
struct Stored {
    position: i64,
    scope: String,
    scope_seq: i64,
    hash: Vec<u8>,
    chain: Vec<u8>,
    bytes: Vec<u8>,
    columns: [(&'static str, Option<String>); 8],
}

/// A record that did not follow, until the next row shows whether that was noted.
struct Unfollowed {
    scope: String,
    position: i64,
    id: String,
    hash: String,
    expected: String,
    found: String,
}

/// What the walk knows so far.
#[derive(Default)]
pub(super) struct Walk {
    report: Report,
    position: i64,
    scopes: BTreeMap<String, (i64, Hash)>,
    vms: BTreeMap<String, (i64, Hash)>,
    unfollowed: Option<Unfollowed>,
}

impl Walk {
    /// Walks over everything in one snapshot.
    pub(super) fn run(mut self, connection: &Connection) -> rusqlite::Result<Report> {
        let snapshot = connection.unchecked_transaction()?;
        let mut statement = snapshot.prepare(
            "SELECT position, scope, scope_seq, hash, chain, bytes, id, vm, \
             CAST(seq AS TEXT), kind, time, action, tool FROM records ORDER BY position",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.row(&stored(row)?);
        }
        self.settle_unfollowed(None);
        self.heads(&snapshot)?;
        for (scope, (_, chain)) in &self.scopes {
            self.report.scope(scope).chain = hex(chain);
        }
        Ok(self.report)
    }

    fn row(&mut self, stored: &Stored) {
        let hash: Hash = Sha256::digest(&stored.bytes).into();
        let record = serde_json::from_slice::<Value>(&stored.bytes).unwrap_or(Value::Null);
        let id = text(&record, "id").unwrap_or_default();
        let mut differ = |what, expected: String, found: String| {
            self.report.find(Finding {
                scope: Some(stored.scope.clone()),
                position: stored.position,
                id: id.clone(),
                what,
                expected,
                found,
            });
        };
        if !record.is_object() {
            differ(
                What::Bytes,
                "a JSON object".to_owned(),
                excerpt(&stored.bytes),
            );
        }
        if stored.hash != hash {
            differ(What::Hash, hex(&hash), hex(&stored.hash));
        }
        for (column, value) in &stored.columns {
            let said = text(&record, column);
            if said != *value {
                differ(
                    What::Column,
                    format!("{column} {}", said.as_deref().unwrap_or("none")),
                    format!("{column} {}", value.as_deref().unwrap_or("none")),
                );
            }
        }
        let due = self.position.saturating_add(1);
        if stored.position != due {
            differ(What::Position, due.to_string(), stored.position.to_string());
        }
        self.position = stored.position;

        let (last, chain) = self
            .scopes
            .get(&stored.scope)
            .copied()
            .unwrap_or((0, START));
        let due = last.saturating_add(1);
        if stored.scope_seq != due {
            differ(
                What::ScopeSeq,
                due.to_string(),
                stored.scope_seq.to_string(),
            );
        }
        let chained: Hash = Sha256::new()
            .chain_update(chain)
            .chain_update(hash)
            .finalize()
            .into();
        if stored.chain != chained {
            differ(What::ScopeChain, hex(&chained), hex(&stored.chain));
        }
        // Goes on from what is stored, so that one break is one finding.
        let end = (stored.scope_seq, as_hash(&stored.chain).unwrap_or(chained));
        self.scopes.insert(stored.scope.clone(), end);
        let report = self.report.scope(&stored.scope);
        report.records = report.records.saturating_add(1);

        self.settle_unfollowed(Some(&record));
        self.follow_vm(stored, &record, hash);
        self.count_unreadable(&record);
    }

    /// A record that keeps what is none is noted, like a break.
    fn count_unreadable(&mut self, record: &Value) {
        let Some(scope) = text(record, "scope").filter(|_| is_own(record, &["record_unreadable"]))
        else {
            return;
        };
        let report = self.report.scope(&scope);
        report.noted = report.noted.saturating_add(1);
    }

    /// Whether the record follows its VM's last one.
    fn follow_vm(&mut self, stored: &Stored, record: &Value, hash: Hash) {
        let vm = text(record, "vm").unwrap_or_default();
        let seq = record.get("seq").and_then(Value::as_i64).unwrap_or(0);
        let prev = text(record, "prev").unwrap_or_default();
        let (last, head) = self.vms.get(&vm).copied().unwrap_or((0, START));
        let due = last.saturating_add(1);
        if seq > last {
            let kept = as_hash(&stored.hash).unwrap_or(hash);
            self.vms.insert(vm.clone(), (seq, kept));
        }
        if seq == due && prev == hex(&head) {
            return;
        }
        self.unfollowed = Some(Unfollowed {
            scope: stored.scope.clone(),
            position: stored.position,
            id: text(record, "id").unwrap_or_default(),
            hash: hex(&hash),
            expected: format!("seq {due} after {} of {vm}", hex(&head)),
            found: format!("seq {seq} after {prev} of {vm}"),
        });
    }

    /// The row after a record that did not follow must be the notice of it, and a notice must have
    /// such a record before it.
    fn settle_unfollowed(&mut self, next: Option<&Value>) {
        let notice = next.filter(|record| is_notice(record));
        let noticed = notice.map(|record| {
            let of = (text(record, "record_id"), text(record, "record_hash"));
            (text(record, "scope").unwrap_or_default(), of)
        });
        match (self.unfollowed.take(), noticed) {
            (None, None) => {}
            (Some(broken), Some((scope, (Some(id), Some(hash)))))
                if scope == broken.scope && id == broken.id && hash == broken.hash =>
            {
                let report = self.report.scope(&scope);
                report.noted = report.noted.saturating_add(1);
            }
            (None, Some((scope, (id, _)))) => self.report.find(Finding {
                scope: Some(scope),
                position: self.position,
                id: next
                    .and_then(|record| text(record, "id"))
                    .unwrap_or_default(),
                what: What::Notice,
                expected: "a record before it that does not follow".to_owned(),
                found: format!("a notice of {}", id.unwrap_or_default()),
            }),
            (Some(broken), _) => self.report.find(Finding {
                scope: Some(broken.scope),
                position: broken.position,
                id: broken.id,
                what: What::VmChain,
                expected: broken.expected,
                found: broken.found,
            }),
        }
    }

    /// Compares the stored heads with the ends of the walk.
    fn heads(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let stored = heads(connection, "SELECT scope, records, chain FROM scopes")?;
        for (scope, expected, found) in differences(&stored, &self.scopes) {
            self.report.scope(&scope);
            self.head(Some(scope.clone()), scope, expected, found);
        }
        let stored = heads(connection, "SELECT vm, seq, hash FROM vms")?;
        for (vm, expected, found) in differences(&stored, &self.vms) {
            self.head(None, vm, expected, found);
        }
        let total: i64 = connection.query_row("SELECT max(records) FROM total", [], |row| {
            row.get::<_, Option<i64>>(0)
                .map(|total| total.unwrap_or(-1))
        })?;
        if total != self.position {
            let (expected, found) = (total.to_string(), self.position.to_string());
            self.head(None, "total".to_owned(), expected, found);
        }
        Ok(())
    }

    fn head(&mut self, scope: Option<String>, id: String, expected: String, found: String) {
        self.report.find(Finding {
            scope,
            position: 0,
            id,
            what: What::Head,
            expected,
            found,
        });
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let scope: String = row.get(1)?;
    let columns = [
        ("scope", Some(scope.clone())),
        ("id", row.get(6)?),
        ("vm", row.get(7)?),
        ("seq", row.get(8)?),
        ("kind", row.get(9)?),
        ("time", row.get(10)?),
        ("action", row.get(11)?),
        ("tool", row.get(12)?),
    ];
    Ok(Stored {
        position: row.get(0)?,
        scope,
        scope_seq: row.get(2)?,
        hash: row.get(3)?,
        chain: row.get(4)?,
        bytes: row.get(5)?,
        columns,
    })
}

type Heads = BTreeMap<String, (i64, Vec<u8>)>;

fn heads(connection: &Connection, query: &str) -> rusqlite::Result<Heads> {
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    rows.collect()
}

/// Names whose stored head is not the walked one, with both.
fn differences(
    stored: &Heads,
    walked: &BTreeMap<String, (i64, Hash)>,
) -> Vec<(String, String, String)> {
    let names: std::collections::BTreeSet<&String> = stored.keys().chain(walked.keys()).collect();
    let show = |head: Option<(i64, &[u8])>| {
        head.map_or_else(
            || "none".to_owned(),
            |(count, hash)| format!("{count} {}", hex(hash)),
        )
    };
    let mut differ = Vec::new();
    for name in names {
        let head = show(
            stored
                .get(name)
                .map(|(count, hash)| (*count, hash.as_slice())),
        );
        let end = show(
            walked
                .get(name)
                .map(|(count, hash)| (*count, hash.as_slice())),
        );
        if head != end {
            differ.push((name.clone(), head, end));
        }
    }
    differ
}

fn is_notice(record: &Value) -> bool {
    is_own(record, &["chain_gap", "chain_fork"])
}

/// Whether the control plane itself wrote it, and it is of one of these kinds.
fn is_own(record: &Value, kinds: &[&str]) -> bool {
    let kind = text(record, "kind").unwrap_or_default();
    let vm = text(record, "vm").unwrap_or_default();
    kinds.contains(&kind.as_str()) && vm.starts_with("control-plane-")
}

/// A member as its column has it: texts as they are, numbers as written.
fn text(record: &Value, member: &str) -> Option<String> {
    match record.get(member)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn as_hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The beginning of bytes that cannot be read, for people.
fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(40).collect()
}
