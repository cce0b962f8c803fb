//! The ledger as its callers see it: what is stored, what is noted, what verification finds.

mod failures;
mod tampering;
mod unreadable;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tessera_engine::audit::{Chain, Sealed};
use tessera_engine::json::{self, Object, Value};

use super::verify::{Report, verify};
use super::*;

/// A ledger in a folder of its own.
struct Stage {
    dir: TempDir,
    ledger: Ledger,
    thread: thread::JoinHandle<()>,
}

impl Stage {
    fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    fn open(dir: TempDir) -> Self {
        let (ledger, thread) = Ledger::open(&dir.path().join(FILE_NAME)).unwrap();
        Self {
            dir,
            ledger,
            thread,
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(FILE_NAME)
    }

    /// Ends the ledger's thread, as the end of the process would, and gives the folder back.
    fn close(self) -> TempDir {
        drop(self.ledger);
        self.thread.join().unwrap();
        self.dir
    }

    async fn submit(&self, vm: &str, records: &[&Sealed]) -> Result<i64, LedgerError> {
        let bytes: Vec<&[u8]> = records.iter().map(|record| &*record.bytes).collect();
        self.submit_bytes(vm, &bytes).await
    }

    async fn submit_bytes(&self, vm: &str, records: &[&[u8]]) -> Result<i64, LedgerError> {
        let records = records.iter().enumerate();
        let submission = records.map(|(index, bytes)| incoming(vm, index, bytes.to_vec()));
        self.ledger.append(submission.collect()).await
    }

    /// Kind, scope and position of everything stored.
    fn stored(&self) -> Vec<Value> {
        let reader = Reader::open(&self.path()).unwrap();
        let entries = reader.after(0, &Filter::default(), u32::MAX).unwrap();
        entries
            .iter()
            .map(|entry| json::parse(&entry.bytes).unwrap())
            .collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.stored()
            .iter()
            .map(|record| text(record, "kind"))
            .collect()
    }

    fn verify(&self) -> Report {
        verify(&self.path()).unwrap()
    }
}

fn text(record: &Value, member: &str) -> String {
    let value = record
        .get(member)
        .unwrap_or_else(|| panic!("no `{member}` in {record:?}"));
    value
        .as_str()
        .map_or_else(|| json::to_text(value), str::to_owned)
}

/// The next record of a VM.
fn record(chain: &mut Chain, scope: &str) -> Sealed {
    let object = Object::new()
        .with("kind", "message")
        .with("id", chain.id().as_str())
        .with("time", "2026-01-02T03:04:05.000Z")
        .with("scope", scope)
        .with("tool", "delete_repo")
        .with("action", "block");
    chain.seal_object(&object)
}

fn records<const N: usize>(vm: &str, scope: &str) -> [Sealed; N] {
    let mut chain = Chain::new(vm.to_owned());
    std::array::from_fn(|_| record(&mut chain, scope))
}

#[tokio::test]
async fn what_is_stored_verifies_and_is_what_was_sent() {
    let stage = Stage::new();
    let [first, second] = records("vm", "acme");
    stage.submit("vm", &[&first, &second]).await.unwrap();
    stage
        .ledger
        .note("bundle_published", Object::new().with("version", 1_u64))
        .await
        .unwrap();
    let reader = Reader::open(&stage.path()).unwrap();
    let entries = reader.after(0, &Filter::default(), 10).unwrap();
    assert_eq!(entries[0].bytes, first.bytes);
    assert_eq!(entries[1].bytes, second.bytes);
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 0);
    assert_eq!(report.scopes["acme"].records, 2);
    assert_eq!(report.scopes["tessera"].records, 1);
}

#[tokio::test]
async fn a_submission_sent_again_is_stored_once() {
    let stage = Stage::new();
    let [first, second, third] = records("vm", "acme");
    stage.submit("vm", &[&first, &second]).await.unwrap();
    stage.submit("vm", &[&first, &second]).await.unwrap();
    stage.submit("vm", &[&second, &third]).await.unwrap();
    assert_eq!(stage.kinds(), ["message"; 3]);
    assert!(stage.verify().holds());
}

#[tokio::test]
async fn a_gap_is_stored_and_noted_in_its_scope() {
    let stage = Stage::new();
    let [first, second, third, fourth] = records("vm", "acme");
    stage.submit("vm", &[&first, &fourth]).await.unwrap();
    let stored = stage.stored();
    assert_eq!(stage.kinds(), ["message", "message", "chain_gap"]);
    let notice = &stored[2];
    let said =
        ["scope", "of_vm", "expected_seq", "found_seq", "record_id"].map(|m| text(notice, m));
    assert_eq!(said, ["acme", "vm", "2", "4", "vm-4"]);
    // What arrives late is kept too, and noted as out of turn.
    stage.submit("vm", &[&second, &third]).await.unwrap();
    assert_eq!(
        stage
            .kinds()
            .iter()
            .filter(|kind| *kind == "chain_gap")
            .count(),
        3
    );
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 3);
    // The retry of a noted record notes nothing again.
    stage.submit("vm", &[&fourth]).await.unwrap();
    assert_eq!(stage.verify().noted(), 3);
}

#[tokio::test]
async fn a_vm_that_does_not_begin_with_one_is_a_gap() {
    let stage = Stage::new();
    let [_, second] = records("vm", "acme");
    stage.submit("vm", &[&second]).await.unwrap();
    assert_eq!(stage.kinds(), ["message", "chain_gap"]);
    assert!(stage.verify().holds());
}

#[tokio::test]
async fn a_fork_is_stored_and_noted_with_both_hashes() {
    let stage = Stage::new();
    let [first, second] = records("vm", "acme");
    let [_, twin] = records("vm", "other");
    stage.submit("vm", &[&first, &second]).await.unwrap();
    stage.submit("vm", &[&twin]).await.unwrap();
    let notice = &stage.stored()[3];
    assert_eq!(text(notice, "kind"), "chain_fork");
    assert_eq!(text(notice, "scope"), "other");
    let hash = |sealed: &Sealed| tessera_engine::digest::Digest::of(&sealed.bytes).to_string();
    assert_eq!(text(notice, "expected_hash"), hash(&second));
    assert_eq!(text(notice, "record_hash"), hash(&twin));
    assert!(stage.verify().holds());
    assert_eq!(stage.verify().noted(), 1);
}

#[tokio::test]
async fn a_record_that_follows_another_history_is_a_fork() {
    let stage = Stage::new();
    let [first] = records("vm", "acme");
    let [_, second] = records("vm", "other");
    stage.submit("vm", &[&first]).await.unwrap();
    stage.submit("vm", &[&second]).await.unwrap();
    let notice = &stage.stored()[2];
    assert_eq!(text(notice, "kind"), "chain_fork");
    assert_ne!(text(notice, "expected_prev"), text(notice, "found_prev"));
    assert!(stage.verify().holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_vms_at_once_lose_nothing() {
    let stage = Stage::new();
    let mut tasks = Vec::new();
    for number in 0..16 {
        let ledger = stage.ledger.clone();
        tasks.push(tokio::spawn(async move {
            let vm = format!("vm-{number}");
            let scope = if number % 2 == 0 { "even" } else { "odd" };
            let mut chain = Chain::new(vm.clone());
            for _ in 0..25 {
                let sealed = record(&mut chain, scope);
                ledger
                    .append(vec![incoming(&vm, 0, sealed.bytes)])
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 0);
    assert_eq!(
        report.scopes["even"].records + report.scopes["odd"].records,
        400
    );
}

#[tokio::test]
async fn chains_go_on_after_a_restart() {
    let [first, second, third] = records("vm", "acme");
    let stage = Stage::new();
    stage.submit("vm", &[&first, &second]).await.unwrap();
    stage
        .ledger
        .note("control_plane_started", Object::new())
        .await
        .unwrap();
    let stage = Stage::open(stage.close());
    stage.submit("vm", &[&second, &third]).await.unwrap();
    stage
        .ledger
        .note("control_plane_started", Object::new())
        .await
        .unwrap();
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 0);
    assert_eq!(report.scopes["acme"].records, 3);
}

#[tokio::test]
async fn what_was_not_committed_leaves_no_trace() {
    let stage = Stage::new();
    let [first, second] = records("vm", "acme");
    stage.submit("vm", &[&first]).await.unwrap();
    let path = stage.path();
    let other = Connection::open(&path).unwrap();
    // The second record of the batch cannot be stored: the whole batch must not be.
    other
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON records WHEN new.kind = 'chain_gap' \
             BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        )
        .unwrap();
    let [_, _, third] = records("vm", "acme");
    let refused = stage.submit("vm", &[&third]).await;
    assert!(
        matches!(refused, Err(LedgerError::Unavailable { .. })),
        "{refused:?}"
    );
    assert_eq!(stage.kinds(), ["message"]);
    other.execute_batch("DROP TRIGGER full").unwrap();
    // The control plane's own chain did not move on either.
    stage.submit("vm", &[&second]).await.unwrap();
    stage
        .ledger
        .note("bundle_published", Object::new())
        .await
        .unwrap();
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 0);
}

#[tokio::test]
async fn a_locked_database_is_unavailable_and_nothing_is_lost() {
    let stage = Stage::new();
    let [first] = records("vm", "acme");
    let other = Connection::open(stage.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = stage.submit("vm", &[&first]).await;
    assert!(
        matches!(refused, Err(LedgerError::Unavailable { .. })),
        "{refused:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    stage.submit("vm", &[&first]).await.unwrap();
    assert_eq!(stage.kinds(), ["message"]);
}

#[test]
fn what_is_not_a_record_is_refused_with_the_reason() {
    let whole =
        r#"{"id":"a","kind":"message","prev":"PREV","scope":"s","seq":1,"time":"t","vm":"vm"}"#;
    let whole = whole.replace("PREV", &"0".repeat(64));
    let read = incoming("vm", 0, whole.clone().into_bytes());
    assert!(matches!(read, Incoming::Record(_)), "{read:?}");
    let cases = [
        (
            whole.replace(r#""seq":1"#, r#""seq":0"#),
            "member `seq` is missing or malformed",
        ),
        (
            whole.replace(r#""seq":1"#, r#""seq":1.5"#),
            "member `seq` is missing or malformed",
        ),
        (
            whole.replace(r#""seq":1"#, r#""seq":9223372036854775808"#),
            "member `seq`",
        ),
        (
            whole.replace(r#""scope":"s""#, r#""scope":"""#),
            "member `scope`",
        ),
        (whole.replace(r#""id":"a","#, ""), "member `id`"),
        (whole.replace("0000", "000g"), "member `prev`"),
        (
            whole.replace(r#""vm":"vm""#, r#""vm":"other""#),
            "member `vm` is `other`",
        ),
        (
            whole.replace(r#""id":"a""#, r#""id":"a","id":"b""#),
            "not strict JSON",
        ),
        ("[]".to_owned(), "not a JSON object"),
        (String::new(), "not strict JSON"),
    ];
    for (bytes, expected) in cases {
        let Incoming::Unreadable(unreadable) = incoming("vm", 0, bytes.clone().into_bytes()) else {
            panic!("{bytes}");
        };
        let error = unreadable.reason.to_string();
        assert!(error.contains(expected), "{bytes}: {error}");
    }
}

#[test]
fn a_ledger_of_another_format_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x); PRAGMA user_version = 9")
        .unwrap();
    let error = Ledger::open(&path).map(|_| ()).unwrap_err();
    assert!(
        matches!(error, LedgerError::Format { found: 9, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn readers_find_what_they_ask_for() {
    let stage = Stage::new();
    let [a, b] = records("vm-a", "acme");
    let [c] = records("vm-c", "other");
    stage.submit("vm-a", &[&a, &b]).await.unwrap();
    stage.submit("vm-c", &[&c]).await.unwrap();
    let reader = Reader::open(&stage.path()).unwrap();
    let of_scope = |scope: &str| Filter {
        scope: Some(scope.to_owned()),
        ..Filter::default()
    };
    let positions = |entries: Vec<Entry>| entries.iter().map(|e| e.position).collect::<Vec<_>>();
    assert_eq!(positions(reader.last(&of_scope("acme"), 1).unwrap()), [2]);
    assert_eq!(
        positions(reader.after(1, &Filter::default(), 9).unwrap()),
        [2, 3]
    );
    assert_eq!(
        positions(reader.last(&of_scope("none"), 9).unwrap()),
        [0; 0]
    );
    assert_eq!(reader.newest().unwrap(), 3);
    assert!(Reader::open(Path::new("does-not-exist.db")).is_err());
}
