//! `tessera label key`: what a host needs to sign, and nothing more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::json;
use tessera_engine::taint::keys::Purpose;

use super::secret::SecretArgs;
use super::{Exit, Failure, Output};

/// Arguments of `tessera label key`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera label key --purpose prompt --scope team-a --key-file keys/trust.key > host.key
  TESSERA_TRUST_KEY=$(cat keys/trust.key) tessera label key --purpose endorsement --json

Prints `ID:BASE64`: the id goes into a token's `kid`, the decoded bytes are its HMAC key. Whoever has
it can sign for that purpose in that scope, and cannot find the master key.")]
pub(super) struct KeyArgs {
    /// What the key is for: prompt, endorsement, delegation or reference. Keys of proxies (label,
    /// conversation, flow, nonce) are not handed out.
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    purpose: Purpose,
    /// The scope of the routes it counts on.
    #[arg(long, value_name = "SCOPE", default_value = "")]
    scope: String,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Derives the key.
pub(super) fn run(arguments: &KeyArgs, output: &Output) -> Result<Exit, Failure> {
    let KeyArgs {
        purpose,
        scope,
        secret,
    } = arguments;
    let ring = secret.ring()?;
    let id = ring.signing().id();
    let key = STANDARD.encode(ring.signing().derive(*purpose, scope).secret());
    if output.json() {
        let purpose = purpose.name();
        output.value(&json!({"key_id": id, "purpose": purpose, "scope": scope, "key": key}));
    } else {
        output.line(format!("{id}:{key}"));
    }
    Ok(Exit::Done)
}

/// A purpose whose key may leave the proxy.
fn purpose(name: &str) -> Result<Purpose, String> {
    match Purpose::from_name(name) {
        Some(
            purpose @ (Purpose::Prompt
            | Purpose::Endorsement
            | Purpose::Delegation
            | Purpose::Reference),
        ) => Ok(purpose),
        Some(_) => Err("keys of proxies are not handed out".to_owned()),
        None => Err("prompt, endorsement, delegation or reference".to_owned()),
    }
}
