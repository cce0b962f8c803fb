//! `tessera policy` as a program: what goes in, what comes out, and with which exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const GOOD: &str = "id: no-deletes\nname: n\nmatch: {tool: 'delete_*'}\naction: block\nreason: no ${arg.id}\npriority: 5\n";
const BAD: &str =
    "id: bad\nname: n\naction: block\nwhen:\n  - condition: arg_equal\n    arg: a\n    value: 1\n";
const ZONE: &str = "id: hours\nname: n\naction: block\nwhen:\n  - {condition: time_of_day_outside, start: '09:00', end: '17:00', tz: Nowhere/At_All}\n";

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn run(dir: &Path, arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .arg("policy")
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        code: output.status.code().unwrap(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn lint_shows_the_line_and_what_was_meant_and_exits_with_two() {
    let dir = directory(&[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let lint = run(dir.path(), &["lint", "--policy-dir", "."], "");
    assert_eq!(lint.code, 2);
    for part in [
        "bad.yaml:5:16",
        "did you mean `arg_equals`?",
        "FAILED — 2 policy file(s)",
    ] {
        assert!(lint.stdout.contains(part), "{part} in {}", lint.stdout);
    }
    assert!(
        !lint.stdout.contains('\u{1b}'),
        "colours outside a terminal"
    );

    let lint = run(dir.path(), &["lint", "--policy-dir", ".", "--json"], "");
    let report = json(&lint.stdout);
    assert_eq!((lint.code, report["errors"].as_u64()), (2, Some(1)));
    let problem = &report["problems"][0];
    assert_eq!(
        (
            problem["line"].as_u64(),
            problem["column"].as_u64(),
            problem["nearest"].as_str()
        ),
        (Some(5), Some(16), Some("arg_equals"))
    );
}

#[test]
fn lint_takes_single_files_and_a_good_directory_exits_with_zero() {
    let dir = directory(&[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let lint = run(dir.path(), &["lint", "good.yaml"], "");
    assert_eq!(
        (lint.code, lint.stdout.as_str()),
        (0, "OK — 1 policy file(s) loaded, 0 errors, 0 warnings.\n")
    );
    let lint = run(dir.path(), &["lint", "--policy-dir", "nowhere"], "");
    assert_eq!(lint.code, 2);
    assert!(
        lint.stderr.contains("`nowhere` does not exist"),
        "{}",
        lint.stderr
    );
}

#[test]
fn eval_answers_line_by_line_and_goes_on_after_a_bad_one() {
    let dir = directory(&[("good.yaml", GOOD)]);
    let input = concat!(
        r#"{"upstream":"u","tool":"delete_x","arguments":{"id":"a\u0000b"},"now":"2026-01-01T00:00:00Z"}"#,
        "\n",
        r#"{"tool":"read_x"}"#,
        "\n",
        "{\"tool\":\"a\",\"tool\":\"b\"}\n",
        "nonsense\n",
        "\n",
        r#"{"tool":"t","argumnets":{}}"#,
        "\n",
        r#"{"tool":"t","arguments":[1]}"#,
        "\r\n",
        r#"{"method":"resources/read"}"#,
    );
    let eval = run(
        dir.path(),
        &["eval", "--policy-dir", ".", "--default-action", "allow"],
        input,
    );
    let lines: Vec<_> = eval.stdout.lines().collect();
    assert_eq!((eval.code, lines.len()), (1, 8), "{}", eval.stdout);
    assert_eq!(
        lines[0],
        r#"{"action":"block","policy_id":"no-deletes","reason":"no ab","code":"policy_matched"}"#
    );
    assert_eq!(
        lines[1],
        r#"{"action":"allow","policy_id":null,"reason":"default","code":"default"}"#
    );
    for (at, part) in [(2, "tool"), (4, ""), (5, "unknown key `argumnets`")] {
        let error = &json(lines[at])["error"];
        assert_eq!(error["line"].as_u64(), Some(at as u64 + 1));
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    assert!(json(lines[3])["error"].is_object());
    assert_eq!(json(lines[6])["code"].as_str(), Some("wrong_type"));
    assert_eq!(json(lines[7])["action"].as_str(), Some("allow"));
}

#[test]
fn eval_answers_each_line_before_the_next_is_sent() {
    use std::io::{BufRead as _, BufReader};
    let dir = directory(&[("good.yaml", GOOD)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .args(["policy", "eval", "--policy-dir", "."])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for tool in ["delete_a", "read_a"] {
        writeln!(stdin, r#"{{"tool":"{tool}"}}"#).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains(r#""action":"block""#), "{line}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn eval_obeys_lockdown_intent_and_mode() {
    let dir = directory(&[("good.yaml", GOOD)]);
    let call = "{\"tool\":\"delete_x\"}\n";
    for (flag, code) in [
        (&["--lockdown"][..], "lockdown_active"),
        (&["--intent-required"][..], "intent_required"),
        (&["--mode", "observation"][..], "observed"),
        (&["--mode", "log_only"][..], "policy_matched"),
    ] {
        let eval = run(
            dir.path(),
            &[&["eval", "--policy-dir", "."], flag].concat(),
            call,
        );
        assert_eq!(json(&eval.stdout)["code"].as_str(), Some(code), "{flag:?}");
    }
    assert_eq!(
        run(
            dir.path(),
            &["eval", "--policy-dir", ".", "--mode", "off"],
            call
        )
        .code,
        2
    );
}

#[test]
fn an_unknown_zone_is_a_warning_for_eval_unless_it_is_to_be_refused() {
    let dir = directory(&[("zone.yaml", ZONE)]);
    let call = "{\"tool\":\"t\"}\n";
    let arguments = ["eval", "--policy-dir", ".", "--default-action", "allow"];
    let eval = run(dir.path(), &arguments, call);
    assert_eq!(
        (eval.code, json(&eval.stdout)["action"].as_str()),
        (0, Some("allow"))
    );
    assert!(eval.stderr.contains("warning"), "{}", eval.stderr);
    let eval = run(
        dir.path(),
        &[&arguments[..], &["--unknown-zone", "refuse"]].concat(),
        call,
    );
    assert_eq!((eval.code, eval.stdout.as_str()), (2, ""));
    assert_eq!(run(dir.path(), &["lint", "--policy-dir", "."], "").code, 2);
}

#[test]
fn test_tells_pass_from_fail_from_error() {
    let fixture = |expected: &str| {
        format!(
            r#"{{"input":{{"tool_call":{{"name":"delete_x"}}}},"expected":{{"outcome":"{expected}"}}}}"#
        )
    };
    let dir = directory(&[
        ("good.yaml", GOOD),
        ("right.json", &fixture("block")),
        ("wrong.json", &fixture("allow")),
        (
            "none.json",
            r#"{"policy_id":"nobody","context":{},"expected_action":"allow"}"#,
        ),
        (
            "locked.json",
            r#"{"input":{"runtime":{"lockdown":true}},"expected":{"outcome":"block"}}"#,
        ),
    ]);
    let test = |arguments: &[&str]| {
        run(
            dir.path(),
            &[&["test", "--policy-dir", "."], arguments].concat(),
            "",
        )
    };
    let right = test(&["--fixture", "right.json", "--fixture", "locked.json"]);
    assert_eq!(
        (right.code, right.stdout.matches("[PASS]").count()),
        (0, 2),
        "{}",
        right.stdout
    );
    assert!(
        right
            .stdout
            .contains("[PASS] right.json  expected=block  actual=block")
    );
    let wrong = test(&["--fixture", "wrong.json"]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong
            .stdout
            .contains("[FAIL] wrong.json  expected=allow  actual=block by no-deletes")
    );
    let report = test(&["--fixture", "wrong.json", "--json"]);
    assert_eq!(json(&report.stdout)[0]["passed"].as_bool(), Some(false));
    for arguments in [
        &["--fixture", "none.json"][..],
        &["--fixture", "missing.json"][..],
        &["--fixture", "good.yaml"][..],
        &[][..],
    ] {
        assert_eq!(test(arguments).code, 2, "{arguments:?}");
    }
    fs::create_dir(dir.path().join("empty")).unwrap();
    let empty = test(&["--fixture-dir", "empty"]);
    assert_eq!(empty.code, 2);
    assert!(empty.stderr.contains("nothing to test"), "{}", empty.stderr);
}

#[test]
fn a_suite_checks_action_policy_and_reason() {
    let suite = "cases:
  - name: refused
    call: {tool: delete_x, arguments: {id: 7}}
    expect: {action: block, policy_id: no-deletes, reason_contains: no 7}
  - name: default
    call: {tool: read_x}
    expect: {action: allow, policy_id: null}
";
    let dir = directory(&[("good.yaml", GOOD), ("s.yml.txt", suite)]);
    let wrong = suite.replace("no 7", "no 8");
    fs::write(dir.path().join("wrong.txt"), wrong).unwrap();
    fs::write(
        dir.path().join("bad.txt"),
        suite.replace("action: allow", "actoin: allow"),
    )
    .unwrap();
    let test = |file: &str| {
        run(
            dir.path(),
            &["test", "--policy-dir", ".", "--suite", file],
            "",
        )
    };
    let right = test("s.yml.txt");
    assert_eq!(right.code, 0, "{}{}", right.stdout, right.stderr);
    assert_eq!(test("wrong.txt").code, 1);
    let bad = test("bad.txt");
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("bad.txt:7:"), "{}", bad.stderr);
}

#[test]
fn explain_shows_every_policy_and_condition() {
    let policy = "id: p\nname: n\naction: block\nwhen:\n  - {condition: arg_equals, arg: a, value: 1}\n  - condition: any_of\n    conditions:\n      - {condition: arg_matches_regex, arg: b, pattern: x}\n";
    let dir = directory(&[("p.yaml", policy), ("good.yaml", GOOD)]);
    let call = r#"{"tool":"t","arguments":{"a":1,"b":"yz"}}"#;
    fs::write(dir.path().join("call.json"), call).unwrap();
    let explain = run(
        dir.path(),
        &["explain", "--policy-dir", ".", "call.json"],
        "",
    );
    assert_eq!(explain.code, 0, "{}", explain.stderr);
    for part in [
        "skipped: another tool",
        "when[1] does not hold",
        "when[1].conditions[0] arg_matches_regex",
        "argument: yz",
    ] {
        assert!(
            explain.stdout.contains(part),
            "{part} in {}",
            explain.stdout
        );
    }
    let explain = run(
        dir.path(),
        &["explain", "--policy-dir", ".", "--json"],
        call,
    );
    let report = json(&explain.stdout);
    assert_eq!(
        report["policies"][1]["outcome"].as_str(),
        Some("condition_false")
    );
    assert_eq!(
        report["policies"][1]["conditions"][0]["holds"].as_bool(),
        Some(true)
    );
    assert_eq!(
        run(dir.path(), &["explain", "--policy-dir", "."], "{}").code,
        2
    );
}

#[test]
fn build_writes_the_same_bytes_for_the_same_policies() {
    let first = directory(&[("a.yaml", GOOD)]);
    let second = directory(&[(
        "z.yml",
        "# the same\nreason: 'no ${arg.id}'\npriority: '5'\nid: no-deletes\nname: n\nmatch:\n  tool: delete_*\naction: block\n",
    )]);
    let build = |dir: &Path| {
        let built = run(
            dir,
            &["build", "--policy-dir", ".", "-o", "bundle.json"],
            "",
        );
        assert_eq!(built.code, 0, "{}", built.stderr);
        let digest = built.stdout.split_whitespace().next().unwrap().to_owned();
        (digest, fs::read(dir.join("bundle.json")).unwrap())
    };
    let (digest, bytes) = build(first.path());
    assert_eq!(build(second.path()), (digest.clone(), bytes.clone()));
    assert_eq!(digest.len(), 64);
    let bundle = tessera_engine::policy::Bundle::from_wire(&bytes).unwrap();
    assert_eq!(
        (bundle.policies().len(), bundle.digest().to_string()),
        (1, digest)
    );
    let bad = directory(&[("bad.yaml", BAD)]);
    assert_eq!(
        run(
            bad.path(),
            &["build", "--policy-dir", ".", "-o", "b.json"],
            ""
        )
        .code,
        2
    );
    assert!(!bad.path().join("b.json").exists());
}
