//! `make conformance`: the MCP conformance suite about a server and a client of ours, directly and through the filter.
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
use std::thread;

use serde_json::{Value, json};
use suite::{Checks, Found, Scope};
use tessera_tests::{Envoy, McpServer, Setup, free_port, write_summary};

/// A revision, and the scenarios about clients that it requires. Those about login are left out: they are between a
/// client and an authorization server, and nothing of that passes the filter.
const REVISIONS: [(&str, &[&str]); 2] = [
    (
        "2025-11-25",
        &[
            "initialize",
            "tools_call",
            "elicitation-sep1034-client-defaults",
            "sse-retry",
        ],
    ),
    (
        "2026-07-28",
        &[
            "tools_call",
            "request-metadata",
            "sep-2322-client-request-state",
            "http-standard-headers",
            "http-custom-headers",
            "http-invalid-tool-headers",
            "json-schema-ref-no-deref",
        ],
    ),
];
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
    println!("revision    about    scenarios  passed  failed  checks  differences");
    let (mut scenarios, mut lines) = (0, Vec::new());
    let mut per_revision = serde_json::Map::new();
    for (revision, about_clients) in REVISIONS {
        let server = compare(revision, "server", &about_server(Scope::Server(revision))?);
        let client = compare(revision, "client", &about_client(revision, about_clients)?);
        let all = [&server, &client];
        let sum = all.iter().map(|one| one.scenarios).sum::<usize>();
        let differences = all.map(|one| one.differences.clone()).concat();
        per_revision.insert(
            revision.to_owned(),
            json!({
                "scenarios": sum,
                "differences": differences.len(),
                "different": differences,
                "server": server.summary,
                "client": client.summary,
            }),
        );
        scenarios += sum;
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

/// What one run of the suite found, and whether it is content.
type Run = Result<(Found, bool), String>;
/// A direct run and one through the filter.
type Runs = ((Found, bool), (Found, bool));

/// What the suite found directly, and what through the filter.
struct Both {
    direct: Found,
    filtered: Found,
}

/// One line of the table.
struct Compared {
    scenarios: usize,
    differences: Vec<String>,
    summary: Value,
}

fn compare(revision: &str, about: &str, both: &Both) -> Compared {
    let count = |is: fn(&Checks) -> bool| {
        let all = both.direct.values();
        all.filter(|checks| is(checks)).count()
    };
    let (passed, failed) = (count(suite::passed), count(suite::failed));
    let checks = both.direct.values().flat_map(|checks| checks.values());
    let checks: usize = checks.map(Vec::len).sum();
    let scenarios = both.direct.len();
    let differences = suite::differences(&both.direct, &both.filtered);
    println!(
        "{revision:<11} {about:<8} {scenarios:>9} {passed:>7} {failed:>7} {checks:>7} {:>12}",
        differences.len()
    );
    let summary = json!({
        "scenarios": scenarios,
        "passed": passed,
        "failed": failed,
        "checks": checks,
    });
    Compared {
        scenarios,
        differences,
        summary,
    }
}

/// A server of ours, directly and through the filter; each time a server of its own, so that neither run sees what the
/// other left. What a revision requires must pass directly.
fn about_server(scope: Scope<'_>) -> Result<Both, String> {
    let credulous = matches!(scope, Scope::ServerScenario(..));
    let alone = McpServer::for_conformance(credulous);
    let server = McpServer::for_conformance(credulous);
    // The one setting the suite needs: it sends the `Origin` of a page that comes from where the server is.
    let listen = free_port();
    let origins = json!([format!("http://127.0.0.1:{listen}")]);
    let setup = Setup::inline(server.port, &[]).with("/allowed_origins", origins);
    let envoy = Envoy::start(Setup { listen, ..setup });
    let ((direct, content), (filtered, _)) = at_once(
        || suite::run(scope, Some(&url(alone.port))),
        || suite::run(scope, Some(&url(envoy.port))),
    )?;
    if !content && !credulous {
        return Err(format!("the server alone does not pass: {direct:#?}"));
    }
    Ok(Both { direct, filtered })
}

/// A client of ours, directly and through the filter, against servers of the suite.
fn about_client(revision: &str, scenarios: &[&str]) -> Result<Both, String> {
    let upstreams = json!([{"name": "suite", "path_prefix": "/"}]);
    let setup = Setup::inline(0, &[]).with("/upstreams", upstreams);
    let envoy = Envoy::start(Setup {
        by_header: true,
        ..setup
    });
    let gate = format!("http://127.0.0.1:{}", envoy.port);
    let all = |gate: Option<&str>| {
        let mut all = (Found::new(), true);
        for scenario in scenarios {
            let (found, content) = suite::run(Scope::ClientScenario(scenario, revision), gate)?;
            all.0.extend(found);
            all.1 &= content;
        }
        Ok(all)
    };
    let ((direct, content), (filtered, _)) = at_once(|| all(None), || all(Some(&gate)))?;
    if !content {
        return Err(format!("the client alone does not pass: {direct:#?}"));
    }
    Ok(Both { direct, filtered })
}

/// Two runs of the suite, which mostly wait.
fn at_once(
    one: impl FnOnce() -> Run + Send,
    other: impl FnOnce() -> Run + Send,
) -> Result<Runs, String> {
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join(), other)
    });
    let one = one.map_err(|_| "a run of the suite panicked".to_owned())?;
    Ok((one?, other?))
}

/// A server that believes its headers fails the scenario; behind the filter it passes.
fn header_validation() -> Result<Value, String> {
    let both = about_server(Scope::ServerScenario(HEADERS, "2026-07-28"))?;
    let verdict = |found: &Found| match found.get(HEADERS) {
        Some(checks) if !suite::failed(checks) => "pass",
        _ => "fail",
    };
    let (direct, filtered) = (verdict(&both.direct), verdict(&both.filtered));
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
