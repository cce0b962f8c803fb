//! `tessera policy lint`: is everything in these files meant the way it is written?

use std::path::PathBuf;

use clap::Args;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::policy::{CompileOptions, PolicySettings};

use super::load::Directory;
use super::{Exit, Failure, Output, Tone};
use crate::policy_dir::{self, PolicyDir, Problem, Severity};

/// Arguments of `tessera policy lint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera policy lint --policy-dir policies
  tessera policy lint policies/pii-block.yaml --json
  tessera policy lint --strict

Exit 0: no errors (warnings allowed, unless --strict). Exit 1: warnings, with --strict. Exit 2: errors.")]
pub(super) struct LintArgs {
    /// Policy files to check instead of a directory.
    #[arg(value_name = "FILES", conflicts_with = "policy_dir")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    directory: Directory,
    /// Take warnings for findings: exit 1.
    #[arg(long)]
    strict: bool,
}

/// Checks the files and says what is wrong with them.
pub(super) fn run(arguments: &LintArgs, output: &Output) -> Result<Exit, Failure> {
    let dir = if arguments.files.is_empty() {
        arguments.directory.load()?
    } else {
        policy_dir::load_files(&arguments.files)
    };
    let problems = problems(&dir);
    let count = |severity| {
        problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if output.json() {
        print_json(&dir, &problems, errors, warnings, output);
    } else {
        print_text(&dir, &problems, errors, warnings, output);
    }
    Ok(match (errors, warnings) {
        (0, 0) => Exit::Done,
        (0, _) if arguments.strict => Exit::Finding,
        (0, _) => Exit::Done,
        _ => Exit::Usage,
    })
}

/// The problems of the files; if they are good, those of all of them together, and the warnings.
fn problems(dir: &PolicyDir) -> Vec<Problem> {
    if dir.has_errors() {
        return dir.problems.clone();
    }
    let compiled = dir.compile(PolicySettings::default(), &CompileOptions::default());
    let mut problems = dir.problems.clone();
    problems.extend(compiled.err().unwrap_or_default());
    problems.extend(dir.warnings());
    problems
}

fn print_text(
    dir: &PolicyDir,
    problems: &[Problem],
    errors: usize,
    warnings: usize,
    output: &Output,
) {
    for problem in problems {
        output.line(problem.render(true));
        output.line("");
    }
    let (word, tone) = match (errors, warnings) {
        (0, 0) => ("OK", Tone::Good),
        (0, _) => ("OK", Tone::Warning),
        _ => ("FAILED", Tone::Bad),
    };
    let word = output.paint(tone, word);
    let files = dir.files.len();
    output.line(format!(
        "{word} — {files} policy file(s) loaded, {errors} errors, {warnings} warnings."
    ));
}

fn print_json(
    dir: &PolicyDir,
    problems: &[Problem],
    errors: usize,
    warnings: usize,
    output: &Output,
) {
    let report = Object::new()
        .with("ok", errors == 0)
        .with("files", dir.files.len() as u64)
        .with("errors", errors as u64)
        .with("warnings", warnings as u64)
        .with(
            "problems",
            problems.iter().map(Problem::to_json).collect::<Vec<_>>(),
        );
    output.raw(json::to_text(&Value::Object(report)).as_bytes());
}
