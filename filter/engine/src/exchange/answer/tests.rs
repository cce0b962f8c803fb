//! Answers as a server would give them, whole and piece by piece.

mod bodies;
mod streams;

use crate::audit::Record;
use crate::exchange::memory::Memory;
use crate::exchange::tests::{head, settings};
use crate::exchange::{
    ActiveBundle, AuditRoom, Exchange, Judged, Reading, RecordIds, Settings, Step, World,
};
use crate::mcp::Headers;
use crate::policy::Bundle;
use crate::time::UnixMillis;
use std::rc::Rc;

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","arguments":{}}}"#;
const OK: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"fine"}]}}"#;
const ASK: &str =
    r#"{"jsonrpc":"2.0","id":"s1","method":"elicitation/create","params":{"message":"m"}}"#;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

const POLICIES: &str = r#"
    {"id":"no-sampling","name":"n","action":"block","reason":"no models here",
     "match":{"method":"sampling/createMessage","sender":"server"}},
    {"id":"no-secret","name":"n","match":{"tool":"safe"},"response":{"action":"block",
     "reason":"it tells","when":[{"condition":"any_text_matches_regex","pattern":"secret"}]}}"#;

/// A proxy: settings, policies, and what its workers share.
struct Proxy {
    settings: Settings,
    bundle: Option<Rc<ActiveBundle>>,
    cells: Memory,
}

impl Proxy {
    fn new(mode: &str) -> Self {
        let wire = format!(
            r#"{{"format":"tessera.bundle/1","settings":{{"default_action":"allow","mode":"{mode}"}},
            "meta_tools":[{{"tool":"run","name":"tool"}}],"policies":[{POLICIES}]}}"#
        );
        let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
        Self {
            settings: settings(),
            bundle: Some(Rc::new(ActiveBundle { bundle, version: 1 })),
            cells: Memory::default(),
        }
    }

    fn world(&self) -> World<'_> {
        World {
            now: UnixMillis(0),
            ids: RecordIds { vm: "vm", next: 1 },
            room: AuditRoom::Room,
            cells: &self.cells,
        }
    }

    /// An exchange whose request was forwarded.
    fn asked(&self, method: &str, session: &str, body: &str) -> Exchange {
        let (exchange, judged) = self.request(method, session, body);
        assert_eq!(judged.step, Step::Forward, "{:?}", judged.records);
        exchange
    }

    fn request(&self, method: &str, session: &str, body: &str) -> (Exchange, Judged) {
        let mut exchange = Exchange::new(Rc::new(self.settings.clone()), self.bundle.clone());
        let version = if body.contains("2026-07-28") {
            "2026-07-28"
        } else {
            "2025-11-25"
        };
        let mut extra = vec![
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", version),
        ];
        if version == "2026-07-28" {
            extra.extend([("mcp-method", "tools/call"), ("mcp-name", "safe")]);
        }
        if !session.is_empty() {
            extra.push(("mcp-session-id", session));
        }
        let ends = body.is_empty();
        let judged = exchange.request_head(head(method, &extra, ends), &self.world());
        if judged.step != Step::Hold {
            return (exchange, judged);
        }
        let judged = exchange.request_end(body.as_bytes(), &self.world());
        (exchange, judged)
    }

    /// The answer to a call of `safe` in a session.
    fn answered(&self, kind: &str, body: &str) -> Got {
        let mut exchange = self.asked("POST", "s", CALL);
        self.answer(&mut exchange, &[("content-type", kind)], &[body.as_bytes()])
    }

    /// Lets the server answer in pieces.
    fn answer(&self, exchange: &mut Exchange, headers: &[(&str, &str)], body: &[&[u8]]) -> Got {
        let status = [(":status", "200")];
        let status = if headers.iter().any(|(name, _)| *name == ":status") {
            &[][..]
        } else {
            &status
        };
        let headers = Headers::new(status.iter().chain(headers).copied());
        let mut got = Got::default();
        let judged = exchange.response_head(&headers, body.is_empty(), &self.world());
        got.take(judged, b"");
        let whole = body.concat();
        match exchange.response_reading() {
            Reading::Nothing => got.body.extend(whole),
            Reading::Whole => {
                let judged = exchange.response_body(&whole, true, &self.world());
                got.take(judged, &whole);
            }
            Reading::Stream => {
                for (number, piece) in body.iter().enumerate() {
                    if got.is_over {
                        break;
                    }
                    let end = number + 1 == body.len();
                    got.take(exchange.response_body(piece, end, &self.world()), piece);
                }
            }
        }
        got
    }
}

/// What the client gets.
#[derive(Debug, Default, PartialEq)]
struct Got {
    body: Vec<u8>,
    records: Vec<Record>,
    /// Nothing more comes.
    is_over: bool,
    /// The response was cut off.
    is_cut: bool,
}

impl Got {
    fn take(&mut self, judged: Judged, sent: &[u8]) {
        self.records.extend(judged.records);
        match judged.step {
            Step::Forward => self.body.extend(sent),
            Step::Hold => {}
            Step::Replace(bytes) => self.body.extend(bytes),
            Step::Last(bytes) => {
                self.body.extend(bytes);
                self.is_over = true;
            }
            Step::Reply(reply) => {
                self.body.extend(reply.body);
                self.is_over = true;
            }
            Step::Cut => {
                self.is_over = true;
                self.is_cut = true;
            }
            Step::Ask(query) => panic!("nobody is there to be asked {query:?}"),
        }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Kind and code of each record.
    fn codes(&self) -> Vec<(&str, &str)> {
        let records = self.records.iter();
        records.map(|record| (record.kind, record.code)).collect()
    }
}

/// An event with this message.
fn event(message: &str) -> String {
    format!("data: {message}\n\n")
}
