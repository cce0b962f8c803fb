//! The command line: what can be asked, and how a command ends.

mod exit;
mod output;
mod policy;

use clap::{Parser, Subcommand};

pub(crate) use exit::{Exit, Failure};
pub(crate) use output::{Output, Tone};

/// Guards MCP traffic in Envoy: serves policies, keeps the audit ledger, tests policies.
#[derive(Debug, Parser)]
#[command(name = "tessera", version, propagate_version = true, after_help = exit::CODES)]
pub(crate) struct Arguments {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check, test and explain policies.
    Policy(policy::PolicyArgs),
}

/// Does what the command line says.
///
/// # Errors
/// Whatever kept the command from ending, with its exit code and what to do next.
pub(crate) fn run(command: Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Policy(arguments) => policy::run(arguments, output),
    }
}
