//! The examples of the documentation, run: every policy, call, pattern and transcript a page shows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fenced block of a page.
struct Block {
    /// What follows the opening fence, such as `yaml policy`.
    kind: String,
    text: String,
    line: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(kind), None) => {
                open = Some(Block {
                    kind: kind.to_owned(),
                    text: String::new(),
                    line: at + 1,
                });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// What a run printed, standard output and error together, and how it ended.
struct Run {
    code: i32,
    output: String,
}

fn tessera(dir: &Path, arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tessera"))
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Run {
        code: output.status.code().unwrap(),
        output: String::from_utf8(text).unwrap(),
    }
}

/// The decision over one call by the policies of a folder.
fn decision(dir: &Path, default: &str, call: &str) -> serde_json::Value {
    let line = call.replace('\n', " ");
    let arguments = [
        "policy",
        "eval",
        "--policy-dir",
        ".",
        "--default-action",
        default,
    ];
    let run = tessera(dir, &arguments, &line);
    serde_json::from_str(&run.output).unwrap_or_else(|_| panic!("{call}: {}", run.output))
}

/// The text of the first `key: value` line of a policy; the action may stand under `response`.
fn field<'a>(policy: &'a str, key: &str) -> &'a str {
    let value = policy
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(key));
    value.unwrap_or_else(|| panic!("no `{key}` in {policy}"))
}

#[test]
fn every_policy_decides_the_calls_beside_it_as_the_page_says() {
    let mut policies = 0;
    // Files that stand beside the next policy.
    let mut companions = Vec::new();
    let mut current: Option<(tempfile::TempDir, String)> = None;
    for block in blocks(&page("docs/policies.md")) {
        let at = format!("docs/policies.md:{}", block.line);
        match block.kind.as_str() {
            "yaml verbs" => companions.push(("_action_verbs.yaml", block.text)),
            "yaml meta-tools" => companions.push(("_meta_tools.yaml", block.text)),
            "yaml policy" => {
                policies += 1;
                let dir = tempfile::tempdir().unwrap();
                fs::write(dir.path().join("p.yaml"), &block.text).unwrap();
                for (name, text) in companions.drain(..) {
                    fs::write(dir.path().join(name), text).unwrap();
                }
                let lint = tessera(dir.path(), &["policy", "lint", "--policy-dir", "."], "");
                assert_eq!(lint.code, 0, "{at}: {}", lint.output);
                current = Some((dir, block.text));
            }
            kind @ ("json match" | "json no-match") => {
                let (dir, policy) = current
                    .as_ref()
                    .unwrap_or_else(|| panic!("{at}: no policy"));
                let action = field(policy, "action: ");
                let default = if action == "allow" { "block" } else { "allow" };
                let found = decision(dir.path(), default, &block.text);
                let matches = kind == "json match";
                let id = matches.then(|| field(policy, "id: "));
                assert_eq!(found["policy_id"].as_str(), id, "{at}: {found}");
                let expected = if matches { action } else { default };
                assert_eq!(found["action"].as_str(), Some(expected), "{at}: {found}");
            }
            _ => {}
        }
    }
    assert!(policies > 25, "only {policies} policies found");
}

#[test]
fn every_policy_is_shown_with_a_call_it_matches_and_one_it_does_not() {
    let kinds: Vec<_> = blocks(&page("docs/policies.md"))
        .into_iter()
        .map(|block| block.kind)
        .collect();
    let policies = kinds
        .iter()
        .enumerate()
        .filter(|(_, kind)| *kind == "yaml policy");
    for (at, _) in policies {
        let beside: Vec<_> = kinds.iter().skip(at + 1).take(2).collect();
        assert_eq!(beside, ["json match", "json no-match"], "policy {at}");
    }
}

/// Every condition the engine knows, as its own message lists them.
fn conditions() -> BTreeSet<String> {
    let dir = tempfile::tempdir().unwrap();
    let policy = "id: p\nname: n\naction: block\nwhen: [{condition: no-such-condition}]\n";
    fs::write(dir.path().join("p.yaml"), policy).unwrap();
    let lint = tessera(dir.path(), &["policy", "lint", "p.yaml", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&lint.output).unwrap();
    let expected = report["problems"][0]["expected"].as_array().unwrap();
    expected
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_condition_has_a_section_with_an_example() {
    let page = page("docs/policies.md");
    let names = conditions();
    assert!(names.len() > 16, "{names:?}");
    for name in names {
        let heading = format!("### `{name}`\n");
        let (_, rest) = page
            .split_once(&heading)
            .unwrap_or_else(|| panic!("no section for `{name}`"));
        let section = rest.split("\n##").next().unwrap();
        let example = blocks(section)
            .into_iter()
            .find(|block| block.kind == "yaml policy")
            .unwrap_or_else(|| panic!("no example of `{name}`"));
        assert!(
            example.text.contains(&format!("condition: {name}")),
            "`{name}`"
        );
    }
}

#[test]
fn what_the_page_calls_refused_is_refused_with_that_message() {
    let blocks = blocks(&page("docs/policies.md"));
    let refused = blocks
        .iter()
        .zip(blocks.iter().skip(1))
        .filter(|(block, _)| block.kind == "yaml refused");
    let mut found = 0;
    for (policy, message) in refused {
        found += 1;
        assert_eq!(message.kind, "text message", "line {}", message.line);
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("p.yaml"), &policy.text).unwrap();
        let lint = tessera(dir.path(), &["policy", "lint", "p.yaml"], "");
        assert_eq!(lint.code, 2, "line {}", policy.line);
        let message = message.text.trim();
        assert!(lint.output.contains(message), "{message} / {}", lint.output);
    }
    assert!(found > 1, "only {found} refused policies found");
}

fn pattern_policy(pattern: &str) -> String {
    let quoted = serde_json::Value::from(pattern);
    format!("id: p\nname: n\naction: block\nmatch: {{tool_pattern: {quoted}}}\n")
}

#[test]
fn patterns_find_what_the_page_says_they_find() {
    let mut found = 0;
    for block in blocks(&page("docs/policies.md")) {
        if block.kind != "json pattern" {
            continue;
        }
        for line in block.text.lines() {
            found += 1;
            let example: serde_json::Value = serde_json::from_str(line).unwrap();
            let dir = tempfile::tempdir().unwrap();
            let policy = pattern_policy(example["pattern"].as_str().unwrap());
            fs::write(dir.path().join("p.yaml"), policy).unwrap();
            for (key, action) in [("finds", "block"), ("not", "allow")] {
                for text in example[key].as_array().unwrap() {
                    let call = serde_json::json!({ "tool": text }).to_string();
                    let decision = decision(dir.path(), "allow", &call);
                    assert_eq!(decision["action"].as_str(), Some(action), "{line}: {text}");
                }
            }
        }
    }
    assert!(found > 4, "only {found} patterns found");
}

#[test]
fn patterns_the_page_calls_refused_are_refused_with_that_hint() {
    let mut found = 0;
    for block in blocks(&page("docs/policies.md")) {
        if block.kind != "text refused-patterns" {
            continue;
        }
        for line in block.text.lines() {
            found += 1;
            let (pattern, hint) = line.split_once("  ").unwrap();
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("p.yaml"), pattern_policy(pattern)).unwrap();
            let lint = tessera(dir.path(), &["policy", "lint", "p.yaml", "--json"], "");
            let report: serde_json::Value = serde_json::from_str(&lint.output).unwrap();
            let message = report["problems"][0]["message"].as_str();
            let message = message.unwrap_or_else(|| panic!("`{pattern}` is accepted"));
            assert!(message.ends_with(hint.trim()), "`{pattern}`: {message}");
        }
    }
    assert!(found > 10, "only {found} patterns found");
}

#[test]
fn suites_pass_against_the_shipped_policies() {
    let mut found = 0;
    for block in blocks(&page("docs/policies.md")) {
        if block.kind != "yaml suite" {
            continue;
        }
        found += 1;
        let dir = tempfile::tempdir().unwrap();
        let suite = dir.path().join("suite.yaml");
        fs::write(&suite, &block.text).unwrap();
        let suite = suite.to_str().unwrap();
        let run = tessera(&root(), &["policy", "test", "--suite", suite], "");
        assert_eq!(run.code, 0, "line {}: {}", block.line, run.output);
    }
    assert!(found > 0, "no suite found");
}

/// Runs a transcript's commands in the shell, at the root of the repository and with `tessera` on
/// the path, and compares what they print.
#[cfg(unix)]
fn transcript(page: &str, block: &Block) {
    let binary = Path::new(env!("CARGO_BIN_EXE_tessera"));
    let rest = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{rest}", binary.parent().unwrap().display());
    let at = format!("{page}:{}", block.line);
    let text = format!("\n{}", block.text);
    for step in text.split("\n$ ").skip(1) {
        let (command, expected) = step.split_once('\n').unwrap_or((step, ""));
        let run = Command::new("sh")
            .args(["-c", &format!("( {command} ) 2>&1")])
            .env("PATH", &path)
            .current_dir(root())
            .output()
            .unwrap();
        let printed = String::from_utf8(run.stdout).unwrap();
        assert_eq!(printed.trim_end(), expected.trim_end(), "{at}: {command}");
    }
}

#[cfg(unix)]
#[test]
fn transcripts_marked_as_tested_print_what_the_pages_show() {
    let mut found = 0;
    for name in [
        "docs/policies.md",
        "docs/cli.md",
        "docs/tools.md",
        "docs/labels.md",
        "docs/flow.md",
    ] {
        for block in blocks(&page(name)) {
            if block.kind == "console test" {
                found += 1;
                transcript(name, &block);
            }
        }
    }
    assert!(found > 1, "only {found} transcripts found");
}

/// The keys of the settings structs in a source file: fields of every `struct Written…`.
fn settings_keys(source: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut inside = false;
    for line in source.lines() {
        if line.contains("struct Written") && line.ends_with('{') {
            inside = true;
        } else if line == "}" {
            inside = false;
        } else if inside && !line.trim_start().starts_with('/') {
            let field = line.trim_start().trim_start_matches("pub(super) ");
            keys.extend(field.split_once(": ").map(|(key, _)| key.to_owned()));
        }
    }
    keys
}

#[test]
fn every_setting_is_on_the_configuration_page() {
    let page = page("docs/configuration.md");
    let (filter, control_plane) = page.split_once("\n## Control plane").unwrap();
    for (source, text) in [
        ("filter/src/settings.rs", filter),
        ("control-plane/src/settings/written.rs", control_plane),
    ] {
        let keys = settings_keys(&self::page(source));
        assert!(keys.len() > 10, "{source}: {keys:?}");
        for key in keys {
            let quoted = [
                format!("`{key}"),
                format!(".{key}`"),
                format!(".{key}["),
                format!(".{key}."),
            ];
            let named = quoted.iter().any(|form| text.contains(form.as_str()));
            assert!(
                named,
                "`{key}` of {source} is missing in docs/configuration.md"
            );
        }
    }
}

/// The commands a help page lists.
fn commands(arguments: &[&str]) -> Vec<String> {
    let help = tessera(&root(), &[arguments, &["--help"]].concat(), "").output;
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let names = rest.lines().take_while(|line| !line.is_empty());
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_section() {
    let page = page("docs/cli.md");
    let mut sections = 0;
    for name in commands(&[]) {
        let whole = match name.as_str() {
            "policy" | "audit" | "tools" | "label" | "trust" => commands(&[&name])
                .into_iter()
                .map(|inner| format!("{name} {inner}"))
                .collect(),
            _ => vec![name],
        };
        for command in whole {
            sections += 1;
            let heading = format!("\n## `tessera {command}`\n");
            assert!(page.contains(&heading), "no section for `{command}`");
        }
    }
    assert!(sections > 9, "only {sections} commands found");
}
