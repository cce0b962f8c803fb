//! Every way of changing a ledger behind its back, and what verification says to it.

use super::super::verify::{VerifyError, What, verify};
use super::*;

/// A ledger with two scopes, a noted gap and the control plane's own records, closed.
async fn written() -> TempDir {
    let stage = Stage::new();
    stage
        .ledger
        .note("control_plane_started", Object::new())
        .await
        .unwrap();
    let [a1, a2, a3, a4, a5] = records("vm-a", "acme");
    let [b1, b2, _, b4] = records("vm-b", "other");
    stage.submit("vm-a", &[&a1, &a2]).await.unwrap();
    stage.submit("vm-b", &[&b1, &b2, &b4]).await.unwrap();
    stage.submit("vm-a", &[&a3, &a4, &a5]).await.unwrap();
    stage
        .ledger
        .note("bundle_published", Object::new())
        .await
        .unwrap();
    let report = stage.verify();
    assert!(report.holds() && report.noted() == 1, "{report:?}");
    stage.close()
}

/// What each change is, the SQL that makes it, and what must be among the findings.
const TAMPERINGS: [(&str, &str, What); 24] = [
    (
        "edited bytes",
        "UPDATE records SET bytes = CAST(replace(CAST(bytes AS TEXT), 'block', 'allow') AS BLOB) WHERE position = 2",
        What::Hash,
    ),
    (
        "edited bytes and hash",
        "UPDATE records SET bytes = x'7b7d', hash = x'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' WHERE position = 2",
        What::ScopeChain,
    ),
    (
        "bytes that are no JSON",
        "UPDATE records SET bytes = x'00' WHERE position = 2",
        What::Bytes,
    ),
    (
        "edited hash",
        "UPDATE records SET hash = zeroblob(32) WHERE position = 3",
        What::Hash,
    ),
    (
        "edited chain",
        "UPDATE records SET chain = zeroblob(32) WHERE position = 3",
        What::ScopeChain,
    ),
    (
        "hash of another length",
        "UPDATE records SET hash = x'00' WHERE position = 3",
        What::Hash,
    ),
    (
        "edited action column",
        "UPDATE records SET action = 'allow' WHERE position = 3",
        What::Column,
    ),
    (
        "removed action column",
        "UPDATE records SET action = NULL WHERE position = 3",
        What::Column,
    ),
    (
        "edited tool column",
        "UPDATE records SET tool = 'read' WHERE position = 3",
        What::Column,
    ),
    (
        "edited time column",
        "UPDATE records SET time = '2020' WHERE position = 3",
        What::Column,
    ),
    (
        "edited id column",
        "UPDATE records SET id = 'x' WHERE position = 3",
        What::Column,
    ),
    (
        "edited kind column",
        "UPDATE records SET kind = 'x' WHERE position = 3",
        What::Column,
    ),
    (
        "edited vm column",
        "UPDATE records SET vm = 'vm-b' WHERE position = 3",
        What::Column,
    ),
    (
        "edited seq column",
        "UPDATE records SET seq = 7 WHERE position = 3",
        What::Column,
    ),
    (
        "deleted in the middle",
        "DELETE FROM records WHERE position = 3",
        What::ScopeSeq,
    ),
    (
        "deleted in the middle and renumbered",
        "DELETE FROM records WHERE position = 3; UPDATE records SET scope_seq = scope_seq - 1 WHERE scope = 'acme' AND position > 3; UPDATE records SET position = position - 1 WHERE position > 3",
        What::VmChain,
    ),
    (
        "first records deleted",
        "DELETE FROM records WHERE position <= 2",
        What::Position,
    ),
    (
        "last record deleted",
        "DELETE FROM records WHERE position = 11",
        What::Head,
    ),
    (
        "last record of a scope deleted",
        "DELETE FROM records WHERE scope = 'acme' AND scope_seq = 5",
        What::Head,
    ),
    (
        "whole scope deleted",
        "DELETE FROM records WHERE scope = 'acme'; DELETE FROM scopes WHERE scope = 'acme'",
        What::Position,
    ),
    ("everything deleted", "DELETE FROM records", What::Head),
    (
        "moved to another scope",
        "UPDATE records SET scope = 'other', scope_seq = 5 WHERE scope = 'acme' AND scope_seq = 5",
        What::Column,
    ),
    (
        "swapped rows",
        "UPDATE records SET position = -1 WHERE position = 2; UPDATE records SET position = 2 WHERE position = 3; UPDATE records SET position = 3 WHERE position = -1",
        What::ScopeSeq,
    ),
    (
        "notice of a gap deleted and renumbered",
        "DELETE FROM records WHERE kind = 'chain_gap'; UPDATE records SET position = position - 1 WHERE position > 7",
        What::VmChain,
    ),
];

#[tokio::test]
async fn every_change_behind_the_ledgers_back_is_found() {
    for (name, sql, expected) in TAMPERINGS {
        let dir = written().await;
        let path = dir.path().join(FILE_NAME);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let report = verify(&path).unwrap();
        let findings = report.scopes.values().flat_map(|scope| &scope.findings);
        let found: Vec<What> = findings.chain(&report.ledger).map(|f| f.what).collect();
        assert!(found.contains(&expected), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn changed_heads_are_found() {
    let changes = [
        "UPDATE scopes SET records = 4 WHERE scope = 'acme'",
        "UPDATE scopes SET chain = zeroblob(32) WHERE scope = 'acme'",
        "DELETE FROM scopes WHERE scope = 'acme'",
        "INSERT INTO scopes VALUES ('ghost', 1, zeroblob(32))",
        "UPDATE vms SET seq = 9 WHERE vm = 'vm-a'",
        "DELETE FROM vms WHERE vm = 'vm-a'",
        "UPDATE total SET records = 99",
        "DELETE FROM total",
    ];
    for sql in changes {
        let dir = written().await;
        let path = dir.path().join(FILE_NAME);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let report = verify(&path).unwrap();
        let findings = report.scopes.values().flat_map(|scope| &scope.findings);
        let heads = findings
            .chain(&report.ledger)
            .filter(|f| f.what == What::Head);
        assert_eq!(heads.count(), 1, "{sql}: {report:?}");
    }
}

#[tokio::test]
async fn a_finding_says_where_expected_and_found() {
    let dir = written().await;
    let path = dir.path().join(FILE_NAME);
    let sql = "UPDATE records SET action = 'allow' WHERE position = 3";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let report = verify(&path).unwrap();
    let [finding] = report.scopes["acme"].findings.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(finding.position, 3);
    assert_eq!(finding.id, "vm-a-2");
    assert_eq!(finding.expected, "action block");
    assert_eq!(finding.found, "action allow");
}

#[tokio::test]
async fn a_filter_cannot_note_its_own_break() {
    let stage = Stage::new();
    let [first, _, third] = records("vm", "acme");
    stage.submit("vm", &[&first, &third]).await.unwrap();
    let dir = stage.close();
    let path = dir.path().join(FILE_NAME);
    // The notice is made to look as if the VM itself had written it.
    let forge = "UPDATE records SET vm = 'vm', bytes = \
                 CAST(replace(CAST(bytes AS TEXT), 'control-plane-', 'filter-') AS BLOB) \
                 WHERE kind = 'chain_gap'";
    Connection::open(&path)
        .unwrap()
        .execute_batch(forge)
        .unwrap();
    assert_eq!(verify(&path).unwrap().noted(), 0);
}

#[tokio::test]
async fn a_missing_ledger_an_unknown_scope_and_another_file_are_errors() {
    let dir = written().await;
    let path = dir.path().join(FILE_NAME);
    let report = verify(&path).unwrap();
    assert!(report.only("nobody").is_none());
    let only = verify(&path).unwrap().only("acme").unwrap();
    assert_eq!(only.scopes.keys().collect::<Vec<_>>(), ["acme"]);
    let missing = verify(&dir.path().join("gone.db"));
    assert!(
        matches!(missing, Err(VerifyError::Missing { .. })),
        "{missing:?}"
    );
    let other = dir.path().join("other.db");
    std::fs::write(
        &other,
        "not a database, but long enough to look like a file",
    )
    .unwrap();
    let unreadable = verify(&other);
    assert!(
        matches!(unreadable, Err(VerifyError::Unreadable { .. })),
        "{unreadable:?}"
    );
}
