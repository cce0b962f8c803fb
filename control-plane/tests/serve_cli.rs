//! `tessera init`, `serve` and `status` as programs: exit codes, what is printed, what is in force.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The limit of every wait: only for a broken build.
const PATIENCE: Duration = Duration::from_secs(60);

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
    command.args(arguments).current_dir(dir);
    command
}

fn run(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(dir, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < end, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running `tessera serve --json`; killed when dropped. Its log is in `log`.
struct Served(Child);

impl Served {
    fn start(dir: &Path) -> Self {
        let log = fs::File::create(dir.join("log")).unwrap();
        let child = command(dir, &["serve", "--listen", "127.0.0.1:0", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        Self(child.unwrap())
    }

    /// Asks it to end, as an init system does.
    fn stop(&mut self) -> i32 {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = wait_for("the end", || self.0.try_wait().unwrap());
        ended.code().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_control_plane_can_be_asked_what_is_in_force_from_its_start_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert_eq!(run(dir, &["init"]).0, 0);
    assert_eq!(run(dir, &["status"]).0, 4, "before the start");
    let mut served = Served::start(dir);
    let status = || {
        let (code, stdout, _) = run(dir, &["status", "--json"]);
        (code != 4).then(|| (code, json(&stdout)))
    };
    let (code, first) = wait_for("a status", status);
    assert_eq!((code, &first["version"]), (0, &Value::from(1)));
    assert_eq!(first["policies"], 13);

    // A policy is switched on as the page says.
    let available = dir.join("policies/available/cost-cap.yaml");
    fs::copy(available, dir.join("policies/cost-cap.yaml")).unwrap();
    wait_for("version 2", || {
        status().filter(|(_, status)| status["version"] == 2 && status["policies"] == 14)
    });
    // A bad file is a finding and hides no other.
    fs::write(dir.join("policies/pii-block.yaml"), "id: [").unwrap();
    let (_, bad) = wait_for("a finding", || status().filter(|(code, _)| *code == 1));
    assert_eq!((&bad["version"], &bad["policies"]), (&2.into(), &14.into()));
    assert_eq!(bad["problems"][0]["file"], "pii-block.yaml");
    let (code, text, _) = run(dir, &["status"]);
    assert_eq!(code, 1);
    for expected in [
        "bundle version 2",
        "pii-block.yaml",
        "no filter is connected",
    ] {
        assert!(text.contains(expected), "{text}");
    }

    assert_eq!(served.stop(), 0);
    assert_eq!(run(dir, &["status"]).0, 4, "after the end");
    for line in fs::read_to_string(dir.join("log")).unwrap().lines() {
        assert!(json(line)["level"].is_string(), "{line}");
    }
    let (code, verified, _) = run(dir, &["audit", "verify", "--json"]);
    assert_eq!((code, &json(&verified)["ok"]), (0, &Value::Bool(true)));
}

#[test]
fn a_control_plane_that_was_killed_is_not_taken_for_running() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert_eq!(run(dir, &["init"]).0, 0);
    let served = Served::start(dir);
    wait_for("a status", || (run(dir, &["status"]).0 == 0).then_some(()));
    drop(served);
    assert!(dir.join("data/status.json").exists());
    let (code, _, stderr) = run(dir, &["status"]);
    assert_eq!(code, 4, "{stderr}");
}

#[test]
fn what_is_missing_or_misspelt_is_an_error_with_a_code_and_json_if_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert_eq!(run(dir, &["init", "--json"]).0, 0);
    let cases: [(&[&str], i32, &str); 9] = [
        (&["status", "--data-dir", "nope"], 2, "`nope`"),
        (&["audit", "verify", "--data-dir", "nope"], 3, "nope"),
        (&["audit", "tail", "--data-dir", "nope"], 2, "nope"),
        (&["audit", "export", "--data-dir", "nope"], 2, "nope"),
        (&["serve", "--config", "nope"], 2, "`nope`"),
        (&["init"], 2, "there already"),
        (&["serv"], 2, "'serv'"),
        (&["audit", "verify", "--nope"], 2, "'--nope'"),
        (&["init", "--dir"], 2, "--dir"),
    ];
    for (arguments, expected, named) in cases {
        let arguments = [&["--json"], arguments].concat();
        let (code, _, stderr) = run(dir, &arguments);
        let error = json(&stderr);
        assert_eq!(code, expected, "{arguments:?}: {stderr}");
        assert_eq!(error["exit"], expected, "{arguments:?}");
        let message = error["error"].as_str().unwrap();
        assert!(message.contains(named), "{arguments:?}: {message}");
    }
    let (code, _, stderr) = run(dir, &["serve", "--policy-dir", "nope"]);
    assert!(
        code == 2 && stderr.contains("`nope` does not exist"),
        "{stderr}"
    );
}

#[test]
fn init_says_what_is_in_force_and_which_keys_it_kept() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (_, first, _) = run(dir, &["init"]);
    assert!(first.contains("not in force (5): cost-cap,"), "{first}");
    assert!(
        first.contains("tessera serve") && !first.contains("kept"),
        "{first}"
    );
    let on = "policies/read-only-mode.yaml";
    fs::copy(
        dir.join("policies/available/read-only-mode.yaml"),
        dir.join(on),
    )
    .unwrap();
    let key = fs::read(dir.join("keys/bundle-signing.pem")).unwrap();
    let (code, again, _) = run(dir, &["init", "--force"]);
    assert_eq!(code, 0);
    for kept in ["kept ./keys/bundle-signing.pem", "kept ./keys/caller.token"] {
        assert!(again.contains(kept), "{again}");
    }
    assert!(
        again.contains("in force (14)") && again.contains("not in force (4)"),
        "{again}"
    );
    assert_eq!(fs::read(dir.join("keys/bundle-signing.pem")).unwrap(), key);
}
