//! The command line: what can be asked, and how a command ends.
//!
//! Every command has a file here with its arguments and a `run` that returns an [`Exit`] or a
//! [`Failure`]; `main` is the only place that turns either into an exit code.

mod audit;
mod exit;
mod init;
mod label;
mod lines;
mod output;
mod policy;
mod serve;
mod status;
mod tools;
mod trust;
mod version;

use std::process::ExitCode;

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
    /// Show which bundle is in force and which filter VM runs what.
    Status(status::StatusArgs),
    /// Write a configuration that runs as it is.
    Init(init::InitArgs),
    /// Check, test and explain policies.
    Policy(policy::PolicyArgs),
    /// Pin the definitions of tools, compare them with what a server lists, approve changes.
    Tools(tools::ToolsArgs),
    /// Keys of signed labels; sign prompts and approvals; verify tokens.
    Label(label::LabelArgs),
    /// Check and try out what is said about where content comes from and what may follow.
    Trust(trust::TrustArgs),
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
        Command::Serve(arguments) => serve::run(arguments, output),
        Command::Status(arguments) => status::run(&arguments, output),
        Command::Init(arguments) => init::run(arguments, output),
        Command::Policy(arguments) => policy::run(arguments, output),
        Command::Tools(arguments) => tools::run(&arguments, output),
        Command::Label(arguments) => label::run(arguments, output),
        Command::Trust(arguments) => trust::run(&arguments, output),
        Command::Audit(arguments) => audit::run(arguments, output),
        Command::Version => Ok(version::run(output)),
    }
}

/// Says what is wrong with a command line that cannot be parsed, in JSON if it asks for JSON; prints
/// the help or the version if that is what it asks for.
pub(crate) fn unparsed(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if !(error.use_stderr() && wants_json) {
        // A closed pipe is no error of ours.
        let _ = error.print();
        let exit = if error.use_stderr() {
            Exit::Usage
        } else {
            Exit::Done
        };
        return exit.into();
    }
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.is_empty());
    let lines: Vec<&str> = lines.map(str::trim).collect();
    let lines = lines.join(" ");
    let message = lines.strip_prefix("error: ").unwrap_or(&lines).to_owned();
    let failure = Failure::usage(anyhow::anyhow!(message)).help("--help says what there is");
    Output::new(true).failure(&failure);
    failure.exit.into()
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
