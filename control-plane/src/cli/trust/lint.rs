//! `tessera trust lint`: is everything in the trust document meant the way it is written?

use clap::Args;
use tessera_engine::json::{self, Object, Value};

use super::document::{Registry, missing};
use super::{Exit, Failure, Output, Tone};
use crate::policy_dir::{Problem, Severity};

/// Arguments of `tessera trust lint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera trust lint
  tessera trust lint --registry policies/_trust.yaml --json
  tessera trust lint --strict

Of a directory the approved definitions of tools count too: tools no row is for, and arguments whose
role is told from their name, are warnings.

Exit 0: no errors (warnings allowed, unless --strict). Exit 1: warnings, with --strict. Exit 2: errors.")]
pub(super) struct LintArgs {
    #[command(flatten)]
    registry: Registry,
    /// Take warnings for findings: exit 1.
    #[arg(long)]
    strict: bool,
}

/// Checks the document and says what is wrong with it.
pub(super) fn run(arguments: &LintArgs, output: &Output) -> Result<Exit, Failure> {
    let dir = arguments.registry.read()?;
    if dir.trust.is_none() && !dir.has_errors() {
        return Err(missing(&arguments.registry.registry));
    }
    let mut problems = dir.problems.clone();
    problems.extend(dir.trust_warnings());

    let count = |severity| {
        let of = problems.iter().filter(|it| it.severity == severity);
        of.count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if output.json() {
        let all: Vec<Value> = problems.iter().map(Problem::to_json).collect();
        let report = Object::new()
            .with("ok", errors == 0)
            .with("errors", errors as u64)
            .with("warnings", warnings as u64)
            .with("problems", all);
        output.raw(json::to_text(&Value::Object(report)).as_bytes());
    } else {
        for problem in &problems {
            output.line(problem.render(true));
            output.line("");
        }
        let (word, tone) = match (errors, warnings) {
            (0, 0) => ("OK", Tone::Good),
            (0, _) => ("OK", Tone::Warning),
            _ => ("FAILED", Tone::Bad),
        };
        let word = output.paint(tone, word);
        output.line(format!("{word} — {errors} errors, {warnings} warnings."));
    }
    Ok(match (errors, warnings) {
        (0, 0) => Exit::Done,
        (0, _) if arguments.strict => Exit::Finding,
        (0, _) => Exit::Done,
        _ => Exit::Usage,
    })
}
