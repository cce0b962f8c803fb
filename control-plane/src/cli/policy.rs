//! `tessera policy`: check, test, evaluate and explain policies, and build the bundle of them.
//! The same engine as in the filter judges here.

mod build;
mod call;
mod eval;
mod explain;
mod lint;
mod load;
mod shows;
mod test;

use clap::{Args, Subcommand};

pub(in crate::cli) use load::unusable;

use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera policy`.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Check policy files: every error with its line, and what can hardly be meant.
    Lint(lint::LintArgs),
    /// Judge recorded calls and compare with what is expected.
    Test(test::TestArgs),
    /// Judge calls from standard input, one JSON line each.
    Eval(eval::EvalArgs),
    /// Show for one call how every policy and condition comes out.
    Explain(explain::ExplainArgs),
    /// Show which tools, resources or prompts a caller sees in lists.
    Shows(shows::ShowsArgs),
    /// Write the compiled bundle, as an inline `bundle` in the filter's configuration holds it.
    Build(build::BuildArgs),
}

/// Checks, tests, evaluates, explains or builds policies.
///
/// # Errors
/// If policies or inputs cannot be read or used.
pub(crate) fn run(arguments: PolicyArgs, output: &Output) -> Result<Exit, Failure> {
    match arguments.command {
        PolicyCommand::Lint(arguments) => lint::run(&arguments, output),
        PolicyCommand::Test(arguments) => test::run(&arguments, output),
        PolicyCommand::Eval(arguments) => eval::run(&arguments, output),
        PolicyCommand::Explain(arguments) => explain::run(&arguments, output),
        PolicyCommand::Shows(arguments) => shows::run(&arguments, output),
        PolicyCommand::Build(arguments) => build::run(&arguments, output),
    }
}
