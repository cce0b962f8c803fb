//! `tessera audit`: verify, watch and export the ledger.

mod export;
mod tail;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Exit, Failure, Output};
use crate::ledger::{self, LedgerError};

/// Arguments of `tessera audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Re-derive every hash and chain from the records' bytes.
    Verify(verify::VerifyArgs),
    /// Print the newest records.
    Tail(tail::TailArgs),
    /// Print every record, oldest first.
    Export(export::ExportArgs),
}

/// Where the ledger is.
#[derive(Debug, Args)]
struct Place {
    /// The ledger's file.
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    store: Option<PathBuf>,
    /// The control plane's data directory.
    #[arg(long, value_name = "DIR", default_value = crate::settings::DATA_DIR)]
    data_dir: PathBuf,
}

impl Place {
    fn path(&self) -> PathBuf {
        let in_data_dir = || self.data_dir.join(ledger::FILE_NAME);
        self.store.clone().unwrap_or_else(in_data_dir)
    }
}

/// Which records are wanted.
#[derive(Debug, Args)]
struct Wanted {
    /// Only records of this scope.
    #[arg(long)]
    scope: Option<String>,
    /// Only records with this action: allow, block, log_only or require_approval.
    #[arg(long)]
    action: Option<String>,
    /// Only records of this tool.
    #[arg(long)]
    tool: Option<String>,
}

impl From<Wanted> for ledger::Filter {
    fn from(wanted: Wanted) -> Self {
        let Wanted {
            scope,
            action,
            tool,
        } = wanted;
        Self {
            scope,
            action,
            tool,
        }
    }
}

/// Runs an audit command.
///
/// # Errors
/// The ledger is missing, unreadable or cannot be verified.
pub(super) fn run(arguments: AuditArgs, output: &Output) -> Result<Exit, Failure> {
    match arguments.command {
        AuditCommand::Verify(arguments) => verify::run(&arguments, output),
        AuditCommand::Tail(arguments) => tail::run(arguments, output),
        AuditCommand::Export(arguments) => export::run(arguments, output),
    }
}

/// What to do about a ledger that cannot be read.
fn unreadable(error: LedgerError) -> Failure {
    let help = "name the control plane's data directory with --data-dir, or the file with --store";
    match error {
        LedgerError::Open { .. } | LedgerError::Format { .. } => Failure::usage(error).help(help),
        LedgerError::Unavailable { .. } | LedgerError::Closed => Failure::unavailable(error),
    }
}
