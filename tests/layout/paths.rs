//! What lies where: root entries, paths that pages name, fixtures of shipped policies.

use std::fs;
use std::path::{Path, PathBuf};

use tessera_tests::workspace_root;

/// Everything that may lie at the root.
const ROOT: [&str; 20] = [
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "control-plane",
    "deny.toml",
    "docs",
    "envoy",
    "filter",
    "k8s",
    "policies",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// What git does not keep.
const IGNORED: [&str; 3] = [".git", ".tools", "target"];

#[test]
fn the_root_holds_what_was_agreed_and_nothing_else() {
    for entry in fs::read_dir(workspace_root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = ROOT.contains(&&*name) || IGNORED.contains(&&*name) || name == "tests";
        assert!(known, "`{name}` must not lie at the root");
    }
}

/// All Markdown pages of the repository.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !IGNORED.contains(&name) {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found
}

/// Text between backticks, outside code blocks.
fn quoted(page: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut inside = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The part of a quoted text that must exist, if the text is a path of this repository.
fn path_in(text: &str) -> Option<String> {
    let first = text.split('/').next()?;
    let rooted = ROOT.contains(&first) || first == "tests";
    let plain = !text.contains(char::is_whitespace) && !text.contains("::");
    if !rooted || !plain || !(text.contains('/') || text.contains('.')) {
        return None;
    }
    // `policies/*.yaml` and `tests/fixtures/<name>/` promise the folder in front of the variable part.
    let fixed = text.split(['*', '<', '{']).next()?;
    if fixed.len() < text.len() {
        return fixed.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    }
    Some(fixed.split(['#', ':']).next()?.to_owned())
}

/// Targets of Markdown links that point into the repository.
fn links(page: &str) -> Vec<String> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let plain = local.filter_map(|target| target.split('#').next());
    plain
        .filter(|target| !target.is_empty() && !target.contains(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_path_is_told_from_other_quoted_text() {
    assert_eq!(
        path_in("filter/src/http.rs").as_deref(),
        Some("filter/src/http.rs")
    );
    assert_eq!(path_in("policies/*.yaml").as_deref(), Some("policies"));
    assert_eq!(
        path_in("envoy/<scenario>/envoy.yaml").as_deref(),
        Some("envoy")
    );
    assert_eq!(path_in("Cargo.toml").as_deref(), Some("Cargo.toml"));
    assert_eq!(path_in("tools/call"), None);
    assert_eq!(path_in("policies"), None);
    assert_eq!(path_in("filter state"), None);
}

#[test]
fn every_path_a_page_names_exists() {
    let root = workspace_root();
    let mut missing = Vec::new();
    for page in pages(&root) {
        let text = fs::read_to_string(&page).unwrap();
        let name = page.strip_prefix(&root).unwrap().display().to_string();
        for path in quoted(&text).iter().filter_map(|text| path_in(text)) {
            if !root.join(&path).exists() {
                missing.push(format!("{name} names `{path}`"));
            }
        }
        for link in links(&text) {
            if !page.parent().unwrap().join(&link).exists() {
                missing.push(format!("{name} links to `{link}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_shipped_policy_has_calls_that_pass_and_calls_that_fail() {
    let root = workspace_root();
    let mut shipped = 0;
    for policy in fs::read_dir(root.join("policies")).unwrap() {
        let name = policy.unwrap().file_name().into_string().unwrap();
        let Some(id) = name.strip_suffix(".yaml").filter(|id| !id.starts_with('_')) else {
            continue;
        };
        for kind in ["pass", "fail"] {
            let folder = root.join("tests/fixtures/policies").join(id).join(kind);
            let files = fs::read_dir(&folder)
                .map(Iterator::count)
                .unwrap_or_default();
            assert!(
                files > 0,
                "`policies/{name}` has nothing in `{}`",
                folder.display()
            );
        }
        shipped += 1;
    }
    assert!(shipped > 0, "there are no policies");
}
