//! A fake MCP server that records every request it sees and answers as told.
//! Not a reader of MCP: it says what its script says, right or wrong.

mod reply;
mod script;
mod server;

pub use reply::{Part, Reply};
pub use script::{Turn, When};

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use server::{Server, State, serve};

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

/// The server; it stops when dropped.
pub struct Upstream {
    /// Where it listens.
    pub port: u16,
    state: Arc<watch::Sender<State>>,
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

    /// Answers by a script, turn by turn; a request that no turn is for gets 500.
    pub fn playing(turns: Vec<Turn>) -> Self {
        let upstream = Self::scripted(|_| Reply::empty(500));
        upstream.play(turns);
        upstream
    }

    /// Answers by a function of the request.
    pub fn scripted(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener
            .local_addr()
            .map(|at: SocketAddr| at.port())
            .unwrap();
        let state = Arc::new(watch::Sender::new(State::default()));
        let (stop, stopped) = watch::channel(false);
        let server = Server {
            fallback: Arc::new(script),
            state: state.clone(),
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(listener, server, stopped));
        });
        Self { port, state, stop }
    }

    /// Adds turns; they go before what is answered otherwise.
    pub fn play(&self, turns: Vec<Turn>) {
        self.state.send_modify(|state| state.turns.extend(turns));
    }

    /// How many turns no request has taken yet; those that answer always count too.
    pub fn turns_left(&self) -> usize {
        self.state.borrow().turns.len()
    }

    /// Tells the server what the client has received, for [`Part::UntilClientHas`].
    pub fn client_got(&self, bytes: &[u8]) {
        self.state
            .send_modify(|state| state.client_has.extend_from_slice(bytes));
    }

    /// The parts that waited in vain; after that their answers ended.
    pub fn stuck(&self) -> Vec<Part> {
        self.state.borrow().stuck.clone()
    }

    /// Everything seen so far, in order of arrival.
    pub fn seen(&self) -> Vec<Seen> {
        let state = self.state.borrow();
        state.seen.iter().map(|(_, seen)| seen.clone()).collect()
    }

    /// What was seen with this header field; it is forgotten here.
    pub fn take(&self, name: &str, value: &str) -> Vec<Seen> {
        let mut taken = Vec::new();
        self.state.send_modify(|state| {
            let fits = |entry: &mut (u64, Seen)| entry.1.header(name) == Some(value);
            taken = state.seen.extract_if(.., fits).collect();
        });
        taken.into_iter().map(|(_, seen)| seen).collect()
    }

    /// How many requests arrived, complete or not.
    pub fn count(&self) -> usize {
        self.state.borrow().seen.len()
    }

    /// Forgets what was seen, what was still to be answered, what the client received and what waited in vain.
    pub fn forget(&self) {
        self.state.send_modify(|state| {
            let (arrived, released) = (state.arrived, state.released);
            *state = State {
                arrived,
                released,
                ..State::default()
            };
        });
    }

    /// Lets every held answer go, now and in future.
    pub fn release(&self) {
        self.state.send_modify(|state| state.released = true);
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
