//! `tessera init`: a folder that runs as it is. Stand-in.
use super::{Exit, Failure, Output};
use clap::Args;
/// Arguments.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {}
pub(super) fn run(_a: InitArgs, _o: &Output) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
