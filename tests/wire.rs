//! The wire cases about requests, in every form they can come in, through the filter in a real Envoy with a recording
//! upstream: the right answer comes back, and the upstream sees the identical bytes or nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

#[path = "wire/case.rs"]
mod case;
#[path = "wire/expect.rs"]
mod expect;
#[path = "wire/form.rs"]
mod form;
#[path = "wire/policies.rs"]
mod policies;
#[path = "wire/send.rs"]
mod send;
#[path = "wire/state.rs"]
mod state;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tessera_tests::{Envoy, Setup, Upstream, decompressor};

use case::{fixture, in_own_session};
use form::Form;
use send::Client;

/// Threads that send. The proxy has one worker, and most of the time is its.
const SENDERS: usize = 3;

/// One Envoy with its upstream.
struct Lane {
    upstream: Upstream,
    envoy: Envoy,
}

/// The lanes of a run: all take the same policies.
struct Lanes {
    plain: Lane,
    /// A filter in front of ours inflates bodies.
    inflating: Lane,
    /// Batches are accepted, inflated ones too.
    batching: Lane,
}

impl Lanes {
    fn start(file: &Value) -> Self {
        Self {
            plain: Lane::start(file, |_| {}),
            inflating: Lane::start(file, |setup| setup.before.push(decompressor())),
            batching: Lane::start(file, |setup| {
                setup.before.push(decompressor());
                setup.plugin["batches"] = json!("2025-03-26");
            }),
        }
    }

    /// The lane of a send and the client to it.
    fn of<'a>(
        &'a self,
        clients: &'a mut [Client; 3],
        file: &Value,
        case: &Value,
        form: Form,
    ) -> (&'a Lane, &'a mut Client) {
        let [to_plain, to_inflating, to_batching] = clients;
        let policy = &file["policies"][case["policy"].as_str().unwrap()];
        match (policy["settings"]["batch"].as_str(), form) {
            (Some("accept-2025-03-26"), _) => (&self.batching, to_batching),
            (Some(other), _) => panic!("an unknown setting {other}"),
            (None, Form::Gzip) => (&self.inflating, to_inflating),
            (None, _) => (&self.plain, to_plain),
        }
    }

    fn clients(&self) -> [Client; 3] {
        [&self.plain, &self.inflating, &self.batching].map(|lane| Client::new(lane.envoy.port))
    }
}

impl Lane {
    /// Every policy of the file in one bundle: each belongs to the MCP server of its own host name.
    fn start(file: &Value, change: impl FnOnce(&mut Setup)) -> Self {
        let upstream = Upstream::start();
        let names = policy_names(file);
        let documents = names.iter().enumerate().flat_map(|(number, name)| {
            let only_requests = without_server_rules(&file["policies"][*name]);
            policies::documents(&format!("policy-{number}"), &only_requests)
        });
        let upstreams: Vec<Value> = (0..names.len())
            .flat_map(|number| {
                let at = |path| json!({"name": format!("policy-{number}"), "authority": host(number), "path_prefix": path});
                ["/mcp", "/message"].map(at)
            })
            .collect();
        let mut setup = Setup::inline(upstream.port, &documents.collect::<Vec<_>>())
            .with("/upstreams", json!(upstreams))
            .with(
                "/allowed_origins",
                file["settings"]["allowed_origins"].clone(),
            );
        change(&mut setup);
        let envoy = Envoy::start(setup);
        Self { upstream, envoy }
    }
}

fn host(policy: usize) -> String {
    format!("policy-{policy}.example")
}

fn policy_names(file: &Value) -> Vec<&str> {
    let policies = file["policies"].as_object().unwrap();
    policies.keys().map(String::as_str).collect()
}

/// The rules about what clients ask; the others belong to the response cases.
fn without_server_rules(policy: &Value) -> Value {
    let mut policy = policy.clone();
    let rules = policy["rules"].as_array_mut().unwrap();
    rules.retain(|rule| rule["server_request"].is_null());
    policy
}

/// Everything that is sent: cases in the forms that suit them.
fn sends<'a>(file: &'a Value) -> Vec<(&'a Value, Form)> {
    let cases = file["cases"].as_array().unwrap().iter();
    let requests = cases.filter(|case| case["kind"] == "request");
    let forms = |case: &'a Value| {
        let suits = |form: &Form| form.suits(&case["request"]);
        let forms = Form::ALL.into_iter().filter(suits);
        forms.map(move |form| (case, form)).collect::<Vec<_>>()
    };
    requests.flat_map(forms).collect()
}

/// Sends one case in one form; says what is wrong with what came of it.
fn judge(
    lane: &Lane,
    client: &mut Client,
    file: &Value,
    case: &Value,
    form: Form,
    tag: &str,
) -> Option<String> {
    let policy = policy_names(file)
        .iter()
        .position(|name| case["policy"] == *name)
        .unwrap();
    // A session belongs to one MCP server; one that something is open in belongs to one case.
    let session = match case["state"] {
        Value::Null => policy,
        _ => policy_names(file).len() + tag.parse::<usize>().unwrap(),
    };
    let case = in_own_session(case, session);
    let host = host(policy);
    let open = state::bring_about(lane.envoy.port, &host, &lane.upstream, &case, tag);
    let request = &case["request"];
    let answer = client.send(request, &form.framing(request), &host, ("x-case", tag));
    drop(open);
    lane.upstream.take("x-case", &format!("{tag}-state"));
    let seen = lane.upstream.take("x-case", tag);
    expect::difference(&case, &answer, &seen)
}

#[test]
fn every_request_case_is_answered_in_envoy_as_expected_in_every_form() {
    let file = fixture("cases.json");
    let lanes = Lanes::start(&file);
    let sends = sends(&file);
    assert!(
        sends.len() > 4_000,
        "only {} sends were made of the cases",
        sends.len()
    );
    let next = AtomicUsize::new(0);
    let run = || {
        let mut wrong = Vec::new();
        let mut clients = lanes.clients();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((case, form)) = sends.get(number) else {
                return wrong;
            };
            let (lane, client) = lanes.of(&mut clients, &file, case, *form);
            let why = judge(lane, client, &file, case, *form, &number.to_string());
            let id = case["id"].as_str().unwrap();
            wrong.extend(why.map(|why| format!("{id} as {form:?}: {why}")));
        }
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(run)).collect();
        let ended = senders.into_iter().map(|sender| sender.join().unwrap());
        ended.flatten().collect()
    });
    assert!(
        wrong.is_empty(),
        "{} of {} sends:\n{}",
        wrong.len(),
        sends.len(),
        wrong.join("\n")
    );
    // Nothing reached the upstream behind the answers' backs.
    for lane in [&lanes.plain, &lanes.inflating, &lanes.batching] {
        assert_eq!(lane.upstream.count(), 0);
    }
}
