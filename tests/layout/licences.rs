//! Licences and origins of everything we link, against the list in `deny.toml`.
//! Not a replacement for cargo-deny (`make deny`): the part of it that costs nothing on every run.

use std::collections::BTreeSet;
use std::fs;

use tessera_tests::workspace_root;

use crate::crates::packages;

/// The strings of `allow = [...]` under `[licenses]`.
fn allowed() -> BTreeSet<String> {
    let text = fs::read_to_string(workspace_root().join("deny.toml")).unwrap();
    let (_, section) = text.split_once("[licenses]").unwrap();
    let (_, list) = section.split_once("allow = [").unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    let lines = list
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Whether an SPDX expression can be met with these licences.
fn met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let any = |part: &str| {
        split(part, &[" AND "])
            .iter()
            .all(|atom| atom_met(atom, allowed))
    };
    split(expression, &[" OR ", "/"])
        .iter()
        .any(|part| any(part))
}

fn atom_met(atom: &str, allowed: &BTreeSet<String>) -> bool {
    let atom = atom.trim();
    match atom
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
    {
        Some(inner) => met(inner, allowed),
        None => allowed.contains(atom),
    }
}

/// Splits at separators that are outside parentheses.
fn split(text: &str, separators: &[&str]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut rest) = (0, text);
    while let Some(first) = rest.chars().next() {
        let hit = separators
            .iter()
            .find(|separator| depth == 0 && rest.starts_with(**separator));
        if let Some(separator) = hit {
            parts.push(String::new());
            rest = &rest[separator.len()..];
            continue;
        }
        depth += i32::from(first == '(') - i32::from(first == ')');
        parts.last_mut().unwrap().push(first);
        rest = &rest[first.len_utf8()..];
    }
    parts
}

#[test]
fn an_expression_is_met_as_its_operators_say() {
    let allowed: BTreeSet<String> = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
    assert!(met("MIT", &allowed));
    assert!(met("GPL-3.0 OR MIT", &allowed));
    assert!(met("GPL-3.0/MIT", &allowed));
    assert!(met("(MIT OR GPL-3.0) AND Unicode-3.0", &allowed));
    assert!(!met("(MIT OR Unicode-3.0) AND GPL-3.0", &allowed));
    assert!(!met("MIT AND GPL-3.0", &allowed));
    assert!(!met("GPL-3.0", &allowed));
}

#[test]
fn every_crate_has_a_licence_we_accept() {
    let allowed = allowed();
    assert!(
        allowed.contains("Apache-2.0"),
        "the list was not read: {allowed:?}"
    );
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none given");
        assert!(met(licence, &allowed), "{}: {licence}", package["name"]);
    }
}

#[test]
fn every_crate_comes_from_a_registry_or_from_here() {
    for package in packages() {
        let source = package["source"].as_str().unwrap_or("registry+ours");
        assert!(
            source.starts_with("registry+"),
            "{}: {source}",
            package["name"]
        );
    }
}
