//! The policies we ship, judged by the real program over every fixture.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn tessera(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

fn policy_ids() -> BTreeSet<String> {
    let files = names(&root().join("policies"));
    let ids = files.iter().filter_map(|name| name.strip_suffix(".yaml"));
    ids.filter(|id| !id.starts_with('_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_policy_is_well_formed_and_named_after_its_id() {
    let (code, stdout, stderr) =
        tessera(&["policy", "lint", "--strict", "--policy-dir", "policies"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for id in policy_ids() {
        let text = fs::read_to_string(root().join("policies").join(format!("{id}.yaml"))).unwrap();
        assert!(text.lines().any(|line| line == format!("id: {id}")), "{id}");
        assert!(
            text.starts_with("# "),
            "{id} does not begin with what it does"
        );
    }
    assert_eq!(policy_ids().len(), 18);
}

#[test]
fn every_policy_has_calls_it_fires_on_and_honest_ones_it_does_not() {
    let fixtures = root().join("tests/fixtures/policies");
    assert_eq!(names(&fixtures), policy_ids());
    for id in policy_ids() {
        for (kind, fires) in [("pass", false), ("fail", true)] {
            let dir = fixtures.join(&id).join(kind);
            let files = names(&dir);
            assert!(files.len() >= 3, "{id}/{kind} has only {}", files.len());
            for file in files {
                let text = fs::read_to_string(dir.join(&file)).unwrap();
                assert!(
                    text.contains(&format!("\"policy_id\": \"{id}\"")),
                    "{id}/{kind}/{file}"
                );
                let allows = text.contains("\"expected_action\": \"allow\"");
                assert_eq!(allows, !fires, "{id}/{kind}/{file}");
            }
        }
    }
}

#[test]
fn every_fixture_comes_out_as_expected() {
    let (code, stdout, stderr) =
        tessera(&["policy", "test", "--fixture-dir", "tests/fixtures/policies"]);
    let failed: Vec<_> = stdout
        .lines()
        .filter(|line| line.starts_with("[FAIL]"))
        .collect();
    assert_eq!((code, failed), (0, Vec::new()), "{stderr}");
    assert!(
        stdout.matches("[PASS]").count() >= 6 * policy_ids().len(),
        "{stdout}"
    );
}

#[test]
fn the_table_in_the_readme_names_every_policy() {
    let readme = fs::read_to_string(root().join("policies/README.md")).unwrap();
    for id in policy_ids() {
        assert!(readme.contains(&format!("[`{id}`]({id}.yaml)")), "{id}");
    }
}

#[test]
fn everyday_calls_pass_all_policies_but_the_two_that_stop_kinds_of_tools() {
    let dir = tempfile::tempdir().unwrap();
    for name in names(&root().join("policies")) {
        if !["read-only-mode.yaml", "write-action-approval.yaml"].contains(&name.as_str()) {
            fs::copy(root().join("policies").join(&name), dir.path().join(&name)).unwrap();
        }
    }
    let policies = dir.path().to_str().unwrap();
    let suite = "tests/fixtures/suites/honest-calls.yaml";
    let (code, stdout, stderr) =
        tessera(&["policy", "test", "--policy-dir", policies, "--suite", suite]);
    let failed: Vec<_> = stdout
        .lines()
        .filter(|line| line.starts_with("[FAIL]"))
        .collect();
    assert_eq!((code, failed), (0, Vec::new()), "{stderr}");
}

#[test]
fn everyday_answers_pass_and_others_come_out_redacted() {
    for suite in ["honest-answers", "redacted-answers"] {
        let suite = format!("tests/fixtures/suites/{suite}.yaml");
        let arguments = [
            "policy",
            "test",
            "--policy-dir",
            "policies",
            "--suite",
            &suite,
        ];
        let (code, stdout, stderr) = tessera(&arguments);
        let failed: Vec<_> = stdout
            .lines()
            .filter(|line| line.starts_with("[FAIL]"))
            .collect();
        assert_eq!((code, failed), (0, Vec::new()), "{stderr}");
    }
}
