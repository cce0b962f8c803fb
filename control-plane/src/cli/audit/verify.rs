//! `tessera audit verify`: does the ledger still say what was written?

use clap::Args;
use comfy_table::{Table, presets::NOTHING};
use serde_json::json;

use super::super::{Exit, Failure, Output, Tone};
use super::Place;
use crate::ledger::verify::{Finding, Report, ScopeReport, verify};

/// Arguments of `tessera audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera audit verify --data-dir /var/lib/tessera
  tessera audit verify --store copy-of-ledger.db --scope acme --json

Exit 0: everything fits. Exit 1: everything fits, and the control plane had noted records that did
not follow (lost by a filter, or doubled) or could not be read, or the ledger is empty. Exit 3:
something was changed, moved or removed, or there is no ledger.")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Report this scope only. The whole ledger is walked all the same.
    #[arg(long)]
    scope: Option<String>,
}

pub(super) fn run(arguments: &VerifyArgs, output: &Output) -> Result<Exit, Failure> {
    let path = arguments.place.path();
    let report = verify(&path).map_err(|error| {
        Failure::new(Exit::Unverified, error).help(
            "name the control plane's data directory with --data-dir, or the file with --store",
        )
    })?;
    let report = match &arguments.scope {
        None => report,
        Some(scope) => report.only(scope).ok_or_else(|| {
            Failure::new(
                Exit::Unverified,
                anyhow::anyhow!("the ledger has no scope `{scope}`"),
            )
            .help("`tessera audit verify` without --scope lists every scope")
        })?,
    };
    let exit = match (report.holds(), report.noted()) {
        (false, _) => Exit::Unverified,
        (true, 0) if !report.scopes.is_empty() => Exit::Done,
        (true, _) => Exit::Finding,
    };
    if output.json() {
        output.value(&json!({
            "ok": report.holds(),
            "noted": report.noted(),
            "scopes": report.scopes,
            "ledger": report.ledger,
        }));
    } else {
        print(&report, output);
    }
    Ok(exit)
}

fn print(report: &Report, output: &Output) {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(["SCOPE", "RECORDS", "NOTED", "STATUS", "CHAIN"]);
    for (name, scope) in &report.scopes {
        let status = if scope.findings.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        table.add_row([
            name.clone(),
            scope.records.to_string(),
            scope.noted.to_string(),
            status.to_owned(),
            scope.chain.chars().take(16).collect(),
        ]);
    }
    output.line(table.trim_fmt());
    for finding in report
        .ledger
        .iter()
        .chain(report.scopes.values().flat_map(findings))
    {
        print_finding(finding, output);
    }
    let more: u64 = report.scopes.values().map(|scope| scope.more).sum();
    if more > 0 {
        output.line(format!("and {more} more findings"));
    }
    let verdict = if !report.holds() {
        output.paint(Tone::Bad, "FAILED: the ledger is not what was written")
    } else if report.scopes.is_empty() {
        output.paint(
            Tone::Warning,
            "empty: every control plane that ever ran leaves a record",
        )
    } else if report.noted() > 0 {
        let noted = format!(
            "intact, with {} noted: breaks in a filter's chain (`tessera audit tail` shows \
             chain_gap, chain_fork) or records nobody could read (record_unreadable)",
            report.noted()
        );
        output.paint(Tone::Warning, noted)
    } else {
        output.paint(Tone::Good, "intact")
    };
    output.line(verdict);
}

fn findings(scope: &ScopeReport) -> impl Iterator<Item = &Finding> {
    scope.findings.iter()
}

fn print_finding(finding: &Finding, output: &Output) {
    let scope = finding.scope.as_deref().unwrap_or("(ledger)");
    output.line(format!(
        "{} {scope} position {} record {}: {}\n  expected {}\n  found    {}",
        output.paint(Tone::Bad, "FAILED"),
        finding.position,
        finding.id,
        finding.what.as_str(),
        finding.expected,
        finding.found,
    ));
}
