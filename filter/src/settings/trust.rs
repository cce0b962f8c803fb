//! `trust` of the plugin configuration: what judging by a bundle's trust document takes.
//!
//! Secrets are read here and go into keys, which show nothing of them. Errors name keys by id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fmt;
use tessera_engine::exchange::{ReferenceFormats, StateKept, TrustSettings};
use tessera_engine::limits;
use tessera_engine::taint::keys::{KeyError, KeyRing, MasterKey, PublicKey, Purpose, Scopes};
use thiserror::Error;

/// `trust` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    audience: String,
    keys: Vec<WrittenSecret>,
    #[serde(default)]
    ed25519_keys: Vec<WrittenPublic>,
    #[serde(default)]
    pub(super) state: WrittenState,
    #[serde(default = "label_lifetime_seconds")]
    label_lifetime_seconds: i64,
    #[serde(default)]
    reference_formats: bool,
    pub(super) jwt_authn: Option<WrittenVerifier>,
}

/// Envoy's filter that verifies tokens before ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenVerifier {
    /// What its provider calls `payload_in_metadata`.
    pub(super) payload_in_metadata: String,
}

/// As long as a conversation is kept.
const fn label_lifetime_seconds() -> i64 {
    limits::TRUST_IDLE_MS / 1_000
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrittenState {
    #[default]
    Local,
    Replicated,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSecret {
    id: String,
    secret: Option<String>,
    secret_env: Option<String>,
}

impl fmt::Debug for WrittenSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = formatter.debug_struct("WrittenSecret");
        written.field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPublic {
    id: String,
    ed25519: String,
    purposes: Vec<WrittenPurpose>,
    scopes: Option<Vec<String>>,
}

/// What somebody else's key may sign. Labels are ours alone.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenPurpose {
    Prompt,
    Endorsement,
    Delegation,
}

/// Why `trust` is refused.
#[derive(Debug, Error)]
pub(crate) enum TrustError {
    #[error("`trust.audience` must be 1 to {} bytes", limits::TOKEN_NAME_BYTES)]
    Audience,
    #[error("`trust.keys`: give either `secret` or `secret_env` of the key `{0}`")]
    NoSecret(String),
    #[error("`trust.keys`: the environment variable `{1}` of the key `{0}` is not set in the VM")]
    NoVariable(String, String),
    #[error("`trust.keys`: the secret of the key `{0}` is not base64")]
    SecretNotBase64(String),
    #[error("`trust.ed25519_keys`: the key `{0}` is not base64")]
    PublicNotBase64(String),
    #[error("`trust`: {0}")]
    Key(#[from] KeyError),
    #[error("`trust.label_lifetime_seconds` must be from 1 to {max}, got {got}")]
    Lifetime { max: i64, got: i64 },
}

/// Checks `trust` and makes keys of its secrets.
pub(super) fn read(written: Written) -> Result<TrustSettings, TrustError> {
    let Written {
        audience,
        keys,
        ed25519_keys,
        state,
        label_lifetime_seconds,
        reference_formats,
        jwt_authn: _,
    } = written;
    if !(1..=limits::TOKEN_NAME_BYTES).contains(&audience.len()) {
        return Err(TrustError::Audience);
    }
    let (max, got) = (limits::TOKEN_SECONDS, label_lifetime_seconds);
    if !(1..=max).contains(&got) {
        return Err(TrustError::Lifetime { max, got });
    }
    let keys: Vec<_> = keys.into_iter().map(master).collect::<Result<_, _>>()?;
    let public = ed25519_keys.into_iter().map(public);
    let public = public.collect::<Result<_, _>>()?;
    Ok(TrustSettings {
        audience,
        keys: KeyRing::new(keys, public)?,
        state: match state {
            WrittenState::Local => StateKept::Local,
            WrittenState::Replicated => StateKept::Replicated,
        },
        label_seconds: label_lifetime_seconds,
        reference_formats: if reference_formats {
            ReferenceFormats::Read
        } else {
            ReferenceFormats::Ignored
        },
    })
}

fn master(written: WrittenSecret) -> Result<MasterKey, TrustError> {
    let WrittenSecret {
        id,
        secret,
        secret_env,
    } = written;
    let text = match (secret, secret_env) {
        (Some(secret), None) => secret,
        (None, Some(name)) => {
            std::env::var(&name).map_err(|_| TrustError::NoVariable(id.clone(), name))?
        }
        _ => return Err(TrustError::NoSecret(id)),
    };
    let secret = STANDARD.decode(text.trim());
    let secret = secret.map_err(|_| TrustError::SecretNotBase64(id.clone()))?;
    Ok(MasterKey::new(&id, &secret)?)
}

fn public(written: WrittenPublic) -> Result<PublicKey, TrustError> {
    let WrittenPublic {
        id,
        ed25519,
        purposes,
        scopes,
    } = written;
    let bytes = STANDARD.decode(ed25519.trim());
    let bytes = bytes.map_err(|_| TrustError::PublicNotBase64(id.clone()))?;
    let purpose = |written| match written {
        WrittenPurpose::Prompt => Purpose::Prompt,
        WrittenPurpose::Endorsement => Purpose::Endorsement,
        WrittenPurpose::Delegation => Purpose::Delegation,
    };
    let purposes = purposes.into_iter().map(purpose).collect();
    let scopes = scopes.map_or(Scopes::All, Scopes::Only);
    Ok(PublicKey::new(&id, &bytes, purposes, scopes)?)
}
