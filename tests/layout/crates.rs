//! Crate edges: `engine <- api <- {filter, control-plane}`; tests import engine and api.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tessera_tests::workspace_root;

/// Asks cargo and returns what it says.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(workspace_root())
        .output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// All packages cargo knows of for this workspace.
pub(crate) fn packages() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--locked"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Direct dependencies of one of our crates, of every kind.
fn dependencies(packages: &[Value], name: &str) -> BTreeSet<String> {
    let package = packages
        .iter()
        .find(|package| package["name"] == name)
        .unwrap();
    let list = package["dependencies"].as_array().unwrap();
    list.iter()
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn our_crates_depend_on_each_other_in_one_direction_only() {
    let packages = packages();
    let edges = [
        ("tessera-engine", vec![]),
        ("tessera-api", vec!["tessera-engine"]),
        ("tessera-filter", vec!["tessera-api", "tessera-engine"]),
        (
            "tessera-control-plane",
            vec!["tessera-api", "tessera-engine"],
        ),
        ("tessera-tests", vec!["tessera-api", "tessera-engine"]),
    ];
    let ours = packages
        .iter()
        .filter(|package| package["source"].is_null())
        .count();
    assert_eq!(
        ours,
        edges.len(),
        "a crate was added: give it its place here"
    );
    for (name, allowed) in edges {
        for dependency in dependencies(&packages, name) {
            let fine = !dependency.starts_with("tessera-") || allowed.contains(&&*dependency);
            assert!(fine, "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_host_of_the_filter_is_known_to_the_filter_alone() {
    let packages = packages();
    for package in packages
        .iter()
        .filter(|package| package["source"].is_null())
    {
        let name = package["name"].as_str().unwrap();
        let knows = dependencies(&packages, name).contains("proxy-wasm");
        assert_eq!(knows, name == "tessera-filter", "{name} and proxy-wasm");
    }
}

#[test]
fn servers_and_runtimes_stay_out_of_engine_and_filter() {
    let packages = packages();
    for name in ["tessera-engine", "tessera-filter"] {
        for dependency in dependencies(&packages, name) {
            let server = ["tokio", "tonic", "hyper", "axum", "h2"];
            let fine = !server.iter().any(|prefix| dependency.starts_with(prefix));
            assert!(fine, "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_filter_as_wasm_links_no_server_no_yaml_and_no_javascript() {
    let tree = cargo(&[
        "tree",
        "--locked",
        "-p",
        "tessera-filter",
        "--target",
        "wasm32-wasip1",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let linked: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        linked.contains("tessera-engine"),
        "not the tree that was asked for: {tree}"
    );
    let unwanted = [
        "tokio",
        "tonic",
        "hyper",
        "h2",
        "wasm-bindgen",
        "js-sys",
        "granit-parser",
    ];
    for name in unwanted {
        assert!(!linked.contains(name), "the wasm module links {name}");
    }
}

#[test]
fn the_engine_knows_neither_clock_nor_randomness_nor_io() {
    let clippy =
        std::fs::read_to_string(workspace_root().join("filter/engine/clippy.toml")).unwrap();
    for banned in [
        "std::time::SystemTime",
        "std::time::Instant",
        "std::println",
    ] {
        assert!(
            clippy.contains(banned),
            "filter/engine/clippy.toml no longer bans {banned}"
        );
    }
    let engine = dependencies(&packages(), "tessera-engine");
    for name in ["getrandom", "rand", "time", "chrono", "log", "tracing"] {
        assert!(!engine.contains(name), "the engine depends on {name}");
    }
}
