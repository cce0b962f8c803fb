//! The plugin configuration: as an operator writes it, and as the filter uses it.
//!
//! `docs/configuration.md` is its reference page. Unknown keys are refused.

mod trust;

use crate::outbox::AtCap;
use base64::Engine as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::rc::Rc;
use std::time::Duration;
use tessera_engine::digest::Digest;
use tessera_engine::exchange::{
    self, BearerCaller, Callers, NoBundle, SpiffeCaller, Unmapped, UpstreamRoute,
};
use tessera_engine::limits;
use tessera_engine::mcp::{Batches, DenialShape, Host, HostError, Origin, OriginError, Protocol};
use tessera_engine::policy::{Bundle, Caller, SignatureError, TrustedKey};
use thiserror::Error;

/// The plugin configuration as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    upstreams: Vec<WrittenUpstream>,
    #[serde(default)]
    unmapped: WrittenChoice,
    #[serde(default)]
    callers: WrittenCallers,
    #[serde(default)]
    forward_credentials: bool,
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    batches: WrittenBatches,
    bundle: Option<Box<RawValue>>,
    control_plane: Option<WrittenControlPlane>,
    #[serde(default)]
    no_bundle: WrittenChoice,
    trust: Option<trust::Written>,
    #[serde(default)]
    http_sse: WrittenChoice,
    #[serde(default)]
    audit: WrittenAudit,
    #[serde(default)]
    denials: WrittenDenials,
    #[serde(default)]
    limits: WrittenLimits,
    #[serde(default = "yes")]
    hold_headers: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenChoice {
    #[default]
    Deny,
    Forward,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
enum WrittenBatches {
    #[default]
    #[serde(rename = "deny")]
    Deny,
    #[serde(rename = "2025-03-26")]
    Revision20250326,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenDenials {
    #[default]
    Mcp,
    Seed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUpstream {
    name: String,
    path_prefix: Option<String>,
    authority: Option<String>,
    cluster: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCallers {
    #[serde(default)]
    bearer: Vec<WrittenBearer>,
    #[serde(default)]
    spiffe: Vec<WrittenSpiffe>,
    anonymous: Option<WrittenCaller>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCaller {
    name: String,
    scope: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBearer {
    name: String,
    scope: Option<String>,
    token_sha256: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSpiffe {
    id: String,
    name: Option<String>,
    scope: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenControlPlane {
    cluster: String,
    trusted_keys: Vec<WrittenKey>,
    token: Option<String>,
    #[serde(default = "state_timeout_ms")]
    state_timeout_ms: u64,
}

/// How long the control plane may take to answer for a conversation, unless the configuration says.
const fn state_timeout_ms() -> u64 {
    1_000
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    id: String,
    ed25519: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenAudit {
    queue_records: usize,
    at_cap: AtCap,
    mirror: bool,
}

impl Default for WrittenAudit {
    fn default() -> Self {
        Self {
            queue_records: 10_000,
            at_cap: AtCap::Deny,
            mirror: false,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenLimits {
    body_bytes: usize,
}

impl Default for WrittenLimits {
    fn default() -> Self {
        Self {
            body_bytes: limits::BODY_BYTES,
        }
    }
}

/// Where bundles come from and records go to.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    /// Envoy cluster.
    pub(crate) cluster: String,
    /// Keys whose bundles are trusted.
    pub(crate) trusted_keys: Vec<TrustedKey>,
    /// The `authorization` value sent with every call.
    pub(crate) authorization: Option<String>,
    /// How long it may take to answer for a conversation.
    pub(crate) state_timeout: Duration,
}

/// The plugin configuration as the filter uses it.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What exchanges need.
    pub(crate) exchange: Rc<exchange::Settings>,
    /// The inline bundle.
    pub(crate) bundle: Option<Bundle>,
    /// See [`ControlPlane`].
    pub(crate) control_plane: Option<ControlPlane>,
    /// Records the outbox keeps.
    pub(crate) queue_records: usize,
    /// Records that one request may leave at the most.
    pub(crate) request_records: usize,
    /// What happens when it is full.
    pub(crate) at_cap: AtCap,
    /// Whether records are put into filter state.
    pub(crate) mirror: bool,
    /// Whether the host holds headers on Pause (`allow_on_headers_stop_iteration`).
    pub(crate) hold_headers: bool,
    /// Whether a mapping looks at the cluster, which costs a host call.
    pub(crate) asks_cluster: bool,
    /// Whether callers are known by certificate, which costs two.
    pub(crate) asks_peer: bool,
    /// Where Envoy's `jwt_authn` puts the claims it has verified, if they may vouch for the user's
    /// words.
    pub(crate) asks_claims: Option<String>,
}

/// Why a plugin configuration is refused.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    #[error("the plugin configuration is not what is expected: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`upstreams` is empty: name at least one MCP server")]
    NoUpstreams,
    #[error("`{key}` of caller `{name}` must be {expected}")]
    BadCaller {
        key: &'static str,
        name: String,
        expected: &'static str,
    },
    #[error("two bearer callers have the same token: `{first}` and `{second}`")]
    SameToken { first: String, second: String },
    #[error("`control_plane.trusted_keys` is empty: no bundle could ever be trusted")]
    NoTrustedKeys,
    #[error("`control_plane.state_timeout_ms` must be from 10 to {max}, got {got}")]
    StateTimeout { max: u64, got: u64 },
    #[error("`control_plane.trusted_keys` holds `{0}`, whose key is not base64")]
    KeyNotBase64(String),
    #[error(transparent)]
    BadKey(#[from] SignatureError),
    #[error("neither `bundle` nor `control_plane` is given: every call would be refused")]
    NoPolicySource,
    #[error("`bundle`: {0}")]
    Bundle(String),
    #[error(transparent)]
    Trust(#[from] trust::TrustError),
    #[error("`trust.state` is `replicated`, which takes a `control_plane`")]
    NoStateService,
    #[error(transparent)]
    NoTrustKeys(#[from] NoTrustKeys),
    #[error("`limits.body_bytes` must be from 1 to {max}, got {got}")]
    BodyBytes { max: usize, got: usize },
    #[error("`audit.queue_records` must be at least {0}: one request may leave as many")]
    ShortQueue(usize),
    #[error("`allowed_origins` holds `{0}`, which no browser sends: {1}")]
    BadOrigin(String, OriginError),
    #[error("`allowed_hosts` holds `{0}`: {1}")]
    BadHost(String, HostError),
}

/// A bundle judges by trust, and nothing says with which keys.
#[derive(Debug, Error)]
#[error(
    "the bundle has a trust document (`_trust.yaml`), and the plugin configuration has no `trust` with keys"
)]
pub(crate) struct NoTrustKeys;

impl Settings {
    /// Whether the filter can judge by a bundle.
    pub(crate) fn can_judge_by(&self, bundle: &Bundle) -> Result<(), NoTrustKeys> {
        can_judge(self.exchange.trust.is_some(), bundle)
    }

    /// Reads and checks a plugin configuration.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, SettingsError> {
        let mut written: Written = serde_json::from_slice(bytes)?;
        if written.upstreams.is_empty() {
            return Err(SettingsError::NoUpstreams);
        }
        if written.bundle.is_none() && written.control_plane.is_none() {
            return Err(SettingsError::NoPolicySource);
        }
        let (batches, request_records) = match written.batches {
            WrittenBatches::Deny => (Batches::Refuse, 1),
            WrittenBatches::Revision20250326 => (Batches::Revision20250326, limits::BATCH_MESSAGES),
        };
        if written.audit.queue_records < request_records {
            return Err(SettingsError::ShortQueue(request_records));
        }
        let body_bytes = written.limits.body_bytes;
        if !(1..=limits::BODY_BYTES).contains(&body_bytes) {
            return Err(SettingsError::BodyBytes {
                max: limits::BODY_BYTES,
                got: body_bytes,
            });
        }
        let bundle = written
            .bundle
            .map(|raw| Bundle::from_wire(raw.get().as_bytes()))
            .transpose()
            .map_err(|error| SettingsError::Bundle(error.to_string()))?;
        let is_replicated = |trust: &trust::Written| trust.state == trust::WrittenState::Replicated;
        if written.trust.as_ref().is_some_and(is_replicated) && written.control_plane.is_none() {
            return Err(SettingsError::NoStateService);
        }
        let verifier = written
            .trust
            .as_mut()
            .and_then(|trust| trust.jwt_authn.take());
        let trust = written.trust.map(trust::read).transpose()?;
        if let Some(bundle) = &bundle {
            can_judge(trust.is_some(), bundle)?;
        }
        let callers = callers(written.callers)?;
        let asks_peer = !callers.spiffe.is_empty();
        let upstreams: Vec<UpstreamRoute> = written.upstreams.into_iter().map(upstream).collect();
        let asks_cluster = upstreams.iter().any(|upstream| upstream.cluster.is_some());
        let forwards = |choice| choice == WrittenChoice::Forward;
        let exchange = exchange::Settings {
            upstreams,
            unmapped: if forwards(written.unmapped) {
                Unmapped::Forward
            } else {
                Unmapped::Deny
            },
            callers,
            forward_credentials: written.forward_credentials,
            no_bundle: if forwards(written.no_bundle) {
                NoBundle::Forward
            } else {
                NoBundle::Deny
            },
            forwards_http_sse: forwards(written.http_sse),
            denials: match written.denials {
                WrittenDenials::Mcp => DenialShape::Mcp,
                WrittenDenials::Seed => DenialShape::Seed,
            },
            protocol: Protocol {
                body_bytes,
                allowed_origins: origins(written.allowed_origins)?,
                allowed_hosts: hosts(written.allowed_hosts)?,
                batches,
                ..Protocol::default()
            },
            trust,
        };
        Ok(Self {
            exchange: Rc::new(exchange),
            bundle,
            control_plane: written.control_plane.map(control_plane).transpose()?,
            queue_records: written.audit.queue_records,
            request_records,
            at_cap: written.audit.at_cap,
            mirror: written.audit.mirror,
            hold_headers: written.hold_headers,
            asks_cluster,
            asks_peer,
            asks_claims: verifier.map(|verifier| verifier.payload_in_metadata),
        })
    }
}

fn can_judge(has_keys: bool, bundle: &Bundle) -> Result<(), NoTrustKeys> {
    if has_keys || bundle.trust().is_none() {
        Ok(())
    } else {
        Err(NoTrustKeys)
    }
}

fn origins(written: Vec<String>) -> Result<Vec<Origin>, SettingsError> {
    let read =
        |text: String| Origin::read(&text).map_err(|error| SettingsError::BadOrigin(text, error));
    written.into_iter().map(read).collect()
}

fn hosts(written: Vec<String>) -> Result<Vec<Host>, SettingsError> {
    let read =
        |text: String| Host::read(&text).map_err(|error| SettingsError::BadHost(text, error));
    written.into_iter().map(read).collect()
}

fn upstream(written: WrittenUpstream) -> UpstreamRoute {
    let WrittenUpstream {
        name,
        path_prefix,
        authority,
        cluster,
    } = written;
    UpstreamRoute {
        name,
        path_prefix,
        authority,
        cluster,
    }
}

fn callers(written: WrittenCallers) -> Result<Callers, SettingsError> {
    let mut bearer: Vec<BearerCaller> = Vec::new();
    for WrittenBearer {
        name,
        scope,
        token_sha256,
    } in written.bearer
    {
        let Some(token_sha256) = Digest::from_hex(&token_sha256) else {
            let expected = "64 hexadecimal digits: the SHA-256 of the token";
            return Err(SettingsError::BadCaller {
                key: "token_sha256",
                name,
                expected,
            });
        };
        if let Some(first) = bearer
            .iter()
            .find(|known| known.token_sha256 == token_sha256)
        {
            return Err(SettingsError::SameToken {
                first: first.caller.name.clone(),
                second: name,
            });
        }
        bearer.push(BearerCaller {
            caller: caller(name, scope)?,
            token_sha256,
        });
    }
    let spiffe = written
        .spiffe
        .into_iter()
        .map(|WrittenSpiffe { id, name, scope }| {
            if !id.starts_with("spiffe://") {
                let expected = "a SPIFFE id: `spiffe://<trust domain>/<path>`";
                return Err(SettingsError::BadCaller {
                    key: "id",
                    name: id,
                    expected,
                });
            }
            let name = name.unwrap_or_else(|| id.clone());
            Ok(SpiffeCaller {
                caller: caller(name, scope)?,
                id,
            })
        })
        .collect::<Result<_, _>>()?;
    let anonymous = written
        .anonymous
        .map(|WrittenCaller { name, scope }| caller(name, scope))
        .transpose()?;
    Ok(Callers {
        bearer,
        spiffe,
        anonymous,
    })
}

/// A caller; its scope is `default` unless given.
fn caller(name: String, scope: Option<String>) -> Result<Caller, SettingsError> {
    let scope = scope.unwrap_or_else(|| "default".to_owned());
    let is_scope = (1..=64).contains(&scope.len())
        && scope
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !is_scope {
        let expected = "1 to 64 of `a-z`, `0-9`, `-` and `_`";
        return Err(SettingsError::BadCaller {
            key: "scope",
            name,
            expected,
        });
    }
    if name.is_empty() || name.len() > 256 {
        return Err(SettingsError::BadCaller {
            key: "name",
            name,
            expected: "1 to 256 bytes",
        });
    }
    Ok(Caller { name, scope })
}

fn control_plane(written: WrittenControlPlane) -> Result<ControlPlane, SettingsError> {
    if written.trusted_keys.is_empty() {
        return Err(SettingsError::NoTrustedKeys);
    }
    let (max, got) = (limits::STATE_TIMEOUT_MS, written.state_timeout_ms);
    if !(10..=max).contains(&got) {
        return Err(SettingsError::StateTimeout { max, got });
    }
    let trusted_keys = written
        .trusted_keys
        .into_iter()
        .map(|WrittenKey { id, ed25519 }| {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(ed25519.trim())
                .map_err(|_| SettingsError::KeyNotBase64(id.clone()))?;
            Ok(TrustedKey::new(&id, &bytes)?)
        })
        .collect::<Result<_, SettingsError>>()?;
    Ok(ControlPlane {
        cluster: written.cluster,
        trusted_keys,
        authorization: written.token.map(|token| format!("Bearer {token}")),
        state_timeout: Duration::from_millis(written.state_timeout_ms),
    })
}
