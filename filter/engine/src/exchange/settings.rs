//! The filter's settings as the exchange uses them. Not as written: `filter/src/settings.rs` is.

use super::caller::Callers;
use super::route::UpstreamRoute;
use crate::mcp::{DenialShape, Protocol};
use crate::taint::keys::KeyRing;
use crate::taint::{label, reference};

/// What happens to a request on a route that no upstream is mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmapped {
    /// It is refused: a forgotten mapping must not become a way around the policies.
    #[default]
    Deny,
    /// It is forwarded unjudged, for listeners that carry other traffic too.
    Forward,
}

/// What happens to a call while the filter has no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoBundle {
    /// It is refused.
    #[default]
    Deny,
    /// It is forwarded and recorded.
    Forward,
}

/// Whether the filter can keep another audit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditRoom {
    /// There is room, or losses are to be counted.
    Room,
    /// The outbox is full and calls are to be refused rather than go unrecorded.
    Full,
}

/// Where the state of conversations is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateKept {
    /// In this proxy: shared by its workers, gone when it is restarted.
    #[default]
    Local,
    /// With the control plane too, before anything that changes it is let through: shared by all
    /// proxies, and there after a restart.
    Replicated,
}

/// Whether statements in the formats of the reference count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReferenceFormats {
    /// They are as if they were not there.
    #[default]
    Ignored,
    /// They are read and, where they can be verified, believed.
    Read,
}

/// What judging by a bundle's trust document takes besides the document.
#[derive(Debug, Clone)]
pub struct TrustSettings {
    /// What tokens have to call this gateway.
    pub audience: String,
    /// The keys of tokens, of the names of conversations, and of fingerprints.
    pub keys: KeyRing,
    /// See [`StateKept`].
    pub state: StateKept,
    /// Seconds that the label of a result counts.
    pub label_seconds: i64,
    /// See [`ReferenceFormats`].
    pub reference_formats: ReferenceFormats,
}

/// Everything an exchange needs to know besides the bundle.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Which upstream a request is for; the first that fits counts.
    pub upstreams: Vec<UpstreamRoute>,
    /// See [`Unmapped`].
    pub unmapped: Unmapped,
    /// Who may call.
    pub callers: Callers,
    /// Whether the client's `Authorization` header reaches the server.
    pub forward_credentials: bool,
    /// See [`NoBundle`].
    pub no_bundle: NoBundle,
    /// Whether the HTTP+SSE transport of 2024-11-05 passes. Its requests are judged like others; its
    /// answers come on another exchange, where only their content can be.
    pub forwards_http_sse: bool,
    /// Shape of denials.
    pub denials: DenialShape,
    /// Protocol rules.
    pub protocol: Protocol,
    /// See [`TrustSettings`]; without it a bundle with a trust document lets nothing pass.
    pub trust: Option<TrustSettings>,
}

/// Headers that carry tokens, those of the reference among them.
const ALL_TOKEN_HEADERS: [&str; 4] = [
    label::PROMPT_HEADER,
    label::ENDORSEMENT_HEADER,
    label::DELEGATION_HEADER,
    reference::DELEGATION_HEADER,
];

impl Settings {
    /// Headers of requests that carry tokens for this gateway, so no server gets them.
    pub(super) fn token_headers(&self) -> &'static [&'static str] {
        match self.trust.as_ref().map(|trust| trust.reference_formats) {
            None => &[],
            Some(ReferenceFormats::Ignored) => &label::REQUEST_HEADERS,
            Some(ReferenceFormats::Read) => &ALL_TOKEN_HEADERS,
        }
    }
}
