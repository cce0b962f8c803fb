//! `tessera label endorse`: a person vouches for a value or a result.

use clap::{ArgGroup, Args};
use tessera_engine::taint::TrustLevel;
use tessera_engine::taint::label::{Endorsed, Endorsement};

use super::secret::SecretArgs;
use super::token::{BindingArgs, now, print};
use super::{Exit, Failure, Output};

/// Arguments of `tessera label endorse`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["value", "result"]))]
#[command(after_help = "Examples:
  tessera label endorse --value bob@example.com --approver alice --caller agent \\
    --conversation c-17 --audience gateway --key-file keys/trust.key
  tessera label endorse --result evt_12 --approver alice --caller agent --conversation c-17 \\
    --audience gateway --ttl 600 --key-file keys/trust.key

The token goes into the header `tessera-endorsement` or the member `tessera/endorsement` of
`params._meta`. It never releases a secret.")]
pub(super) struct EndorseArgs {
    /// A value, as it stands in an argument.
    #[arg(long, value_name = "TEXT")]
    value: Option<String>,
    /// A result: the digest of its label, or the audit id of its record.
    #[arg(long, value_name = "ID")]
    result: Option<String>,
    /// Who vouches.
    #[arg(long, value_name = "NAME")]
    approver: String,
    #[command(flatten)]
    binding: BindingArgs,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Approves.
pub(super) fn run(arguments: EndorseArgs, output: &Output) -> Result<Exit, Failure> {
    let endorsed = match (arguments.value, arguments.result) {
        (Some(value), _) => Endorsed::Value(value),
        (None, result) => Endorsed::Result(result.unwrap_or_default()),
    };
    let keys = arguments.secret.ring()?;
    let endorsement = Endorsement {
        stamp: arguments.binding.stamp(&keys, now())?,
        endorsed,
        level: TrustLevel::Tool,
        approver: arguments.approver,
    };
    print(endorsement.to_token(&keys), &endorsement.stamp, output)
}
