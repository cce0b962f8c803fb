//! `make conformance`: the MCP conformance suite against a server of ours, directly and through the filter.
//! Every result must be the same; and a server that does not validate headers does so behind the filter.
//! Prints a table, writes `target/conformance/summary.json`, and fails if anything is not as it says.
#![allow(
    clippy::print_stdout,
    unreachable_pub,
    reason = "a program that prints, made of modules of its own"
)]

#[path = "../conformance/suite.rs"]
mod suite;

use std::process::ExitCode;

use serde_json::{Value, json};
use suite::{Checks, Found, Scope};
use tessera_tests::{Envoy, McpServer, Setup, free_port, write_summary};

/// The revisions the suite has requirements for.
const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];
/// The scenario about headers that contradict the body.
const HEADERS: &str = "http-header-validation";

fn main() -> ExitCode {
    match conformance() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("\nFAILED: {why}");
            ExitCode::FAILURE
        }
    }
}

fn conformance() -> Result<(), String> {
    println!(
        "{:<12} {:>9} {:>7} {:>7} {:>7} {:>11}",
        "revision", "scenarios", "passed", "failed", "checks", "differences"
    );
    let mut per_revision = serde_json::Map::new();
    let (mut scenarios, mut lines) = (0, Vec::new());
    for revision in REVISIONS {
        let (direct, filtered) = both(Scope::Revision(revision), false)?;
        let differences = suite::differences(&direct, &filtered);
        let count = |is: fn(&Checks) -> bool| direct.values().filter(|checks| is(checks)).count();
        let (passed, failed) = (count(suite::passed), count(suite::failed));
        let checks = direct.values().flat_map(|checks| checks.values());
        let checks: usize = checks.map(Vec::len).sum();
        println!(
            "{revision:<12} {:>9} {passed:>7} {:>7} {checks:>7} {:>11}",
            direct.len(),
            failed,
            differences.len()
        );
        let row = json!({
            "scenarios": direct.len(),
            "passed": passed,
            "failed": failed,
            "checks": checks,
            "differences": differences,
        });
        per_revision.insert(revision.to_owned(), row);
        scenarios += direct.len();
        lines.extend(differences);
    }
    let headers = header_validation()?;
    let summary = json!({
        "scenarios": scenarios,
        "differences": lines.len(),
        "per_revision": per_revision,
        "header_validation": headers,
    });
    let path = write_summary("conformance", &summary).map_err(|error| error.to_string())?;
    println!("\nwritten to {}", path.display());
    if lines.is_empty() {
        return Ok(());
    }
    Err(format!("the filter changed results\n{}", lines.join("\n")))
}

/// What the suite finds about the same server directly and through the filter; each in a server of its own, so that
/// neither sees what the other left. What a revision requires must pass both ways.
fn both(scope: Scope<'_>, credulous: bool) -> Result<(Found, Found), String> {
    let server = McpServer::for_conformance(credulous);
    let (direct, content) = suite::run(scope, &url(server.port))?;
    if !content && !credulous {
        return Err(format!("the server alone does not pass: {direct:#?}"));
    }
    let server = McpServer::for_conformance(credulous);
    // The one setting the suite needs: it sends the `Origin` of a page that comes from where the server is.
    let listen = free_port();
    let origins = json!([format!("http://127.0.0.1:{listen}")]);
    let setup = Setup::inline(server.port, &[]).with("/allowed_origins", origins);
    let envoy = Envoy::start(Setup { listen, ..setup });
    let (filtered, _) = suite::run(scope, &url(envoy.port))?;
    Ok((direct, filtered))
}

/// A server that believes its headers fails the scenario; behind the filter it passes.
fn header_validation() -> Result<Value, String> {
    let (direct, filtered) = both(Scope::Scenario(HEADERS, "2026-07-28"), true)?;
    let verdict = |found: &Found| match found.get(HEADERS) {
        Some(checks) if !suite::failed(checks) => "pass",
        _ => "fail",
    };
    let (direct, filtered) = (verdict(&direct), verdict(&filtered));
    println!(
        "\n{HEADERS}, a server that does not validate: directly {direct}, behind the filter {filtered}"
    );
    if (direct, filtered) == ("fail", "pass") {
        return Ok(json!({"direct": direct, "filtered": filtered}));
    }
    Err(format!(
        "{HEADERS} must fail directly and pass behind the filter"
    ))
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/mcp")
}
