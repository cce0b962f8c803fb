//! The wire cases of answers, judged by the exchange: what the client gets, and that it waits for
//! nothing but the end of an event. fixtures/wire/README.md says what the members mean.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test read a file that is part of the test"
)]

mod cases;

use cases::{fields, is_part, list, pieces, text};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tessera_engine::exchange::{
    ActiveBundle, AuditRoom, Callers, Cells, Exchange, Head, Judged, Reading, RecordIds, Settings,
    Step, UpstreamRoute, World, Written,
};
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::mcp::Headers;
use tessera_engine::mcp::sse::{Item, Parser};
use tessera_engine::policy::{Bundle, Caller};
use tessera_engine::time::UnixMillis;

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_answer_case_reaches_the_client_as_expected() {
    let file = cases::file();
    let answers = cases::of_kind(&file, "response");
    assert_eq!(answers.len(), 83);
    let wrong: Vec<String> = answers
        .into_iter()
        .filter_map(|case| {
            let got = Proxy::new(&file, case).play(case);
            let expect = case.get("expect").unwrap();
            let why = difference(case, expect, &got)?;
            let mut others = list(expect, "alternatives").iter();
            let is_met = others.any(|other| difference(case, other, &got).is_none());
            (!is_met).then(|| format!("{}: {why}: {}", text(case, "id"), got.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the workers of a proxy share.
#[derive(Default)]
struct Memory(RefCell<BTreeMap<String, (Vec<u8>, u32)>>);

impl Cells for Memory {
    fn read(&self, name: &str) -> (Vec<u8>, Option<u32>) {
        let cell = self.0.borrow().get(name).cloned().unzip();
        (cell.0.unwrap_or_default(), cell.1)
    }

    fn write(&self, name: &str, value: &[u8], version: Option<u32>) -> Written {
        let next = version.unwrap_or(0) + 1;
        let cell = (value.to_vec(), next);
        self.0.borrow_mut().insert(name.to_owned(), cell);
        Written::Done
    }
}

/// A proxy with the policies of a case.
struct Proxy {
    settings: Rc<Settings>,
    bundle: Rc<ActiveBundle>,
    cells: Memory,
}

impl Proxy {
    fn new(file: &Value, case: &Value) -> Self {
        let policies = file.get("policies").unwrap();
        let rules = list(policies.get(text(case, "policy")).unwrap(), "rules");
        let denials = rules.iter().filter(|rule| text(rule, "effect") == "deny");
        let documents: Vec<Value> = denials.enumerate().map(document).collect();
        let settings = Object::new().with("default_action", "allow");
        let wire = Object::new()
            .with("format", "tessera.bundle/1")
            .with("settings", settings)
            .with("policies", documents);
        let bundle = Bundle::from_wire(json::to_text(&wire.into()).as_bytes()).unwrap();
        let anonymous = Caller {
            name: "anonymous".to_owned(),
            scope: "default".to_owned(),
        };
        let settings = Settings {
            upstreams: vec![UpstreamRoute {
                name: "demo".to_owned(),
                ..UpstreamRoute::default()
            }],
            callers: Callers {
                anonymous: Some(anonymous),
                ..Callers::default()
            },
            ..Settings::default()
        };
        Self {
            settings: Rc::new(settings),
            bundle: Rc::new(ActiveBundle { bundle, version: 1 }),
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

    /// What came before, and then the exchange itself: what the client gets of it.
    fn play(&self, case: &Value) -> Got {
        let earlier = list(case, "prior").iter();
        for exchange in earlier {
            self.exchange(exchange);
        }
        self.exchange(case)
    }

    fn exchange(&self, case: &Value) -> Got {
        let world = self.world();
        let (request, response) = (case.get("request").unwrap(), case.get("response").unwrap());
        let mut exchange = Exchange::new(Rc::clone(&self.settings), Some(Rc::clone(&self.bundle)));
        let method = text(request, "method");
        let pseudo = [
            (":method", method),
            (":path", "/mcp"),
            (":authority", "demo"),
        ];
        let body = cases::body(request).unwrap_or_default();
        let head = Head {
            headers: Headers::new(pseudo.into_iter().chain(fields(request))),
            end_of_stream: body.is_empty(),
            ..Head::default()
        };
        let mut judged = exchange.request_head(head, &world);
        if judged.step == Step::Hold {
            judged = exchange.request_end(&body, &world);
        }
        assert_eq!(judged.step, Step::Forward, "{}", json::to_text(case));

        let status = response
            .get("status")
            .and_then(Value::as_u64)
            .unwrap()
            .to_string();
        let headers = [(":status", status.as_str())];
        let headers = Headers::new(headers.into_iter().chain(fields(response)));
        let kind = fields(response).find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mut got = Client::default();
        got.take(exchange.response_head(&headers, false, &world), b"");
        let pieces = pieces(response);
        match exchange.response_reading() {
            Reading::Whole => {
                let whole: Vec<u8> = pieces.into_iter().flat_map(|(bytes, _)| bytes).collect();
                got.take(exchange.response_body(&whole, true, &world), &whole);
            }
            reading => {
                let last = pieces.len().saturating_sub(1);
                for (at, (bytes, has)) in pieces.into_iter().enumerate() {
                    match reading {
                        _ if got.is_over => {}
                        Reading::Nothing => got.body.extend(bytes),
                        _ => got.take(exchange.response_body(&bytes, at == last, &world), &bytes),
                    }
                    let held = String::from_utf8_lossy(&got.body).into_owned();
                    assert!(got.is_over || held.contains(&has), "{has} is held back");
                }
            }
        }
        Got::read(kind.is_some_and(|(_, kind)| is_stream(kind)), &got.body)
    }
}

fn is_stream(kind: &str) -> bool {
    kind.to_ascii_lowercase().starts_with("text/event-stream")
}

/// A rule of the case file as a policy.
fn document((at, rule): (usize, &Value)) -> Value {
    let member = |name| rule.get(name).and_then(Value::as_str);
    let mut matching = Object::new();
    if let Some(asked) = member("server_request") {
        matching.set("method", asked);
        matching.set("sender", "server");
    } else if let Some(method) = member("method") {
        matching.set("method", method);
    }
    if let Some(tool) = member("tool") {
        matching.set("tool", tool);
    }
    Object::new()
        .with("id", format!("rule-{at}").as_str())
        .with("name", "a rule of the wire cases")
        .with("match", matching)
        .with("action", "block")
        .into()
}

/// The bytes that reach the client.
#[derive(Default)]
struct Client {
    body: Vec<u8>,
    is_over: bool,
}

impl Client {
    fn take(&mut self, judged: Judged, sent: &[u8]) {
        self.is_over |= matches!(judged.step, Step::Last(_) | Step::Reply(_) | Step::Cut);
        match judged.step {
            Step::Forward => self.body.extend(sent),
            // Without shared state nobody is asked anything.
            Step::Hold | Step::Ask(_) | Step::Cut => {}
            Step::Replace(bytes) | Step::Last(bytes) => self.body.extend(bytes),
            Step::Reply(reply) => self.body.extend(reply.body),
        }
    }
}

/// What a client reads of it.
struct Got {
    messages: Vec<Value>,
    text: String,
}

impl Got {
    fn read(is_stream: bool, body: &[u8]) -> Self {
        let mut messages: Vec<Value> = json::parse(body).into_iter().collect();
        if is_stream && messages.is_empty() {
            let mut items = Vec::new();
            let _ = Parser::new(limits::EVENT_BYTES).feed(body, &mut items);
            let data = items.into_iter().filter_map(|item| match item {
                Item::Event(event) if event.is_message() => event.data,
                _ => None,
            });
            messages.extend(data.filter_map(|data| json::parse(data.as_bytes()).ok()));
        }
        let raw = String::from_utf8_lossy(body).into_owned();
        let read: Vec<String> = messages.iter().map(json::to_text).collect();
        let text = [vec![raw], read].concat().join("\n");
        Self { messages, text }
    }
}

fn difference(case: &Value, expect: &Value, got: &Got) -> Option<String> {
    let forbidden = list(expect, "client_must_not_contain").iter();
    let mut came = forbidden.filter(|text| got.text.contains(text.as_str().unwrap()));
    if let Some(came) = came.next() {
        return Some(format!("{} came", json::to_text(came)));
    }
    let mut messages = got.messages.iter();
    let mut wanted = list(expect, "client_messages").iter();
    if let Some(missing) = wanted.find(|wanted| !messages.any(|got| is_part(wanted, got))) {
        return Some(format!("{} did not come", json::to_text(missing)));
    }
    match text(expect, "verdict") {
        "block" => got.messages.iter().find_map(|message| {
            let result = message.get("result")?;
            let is_failure = result.get("isError") == Some(&Value::Bool(true));
            (!is_failure).then(|| "a result came".to_owned())
        }),
        "pass" => {
            let response = case.get("response").unwrap();
            let sent: Vec<u8> = pieces(response)
                .into_iter()
                .flat_map(|(bytes, _)| bytes)
                .collect();
            let kind = fields(response).any(|(_, value)| is_stream(value));
            (Got::read(kind, &sent).messages != got.messages)
                .then(|| "other messages came".to_owned())
        }
        _ => None,
    }
}
