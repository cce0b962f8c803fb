//! The phases of an exchange, as a proxy would drive them.

use super::*;
use crate::audit::Record;
use crate::mcp::{Headers, Reply};
use crate::policy::{Bundle, Caller};
use crate::time::UnixMillis;
use std::rc::Rc;

mod inputs;
mod lists;
mod methods;

const SAFE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe"}}"#;
const DANGER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger"}}"#;
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn bundle(settings: &str) -> Option<Rc<ActiveBundle>> {
    let wire = format!(
        r#"{{"format":"tessera.bundle/1","settings":{settings},"policies":[
        {{"id":"no-danger","name":"n","action":"block","match":{{"tool":"danger"}},"reason":"r"}},
        {{"id":"ask","name":"n","action":"require_approval","match":{{"tool":"ask"}}}}]}}"#
    );
    let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
    Some(Rc::new(ActiveBundle { bundle, version: 7 }))
}

pub(super) fn settings() -> Settings {
    let mapping = UpstreamRoute {
        name: "demo".to_owned(),
        ..UpstreamRoute::default()
    };
    let anonymous = Caller {
        name: "anonymous".to_owned(),
        scope: "default".to_owned(),
    };
    Settings {
        upstreams: vec![mapping],
        callers: Callers {
            anonymous: Some(anonymous),
            ..Callers::default()
        },
        ..Settings::default()
    }
}

pub(super) fn head(method: &str, extra: &[(&str, &str)], end_of_stream: bool) -> Head {
    let fixed = [
        (":method", method),
        (":path", "/mcp"),
        (":authority", "demo"),
    ];
    let typed = [("content-type", "application/json")];
    let fields = fixed.iter().chain(&typed).chain(extra);
    let headers = Headers::new(fields.map(|(name, value)| (*name, value.as_bytes())));
    Head {
        headers,
        end_of_stream,
        ..Head::default()
    }
}

fn world(room: AuditRoom) -> World<'static> {
    World {
        now: UnixMillis(0),
        ids: RecordIds { vm: "vm", next: 1 },
        room,
        cells: &NoCells,
    }
}

/// A bundle of these policies, each a JSON object without its name.
fn policies(settings: &str, policies: &[&str]) -> Option<Rc<ActiveBundle>> {
    let named = policies
        .iter()
        .map(|policy| policy.replacen('{', r#"{"name":"n","#, 1));
    let all = named.collect::<Vec<_>>().join(",");
    let wire =
        format!(r#"{{"format":"tessera.bundle/1","settings":{settings},"policies":[{all}]}}"#);
    let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
    Some(Rc::new(ActiveBundle { bundle, version: 1 }))
}

/// Headers of a request of 2026-07-28.
fn modern<'a>(method: &'a str, name: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let fixed = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
    ];
    let name = name.map(|name| ("mcp-name", name));
    fixed.into_iter().chain(name).collect()
}

/// `_meta` of a request of 2026-07-28.
const MODERN_META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Drives one POST and the JSON body that answers it, if it was forwarded: what the client gets,
/// and all records. `None` is the server's own bytes.
fn exchanged(
    bundle: Option<Rc<ActiveBundle>>,
    headers: &[(&str, &str)],
    body: &str,
    answer: &str,
) -> (Option<String>, Vec<Record>) {
    let mut exchange = Exchange::new(Rc::new(settings()), bundle);
    exchange.request_head(head("POST", headers, false), &world(AuditRoom::Room));
    let mut judged = exchange.request_end(body.as_bytes(), &world(AuditRoom::Room));
    let mut records = judged.records;
    if judged.step == Step::Forward {
        let headers = Headers::new([(":status", "200"), ("content-type", "application/json")]);
        exchange.response_head(&headers, false, &world(AuditRoom::Room));
        judged = exchange.response_body(answer.as_bytes(), true, &world(AuditRoom::Room));
        records.extend(judged.records);
    }
    let got = match judged.step {
        Step::Forward => None,
        Step::Replace(bytes) => Some(String::from_utf8(bytes).unwrap()),
        step => Some(String::from_utf8(reply(step).body).unwrap()),
    };
    (got, records)
}

/// Drives one POST and gives the last step and the record.
fn post(settings: Settings, bundle: Option<Rc<ActiveBundle>>, body: &str) -> (Step, Record) {
    let mut exchange = Exchange::new(Rc::new(settings), bundle);
    let first = exchange.request_head(head("POST", &[], false), &world(AuditRoom::Room));
    assert_eq!(first.step, Step::Hold);
    assert_eq!(
        exchange
            .request_body(body.len(), &world(AuditRoom::Room))
            .step,
        Step::Hold
    );
    let judged = exchange.request_end(body.as_bytes(), &world(AuditRoom::Room));
    (judged.step, only(judged.records))
}

fn response_edits(exchange: &mut Exchange) -> Vec<HeaderEdit> {
    let headers = Headers::new([(":status", "202")]);
    let judged = exchange.response_head(&headers, true, &world(AuditRoom::Room));
    assert_eq!(judged.step, Step::Forward);
    judged.edits
}

fn only(records: Vec<Record>) -> Record {
    let [record] = <[Record; 1]>::try_from(records).unwrap();
    record
}

fn reply(step: Step) -> Reply {
    match step {
        Step::Reply(reply) => reply,
        other => panic!("expected a reply, got {other:?}"),
    }
}

#[test]
fn an_allowed_call_goes_on_and_a_blocked_one_is_answered() {
    let (step, record) = post(settings(), bundle(r#"{"default_action":"allow"}"#), SAFE);
    assert_eq!(step, Step::Forward);
    assert_eq!(
        (record.action, record.stopped, record.status),
        ("allow", false, None)
    );
    let (step, record) = post(settings(), bundle(r#"{"default_action":"allow"}"#), DANGER);
    assert_eq!(reply(step).status, 200);
    assert_eq!(
        (record.action, record.stopped, record.status),
        ("block", true, Some(200))
    );
    assert_eq!(record.policy_id.as_deref(), Some("no-danger"));
    assert_eq!(record.bundle.map(|bundle| bundle.version), Some(7));
}

#[test]
fn without_a_bundle_every_call_is_denied_unless_configured_otherwise() {
    let (step, record) = post(settings(), None, SAFE);
    assert_eq!((reply(step).status, record.code), (200, "no_bundle"));
    let forwards = Settings {
        no_bundle: NoBundle::Forward,
        ..settings()
    };
    let (step, record) = post(forwards, None, SAFE);
    assert_eq!((step, record.code), (Step::Forward, "no_bundle"));
}

#[test]
fn in_log_only_mode_nothing_is_stopped_and_the_client_is_told() {
    let mut exchange = Exchange::new(
        Rc::new(settings()),
        bundle(r#"{"default_action":"allow","mode":"log_only"}"#),
    );
    exchange.request_head(head("POST", &[], false), &world(AuditRoom::Room));
    let judged = exchange.request_end(DANGER.as_bytes(), &world(AuditRoom::Room));
    assert_eq!(judged.step, Step::Forward);
    let record = only(judged.records);
    assert_eq!((record.action, record.stopped), ("block", false));
    let edits = response_edits(&mut exchange);
    for (name, value) in [
        ("x-tessera-mode", "log_only"),
        ("x-tessera-decision", "would_block"),
        ("x-tessera-policy-id", "no-danger"),
        ("x-tessera-reason", "r"),
        ("x-tessera-audit-id", "vm-1"),
    ] {
        assert!(
            edits.contains(&HeaderEdit::Set(name, value.to_owned())),
            "{name}"
        );
    }
}

#[test]
fn lockdown_binds_in_every_mode_and_spares_what_keeps_the_protocol_going() {
    for mode in ["enforcement", "log_only", "observation"] {
        let locked = format!(r#"{{"default_action":"allow","mode":"{mode}","lockdown":true}}"#);
        let (step, record) = post(settings(), bundle(&locked), SAFE);
        assert_eq!(
            (reply(step).status, record.code),
            (200, "lockdown_active"),
            "{mode}"
        );
        let (step, record) = post(settings(), bundle(&locked), PING);
        assert_eq!(
            (step, record.code),
            (Step::Forward, "not_governed"),
            "{mode}"
        );
    }
}

#[test]
fn default_block_does_not_break_the_handshake() {
    let (step, _) = post(settings(), bundle(r#"{"default_action":"block"}"#), PING);
    assert_eq!(step, Step::Forward);
    let (step, record) = post(settings(), bundle(r#"{"default_action":"block"}"#), SAFE);
    assert_eq!((reply(step).status, record.code), (200, "default"));
}

#[test]
fn a_full_outbox_denies_rather_than_lets_calls_go_unrecorded() {
    let mut exchange = Exchange::new(Rc::new(settings()), bundle(r#"{"default_action":"allow"}"#));
    exchange.request_head(head("POST", &[], false), &world(AuditRoom::Room));
    let judged = exchange.request_end(SAFE.as_bytes(), &world(AuditRoom::Full));
    assert_eq!(reply(judged.step).status, 200);
    assert_eq!(only(judged.records).code, "audit_full");
}

#[test]
fn refusals_at_the_head_are_recorded_with_what_is_known() {
    let unmapped = Settings {
        upstreams: Vec::new(),
        ..settings()
    };
    let nobody = Settings {
        callers: Callers::default(),
        ..settings()
    };
    for (settings, extra, code, status) in [
        (unmapped, vec![], "no_upstream", 503),
        (nobody, vec![], "not_authenticated", 401),
        (
            settings(),
            vec![("content-encoding", "gzip")],
            "content_encoding",
            415,
        ),
        (
            settings(),
            vec![("origin", "http://evil.example")],
            "origin_not_allowed",
            403,
        ),
    ] {
        let mut exchange = Exchange::new(Rc::new(settings), None);
        let judged = exchange.request_head(head("POST", &extra, false), &world(AuditRoom::Room));
        assert_eq!(reply(judged.step).status, status, "{code}");
        let record = only(judged.records);
        assert_eq!(
            (record.code, record.stopped, record.status),
            (code, true, Some(status))
        );
        // What comes after an answer is held, whatever it is.
        assert_eq!(
            exchange
                .request_end(SAFE.as_bytes(), &world(AuditRoom::Room))
                .step,
            Step::Hold
        );
    }
}

#[test]
fn an_unmapped_route_may_be_left_alone() {
    let settings = Settings {
        upstreams: Vec::new(),
        unmapped: Unmapped::Forward,
        ..Settings::default()
    };
    let mut exchange = Exchange::new(Rc::new(settings), None);
    let judged = exchange.request_head(head("PUT", &[], false), &world(AuditRoom::Room));
    assert_eq!((judged.step, judged.records), (Step::Forward, Vec::new()));
    assert_eq!(
        exchange
            .request_body(10_000_000, &world(AuditRoom::Room))
            .step,
        Step::Forward
    );
    assert_eq!(
        exchange.request_end(b"x", &world(AuditRoom::Room)).step,
        Step::Forward
    );
}

#[test]
fn a_body_is_refused_as_soon_as_it_is_too_large() {
    let mut exchange = Exchange::new(Rc::new(settings()), None);
    exchange.request_head(head("POST", &[], false), &world(AuditRoom::Room));
    let limit = crate::limits::BODY_BYTES;
    assert_eq!(
        exchange.request_body(limit, &world(AuditRoom::Room)).step,
        Step::Hold
    );
    let judged = exchange.request_body(limit + 1, &world(AuditRoom::Room));
    assert_eq!(reply(judged.step).status, 413);
    assert_eq!(
        exchange
            .request_body(limit + 2, &world(AuditRoom::Room))
            .step,
        Step::Hold
    );
}

#[test]
fn a_stream_without_body_is_forwarded_with_its_edits() {
    let mut exchange = Exchange::new(Rc::new(settings()), None);
    let request = head(
        "GET",
        &[("authorization", "Bearer x"), ("accept-encoding", "gzip")],
        true,
    );
    let judged = exchange.request_head(request, &world(AuditRoom::Room));
    assert_eq!(judged.step, Step::Forward);
    let removed = |name: &str| judged.edits.contains(&HeaderEdit::Remove(name.to_owned()));
    assert!(removed("authorization") && removed("accept-encoding"));
}

#[test]
fn an_approval_that_is_required_is_said_so() {
    let body = DANGER.replace("danger", "ask");
    let (step, record) = post(settings(), bundle(r#"{"default_action":"allow"}"#), &body);
    assert_eq!(record.action, "require_approval");
    let text = String::from_utf8(reply(step).body).unwrap().to_lowercase();
    assert!(text.contains("approval required"), "{text}");
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    /// Bodies that are mostly well-formed messages, and some that are not.
    fn body() -> impl Strategy<Value = String> {
        let method =
            prop::sample::select(vec!["tools/call", "resources/read", "ping", "tools/list"]);
        let tool = prop::sample::select(vec!["safe", "danger", "ask", "Danger", ""]);
        (method, tool, "[a-z]{0,8}", any::<bool>()).prop_map(|(method, tool, text, whole)| {
            let body = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"name":"{tool}","uri":"u","arguments":{{"x":"{text}"}}}}}}"#
            );
            let end = if whole { body.len() } else { body.len() - 1 };
            body.get(..end).unwrap_or_default().to_owned()
        })
    }

    proptest! {
        /// What reaches the server in `log_only` mode is what reaches it where nothing is denied:
        /// the same requests with the same edits. Only what is no message at all is refused.
        #[test]
        fn log_only_never_changes_what_reaches_the_server(body in body(), extra in "[a-z]{1,8}") {
            let run = |bundle: Option<Rc<ActiveBundle>>| {
                let mut exchange = Exchange::new(Rc::new(settings()), bundle);
                let request = head("POST", &[("x-tessera-mode", "x"), ("x-extra", extra.as_str())], false);
                let first = exchange.request_head(request, &world(AuditRoom::Room));
                let last = exchange.request_end(body.as_bytes(), &world(AuditRoom::Room));
                (first.step, first.edits, last.step == Step::Forward, last.edits)
            };
            let nothing_denied = Bundle::from_wire(
                br#"{"format":"tessera.bundle/1","settings":{"default_action":"allow"},"policies":[]}"#,
            );
            let allow = Rc::new(ActiveBundle { bundle: nothing_denied.unwrap(), version: 1 });
            let log_only = bundle(r#"{"default_action":"block","mode":"log_only"}"#);
            prop_assert_eq!(run(log_only), run(Some(allow)));
        }
    }
}
