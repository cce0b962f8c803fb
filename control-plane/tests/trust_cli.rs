//! `tessera trust` as a program: what it writes, what it prints, and with which exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `tessera trust <arguments>` in `dir`.
fn trust(dir: &Path, arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .arg("trust")
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads nothing has closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        code: output.status.code().unwrap(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/trust")
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("policies")).unwrap();
    fs::copy(fixtures().join("tools.json"), dir.path().join("tools.json")).unwrap();
    dir
}

fn lines(run: &Run) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap();
    run.stdout.lines().map(line).collect()
}

const INIT: [&str; 5] = ["init", "--from-tools", "tools.json", "--upstream", "mail"];

#[test]
fn a_first_document_lints_clean_says_who_and_is_not_replaced_unasked() {
    let dir = folder();
    let dir = dir.path();
    let written = trust(dir, &INIT, "");
    assert_eq!(written.code, 1, "{}", written.stderr);
    let path = dir.join("policies/_trust.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# review: from the name"), "{text}");
    let lint = trust(dir, &["lint", "--strict"], "");
    assert_eq!(lint.code, 0, "{}", lint.stdout);

    let shown = trust(dir, &["show", "send_email", "--json"], "");
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let tool = &shown["tools"][0];
    assert_eq!(
        (&tool["effects_by"], &tool["effects"]),
        (&json!("document"), &json!(["send"]))
    );
    assert_eq!(trust(dir, &["show", "nothing"], "").code, 1);

    let again = trust(dir, &INIT, "");
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let forced = trust(dir, &[&INIT[..], &["--force"]].concat(), "");
    assert_eq!(forced.code, 1);
}

#[test]
fn a_conversation_is_replayed_line_by_line_and_errors_do_not_end_it() {
    let registry = fixtures().join("mail.yaml");
    let arguments = ["replay", "--json", "--registry", registry.to_str().unwrap()];
    let history = fs::read_to_string(fixtures().join("history.jsonl")).unwrap();
    let call = |to: &str| {
        let arguments = json!({"to": to, "body": "hello"});
        json!({"op": "call", "upstream": "mail", "tool": "send_email", "arguments": arguments})
    };
    let steps = format!(
        "{}\n{}\nnonsense\n{history}{}\n{}\n{}\n{}\n",
        json!({"op": "begin", "caller": "c", "conversation": "x"}),
        call("eve@evil.example"),
        call("eve@evil.example"),
        call("alice@corp.com"),
        json!({"op": "endorse", "value": "eve@evil.example"}),
        call("eve@evil.example"),
    );
    let run = trust(Path::new("."), &arguments, &steps);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let said = lines(&run);
    assert_eq!(said.len(), 9, "{}", run.stdout);
    assert_eq!(said[0], json!({"ok": true}));
    // Seen nowhere, then on a page; then the user's own word; then vouched for.
    assert_eq!(said[1]["because"][0]["code"], "unknown");
    assert!(said[2]["error"].is_string());
    let page = json!({"at": "/to", "code": "untrusted", "level": 0, "need": 50, "source":
        {"id": said[4]["source"], "upstream": "mail", "tool": "get_webpage", "origin": "tool"}});
    assert_eq!(
        (&said[5]["verdict"], &said[5]["because"][0]),
        (&json!("ask"), &page)
    );
    assert_eq!(said[6]["verdict"], "allow", "{}", said[6]);
    assert_eq!(said[8]["verdict"], "allow", "{}", said[8]);
}

#[test]
fn a_call_is_explained_after_its_history() {
    let fixture = |name: &str| fixtures().join(name).to_str().unwrap().to_owned();
    let (registry, history, call) = (
        fixture("mail.yaml"),
        fixture("history.jsonl"),
        fixture("call.json"),
    );
    let arguments = [
        "explain",
        "--registry",
        &registry,
        "--history",
        &history,
        &call,
    ];
    let explained = trust(Path::new("."), &arguments, "");
    assert_eq!(explained.code, 0, "{}", explained.stderr);
    assert!(
        explained.stdout.contains("mail/get_webpage"),
        "{}",
        explained.stdout
    );
    let explained = trust(Path::new("."), &[&arguments[..], &["--json"]].concat(), "");
    let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
    assert_eq!(explained["arguments"][0]["at"], "/to");
    assert_eq!(
        explained["arguments"][0]["sources"][0]["tool"],
        "get_webpage"
    );
}

#[test]
fn what_cannot_be_used_is_said_with_its_place() {
    let dir = folder();
    let dir = dir.path();
    for command in [&["lint"][..], &["show"], &["replay"], &["explain"]] {
        let run = trust(dir, command, "");
        assert_eq!(run.code, 2, "{command:?}");
        assert!(run.stderr.contains("_trust.yaml"), "{}", run.stderr);
    }
    fs::write(dir.join("policies/_trust.yaml"), "settings: {flow: blok}\n").unwrap();
    let lint = trust(dir, &["lint", "--json"], "");
    assert_eq!(lint.code, 2);
    let said: Value = serde_json::from_str(&lint.stdout).unwrap();
    let problem = &said["problems"][0];
    assert_eq!(
        (&problem["line"], &problem["nearest"]),
        (&json!(1), &json!("block")),
        "{problem}"
    );
    assert_eq!(trust(dir, &["replay"], "").code, 2);
}
