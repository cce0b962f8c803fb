//! The HTTP side of the fake server: connections in, recorded requests, answers written part by part.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;

use super::{Part, Reply, Seen, Turn, script};

/// How long a part of an answer may wait: half of what the client waits for it.
const GATE: Duration = Duration::from_secs(crate::PATIENCE.as_secs() / 2);

type Fallback = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// What the server knows; waiting parts wait for it to change.
#[derive(Default)]
pub(super) struct State {
    pub(super) seen: Vec<(u64, Seen)>,
    pub(super) arrived: u64,
    pub(super) turns: Vec<Turn>,
    pub(super) client_has: Vec<u8>,
    pub(super) released: bool,
    pub(super) stuck: Vec<Part>,
}

impl State {
    fn opens(&self, part: &Part) -> bool {
        match part {
            Part::Bytes(_) => true,
            Part::Hold => self.released,
            Part::UntilClientHas(text) => {
                String::from_utf8_lossy(&self.client_has).contains(text.as_str())
            }
            Part::UntilAsked(when) => self.seen.iter().any(|(_, seen)| when.fits(seen)),
        }
    }
}

/// Answers the requests of every connection.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) fallback: Fallback,
    pub(super) state: Arc<watch::Sender<State>>,
}

/// Accepts connections until it is told to stop.
pub(super) async fn serve(
    listener: std::net::TcpListener,
    server: Server,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted { Ok((stream, _)) => stream, Err(_) => continue },
            _ = stopped.changed() => return,
        };
        // Head and body of an answer are two writes: the second must not wait for the first to be acknowledged.
        let _ = stream.set_nodelay(true);
        let server = server.clone();
        let answer = service_fn(move |request| server.clone().answer(request));
        let io = TokioIo::new(stream);
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(io, answer)
                .await;
        });
    }
}

impl Server {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Chunks>, Infallible> {
        let seen = self.record(request).await;
        let mut turn = None;
        self.state
            .send_modify(|state| turn = script::take(&mut state.turns, &seen));
        let reply = turn.unwrap_or_else(|| (self.fallback)(&seen));
        let mut parts = reply.parts.into_iter().peekable();
        while let Some(part) = parts.next_if(|part| !matches!(part, Part::Bytes(_))) {
            if !self.opened(&part).await {
                return Ok(response(503, &[], Chunks::none()));
            }
        }
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
        tokio::spawn(async move {
            for part in parts {
                if !self.opened(&part).await {
                    return;
                }
                if let Part::Bytes(bytes) = part {
                    let _ = sender.send(Bytes::from(bytes)).await;
                }
                // One chunk at a time: what follows must not be glued to it.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        Ok(response(reply.status, &reply.headers, Chunks(receiver)))
    }

    /// Waits until a part may be written; whether it ever may.
    async fn opened(&self, part: &Part) -> bool {
        let mut state = self.state.subscribe();
        let opens = state.wait_for(|state| state.opens(part));
        let opened = matches!(tokio::time::timeout(GATE, opens).await, Ok(Ok(_)));
        if !opened {
            self.state
                .send_modify(|state| state.stuck.push(part.clone()));
        }
        opened
    }

    /// Puts the request on the list as soon as its header fields are there, and fills in the rest as it comes.
    async fn record(&self, request: Request<Incoming>) -> Seen {
        let (head, mut body) = request.into_parts();
        let first = Seen {
            method: head.method.to_string(),
            path: head
                .uri
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default(),
            headers: pairs(&head.headers),
            ..Seen::default()
        };
        let mut number = 0;
        self.state.send_modify(|state| {
            state.arrived += 1;
            number = state.arrived;
            state.seen.push((number, first.clone()));
        });
        let mut seen = first;
        seen.complete = loop {
            match body.frame().await {
                None => break true,
                Some(Err(_)) => break false,
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => seen.body.extend_from_slice(&data),
                    Err(other) => {
                        seen.trailers = other.trailers_ref().map(pairs).unwrap_or_default();
                    }
                },
            }
        };
        self.state.send_modify(|state| {
            let mut entries = state.seen.iter_mut();
            if let Some(entry) = entries.find(|(known, _)| *known == number) {
                entry.1 = seen.clone();
            }
        });
        seen
    }
}

fn response(status: u16, headers: &[(String, String)], body: Chunks) -> Response<Chunks> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}

fn pairs(map: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    map.iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// The channel as a body.
struct Chunks(tokio::sync::mpsc::Receiver<Bytes>);

impl Chunks {
    fn none() -> Self {
        Self(tokio::sync::mpsc::channel(1).1)
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|chunk| chunk.map(|bytes| Ok(Frame::data(bytes))))
    }
}
