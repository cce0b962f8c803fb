//! What every token minted here is bound to, and how one is printed.

use clap::Args;
use serde_json::json;
use tessera_engine::digest::Digest;
use tessera_engine::limits;
use tessera_engine::taint::keys::KeyRing;
use tessera_engine::taint::label::{Binding, LabelError, Stamp};
use tessera_engine::time::UnixMillis;

use super::keygen::random;
use super::{Exit, Failure, Output};

/// Whom a token is for, and how long it counts.
#[derive(Debug, Args)]
pub(super) struct BindingArgs {
    /// The gateway it is for: the `trust.audience` of the proxies.
    #[arg(long, value_name = "NAME")]
    audience: String,
    /// The caller it is for, as proxies know it; empty for callers without a name.
    #[arg(long, value_name = "NAME")]
    caller: String,
    /// The conversation it is of.
    #[arg(long, value_name = "ID")]
    conversation: String,
    /// The scope of the routes it counts on.
    #[arg(long, value_name = "SCOPE", default_value = "")]
    scope: String,
    /// Seconds it counts.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600,
          value_parser = clap::value_parser!(i64).range(1..=limits::TOKEN_SECONDS))]
    ttl: i64,
    /// Who issues it: a name for people, not checked.
    #[arg(long, value_name = "NAME", default_value = "tessera-cli")]
    issuer: String,
}

impl BindingArgs {
    /// A stamp of now with a random nonce.
    ///
    /// # Errors
    /// The system has no randomness.
    pub(super) fn stamp(self, keys: &KeyRing, now: UnixMillis) -> Result<Stamp, Failure> {
        let nonce: String = Digest(random()?).to_hex().chars().take(32).collect();
        let binding = Binding {
            issuer: self.issuer,
            audience: self.audience,
            scope: self.scope,
            caller: self.caller,
            conversation: self.conversation,
        };
        Ok(Stamp::new(keys, binding, &nonce, now, self.ttl))
    }
}

/// The time.
pub(super) fn now() -> UnixMillis {
    UnixMillis(jiff::Timestamp::now().as_millisecond())
}

/// Prints a token that was minted.
pub(super) fn print(
    token: Result<String, LabelError>,
    stamp: &Stamp,
    output: &Output,
) -> Result<Exit, Failure> {
    let token = token.map_err(Failure::usage)?;
    if output.json() {
        output.value(&json!({
            "token": token,
            "key_id": stamp.key_id,
            "nonce": stamp.nonce,
            "expires": stamp.expires.to_rfc3339(),
        }));
    } else {
        output.line(token);
    }
    Ok(Exit::Done)
}
