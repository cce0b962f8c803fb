//! A fake MCP server that records every request it sees and answers as told.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::watch;

/// One request as the upstream saw it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// HTTP method.
    pub method: String,
    /// Path and query as received.
    pub path: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as far as it arrived.
    pub body: Vec<u8>,
    /// Trailer fields.
    pub trailers: Vec<(String, String)>,
    /// Whether the body arrived to its end.
    pub complete: bool,
}

impl Seen {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// One step of an answer's body.
#[derive(Debug, Clone)]
pub enum Part {
    /// Write these bytes as one chunk.
    Bytes(Vec<u8>),
    /// Write nothing until [`Upstream::release`] was called.
    Hold,
}

/// What the upstream answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body, step by step. A [`Part::Hold`] in front holds the header fields back too.
    pub parts: Vec<Part>,
}

impl Reply {
    /// A complete JSON answer.
    pub fn json(value: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self {
            status: 200,
            headers,
            parts: vec![Part::Bytes(value.to_string().into_bytes())],
        }
    }

    /// An event stream made of these parts.
    pub fn events(parts: Vec<Part>) -> Self {
        let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
        Self {
            status: 200,
            headers,
            parts,
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            parts: Vec::new(),
        }
    }
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// The server; it stops when dropped.
pub struct Upstream {
    /// Where it listens.
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    gate: watch::Sender<bool>,
    stop: watch::Sender<bool>,
}

impl Upstream {
    /// Answers every JSON-RPC request with a result that says `upstream`, and everything else with 202.
    pub fn start() -> Self {
        Self::scripted(|seen| {
            let message = seen.json();
            match message.get("id") {
                Some(id) if message.get("method").is_some() => Reply::json(&json!({
                    "jsonrpc": "2.0",
                    "id": id,
                    "result": {"content": [{"type": "text", "text": "upstream"}]},
                })),
                _ => Reply::empty(202),
            }
        })
    }

    /// Answers by a function of the request.
    pub fn scripted(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener
            .local_addr()
            .map(|at: SocketAddr| at.port())
            .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (gate, opened) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let server = Server {
            script: Arc::new(script),
            seen: seen.clone(),
            opened,
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(listener, server, stopped));
        });
        Self {
            port,
            seen,
            gate,
            stop,
        }
    }

    /// Everything seen so far, in order of arrival.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests arrived, complete or not.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Forgets what was seen.
    pub fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// Lets every held answer go, now and in future.
    pub fn release(&self) {
        let _ = self.gate.send(true);
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

#[derive(Clone)]
struct Server {
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
    opened: watch::Receiver<bool>,
}

async fn serve(
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
        let reply = (self.script)(&seen);
        let mut opened = self.opened.clone();
        let mut parts = reply.parts.into_iter().peekable();
        if matches!(parts.peek(), Some(Part::Hold)) {
            let _ = opened.wait_for(|open| *open).await;
            parts.next();
        }
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
        tokio::spawn(async move {
            for part in parts {
                match part {
                    Part::Hold => drop(opened.wait_for(|open| *open).await),
                    Part::Bytes(bytes) => drop(sender.send(Bytes::from(bytes)).await),
                }
                // One chunk at a time: what follows must not be glued to it.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let mut response = Response::builder().status(reply.status);
        for (name, value) in reply.headers {
            response = response.header(name, value);
        }
        Ok(response.body(Chunks(receiver)).unwrap())
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
        let index = {
            let mut list = self.seen.lock().unwrap();
            list.push(first.clone());
            list.len() - 1
        };
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
        if let Some(entry) = self.seen.lock().unwrap().get_mut(index) {
            *entry = seen.clone();
        }
        seen
    }
}

fn pairs(map: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    map.iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// The channel as a body.
struct Chunks(tokio::sync::mpsc::Receiver<Bytes>);

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
