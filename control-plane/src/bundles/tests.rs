//! What is in force after which change of the folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tessera_engine::digest::Digest;
use tessera_engine::json::Value;
use tessera_engine::policy::{Bundle, Pin, Pins, PolicySettings};
use tokio::runtime::Handle;
use tokio::sync::watch::{self, Receiver};

use super::*;
use crate::ledger::{self, Filter, Ledger, Reader};
use crate::settings::{FirstSight, Policies};
use crate::signing::Signer;

/// A folder of policies and a data directory.
struct Stage {
    dir: TempDir,
}

impl Stage {
    /// With the good policies `one` and `two`.
    fn new() -> Self {
        let stage = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(stage.policies()).unwrap();
        fs::create_dir(stage.data()).unwrap();
        stage.put("one.yaml", &policy("one"));
        stage.put("two.yaml", &policy("two"));
        stage
    }

    fn policies(&self) -> PathBuf {
        self.dir.path().join("policies")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.policies().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.policies().join(name)).unwrap();
    }

    fn settings(&self) -> Policies {
        Policies {
            dir: self.policies(),
            settings: PolicySettings::default(),
            first_sight: FirstSight::Record,
        }
    }

    fn start(&self) -> Result<Publisher, BundlesError> {
        let signer = Signer::generate().unwrap();
        Publisher::start(self.settings(), signer, Store::open(&self.data())?)
    }
}

fn policy(id: &str) -> String {
    format!("id: {id}\nname: {id}\naction: block\nmatch: {{tool: {id}}}\n")
}

fn published(publisher: &Publisher) -> Arc<Published> {
    publisher.state().published.clone().unwrap()
}

fn version(publisher: &Publisher) -> u64 {
    published(publisher).bundle.version
}

/// The ids of the policies filters would run.
fn ids(publisher: &Publisher) -> Vec<String> {
    let bundle = Bundle::from_wire(&published(publisher).signed.payload).unwrap();
    bundle.policies().map(|policy| policy.id.clone()).collect()
}

#[test]
fn the_folder_is_published_and_numbered_from_one() {
    let stage = Stage::new();
    let publisher = stage.start().unwrap();
    assert_eq!(version(&publisher), 1);
    assert_eq!(ids(&publisher), ["one", "two"]);
    let published = published(&publisher);
    let digest = tessera_engine::digest::Digest::of(&published.signed.payload);
    assert_eq!(published.bundle.digest, digest);
}

#[test]
fn a_change_is_a_new_version_and_none_is_none() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    assert!(!publisher.refresh().unwrap());
    stage.put("three.yaml", &policy("three"));
    assert!(publisher.refresh().unwrap());
    assert_eq!((version(&publisher), ids(&publisher).len()), (2, 3));
    // Another text of the same policy is the same bundle.
    stage.put("three.yaml", &format!("# comment\n{}", policy("three")));
    publisher.refresh().unwrap();
    assert_eq!(version(&publisher), 2);
    stage.remove("three.yaml");
    publisher.refresh().unwrap();
    assert_eq!((version(&publisher), ids(&publisher).len()), (3, 2));
}

#[test]
fn a_bad_file_keeps_its_last_good_version_and_hides_no_other() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    stage.put("one.yaml", "id: [");
    stage.put("two.yaml", &policy("second"));
    stage.put("new.yaml", "id: new\nname: new\naction: explode\n");
    publisher.refresh().unwrap();
    assert_eq!(ids(&publisher), ["one", "second"]);
    let problems = &publisher.state().problems;
    let told: Vec<_> = problems
        .iter()
        .map(|p| (p.file.as_deref(), p.older_in_force))
        .collect();
    assert_eq!(told, [(Some("new.yaml"), false), (Some("one.yaml"), true)]);
    assert!(
        problems[0].message.contains("new.yaml:3:"),
        "{}",
        problems[0].message
    );
    stage.put("one.yaml", &policy("one"));
    stage.remove("new.yaml");
    publisher.refresh().unwrap();
    assert!(publisher.state().problems.is_empty());
}

#[test]
fn two_policies_of_one_id_change_nothing() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    let before = published(&publisher);
    stage.put("three.yaml", &policy("one"));
    stage.put("four.yaml", &policy("four"));
    publisher.refresh().unwrap();
    assert_eq!(published(&publisher), before);
    let [problem] = publisher.state().problems.as_slice() else {
        panic!("{:?}", publisher.state().problems);
    };
    assert_eq!((&problem.file, problem.older_in_force), (&None, true));
    assert!(problem.message.contains("one"), "{}", problem.message);
    stage.remove("three.yaml");
    publisher.refresh().unwrap();
    assert_eq!(ids(&publisher), ["four", "one", "two"]);
}

#[test]
fn a_lockdown_does_not_wait_for_a_repair() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    stage.put("three.yaml", &policy("one"));
    let mut settings = stage.settings();
    settings.settings.lockdown = true;
    publisher.set(settings).unwrap();
    let bundle = Bundle::from_wire(&published(&publisher).signed.payload).unwrap();
    assert!(bundle.settings().lockdown);
    assert_eq!(version(&publisher), 2);
    assert_eq!(publisher.state().problems.len(), 1);
}

#[test]
fn versions_go_on_after_a_restart_and_only_with_a_change() {
    let stage = Stage::new();
    drop(stage.start().unwrap());
    let again = stage.start().unwrap();
    assert_eq!(version(&again), 1);
    drop(again);
    stage.put("three.yaml", &policy("three"));
    assert_eq!(version(&stage.start().unwrap()), 2);
    stage.remove("three.yaml");
    // The digest of version 1 again, but not its number: filters never go back.
    assert_eq!(version(&stage.start().unwrap()), 3);
}

#[test]
fn a_restart_with_a_bad_file_keeps_its_last_good_version() {
    let stage = Stage::new();
    drop(stage.start().unwrap());
    stage.put("one.yaml", "id: [");
    let publisher = stage.start().unwrap();
    assert_eq!(version(&publisher), 1);
    assert_eq!(ids(&publisher), ["one", "two"]);
    assert!(publisher.state().problems[0].older_in_force);
}

#[test]
fn a_first_start_with_a_bad_file_names_it_and_numbers_nothing() {
    let stage = Stage::new();
    stage.put("bad.yaml", "id: [");
    let error = stage.start().unwrap_err();
    assert!(error.to_string().contains("bad.yaml:1:"), "{error}");
    stage.remove("bad.yaml");
    assert_eq!(version(&stage.start().unwrap()), 1);
}

#[test]
fn a_first_start_with_two_policies_of_one_id_is_refused() {
    let stage = Stage::new();
    stage.put("three.yaml", &policy("one"));
    assert!(matches!(stage.start(), Err(BundlesError::Policies(_))));
}

#[test]
fn a_folder_that_cannot_be_read_changes_nothing() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    let away = stage.dir.path().join("away");
    fs::rename(stage.policies(), &away).unwrap();
    assert!(matches!(publisher.refresh(), Err(BundlesError::Folder(_))));
    assert_eq!(ids(&publisher), ["one", "two"]);
    fs::rename(&away, stage.policies()).unwrap();
    assert!(!publisher.refresh().unwrap());
}

/// Waits until the state is as wanted. The limit is only for a broken build.
async fn until(states: &mut Receiver<State>, wanted: impl Fn(&State) -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(30), states.wait_for(wanted)).await;
    waited.expect("the state did not come").unwrap();
}

fn policies_in_force(state: &State) -> usize {
    state
        .published
        .as_ref()
        .map_or(0, |published| published.policies)
}

fn ledger_kinds(path: &Path) -> Vec<String> {
    let entries = Reader::open(path)
        .unwrap()
        .after(0, &Filter::default(), 100)
        .unwrap();
    let kind = |bytes: &[u8]| {
        let record = tessera_engine::json::parse(bytes).unwrap();
        record
            .get("kind")
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    entries.iter().map(|entry| kind(&entry.bytes)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_is_followed_through_renames_and_swapped_links() {
    let stage = Stage::new();
    let ledger_path = stage.data().join(ledger::FILE_NAME);
    let (ledger, _thread) = Ledger::open(&ledger_path).unwrap();
    let (sender, mut states) = watch::channel(State::default());
    let publisher = stage.start().unwrap();
    let watcher = super::watch(publisher, ledger, sender, Handle::current()).unwrap();
    until(&mut states, |state| policies_in_force(state) == 2).await;

    // An editor's way: a new file renamed over the old one.
    let aside = stage.dir.path().join("aside");
    fs::write(&aside, policy("renamed")).unwrap();
    fs::rename(&aside, stage.policies().join("three.yaml")).unwrap();
    until(&mut states, |state| policies_in_force(state) == 3).await;

    // Kubernetes' way: files are links through `..data`, which is swapped.
    let versions = ["..v1", "..v2"].map(|name| stage.policies().join(name));
    for (folder, id) in versions.iter().zip(["before", "after"]) {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("map.yaml"), policy(id)).unwrap();
    }
    let data = stage.policies().join("..data");
    std::os::unix::fs::symlink("..v1", &data).unwrap();
    std::os::unix::fs::symlink("..data/map.yaml", stage.policies().join("map.yaml")).unwrap();
    until(&mut states, |state| policies_in_force(state) == 4).await;
    let before = states.borrow().published.clone().unwrap().bundle.version;
    std::os::unix::fs::symlink("..v2", stage.policies().join("..new")).unwrap();
    fs::rename(stage.policies().join("..new"), &data).unwrap();
    until(&mut states, |state| {
        state
            .published
            .as_ref()
            .is_some_and(|published| published.bundle.version > before)
    })
    .await;
    tokio::task::spawn_blocking(|| watcher.stop())
        .await
        .unwrap();
    let kinds = ledger_kinds(&ledger_path);
    assert!(
        kinds.len() >= 4 && kinds.iter().all(|kind| kind == "bundle_published"),
        "{kinds:?}"
    );
}

fn sighting(tool: &str, text: &str) -> Sighting {
    Sighting {
        upstream: "u".to_owned(),
        tool: tool.to_owned(),
        pin: Pin {
            digest: Digest::of(text.as_bytes()),
            shape: None,
        },
    }
}

fn pins(publisher: &Publisher) -> Option<Pins> {
    let bundle = Bundle::from_wire(&published(publisher).signed.payload).unwrap();
    bundle.pins().cloned()
}

#[test]
fn a_definition_is_pinned_on_first_sight_if_the_settings_say_so_and_the_first_one_stays() {
    let stage = Stage::new();
    let mut publisher = stage.start().unwrap();
    assert!(!publisher.first_seen(&[sighting("t", "one")]).unwrap());
    assert_eq!((version(&publisher), pins(&publisher)), (1, None));
    let pinning = Policies {
        first_sight: FirstSight::Pin,
        ..stage.settings()
    };
    publisher.set(pinning.clone()).unwrap();
    assert_eq!(pins(&publisher), Some(Pins::default()));
    assert!(publisher.first_seen(&[sighting("t", "one")]).unwrap());
    assert!(!publisher.first_seen(&[sighting("t", "two")]).unwrap());
    let expected = sighting("t", "one").pin;
    assert_eq!(pins(&publisher).unwrap().pin("u", "t"), Some(&expected));
    assert_eq!(version(&publisher), 3);
    // It is kept over a restart, and what people have approved wins.
    drop(publisher);
    let mut publisher = stage.start().unwrap();
    publisher.set(pinning).unwrap();
    assert_eq!(pins(&publisher).unwrap().pin("u", "t"), Some(&expected));
    let approved = Digest::of(b"approved");
    stage.put(
        "_tools.json",
        &format!(r#"{{"upstreams":{{"u":{{"t":{{"digest":"{approved}"}}}}}}}}"#),
    );
    publisher.refresh().unwrap();
    let pinned = pins(&publisher).unwrap();
    assert_eq!(pinned.pin("u", "t").map(|pin| pin.digest), Some(approved));
}
