//! `tessera label verify`: whether a token is good, and what it says.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use comfy_table::{Table, presets::NOTHING};
use serde_json::{Value, json};
use tessera_engine::limits;
use tessera_engine::scan::visible;
use tessera_engine::taint::keys::{KeyRing, PublicKey, Purpose, Scopes};
use tessera_engine::taint::label::{
    DelegationToken, Endorsed, Endorsement, Expect, Label, LabelError, Stamp,
};

use super::secret::SecretArgs;
use super::token::now;
use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera label verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera label verify \"$TOKEN\" --key-file keys/trust.key
  tessera label verify - --audience gateway --caller agent --json < token

Signature, form and time are always checked; audience, scope and caller if they are given. A token
that is not good has exit code 3.")]
pub(super) struct VerifyArgs {
    /// The token; `-` reads it from standard input.
    #[arg(value_name = "TOKEN")]
    token: String,
    /// The gateway it must be for.
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// The scope it must be for.
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// The caller it must be for.
    #[arg(long, value_name = "NAME")]
    caller: Option<String>,
    /// The Ed25519 key of a host: 32 bytes in base64. It may be given again.
    #[arg(long = "public-key", value_name = "ID:BASE64", value_parser = public_key)]
    public_keys: Vec<PublicKey>,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Reads a public key. Which purposes and scopes it counts for is the proxies' setting, not asked
/// here.
fn public_key(text: &str) -> Result<PublicKey, String> {
    let (id, key) = text.split_once(':').ok_or("a key is written `ID:BASE64`")?;
    let key = STANDARD.decode(key).map_err(|error| error.to_string())?;
    let purposes = Purpose::ALL.to_vec();
    PublicKey::new(id, &key, purposes, Scopes::All).map_err(|error| error.to_string())
}

/// Verifies.
pub(super) fn run(arguments: &VerifyArgs, output: &Output) -> Result<Exit, Failure> {
    let keys = arguments.secret.ring_with(arguments.public_keys.clone())?;
    let token = token(&arguments.token)?;
    let (kind, stamp, own) = match read(token.trim(), &keys) {
        Ok(read) => read,
        Err(error) => return Ok(refused(error, None, output)),
    };
    let mut members = stamped(kind, &stamp);
    members.extend(own);
    match checked(&stamp, arguments) {
        Err(error) => Ok(refused(error, Some(members), output)),
        Ok(()) => {
            if output.json() {
                output.value(&json!({"valid": true, "token": object(&members)}));
            } else {
                show(&members, output);
                output.line(output.paint(Tone::Good, "the signature fits"));
            }
            Ok(Exit::Done)
        }
    }
}

fn token(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let limit = u64::try_from(limits::TOKEN_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    // One byte more than a token may have: a longer one is then too long, not cut.
    std::io::stdin()
        .take(limit.saturating_add(2))
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(error).help("a token is ASCII text"))?;
    Ok(text)
}

/// Members in the order they are shown in.
type Members = Vec<(&'static str, Value)>;

type Read = (&'static str, Stamp, Members);

/// Reads a token of any kind.
fn read(token: &str, keys: &KeyRing) -> Result<Read, LabelError> {
    match Label::open(token, keys) {
        Ok(label) => {
            let own = of_label(&label);
            return Ok(("label", label.stamp, own));
        }
        Err(LabelError::WrongType) => {}
        Err(error) => return Err(error),
    }
    match Endorsement::open(token, keys) {
        Ok(endorsement) => {
            let own = of_endorsement(&endorsement);
            return Ok(("endorsement", endorsement.stamp, own));
        }
        Err(LabelError::WrongType) => {}
        Err(error) => return Err(error),
    }
    let delegation = DelegationToken::open(token, keys)?;
    let own = of_delegation(&delegation);
    Ok(("delegation", delegation.stamp, own))
}

fn checked(stamp: &Stamp, arguments: &VerifyArgs) -> Result<(), LabelError> {
    let binding = &stamp.binding;
    let wanted =
        |given: &Option<String>, own: &str| given.clone().unwrap_or_else(|| own.to_owned());
    stamp.check(&Expect {
        audience: &wanted(&arguments.audience, &binding.audience),
        scope: &wanted(&arguments.scope, &binding.scope),
        caller: &wanted(&arguments.caller, &binding.caller),
        now: now(),
    })
}

fn refused(error: LabelError, members: Option<Members>, output: &Output) -> Exit {
    if output.json() {
        let (code, error) = (error.code(), error.to_string());
        let token = members.as_ref().map(object);
        output.value(&json!({"valid": false, "code": code, "error": error, "token": token}));
        return Exit::Unverified;
    }
    if let Some(members) = &members {
        show(members, output);
    }
    output.line(format!("{}: {error}", output.paint(Tone::Bad, "refused")));
    Exit::Unverified
}

fn show(members: &Members, output: &Output) {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, value) in members {
        let text = match value {
            Value::String(text) => visible(text),
            other => visible(&other.to_string()),
        };
        table.add_row([output.paint(Tone::Quiet, name), text]);
    }
    output.line(table.trim_fmt());
}

fn object(members: &Members) -> Value {
    let owned = members
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Value::Object(owned.collect())
}

fn stamped(kind: &str, stamp: &Stamp) -> Members {
    let binding = &stamp.binding;
    vec![
        ("kind", kind.into()),
        ("key", stamp.key_id.as_str().into()),
        ("issuer", binding.issuer.as_str().into()),
        ("audience", binding.audience.as_str().into()),
        ("scope", binding.scope.as_str().into()),
        ("caller", binding.caller.as_str().into()),
        ("conversation", binding.conversation.as_str().into()),
        ("issued", stamp.issued.to_rfc3339().into()),
        ("expires", stamp.expires.to_rfc3339().into()),
        ("nonce", stamp.nonce.as_str().into()),
    ]
}

fn of_label(label: &Label) -> Members {
    let readers = label.readers.as_ref();
    let readers = readers.map(|readers| readers.iter().cloned().collect::<Vec<_>>());
    vec![
        ("upstream", label.upstream.as_str().into()),
        ("tool", label.tool.as_str().into()),
        ("origin", label.origin.as_str().into()),
        ("principal", label.principal.as_str().into()),
        ("level", label.level.as_str().into()),
        ("readers", readers.into()),
        ("sensitivity", label.sensitivity.as_str().into()),
        ("digest", label.digest.to_hex().into()),
        ("text", label.text.clone().into()),
        ("started", label.started.map(|at| at.to_rfc3339()).into()),
    ]
}

fn of_endorsement(endorsement: &Endorsement) -> Members {
    let (name, endorsed) = match &endorsement.endorsed {
        Endorsed::Value(value) => ("value", value),
        Endorsed::Result(result) => ("result", result),
    };
    vec![
        (name, endorsed.as_str().into()),
        ("level", endorsement.level.as_str().into()),
        ("approver", endorsement.approver.as_str().into()),
    ]
}

fn of_delegation(delegation: &DelegationToken) -> Members {
    let constraints = delegation.constraints.clone().into();
    let constraints = tessera_engine::json::to_text(&constraints);
    vec![
        ("subject", delegation.subject.as_str().into()),
        ("actions", delegation.actions.clone().into()),
        ("constraints", constraints.into()),
    ]
}
