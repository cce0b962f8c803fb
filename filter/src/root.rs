//! One per configuration and VM: reads the settings, ticks, and takes the gRPC callbacks.
//!
//! Nothing with a side effect outside the VM happens before the first tick: every new
//! configuration is tried in a throw-away VM that runs `on_configure` for real
//! (`envoy-host.md` section 2.3).

use crate::host::{self, GrpcCall};
use crate::http::Http;
use crate::settings::{ControlPlane, Settings};
use crate::shared::Shared;
use crate::subscription::{self, Subscription};
use prost::Message as _;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;
use std::rc::Rc;
use std::time::Duration;
use tessera_api::v1;

/// How often bundles are looked for and records are sent.
const TICK: Duration = Duration::from_millis(100);

/// How long a submission of records may take.
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Ticks an outgoing configuration may live on to get its records delivered.
const FAREWELL_TICKS: u32 = 300;

/// The root context.
#[derive(Default)]
pub(crate) struct Root {
    /// Its own id.
    context: u32,
    shared: Option<Rc<Shared>>,
    subscription: Option<Subscription>,
    /// Ticks left to live after the configuration has been replaced.
    farewell: Option<u32>,
}

impl Root {
    /// The root context of that id.
    pub(crate) fn new(context: u32) -> Self {
        Self {
            context,
            ..Self::default()
        }
    }

    /// Sends the oldest unacknowledged records, unless a submission is under way.
    fn submit(shared: &Shared, control_plane: &ControlPlane) {
        let records = shared.with_outbox(|outbox| outbox.batch());
        if records.is_empty() {
            return;
        }
        let request = v1::SubmitRequest {
            vm_id: shared.vm(),
            records,
        };
        let call = GrpcCall {
            service: "tessera.v1.AuditService",
            method: "Submit",
            authorization: control_plane.authorization.as_deref(),
        };
        let message = request.encode_to_vec();
        if let Some(token) = host::call(&control_plane.cluster, &call, &message, SUBMIT_TIMEOUT) {
            shared.with_outbox(|outbox| outbox.sent(token));
        }
    }

    fn say_farewell(&mut self) {
        let Some(left) = self.farewell else {
            return;
        };
        let is_empty = self
            .shared
            .as_ref()
            .is_none_or(|shared| shared.with_outbox(|outbox| outbox.len()) == 0);
        if is_empty || left == 0 {
            self.farewell = None;
            host::finished();
        } else {
            self.farewell = Some(left - 1);
        }
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let settings = match Settings::read(&host::plugin_configuration()) {
            Ok(settings) => settings,
            Err(error) => {
                log::error!("tessera: {error}");
                return false;
            }
        };
        let mut name = [0; 16];
        if getrandom::fill(&mut name).is_err() {
            log::error!("tessera: the host has no randomness to name this VM with");
            return false;
        }
        let vm: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let shared = Rc::new(Shared::new(settings, vm));
        if let Some(control_plane) = &shared.settings.control_plane {
            subscription::restore(&shared, control_plane);
            self.subscription = Some(Subscription::new(name[0]));
        }
        self.shared = Some(shared);
        host::tick_every(TICK);
        true
    }

    fn on_tick(&mut self) {
        let Some(shared) = &self.shared else {
            return;
        };
        if let Some(control_plane) = &shared.settings.control_plane {
            if let Some(subscription) = &mut self.subscription
                && self.farewell.is_none()
            {
                subscription.tick(shared, control_plane, host::now());
            }
            Self::submit(shared, control_plane);
        }
        shared.follow_start();
        shared.show_outbox();
        for context in shared.take_cuts() {
            host::cut_response_of(context, self.context);
        }
        self.say_farewell();
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        let shared = Rc::clone(self.shared.as_ref()?);
        Some(Box::new(Http::new(context_id, shared)))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

impl Context for Root {
    fn on_grpc_stream_message(&mut self, token: u32, size: usize) {
        if let (Some(shared), Some(subscription)) = (&self.shared, &mut self.subscription)
            && let Some(control_plane) = &shared.settings.control_plane
        {
            let message = host::grpc_message(size);
            subscription.received(shared, control_plane, token, &message, host::now());
        }
    }

    fn on_grpc_stream_close(&mut self, token: u32, status: u32) {
        if let Some(subscription) = &mut self.subscription {
            log::warn!("the stream to the control plane has ended with gRPC status {status}");
            subscription.ended(token, host::now());
        }
    }

    fn on_grpc_call_response(&mut self, token: u32, status: u32, size: usize) {
        let Some(shared) = &self.shared else {
            return;
        };
        if !shared.with_outbox(|outbox| outbox.returned(token)) {
            return;
        }
        if status != 0 {
            log::warn!("audit records were not taken (gRPC status {status}): they are kept");
            return;
        }
        match v1::SubmitResponse::decode(host::grpc_message(size).as_slice()) {
            Ok(response) => {
                shared.with_outbox(|outbox| outbox.acknowledge(response.acknowledged_seq));
                if let Some(control_plane) = &shared.settings.control_plane {
                    Self::submit(shared, control_plane);
                }
            }
            Err(_) => log::warn!("the answer to a submission cannot be read: records are kept"),
        }
    }

    fn on_done(&mut self) -> bool {
        let waits = self
            .shared
            .as_ref()
            .is_some_and(|shared| shared.with_outbox(|outbox| outbox.len()) > 0);
        if waits {
            self.farewell = Some(FAREWELL_TICKS);
        }
        !waits
    }
}
