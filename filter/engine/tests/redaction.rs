//! Redacted answers on the wire: bodies, events and texts of errors, as a proxy would see them, and
//! the records of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

use std::rc::Rc;
use tessera_engine::audit::Record;
use tessera_engine::exchange::{
    ActiveBundle, AuditRoom, Callers, Exchange, Head, NoCells, RecordIds, Settings, Step,
    UpstreamRoute, World,
};
use tessera_engine::mcp::Headers;
use tessera_engine::policy::{Bundle, Caller};
use tessera_engine::time::UnixMillis;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe"}}"#;
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const JSON: &[(&str, &str)] = &[(":status", "200"), ("content-type", "application/json")];
const EVENTS: &[(&str, &str)] = &[(":status", "200"), ("content-type", "text/event-stream")];
const FAILED: &[(&str, &str)] = &[(":status", "502"), ("content-type", "text/plain")];

fn world() -> World<'static> {
    World {
        now: UnixMillis(0),
        ids: RecordIds { vm: "vm", next: 1 },
        room: AuditRoom::Room,
        cells: &NoCells,
    }
}

/// What becomes of an answer to a call, and the records about it.
fn answered(mode: &str, head: &[(&str, &str)], body: &str) -> (Step, Vec<Record>) {
    let wire = format!(
        r#"{{"format":"tessera.bundle/1","settings":{{"default_action":"allow","mode":"{mode}"}},"policies":[
        {{"id":"keys","name":"n","response":{{"action":"redact","redact":[{{"class":"aws_key"}}],"reason":"keys"}}}}]}}"#
    );
    let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
    let settings = Settings {
        upstreams: vec![UpstreamRoute {
            name: "demo".to_owned(),
            ..UpstreamRoute::default()
        }],
        callers: Callers {
            anonymous: Some(Caller {
                name: "anonymous".to_owned(),
                scope: "default".to_owned(),
            }),
            ..Callers::default()
        },
        ..Settings::default()
    };
    let active = Rc::new(ActiveBundle { bundle, version: 1 });
    let mut exchange = Exchange::new(Rc::new(settings), Some(active));
    let request = Headers::new([
        (":method", "POST"),
        (":path", "/mcp"),
        (":authority", "demo"),
        ("content-type", "application/json"),
    ]);
    let request = Head {
        headers: request,
        end_of_stream: false,
        ..Head::default()
    };
    assert_eq!(exchange.request_head(request, &world()).step, Step::Hold);
    let sent = exchange.request_end(CALL.as_bytes(), &world());
    assert_eq!(sent.step, Step::Forward);
    exchange.response_head(&Headers::new(head.iter().copied()), false, &world());
    let judged = exchange.response_body(body.as_bytes(), true, &world());
    (judged.step, judged.records)
}

fn replaced(step: Step) -> String {
    match step {
        Step::Replace(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("expected a replacement, got {other:?}"),
    }
}

#[test]
fn results_and_errors_are_redacted_and_recorded() {
    for content in [
        r#""result":{"content":[{"type":"text","text":"a KEY"}]}"#,
        r#""error":{"code":-32000,"message":"no KEY","data":{"KEY":1}}"#,
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,{content}}}"#).replace("KEY", KEY);
        let (step, records) = answered("enforcement", JSON, &body);
        assert_eq!(replaced(step), body.replace(KEY, "[REDACTED:AWS_KEY]"));
        let count = body.matches(KEY).count();
        let [record] = records.as_slice() else {
            panic!("{records:?}");
        };
        assert_eq!(record.findings, [format!("AWS_KEY={count}")]);
        assert_eq!((record.action, record.stopped), ("redact", false));
        assert_eq!(record.policy_id.as_deref(), Some("keys"));
        assert!(!format!("{record:?}").contains(KEY));
    }
}

#[test]
fn events_are_redacted_one_by_one() {
    let note = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"KEY"}}"#;
    let result =
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"k":["KEY"]}}}"#;
    let stream = format!("data: {note}\n\ndata: {result}\n\n").replace("KEY", KEY);
    let (step, records) = answered("enforcement", EVENTS, &stream);
    let text = replaced(step);
    assert!(!text.contains(KEY), "{text}");
    assert_eq!(text.matches("[REDACTED:AWS_KEY]").count(), 2, "{text}");
    assert_eq!(records.len(), 2);
}

#[test]
fn the_text_of_an_error_is_redacted() {
    let (step, _) = answered("enforcement", FAILED, &format!("bad gateway, {KEY}"));
    assert_eq!(replaced(step), "bad gateway, [REDACTED:AWS_KEY]");
}

#[test]
fn in_log_only_mode_the_answer_goes_on_and_the_record_says_what_was_found() {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":["{KEY}"]}}}}"#);
    let (step, records) = answered("log_only", JSON, &body);
    assert_eq!(step, Step::Forward);
    assert_eq!(
        records.first().map(|one| one.findings.clone()),
        Some(vec!["AWS_KEY=1".to_owned()])
    );
    let clean = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#;
    let (step, records) = answered("enforcement", JSON, clean);
    assert_eq!((step, records.len()), (Step::Forward, 0));
}
