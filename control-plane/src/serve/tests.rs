//! The services over a real socket on the loopback address, with real clients.

mod failures;
mod raise;
mod states_of_conversations;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use tempfile::TempDir;
use tessera_api::v1::audit_service_client::AuditServiceClient;
use tessera_api::v1::policy_service_client::PolicyServiceClient;
use tessera_api::v1::subscribe_request::Message as Say;
use tessera_api::v1::subscribe_response::Message as Heard;
use tessera_api::v1::{
    Ack, Hello, Nack, SignedBundle, SubmitRequest, SubscribeRequest, SubscribeResponse,
};
use tessera_engine::audit::{BundleRef, Chain};
use tessera_engine::digest::Digest;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Streaming};

use super::*;
use crate::bundles::{Published, Raiser};
use crate::settings::Overrides;

/// The limit of every wait: only for a broken build.
const PATIENCE: Duration = Duration::from_secs(30);

/// Services on a free port.
struct Stage {
    dir: TempDir,
    address: SocketAddr,
    /// Empty where a real publisher has it.
    states: Option<watch::Sender<State>>,
    ledger: Ledger,
    stop: watch::Sender<bool>,
    subscribers: Subscribers,
    serving: tokio::task::JoinHandle<Result<(), ListenError>>,
}

impl Stage {
    async fn new() -> Self {
        Self::with(tempfile::tempdir().unwrap(), |_| {}).await
    }

    async fn with(dir: TempDir, change: impl FnOnce(&mut Settings)) -> Self {
        let text = "listen: 127.0.0.1:0";
        let mut settings = Settings::parse(text, dir.path(), &Overrides::default()).unwrap();
        change(&mut settings);
        let (ledger, _) = Ledger::open(&dir.path().join(ledger::FILE_NAME)).unwrap();
        let (states, state) = watch::channel(State::default());
        let mut stage = Self::serving(dir, &settings, ledger, state, Raiser::idle()).await;
        stage.states = Some(states);
        stage
    }

    async fn serving(
        dir: TempDir,
        settings: &Settings,
        ledger: Ledger,
        state: watch::Receiver<State>,
        raiser: Raiser,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let subscribers = Subscribers::default();
        let (states, _) = States::open(&dir.path().join(states::FILE_NAME)).unwrap();
        let listener = listener::Listener::bind(settings).await.unwrap();
        let address = listener.address();
        let policy = policy_service::Policies::new(
            state,
            raiser.clone(),
            subscribers.clone(),
            stopped.clone(),
        );
        let services = listener::Services {
            policy,
            audit: audit_service::Audit::new(ledger.clone(), raiser),
            state: state_service::Conversations::new(states),
        };
        Self {
            dir,
            address,
            states: None,
            ledger,
            stop,
            subscribers,
            serving: tokio::spawn(listener.serve(services, stopped)),
        }
    }

    fn publish(&self, version: u64) -> BundleRef {
        let payload = version.to_string().into_bytes();
        let bundle = BundleRef {
            version,
            digest: Digest::of(&payload),
        };
        let signed = Signer::generate().unwrap().sign(version, payload);
        self.states.as_ref().unwrap().send_modify(|state| {
            state.published = Some(Arc::new(Published {
                bundle,
                signed,
                policies: 0,
            }));
        });
        bundle
    }

    async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    async fn subscribe(&self, running: Option<BundleRef>) -> Client {
        let (say, said) = mpsc::channel(4);
        let mut client = Client { say, heard: None };
        client.say(Say::Hello(hello(running))).await;
        let mut service = PolicyServiceClient::new(self.channel().await);
        let heard = service
            .subscribe(ReceiverStream::new(said))
            .await
            .unwrap()
            .into_inner();
        client.heard = Some(heard);
        client
    }

    async fn until(&self, wanted: impl Fn(&[crate::subscribers::Subscriber]) -> bool) {
        let waiting = async {
            while !wanted(&self.subscribers.list()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the table did not change");
    }
}

/// A filter's side of the stream.
struct Client {
    say: mpsc::Sender<SubscribeRequest>,
    heard: Option<Streaming<SubscribeResponse>>,
}

impl Client {
    async fn say(&self, message: Say) {
        let request = SubscribeRequest {
            message: Some(message),
        };
        self.say.send(request).await.unwrap();
    }

    async fn hear(&mut self) -> Result<Heard, tonic::Status> {
        let heard = self.heard.as_mut().unwrap().message();
        let response = tokio::time::timeout(PATIENCE, heard)
            .await
            .expect("nothing heard")?;
        Ok(response.unwrap().message.unwrap())
    }

    async fn bundle(&mut self) -> SignedBundle {
        match self.hear().await.unwrap() {
            Heard::Bundle(bundle) => bundle,
            other => panic!("expected a bundle, heard {other:?}"),
        }
    }
}

fn hello(running: Option<BundleRef>) -> Hello {
    tessera_api::convert::Hello {
        vm_id: "vm-1".to_owned(),
        node_id: "node".to_owned(),
        cluster: "edge".to_owned(),
        filter_version: "0".to_owned(),
        running,
    }
    .into()
}

#[tokio::test]
async fn a_subscriber_gets_the_bundle_and_every_later_one() {
    let stage = Stage::new().await;
    let first = stage.publish(1);
    let mut client = stage.subscribe(None).await;
    assert_eq!(client.bundle().await.version, 1);
    client.say(Say::Ack(Ack::from(first))).await;
    stage
        .until(|list| list.iter().any(|row| row.version == Some(1)))
        .await;
    stage.publish(2);
    let second = client.bundle().await;
    assert_eq!((second.version, second.payload.as_slice()), (2, &b"2"[..]));
}

#[tokio::test]
async fn who_runs_the_bundle_already_gets_a_heartbeat() {
    let stage = Stage::new().await;
    let current = stage.publish(4);
    let mut client = stage.subscribe(Some(current)).await;
    match client.hear().await.unwrap() {
        Heard::Heartbeat(heartbeat) => assert_eq!(heartbeat.version, 4),
        other => panic!("{other:?}"),
    }
    stage.publish(5);
    assert_eq!(client.bundle().await.version, 5);
}

#[tokio::test]
async fn the_table_knows_who_runs_refuses_and_leaves() {
    let stage = Stage::new().await;
    stage.publish(1);
    let mut client = stage.subscribe(None).await;
    client.bundle().await;
    let nack = Nack {
        version: 1,
        reason: "x".repeat(10_000),
    };
    client.say(Say::Nack(nack)).await;
    stage
        .until(|list| {
            let refused = list.first().and_then(|row| row.refused.as_ref());
            refused.is_some_and(|refused| refused.version == 1 && refused.reason.len() == 2_000)
        })
        .await;
    assert_eq!(stage.subscribers.list()[0].vm_id, "vm-1");
    assert_eq!(stage.subscribers.list()[0].version, None);
    drop(client);
    stage.until(<[_]>::is_empty).await;
}

#[tokio::test]
async fn a_stream_that_does_not_begin_with_a_hello_is_refused() {
    let stage = Stage::new().await;
    let ack = Say::Ack(Ack::default());
    let nameless = Say::Hello(Hello::default());
    for first in [ack, nameless] {
        let (say, said) = mpsc::channel(4);
        let mut client = Client { say, heard: None };
        client.say(first).await;
        let mut service = PolicyServiceClient::new(stage.channel().await);
        client.heard = Some(
            service
                .subscribe(ReceiverStream::new(said))
                .await
                .unwrap()
                .into_inner(),
        );
        assert_eq!(
            client.hear().await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }
    assert!(stage.subscribers.list().is_empty());
}

#[tokio::test]
async fn stopping_ends_every_stream() {
    let stage = Stage::new().await;
    stage.publish(1);
    let mut client = stage.subscribe(None).await;
    client.bundle().await;
    stage.stop.send_replace(true);
    assert_eq!(client.hear().await.unwrap_err().code(), Code::Unavailable);
    let served = tokio::time::timeout(PATIENCE, stage.serving).await;
    served.expect("it did not stop").unwrap().unwrap();
}

fn record(chain: &mut Chain) -> Vec<u8> {
    let object = Object::new()
        .with("kind", "message")
        .with("id", chain.id().as_str())
        .with("time", "2026-01-02T03:04:05.000Z")
        .with("scope", "acme");
    chain.seal_object(&object).bytes
}

#[tokio::test]
async fn records_are_acknowledged_when_they_are_stored() {
    let stage = Stage::new().await;
    let mut service = AuditServiceClient::new(stage.channel().await);
    let mut chain = Chain::new("vm".to_owned());
    let request = SubmitRequest {
        vm_id: "vm".to_owned(),
        records: vec![record(&mut chain), record(&mut chain)],
    };
    for _ in 0..2 {
        let response = service.submit(request.clone()).await.unwrap();
        assert_eq!(response.into_inner().acknowledged_seq, 2);
    }
    let report = ledger::verify::verify(&stage.dir.path().join(ledger::FILE_NAME)).unwrap();
    assert!(report.holds());
    assert_eq!(report.scopes["acme"].records, 2);
}

#[tokio::test]
async fn what_is_no_record_is_acknowledged_and_a_senseless_request_is_not() {
    let stage = Stage::new().await;
    let mut service = AuditServiceClient::new(stage.channel().await);
    let good = record(&mut Chain::new("vm".to_owned()));
    let submit = |vm_id: &str, records: Vec<Vec<u8>>| SubmitRequest {
        vm_id: vm_id.to_owned(),
        records,
    };
    let request = submit("vm", vec![good.clone(), b"{}".to_vec()]);
    let response = service.submit(request).await.unwrap();
    assert_eq!(response.into_inner().acknowledged_seq, 2);
    let cases = [
        (submit("control-plane-1", vec![]), "vm_id `control-plane-1`"),
        (submit("", vec![good]), "vm_id"),
        (submit("vm", vec![Vec::new(); 5_001]), "5001 records"),
    ];
    for (request, expected) in cases {
        let status = service.submit(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(expected), "{}", status.message());
    }
    let report = ledger::verify::verify(&stage.dir.path().join(ledger::FILE_NAME)).unwrap();
    assert!(report.holds() && report.noted() == 1, "{report:?}");
    assert_eq!(report.scopes["acme"].records, 1);
}

#[tokio::test]
async fn where_tokens_are_asked_for_only_health_answers_without() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    std::fs::write(&path, "0123456789abcdef\n").unwrap();
    let tokens = crate::settings::TokenSource::File(path);
    let stage = Stage::with(dir, |settings| settings.tokens = Some(tokens)).await;
    let channel = stage.channel().await;
    let mut service = AuditServiceClient::new(channel.clone());
    let request = || SubmitRequest {
        vm_id: "vm".to_owned(),
        records: Vec::new(),
    };
    let status = service.submit(request()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let mut with_token = Request::new(request());
    with_token
        .metadata_mut()
        .insert("authorization", "Bearer 0123456789abcdef".parse().unwrap());
    service.submit(with_token).await.unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    let asked = tonic_health::pb::HealthCheckRequest {
        service: "tessera.v1.PolicyService".to_owned(),
    };
    let answer = health.check(asked).await.unwrap().into_inner();
    assert_eq!(
        answer.status,
        tonic_health::pb::health_check_response::ServingStatus::Serving as i32
    );
}

#[test]
fn a_data_directory_belongs_to_one_control_plane() {
    let dir = tempfile::tempdir().unwrap();
    let held = lock(dir.path()).unwrap();
    let refused = lock(dir.path());
    assert!(matches!(refused, Err(ServeError::DataDir { .. })));
    drop(held);
    assert!(lock(dir.path()).is_ok());
}
