//! Runs the MCP conformance suite and reads what it found.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tessera_tests::{tool, workspace_root};

/// Statuses by check. A check may be made more than once; the order in which it was does not matter.
pub type Checks = BTreeMap<String, Vec<String>>;

/// What was found, by scenario.
pub type Found = BTreeMap<String, Checks>;

/// The length of `-2026-07-28T12-00-00-000Z`, with which the suite ends the name of a folder of results.
const TIMESTAMP: usize = 25;

/// What the suite is asked for.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// All that a revision requires of a server, and what it reports without requiring it.
    Server(&'a str),
    /// One scenario about a server, at a revision.
    ServerScenario(&'a str, &'a str),
    /// One scenario about a client, at a revision: the suite is the server, the client is ours.
    ClientScenario(&'a str, &'a str),
}

/// What the suite finds, and whether it is content. `url` is where the server is; for scenarios about a client it is the
/// proxy between, if there is one.
///
/// # Errors
/// When the suite cannot be run or wrote nothing.
pub fn run(scope: Scope<'_>, url: Option<&str>) -> Result<(Found, bool), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut command = Command::new(tool("bin/node"));
    command.arg(tool("conformance/node_modules/.bin/conformance"));
    ask(&mut command, scope, url);
    command.arg("--output-dir").arg(folder.path());
    let quiet = workspace_root().join("tests/conformance/loopback.cjs");
    command.env("NODE_OPTIONS", format!("--require={}", quiet.display()));
    let output = command.output().map_err(|error| error.to_string())?;
    let found = read(folder.path()).map_err(|error| error.to_string())?;
    if found.is_empty() {
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        return Err(format!("the suite found nothing:\n{said}"));
    }
    Ok((found, output.status.success()))
}

fn ask(command: &mut Command, scope: Scope<'_>, url: Option<&str>) {
    match scope {
        Scope::Server(revision) => command.args(["server", "--requirements", revision]),
        Scope::ServerScenario(name, revision) => {
            command.args(["server", "--scenario", name, "--spec-version", revision])
        }
        Scope::ClientScenario(name, revision) => {
            command.args(["client", "--scenario", name, "--spec-version", revision])
        }
    };
    if let Scope::ClientScenario(..) = scope {
        let client = [
            tool("bin/node"),
            workspace_root().join("tests/conformance/client.mjs"),
            tool("clients/typescript-2"),
        ];
        let client = client.map(|path| path.display().to_string());
        command.arg("--command").arg(client.join(" "));
        command.env_remove("CONFORMANCE_GATE");
        command.envs(url.map(|gate| ("CONFORMANCE_GATE", gate)));
    } else {
        command.arg("--url").args(url);
    }
}

fn read(folder: &Path) -> std::io::Result<Found> {
    let mut found = Found::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = name.strip_prefix("server-").unwrap_or(&name);
        let name = name.get(..name.len().saturating_sub(TIMESTAMP));
        let checks = fs::read(path.join("checks.json"))?;
        let checks: Vec<Value> = serde_json::from_slice(&checks)?;
        found.insert(name.unwrap_or_default().to_owned(), by_check(&checks));
    }
    Ok(found)
}

/// Statuses by check. What is only told (`INFO`) is no result: how many events came in how many pieces, say.
fn by_check(checks: &[Value]) -> Checks {
    let mut found = Checks::new();
    for check in checks {
        let text = |key: &str| check[key].as_str().unwrap_or("?").to_owned();
        if text("status") != "INFO" {
            found.entry(text("id")).or_default().push(text("status"));
        }
    }
    for statuses in found.values_mut() {
        statuses.sort();
    }
    found
}

/// Whether a scenario has failed.
pub fn failed(checks: &Checks) -> bool {
    has(checks, "FAILURE")
}

/// Whether a scenario has passed: neither failed nor skipped.
pub fn passed(checks: &Checks) -> bool {
    !failed(checks) && has(checks, "SUCCESS")
}

fn has(checks: &Checks, wanted: &str) -> bool {
    checks.values().flatten().any(|status| status == wanted)
}

/// What differs between two runs: one line for each check, or for a scenario that only one of them has.
pub fn differences(direct: &Found, filtered: &Found) -> Vec<String> {
    let mut lines = Vec::new();
    for name in direct.keys().chain(filtered.keys()) {
        let (Some(one), Some(other)) = (direct.get(name), filtered.get(name)) else {
            lines.push(format!("{name}: only in one run"));
            continue;
        };
        for check in one.keys().chain(other.keys()) {
            let (one, other) = (one.get(check), other.get(check));
            if one != other {
                lines.push(format!(
                    "{name}: {check}: directly {one:?}, through the filter {other:?}"
                ));
            }
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{by_check, differences, failed, passed};

    fn found(checks: &serde_json::Value) -> super::Found {
        let checks = by_check(checks.as_array().unwrap());
        [("ping".to_owned(), checks)].into()
    }

    #[test]
    fn a_check_with_another_result_is_a_difference() {
        let direct =
            found(&json!([{"id": "a", "status": "SUCCESS"}, {"id": "b", "status": "SUCCESS"}]));
        let filtered =
            found(&json!([{"id": "a", "status": "SUCCESS"}, {"id": "b", "status": "WARNING"}]));
        let lines = differences(&direct, &filtered);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("ping: b:"), "{lines:?}");
    }

    #[test]
    fn a_check_that_only_one_run_made_is_a_difference() {
        let direct = found(&json!([{"id": "a", "status": "SUCCESS"}]));
        let filtered = found(&json!([]));
        assert_eq!(differences(&direct, &filtered).len(), 1);
        assert_eq!(differences(&filtered, &direct).len(), 1);
    }

    #[test]
    fn a_scenario_that_only_one_run_has_is_a_difference() {
        let direct = found(&json!([]));
        assert_eq!(differences(&direct, &super::Found::new()).len(), 1);
    }

    #[test]
    fn order_and_what_is_only_told_make_no_difference() {
        let direct =
            found(&json!([{"id": "a", "status": "SUCCESS"}, {"id": "a", "status": "SKIPPED"}]));
        let filtered = found(&json!([
            {"id": "a", "status": "SKIPPED"}, {"id": "event", "status": "INFO"}, {"id": "a", "status": "SUCCESS"}
        ]));
        assert!(differences(&direct, &filtered).is_empty());
    }

    #[test]
    fn a_skipped_scenario_has_neither_passed_nor_failed() {
        let skipped = by_check(
            json!([{"id": "a", "status": "SKIPPED"}])
                .as_array()
                .unwrap(),
        );
        assert!(!passed(&skipped) && !failed(&skipped));
    }
}
