//! Module edges inside the engine, read from its sources.

use std::fs;
use std::path::{Path, PathBuf};

use tessera_tests::workspace_root;

/// From the bottom to the top: a module imports only from rows below its own, or from its own row.
const ROWS: [&[&str]; 8] = [
    &["limits", "time", "digest", "glob", "pattern"],
    &["json"],
    &["mcp"],
    &["scan"],
    &["taint"],
    &["policy"],
    &["audit"],
    &["exchange"],
];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first path segments after every `crate::`, groups taken apart.
fn imports(source: &str) -> Vec<String> {
    let code: Vec<&str> = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (at, matched) in code.match_indices("crate::") {
        // `$crate::` and `tessera_crate::` are something else.
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || "_$".contains(before)) {
            continue;
        }
        found.extend(heads(&code[at + matched.len()..]));
    }
    found
}

/// `a::b` gives `a`; `{a::{b, c}, d}` gives `a` and `d`.
fn heads(text: &str) -> Vec<String> {
    let ident = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![ident(text)];
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(ident(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn imports_are_found_in_plain_paths_and_in_groups() {
    let source = "use crate::json::{self, Value};\nuse crate::{mcp::{A, B}, policy};\n\
                  // crate::exchange\nlet x = crate::limits::DEPTH; $crate::audit::x";
    assert_eq!(imports(source), ["json", "mcp", "policy", "limits"]);
}

#[test]
fn no_engine_module_imports_one_above_it() {
    let root = workspace_root().join("filter/engine/src");
    let mut seen = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let top = inside
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if top == "lib" {
            continue;
        }
        let own = row(top).unwrap_or_else(|| panic!("`{top}` is new: give it its row here"));
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            let other = row(&import)
                .unwrap_or_else(|| panic!("{}: `crate::{import}` is no module", path.display()));
            assert!(
                other <= own,
                "{}: `{top}` must not import `{import}`",
                inside.display()
            );
            seen += 1;
        }
    }
    assert!(
        seen > 10,
        "only {seen} imports found: the sources are somewhere else"
    );
}
