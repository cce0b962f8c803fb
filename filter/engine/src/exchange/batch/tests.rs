//! Batches as a proxy would drive them: the array goes on whole or not at all, and each answer is
//! that of its own request.

use crate::exchange::*;
use crate::json::{self, Value};
use crate::mcp::{Batches, Headers, Protocol, Reply};
use crate::policy::{Bundle, Caller};
use crate::time::UnixMillis;
use std::rc::Rc;

const SAFE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe"}}"#;
const DANGER: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"danger"}}"#;
const PING: &str = r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
const TOLD: &str = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;

const WORLD: World<'static> = World {
    now: UnixMillis(0),
    ids: RecordIds { vm: "vm", next: 1 },
    room: AuditRoom::Room,
    cells: &NoCells,
};

fn settings() -> Settings {
    let anonymous = Caller {
        name: "anonymous".to_owned(),
        scope: "default".to_owned(),
    };
    Settings {
        upstreams: vec![UpstreamRoute::default()],
        callers: Callers {
            anonymous: Some(anonymous),
            ..Callers::default()
        },
        protocol: Protocol {
            batches: Batches::Revision20250326,
            ..Protocol::default()
        },
        ..Settings::default()
    }
}

/// `danger` is blocked, and so is any answer with the word `secret`.
fn bundle(mode: &str) -> Option<Rc<ActiveBundle>> {
    let wire = format!(
        r#"{{"format":"tessera.bundle/1","settings":{{"default_action":"allow","mode":"{mode}"}},"policies":[
        {{"id":"no-danger","name":"n","action":"block","match":{{"tool":"danger"}},"reason":"r"}},
        {{"id":"no-secret","name":"n","match":{{}},"response":{{"when":[{{"condition":"any_text_matches_regex","pattern":"secret"}}],"action":"block","reason":"kept"}}}}]}}"#
    );
    let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
    Some(Rc::new(ActiveBundle { bundle, version: 7 }))
}

fn begun(mode: &str) -> Exchange {
    let mut exchange = Exchange::new(Rc::new(settings()), bundle(mode));
    let fields = [(":method", "POST"), ("content-type", "application/json")];
    let head = Head {
        headers: Headers::new(fields),
        ..Head::default()
    };
    assert_eq!(exchange.request_head(head, &WORLD).step, Step::Hold);
    exchange
}

fn post(mode: &str, elements: &[&str]) -> (Exchange, Judged) {
    let mut exchange = begun(mode);
    let body = format!("[{}]", elements.join(","));
    let judged = exchange.request_end(body.as_bytes(), &WORLD);
    (exchange, judged)
}

fn reply(judged: Judged) -> Reply {
    match judged.step {
        Step::Reply(reply) => reply,
        other => panic!("expected a reply, got {other:?}"),
    }
}

/// What the client gets of a JSON body that the server answers a batch of two with.
fn answered(body: &str) -> (Value, Vec<&'static str>) {
    let (mut exchange, judged) = post("enforcement", &[SAFE, TOLD, PING]);
    assert_eq!(judged.step, Step::Forward);
    let head = Headers::new([(":status", "200"), ("content-type", "application/json")]);
    assert_eq!(
        exchange.response_head(&head, false, &WORLD).step,
        Step::Hold
    );
    let judged = exchange.response_body(body.as_bytes(), true, &WORLD);
    let codes = judged.records.iter().map(|record| record.code).collect();
    match judged.step {
        Step::Forward => (json::parse(body.as_bytes()).unwrap(), codes),
        Step::Replace(bytes) => (json::parse(&bytes).unwrap(), codes),
        other => panic!("{other:?}"),
    }
}

/// Each answer as its id and whether it is a result as the server gave it.
fn shown(answers: &Value) -> Vec<(String, bool)> {
    let answers = answers.as_array().unwrap().iter();
    let one = |answer: &Value| {
        let id = json::to_text(answer.get("id").unwrap());
        let failed = answer
            .get("result")
            .and_then(|result| result.get("isError"));
        (id, answer.get("result").is_some() && failed.is_none())
    };
    answers.map(one).collect()
}

fn result(id: u64, text: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"text":"{text}"}}}}"#)
}

#[test]
fn a_batch_of_allowed_messages_goes_on_with_a_record_for_each() {
    let (_, judged) = post("enforcement", &[SAFE, TOLD, PING]);
    assert_eq!(judged.step, Step::Forward);
    let records = judged.records.iter();
    let said: Vec<_> = records
        .map(|record| (record.id.as_str(), record.method.as_deref(), record.stopped))
        .collect();
    let expected = [
        ("vm-1", Some("tools/call"), false),
        ("vm-2", Some("notifications/cancelled"), false),
        ("vm-3", Some("ping"), false),
    ];
    assert_eq!(said, expected);
}

#[test]
fn one_denied_message_stops_the_whole_batch_and_every_request_is_told() {
    let (_, judged) = post("enforcement", &[SAFE, TOLD, DANGER, PING]);
    let codes: Vec<_> = judged.records.iter().map(|record| record.code).collect();
    assert_eq!(
        codes,
        [
            "batch_denied",
            "batch_denied",
            "policy_matched",
            "batch_denied"
        ]
    );
    assert!(
        judged
            .records
            .iter()
            .all(|record| record.stopped && record.status == Some(200))
    );
    let reply = reply(judged);
    let answers = json::parse(&reply.body).unwrap();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 3);
    for (answer, audit_id) in answers.iter().zip(["vm-1", "vm-3", "vm-4"]) {
        assert!(json::to_text(answer).contains(audit_id), "{answer:?}");
    }
    assert!(
        answers[1]
            .get("result")
            .is_some_and(|result| result.get("isError").is_some())
    );
    assert!(answers[2].get("error").is_some());
    assert!(
        reply
            .headers
            .contains(&("x-tessera-audit-id".to_owned(), "vm-3".to_owned()))
    );
}

#[test]
fn a_stopped_batch_of_notifications_is_dropped_in_silence() {
    let full = World {
        room: AuditRoom::Full,
        ..WORLD
    };
    let judged = begun("enforcement").request_end(format!("[{TOLD}]").as_bytes(), &full);
    assert_eq!(judged.records.len(), 1);
    let reply = reply(judged);
    assert_eq!((reply.status, reply.body.len()), (202, 0));
}

#[test]
fn in_log_only_mode_the_batch_goes_on_and_the_client_is_told_of_what_would_have_been_denied() {
    let (mut exchange, judged) = post("log_only", &[SAFE, DANGER]);
    assert_eq!(judged.step, Step::Forward);
    let actions: Vec<_> = judged
        .records
        .iter()
        .map(|record| (record.action, record.stopped))
        .collect();
    assert_eq!(actions, [("allow", false), ("block", false)]);
    let judged = exchange.response_head(&Headers::new([(":status", "202")]), true, &WORLD);
    for (name, value) in [
        ("x-tessera-decision", "would_block"),
        ("x-tessera-audit-id", "vm-2"),
    ] {
        assert!(
            judged
                .edits
                .contains(&HeaderEdit::Set(name, value.to_owned())),
            "{name}"
        );
    }
}

#[test]
fn responses_that_no_server_asked_for_refuse_the_batch() {
    let (_, judged) = post("enforcement", &[r#"{"jsonrpc":"2.0","id":9,"result":{}}"#]);
    assert_eq!(judged.records[0].code, "unexpected_response");
    assert_eq!(reply(judged).status, 400);
}

#[test]
fn the_answers_of_a_batch_are_judged_one_by_one() {
    let (one, three) = (result(1, "fine"), result(3, "pong"));
    for (body, expected, codes) in [
        // In any order, and untouched where nothing is wrong.
        (
            format!("[{three},{one}]"),
            vec![("3", true), ("1", true)],
            vec![],
        ),
        (
            format!("[{},{three}]", result(1, "secret")),
            vec![("1", false), ("3", true)],
            vec!["policy_matched"],
        ),
        // A foreign id, and a second answer to one request: what is left without an answer gets an error.
        (
            format!("[{},{three}]", result(7, "x")),
            vec![("3", true), ("1", false)],
            vec!["foreign_answer", "foreign_answer"],
        ),
        (
            format!("[{one},{one},{three}]"),
            vec![("1", true), ("3", true)],
            vec!["foreign_answer"],
        ),
        // What has no single reading ends the whole answer.
        (
            format!(
                "[{three},{},{one}]",
                r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#
            ),
            vec![("1", false), ("3", false)],
            vec!["hybrid"],
        ),
        (
            format!("[{three}"),
            vec![("1", false), ("3", false)],
            vec!["not_json"],
        ),
        (
            format!("[[{three}],{one}]"),
            vec![("1", false), ("3", false)],
            vec!["batch"],
        ),
        (
            format!("[{}]", result(7, "x")),
            vec![("1", false), ("3", false)],
            vec!["foreign_answer", "foreign_answer"],
        ),
    ] {
        let (answers, noted) = answered(&body);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(id, fine)| (id.to_owned(), fine))
            .collect();
        assert_eq!((shown(&answers), noted), (expected, codes), "{body}");
    }
}

#[test]
fn a_server_may_refuse_a_batch_by_one_error() {
    let body = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}"#;
    let (answer, codes) = answered(body);
    assert_eq!((json::to_text(&answer).as_str(), codes.len()), (body, 0));
}

#[test]
fn on_a_stream_the_answers_may_come_together_or_apart() {
    let (mut exchange, _) = post("enforcement", &[SAFE, PING]);
    let head = Headers::new([(":status", "200"), ("content-type", "text/event-stream")]);
    assert_eq!(
        exchange.response_head(&head, false, &WORLD).step,
        Step::Forward
    );
    let mut streamed = |data: &str| {
        let event = format!("data: {data}\n\n");
        match exchange.response_body(event.as_bytes(), false, &WORLD).step {
            Step::Replace(bytes) | Step::Last(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let both = format!("[{},{}]", result(7, "foreign"), result(3, "pong"));
    let got = streamed(&both);
    assert!(got.contains("pong") && !got.contains("foreign"), "{got}");
    // A server's request without a session cannot be answered: what is still open is denied.
    let asks = r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}"#;
    let got = streamed(asks);
    assert!(
        got.contains(r#""id":1"#) && got.contains("isError") && !got.contains("sampling"),
        "{got}"
    );
    assert!(got.starts_with("data: ["), "{got}");
}
