//! `tessera policy`: check, test and explain policies.

use clap::Args;

use super::{Exit, Failure, Output};

/// Arguments of `tessera policy`.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {}

/// Checks, tests or explains policies.
///
/// # Errors
/// Always: no policy command is built in.
pub(crate) fn run(_arguments: PolicyArgs, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage(anyhow::anyhow!("no policy command is built in")))
}
