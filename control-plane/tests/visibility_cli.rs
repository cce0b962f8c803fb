//! What the policy commands say of tools that run other tools, and of what callers see in lists.
#![allow(
    clippy::unwrap_used,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const POLICY: &str =
    "id: no-deletes\nname: n\nmatch: {tool: 'delete_*', caller: ci}\naction: block\n";
const META_TOOLS: &str = "meta_tools:\n  - {tool: call_tool, name: tool_name}\n";

/// Runs `tessera policy` in a folder with the policy and the meta-tool.
fn policy(arguments: &[&str], input: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.yaml"), POLICY).unwrap();
    fs::write(dir.path().join("_meta_tools.yaml"), META_TOOLS).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .arg("policy")
        .args(arguments)
        .args(["--policy-dir", ".", "--default-action", "allow"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

const CALL: &str = r#"{"tool":"call_tool","arguments":{"tool_name":"delete_page"},"caller":{"name":"ci","scope":"s"}}"#;

#[test]
fn eval_names_the_tool_that_is_run() {
    let answer: serde_json::Value =
        serde_json::from_str(&stdout(&policy(&["eval"], CALL))).unwrap();
    assert_eq!(answer["policy_id"], "no-deletes");
    assert_eq!(answer["inner_tools"], serde_json::json!(["delete_page"]));
}

#[test]
fn explain_is_about_the_tool_that_led_to_the_decision() {
    let text = stdout(&policy(&["explain"], CALL));
    assert!(
        text.contains("runs: delete_page; explained as: delete_page"),
        "{text}"
    );
    assert!(text.contains("decides"), "{text}");
    let json = stdout(&policy(&["explain", "--json"], CALL));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["tool"], "delete_page");
    assert_eq!(json["policies"][0]["outcome"], "decides");
}

#[test]
fn shows_tells_for_each_name_whether_the_caller_sees_it() {
    let ci = stdout(&policy(
        &["shows", "--caller", "ci", "read_page", "delete_page"],
        "",
    ));
    assert_eq!(ci, "shown   read_page\nhidden  delete_page\n");
    let other = stdout(&policy(
        &["shows", "--caller", "ops"],
        "delete_page\ncall_tool\n",
    ));
    assert_eq!(other, "shown   delete_page\nshown   call_tool\n");
    let prompt = stdout(&policy(
        &["shows", "--kind", "prompt", "--json", "delete_page"],
        "",
    ));
    assert_eq!(prompt, "{\"name\":\"delete_page\",\"shown\":true}\n");
}
