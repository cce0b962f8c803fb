//! Hands bundles to filters: one stream per VM, a bundle when it changes, heartbeats in between.

use std::time::Duration;

use tessera_api::convert::Hello;
use tessera_api::v1::policy_service_server::PolicyService;
use tessera_api::v1::subscribe_request::Message as Said;
use tessera_api::v1::subscribe_response::Message as Say;
use tessera_api::v1::{Heartbeat, Nack, SubscribeRequest, SubscribeResponse};
use tessera_engine::audit::BundleRef;
use tessera_engine::limits::NACK_REASON_CHARS;
use tokio::sync::{mpsc, watch};
use tokio::time::{self, MissedTickBehavior};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tracing::{info, warn};

use crate::bundles::{Raiser, Standing, State};
use crate::subscribers::{Place, Subscribers};

/// Between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How long a new stream may take to say hello.
const HELLO: Duration = Duration::from_secs(10);

/// Messages on their way to one filter. A filter that does not read holds up itself only.
const OUTGOING: usize = 4;

/// `PolicyService` on the publisher's states.
#[derive(Debug)]
pub(super) struct Policies {
    states: watch::Receiver<State>,
    raiser: Raiser,
    subscribers: Subscribers,
    stop: watch::Receiver<bool>,
}

impl Policies {
    pub(super) const fn new(
        states: watch::Receiver<State>,
        raiser: Raiser,
        subscribers: Subscribers,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            states,
            raiser,
            subscribers,
            stop,
        }
    }
}

#[tonic::async_trait]
impl PolicyService for Policies {
    type SubscribeStream = ReceiverStream<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let (outgoing, responses) = mpsc::channel(OUTGOING);
        let stream = Stream {
            incoming: request.into_inner(),
            outgoing,
            states: self.states.clone(),
            raiser: self.raiser.clone(),
            stop: self.stop.clone(),
        };
        // Not awaited: a client may wait for our headers before it says hello.
        tokio::spawn(stream.run(self.subscribers.clone()));
        Ok(Response::new(ReceiverStream::new(responses)))
    }
}

/// What wakes a stream.
enum Event {
    /// The control plane stops.
    Stop,
    /// Something is new; not necessarily the bundle.
    Changed,
    /// A heartbeat is due.
    Beat,
    /// The filter said something, or is gone.
    Said(Option<SubscribeRequest>),
}

/// One filter's stream.
struct Stream {
    incoming: Streaming<SubscribeRequest>,
    outgoing: mpsc::Sender<Result<SubscribeResponse, Status>>,
    states: watch::Receiver<State>,
    raiser: Raiser,
    stop: watch::Receiver<bool>,
}

impl Stream {
    async fn run(mut self, subscribers: Subscribers) {
        if let Err(status) = self.talk(&subscribers).await {
            // A client that is gone cannot be told.
            let _ = self.outgoing.send(Err(status)).await;
        }
    }

    async fn talk(&mut self, subscribers: &Subscribers) -> Result<(), Status> {
        let hello = self.hello().await?;
        let vm_id = hello.vm_id.clone();
        let running = hello.running;
        let place = subscribers
            .join(hello)
            .ok_or_else(|| Status::resource_exhausted("too many subscribers; ask again later"))?;
        info!(
            vm_id,
            version = running.map(|bundle| bundle.version),
            "filter subscribed"
        );
        let ended = self.exchange(&vm_id, running, &place).await;
        info!(vm_id, "filter gone");
        ended
    }

    async fn exchange(
        &mut self,
        vm_id: &str,
        running: Option<BundleRef>,
        place: &Place,
    ) -> Result<(), Status> {
        let mut sent = self.offer(vm_id, running).await;
        let mut heartbeat = time::interval_at(time::Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => Event::Stop,
                changed = self.states.changed() => changed.map_or(Event::Stop, |()| Event::Changed),
                _ = heartbeat.tick() => Event::Beat,
                said = self.incoming.message() => Event::Said(said?),
            };
            match event {
                Event::Stop => return Err(Status::unavailable("the control plane is stopping")),
                Event::Changed if self.current() == sent => {}
                Event::Changed => sent = self.send_bundle().await,
                Event::Beat => self.beat().await,
                Event::Said(None) => return Ok(()),
                Event::Said(Some(request)) => hear(vm_id, request, place)?,
            }
        }
    }

    async fn hello(&mut self) -> Result<Hello, Status> {
        let first = time::timeout(HELLO, self.incoming.message())
            .await
            .map_err(|_| Status::deadline_exceeded("expected a Hello first"))??;
        match first.and_then(|request| request.message) {
            Some(Said::Hello(hello)) => Hello::try_from(hello)
                .map_err(|error| Status::invalid_argument(format!("hello: {error}"))),
            _ => Err(Status::invalid_argument("expected a Hello first")),
        }
    }

    /// The first answer: the bundle; a heartbeat if the filter runs it already, or would refuse it
    /// until its version is raised, which is asked for here.
    async fn offer(&mut self, vm_id: &str, running: Option<BundleRef>) -> Option<BundleRef> {
        let current = {
            let state = self.states.borrow_and_update();
            state.published.as_ref().map(|published| published.bundle)
        };
        let Some(bundle) = current else {
            self.beat().await;
            return None;
        };
        match (Standing::of(running, bundle), running) {
            (Standing::Same, _) => {}
            (Standing::Stuck, Some(running)) => self.raiser.ask(running, vm_id),
            (Standing::OutOfReach, Some(running)) => {
                warn!(
                    vm_id,
                    runs = running.version,
                    current = bundle.version,
                    "the filter runs a bundle much newer than this control plane has, and will \
                     refuse this one: is the data directory the right one?"
                );
                // Its refusal shows in the table of subscribers.
                return self.send_bundle().await;
            }
            _ => return self.send_bundle().await,
        }
        self.beat().await;
        current
    }

    fn current(&self) -> Option<BundleRef> {
        let state = self.states.borrow();
        state.published.as_ref().map(|published| published.bundle)
    }

    /// Sends the bundle of the moment and says which it was.
    async fn send_bundle(&mut self) -> Option<BundleRef> {
        let published = self.states.borrow_and_update().published.clone()?;
        self.send(Say::Bundle(published.signed.clone().into()))
            .await;
        Some(published.bundle)
    }

    async fn beat(&self) {
        let version = self.current().map_or(0, |bundle| bundle.version);
        self.send(Say::Heartbeat(Heartbeat { version })).await;
    }

    async fn send(&self, message: Say) {
        let response = SubscribeResponse {
            message: Some(message),
        };
        // If the client is gone, its side of the stream says so too.
        let _ = self.outgoing.send(Ok(response)).await;
    }
}

/// Takes down what a filter says about a bundle.
fn hear(vm_id: &str, request: SubscribeRequest, place: &Place) -> Result<(), Status> {
    match request.message {
        Some(Said::Ack(ack)) => {
            let bundle = BundleRef::try_from(ack)
                .map_err(|error| Status::invalid_argument(format!("ack.digest: {error}")))?;
            info!(vm_id, version = bundle.version, "bundle accepted");
            place.runs(bundle);
        }
        Some(Said::Nack(Nack { version, reason })) => {
            let reason: String = reason.chars().take(NACK_REASON_CHARS).collect();
            warn!(vm_id, version, reason, "bundle refused");
            place.refused(version, reason);
        }
        Some(Said::Hello(_)) => {
            return Err(Status::invalid_argument("a second Hello on one stream"));
        }
        // A message of a newer filter: not understood, not an error.
        None => {}
    }
    Ok(())
}
