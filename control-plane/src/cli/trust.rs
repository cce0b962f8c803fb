//! `tessera trust`: the trust document, checked, shown and tried out. The same engine as in the filter
//! judges here.

mod document;
mod explain;
mod init;
mod known;
mod lint;
mod replay;
mod session;
mod show;
mod step;

use clap::{Args, Subcommand};

use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera trust`.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Debug, Subcommand)]
enum TrustCommand {
    /// Write a first trust document from the tools a server lists.
    Init(init::InitArgs),
    /// Show what is made of each tool: what it does, what its arguments are, and who says so.
    Show(show::ShowArgs),
    /// Check a trust document: every error with its line, and what can hardly be meant.
    Lint(lint::LintArgs),
    /// Play conversations from standard input through the engine, one JSON line per step.
    Replay(replay::ReplayArgs),
    /// Show for one call, after a history, where each argument came from and what it needs.
    Explain(explain::ExplainArgs),
}

/// Writes, shows, checks, replays or explains.
///
/// # Errors
/// If the document or the inputs cannot be read or used.
pub(crate) fn run(arguments: &TrustArgs, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        TrustCommand::Init(arguments) => init::run(arguments, output),
        TrustCommand::Show(arguments) => show::run(arguments, output),
        TrustCommand::Lint(arguments) => lint::run(arguments, output),
        TrustCommand::Replay(arguments) => replay::run(arguments, output),
        TrustCommand::Explain(arguments) => explain::run(arguments, output),
    }
}
