//! The stream of bundles from the control plane: reconnect, verify, compile, swap, acknowledge.
//!
//! A bundle that is not trusted, not newer or does not compile changes nothing but the answer:
//! the one before it stays in force (`design.md` section 4.6).

use crate::host::{self, GrpcCall};
use crate::last_good;
use crate::settings::{ControlPlane, NoTrustKeys};
use crate::shared::Shared;
use prost::Message as _;
use tessera_api::convert::{Hello, InvalidSignedBundle};
use tessera_api::v1::{self, subscribe_request, subscribe_response};
use tessera_engine::audit::BundleRef;
use tessera_engine::digest::Digest;
use tessera_engine::exchange::ActiveBundle;
use tessera_engine::policy::{Bundle, SignatureError, SignedBundle};
use tessera_engine::time::UnixMillis;
use thiserror::Error;

/// First pause before a new attempt, in milliseconds; doubled each time.
const FIRST_PAUSE_MS: i64 = 500;

/// Longest pause, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 30_000;

/// Without a sign of life for so long, in milliseconds, the stream is opened anew. The control
/// plane sends one every ten seconds.
const SILENCE_MS: i64 = 35_000;

/// The state of the stream.
#[derive(Debug)]
pub(crate) struct Subscription {
    stream: Option<u32>,
    last_heard: UnixMillis,
    next_attempt: UnixMillis,
    failures: u32,
    /// Spreads the attempts of many VMs; per mille of the pause.
    jitter: i64,
}

/// Why a bundle was refused.
#[derive(Debug, Error)]
enum BundleRefused {
    #[error(transparent)]
    Malformed(#[from] InvalidSignedBundle),
    #[error(transparent)]
    Untrusted(#[from] SignatureError),
    #[error("bundle version {got} is older than version {running}, which is in force")]
    Older { got: u64, running: u64 },
    #[error("bundle version {0} has another content than the one in force")]
    SameVersionOtherContent(u64),
    #[error("it does not compile: {0}")]
    DoesNotCompile(String),
    #[error(transparent)]
    NoTrustKeys(#[from] NoTrustKeys),
}

impl Subscription {
    /// Not connected; `jitter` is any number that differs between VMs.
    pub(crate) const fn new(jitter: u8) -> Self {
        Self {
            stream: None,
            last_heard: UnixMillis(0),
            next_attempt: UnixMillis(0),
            failures: 0,
            jitter: jitter as i64,
        }
    }

    /// Opens the stream if it is time to, and gives up one that has fallen silent.
    pub(crate) fn tick(&mut self, shared: &Shared, control_plane: &ControlPlane, now: UnixMillis) {
        if let Some(stream) = self.stream {
            if now.0.saturating_sub(self.last_heard.0) > SILENCE_MS {
                log::warn!("the control plane has fallen silent: opening a new stream");
                host::close_stream(stream);
                self.closed(now);
            }
            return;
        }
        if now < self.next_attempt {
            return;
        }
        let call = GrpcCall {
            service: "tessera.v1.PolicyService",
            method: "Subscribe",
            authorization: control_plane.authorization.as_deref(),
        };
        let Some(stream) = host::open_stream(&control_plane.cluster, &call) else {
            log::warn!("cluster `{}` cannot be reached", control_plane.cluster);
            return self.closed(now);
        };
        self.stream = Some(stream);
        self.last_heard = now;
        self.say(subscribe_request::Message::Hello(hello(shared)));
    }

    /// A message has arrived on `stream`.
    pub(crate) fn received(
        &mut self,
        shared: &Shared,
        control_plane: &ControlPlane,
        stream: u32,
        message: &[u8],
        now: UnixMillis,
    ) {
        if self.stream != Some(stream) {
            return;
        }
        self.last_heard = now;
        self.failures = 0;
        let Ok(response) = v1::SubscribeResponse::decode(message) else {
            log::warn!("the control plane sent a message that cannot be read");
            return;
        };
        let Some(subscribe_response::Message::Bundle(bundle)) = response.message else {
            return;
        };
        match take(shared, control_plane, &bundle) {
            Ok(digest) => {
                last_good::keep(&control_plane.cluster, &bundle);
                let running = BundleRef {
                    version: bundle.version,
                    digest,
                };
                self.say(subscribe_request::Message::Ack(running.into()));
            }
            Err(refused) => {
                host::count(shared.metrics.bundle_refused, 1);
                log::warn!("bundle version {} refused: {refused}", bundle.version);
                let nack = v1::Nack {
                    version: bundle.version,
                    reason: refused.to_string(),
                };
                self.say(subscribe_request::Message::Nack(nack));
            }
        }
    }

    /// The stream has ended.
    pub(crate) fn ended(&mut self, stream: u32, now: UnixMillis) {
        if self.stream == Some(stream) {
            self.closed(now);
        }
    }

    fn closed(&mut self, now: UnixMillis) {
        self.stream = None;
        let doubled = FIRST_PAUSE_MS.saturating_mul(1 << self.failures.min(6));
        let pause = doubled.min(LONGEST_PAUSE_MS);
        self.failures = self.failures.saturating_add(1);
        self.next_attempt = UnixMillis(now.0.saturating_add(pause + pause * self.jitter / 1000));
    }

    fn say(&self, message: subscribe_request::Message) {
        let request = v1::SubscribeRequest {
            message: Some(message),
        };
        if let Some(stream) = self.stream
            && !host::send(stream, &request.encode_to_vec())
        {
            log::warn!("a message to the control plane was not taken");
        }
    }
}

/// Puts the last good bundle in force, if one was kept and is still trusted.
pub(crate) fn restore(shared: &Shared, control_plane: &ControlPlane) {
    let Some(bundle) = last_good::kept(&control_plane.cluster) else {
        return;
    };
    match take(shared, control_plane, &bundle) {
        Ok(_) => log::info!("last good bundle restored: version {}", bundle.version),
        Err(refused) => log::warn!("the bundle kept in shared data was refused: {refused}"),
    }
}

/// Verifies and compiles a bundle and puts it in force; its digest.
fn take(
    shared: &Shared,
    control_plane: &ControlPlane,
    bundle: &v1::SignedBundle,
) -> Result<Digest, BundleRefused> {
    let signed = SignedBundle::try_from(bundle.clone())?;
    signed.verify(&control_plane.trusted_keys)?;
    let digest = Digest::of(&signed.payload);
    if let Some(running) = shared.bundle().filter(|running| running.version > 0) {
        if signed.version < running.version {
            return Err(BundleRefused::Older {
                got: signed.version,
                running: running.version,
            });
        }
        if signed.version == running.version {
            let same = running.bundle.digest() == digest;
            return same
                .then_some(digest)
                .ok_or(BundleRefused::SameVersionOtherContent(signed.version));
        }
    }
    let compiled = Bundle::from_wire(&signed.payload)
        .map_err(|error| BundleRefused::DoesNotCompile(error.to_string()))?;
    shared.settings.can_judge_by(&compiled)?;
    shared.swap(ActiveBundle {
        bundle: compiled,
        version: signed.version,
    });
    log::info!(
        "bundle version {} is in force, digest {digest}",
        signed.version
    );
    Ok(digest)
}

fn hello(shared: &Shared) -> v1::Hello {
    let (node_id, cluster) = host::node();
    let running = shared.bundle().map(|active| BundleRef {
        version: active.version,
        digest: active.bundle.digest(),
    });
    let filter_version = env!("CARGO_PKG_VERSION").to_owned();
    Hello {
        vm_id: shared.vm(),
        node_id,
        cluster,
        filter_version,
        running,
    }
    .into()
}
