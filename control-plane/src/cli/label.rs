//! `tessera label`: keys of signed labels, tokens for prompts and approvals, and reading tokens.

mod endorse;
mod key;
mod keygen;
mod secret;
mod sign;
mod token;
mod verify;

use clap::{Args, Subcommand};

use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera label`.
#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    #[command(subcommand)]
    command: LabelCommand,
}

#[derive(Debug, Subcommand)]
enum LabelCommand {
    /// Make a master key.
    Keygen(keygen::KeygenArgs),
    /// Derive the key of one purpose and scope, for a host that signs.
    Key(key::KeyArgs),
    /// Sign what a user said.
    Sign(sign::SignArgs),
    /// Approve a value or a result for one conversation.
    Endorse(endorse::EndorseArgs),
    /// Check a token and show what it says.
    Verify(verify::VerifyArgs),
}

/// Makes, derives, signs or verifies.
///
/// # Errors
/// If there is no usable key, or what is to be signed is not allowed.
pub(crate) fn run(arguments: LabelArgs, output: &Output) -> Result<Exit, Failure> {
    match arguments.command {
        LabelCommand::Keygen(arguments) => keygen::run(&arguments, output),
        LabelCommand::Key(arguments) => key::run(&arguments, output),
        LabelCommand::Sign(arguments) => sign::run(arguments, output),
        LabelCommand::Endorse(arguments) => endorse::run(arguments, output),
        LabelCommand::Verify(arguments) => verify::run(&arguments, output),
    }
}
