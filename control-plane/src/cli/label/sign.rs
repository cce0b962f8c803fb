//! `tessera label sign`: what a user said, as a host would sign it.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use tessera_engine::taint::label::Label;

use super::secret::SecretArgs;
use super::token::{BindingArgs, now, print};
use super::{Exit, Failure, Output};

/// Arguments of `tessera label sign`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("said").required(true).args(["prompt", "file"]))]
#[command(after_help = "Examples:
  tessera label sign --prompt 'Send Bob the report' --caller agent --conversation c-17 \\
    --audience gateway --key-file keys/trust.key
  tessera label sign --file prompt.txt --starts --caller agent --conversation c-18 --audience gateway

The token goes into the header `tessera-prompt` or the member `tessera/prompt` of `params._meta`.")]
pub(super) struct SignArgs {
    /// What the user said.
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// The file that holds what the user said, in UTF-8.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The conversation begins now: nothing can have been lost of it.
    #[arg(long)]
    starts: bool,
    #[command(flatten)]
    binding: BindingArgs,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Signs.
pub(super) fn run(arguments: SignArgs, output: &Output) -> Result<Exit, Failure> {
    let text = match (arguments.prompt, arguments.file) {
        (Some(text), _) => text,
        (None, Some(path)) => std::fs::read_to_string(&path).map_err(|error| {
            let error = anyhow::Error::new(error);
            Failure::usage(error.context(format!("`{}` cannot be read", path.display())))
        })?,
        (None, None) => String::new(),
    };
    let keys = arguments.secret.ring()?;
    let now = now();
    let stamp = arguments.binding.stamp(&keys, now)?;
    let label = Label::of_prompt(stamp, &text, arguments.starts.then_some(now));
    print(label.to_token(&keys), &label.stamp, output)
}
