//! The command line: what can be asked, and how a command ends.
//!
//! Every command has a file here with its arguments and a `run` that returns an [`Exit`] or a
//! [`Failure`]; `main` is the only place that turns either into an exit code.

mod audit;
mod exit;
mod init;
mod output;
mod policy;
mod serve;
mod version;

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
    /// Run the control plane.
    Serve(serve::ServeArgs),
    /// Write a configuration that runs as it is.
    Init(init::InitArgs),
    /// Check, test and explain policies.
    Policy(policy::PolicyArgs),
    /// Verify, watch and export the audit ledger.
    Audit(audit::AuditArgs),
    /// Print the version.
    Version,
}

/// Does what the command line says.
///
/// # Errors
/// Whatever kept the command from ending, with its exit code and what to do next.
pub(crate) fn run(command: Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Init(arguments) => init::run(arguments, output),
        Command::Policy(arguments) => policy::run(arguments, output),
        Command::Audit(arguments) => audit::run(arguments, output),
        Command::Version => Ok(version::run(output)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn json_may_be_asked_for_after_the_command() {
        let arguments = Arguments::try_parse_from(["tessera", "version", "--json"]).unwrap();
        assert!(arguments.json);
    }
}
