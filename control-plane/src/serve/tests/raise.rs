//! A control plane that has lost its data directory, and filters that run a newer bundle than it
//! has: they refuse what is older, so its version must pass theirs.

use super::*;
use crate::ledger::{Filter, Reader};
use tessera_engine::json;
use tessera_engine::limits::VERSION_RAISE;
use tessera_engine::policy::Bundle;

/// A real publisher with one policy behind the services.
async fn publishing(dir: TempDir) -> (Stage, bundles::Watcher) {
    let text = "listen: 127.0.0.1:0";
    let settings = Settings::parse(text, dir.path(), &Overrides::default()).unwrap();
    std::fs::create_dir_all(&settings.policies.dir).unwrap();
    let policy = "id: one\nname: one\naction: block\nmatch: {tool: one}\n";
    std::fs::write(settings.policies.dir.join("one.yaml"), policy).unwrap();
    let (ledger, _) = Ledger::open(&dir.path().join(ledger::FILE_NAME)).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let signer = Signer::generate().unwrap();
    let publisher = Publisher::start(settings.policies.clone(), signer, store).unwrap();
    let (states, state) = watch::channel(State::default());
    let watcher = bundles::watch(publisher, ledger.clone(), states, Handle::current()).unwrap();
    assert!(state.borrow().published.is_some());
    let stage = Stage::serving(dir, &settings, ledger, state, watcher.raiser()).await;
    (stage, watcher)
}

fn runs(version: u64) -> Option<BundleRef> {
    let digest = Digest::of(b"what it ran before");
    Some(BundleRef { version, digest })
}

/// Every record of a kind.
fn noted(stage: &Stage, kind: &str) -> Vec<json::Value> {
    let reader = Reader::open(&stage.dir.path().join(ledger::FILE_NAME)).unwrap();
    let entries = reader.after(0, &Filter::default(), 1000).unwrap();
    let records = entries
        .iter()
        .map(|entry| json::parse(&entry.bytes).unwrap());
    records
        .filter(|record| record.get("kind").and_then(json::Value::as_str) == Some(kind))
        .collect()
}

/// Ends the thread, which has then noted everything.
async fn stop(watcher: bundles::Watcher) {
    let stopped = tokio::task::spawn_blocking(|| watcher.stop()).await;
    stopped.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_rises_above_that_of_a_filter_and_stays_there() {
    let (stage, watcher) = publishing(tempfile::tempdir().unwrap()).await;
    let mut fresh = stage.subscribe(None).await;
    assert_eq!(fresh.bundle().await.version, 1);
    let mut ahead = stage.subscribe(runs(41)).await;
    // Not the old bundle, which it would refuse, but a sign of life.
    assert!(matches!(ahead.hear().await.unwrap(), Heard::Heartbeat(_)));
    let raised = ahead.bundle().await;
    assert_eq!(raised.version, 42);
    assert!(Bundle::from_wire(&raised.payload).is_ok());
    // Everybody else follows, and who comes later finds it done.
    assert_eq!(fresh.bundle().await.version, 42);
    let mut late = stage.subscribe(runs(41)).await;
    assert_eq!(late.bundle().await.version, 42);

    stop(watcher).await;
    let records = noted(&stage, "bundle_version_raised");
    let [record] = records.as_slice() else {
        panic!("{records:?}");
    };
    let number = |member: &str| record.get(member).and_then(json::Value::as_u64);
    let numbers = ["old_version", "new_version", "reported_version"].map(number);
    assert_eq!(numbers, [Some(1), Some(42), Some(41)]);
    let vm = record.get("of_vm").and_then(json::Value::as_str);
    assert_eq!(vm, Some("vm-1"));
    assert_eq!(noted(&stage, "bundle_published").len(), 2);

    // After a restart it goes on from there.
    let (stage, _watcher) = publishing(stage.dir).await;
    assert_eq!(stage.subscribe(None).await.bundle().await.version, 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_version_with_another_content_is_passed_too() {
    let (stage, _watcher) = publishing(tempfile::tempdir().unwrap()).await;
    let mut client = stage.subscribe(runs(1)).await;
    assert!(matches!(client.hear().await.unwrap(), Heard::Heartbeat(_)));
    assert_eq!(client.bundle().await.version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_cannot_use_the_versions_up() {
    let (stage, watcher) = publishing(tempfile::tempdir().unwrap()).await;
    for version in [1 + VERSION_RAISE, u64::MAX - 1, u64::MAX] {
        let mut hostile = stage.subscribe(runs(version)).await;
        assert_eq!(hostile.bundle().await.version, 1);
    }
    let mut farthest = stage.subscribe(runs(VERSION_RAISE)).await;
    assert!(matches!(
        farthest.hear().await.unwrap(),
        Heard::Heartbeat(_)
    ));
    assert_eq!(farthest.bundle().await.version, 1 + VERSION_RAISE);
    stop(watcher).await;
    assert_eq!(noted(&stage, "bundle_version_raised").len(), 1);
}

#[tokio::test]
async fn a_refusal_is_taken_down_and_not_answered_with_the_same_bundle() {
    let stage = Stage::new().await;
    stage.publish(1);
    let mut client = stage.subscribe(None).await;
    assert_eq!(client.bundle().await.version, 1);
    let reason = "bundle version 1 is older than version 7, which is in force".to_owned();
    client.say(Say::Nack(Nack { version: 1, reason })).await;
    stage
        .until(|list| list.first().is_some_and(|row| row.refused.is_some()))
        .await;
    stage.publish(2);
    // The next thing it hears is the next bundle.
    assert_eq!(client.bundle().await.version, 2);
}
