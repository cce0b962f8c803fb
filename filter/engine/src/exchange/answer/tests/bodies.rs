//! Answers of one JSON body, and those that are neither JSON nor events.

use super::*;
use crate::limits;

#[test]
fn an_honest_answer_goes_on_with_the_server_s_own_bytes() {
    let spaced = OK.replace(':', " : ");
    let got = Proxy::new("enforcement").answered(JSON, &spaced);
    assert_eq!((got.text(), got.codes()), (&*spaced, vec![]));
}

#[test]
fn what_is_no_answer_to_this_request_is_replaced_by_an_error_that_says_why() {
    let other = OK.replace("\"id\":1", "\"id\":2");
    let text = OK.replace("\"id\":1", "\"id\":\"1\"");
    let twice = OK.replace("\"result\"", "\"result\":{},\"result\"");
    let both = OK.replace(
        "\"result\"",
        "\"error\":{\"code\":1,\"message\":\"m\"},\"result\"",
    );
    let many = format!("[{OK}]");
    for (body, code) in [
        (&*other, "foreign_answer"),
        (&text, "foreign_answer"),
        (&twice, "duplicate_key"),
        (&both, "hybrid"),
        (&many, "batch"),
        ("{", "not_json"),
    ] {
        let got = Proxy::new("enforcement").answered(JSON, body);
        assert!(
            got.text()
                .starts_with(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-31001,"#),
            "{body}: {}",
            got.text()
        );
        assert!(!got.text().contains("fine"), "{}", got.text());
        assert!(got.codes().contains(&("answer", code)), "{:?}", got.codes());
        assert_eq!(got.codes().len(), got.records.len());
    }
}

#[test]
fn a_blocked_answer_becomes_a_failed_call_that_names_the_policy() {
    let body = OK.replace("fine", "a secret");
    let got = Proxy::new("enforcement").answered(JSON, &body);
    let start = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Denied by policy no-secret: it tells. "#;
    assert!(got.text().starts_with(start), "{}", got.text());
    assert!(!got.text().contains("a secret"));
    let record = &got.records[0];
    assert_eq!(record.policy_id.as_deref(), Some("no-secret"));
    assert_eq!(
        (record.kind, record.action, record.stopped),
        ("answer", "block", true)
    );
    assert_eq!(record.tool.as_deref(), Some("safe"));
}

#[test]
fn in_log_only_a_blocked_answer_is_recorded_and_passes() {
    let body = OK.replace("fine", "a secret");
    let got = Proxy::new("log_only").answered(JSON, &body);
    assert_eq!(got.text(), body);
    let record = &got.records[0];
    assert_eq!((record.action, record.stopped), ("block", false));
}

#[test]
fn a_body_of_another_kind_is_not_let_through_as_the_answer() {
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "s", CALL);
    let encoded = [("content-type", JSON), ("content-encoding", "gzip")];
    let got = proxy.answer(&mut exchange, &encoded, &[b"\x1f\x8b"]);
    assert_eq!(got.codes(), [("answer", "response_encoded")]);
    assert!(got.text().contains(r#""id":1,"error""#), "{}", got.text());

    let got = proxy.answered("text/html", "<p>secret</p>");
    assert_eq!(got.codes(), [("answer", "response_type")]);
    assert!(!got.text().contains("<p>"), "{}", got.text());
}

#[test]
fn an_error_page_passes_unless_a_policy_is_against_it() {
    let proxy = Proxy::new("enforcement");
    let page = |text: &str| {
        let mut exchange = proxy.asked("POST", "s", CALL);
        let headers = [(":status", "502"), ("content-type", "text/plain")];
        proxy.answer(&mut exchange, &headers, &[text.as_bytes()])
    };
    let got = page("bad gateway");
    assert_eq!((got.text(), got.codes()), ("bad gateway", vec![]));
    let got = page("the secret is 7");
    assert!(!got.text().contains("secret is 7"), "{}", got.text());
    assert_eq!(got.codes(), [("answer", "policy_matched")]);
}

#[test]
fn a_refusal_of_the_whole_request_may_have_no_id() {
    let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}"#;
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "s", CALL);
    let headers = [(":status", "400"), ("content-type", JSON)];
    let got = proxy.answer(&mut exchange, &headers, &[error.as_bytes()]);
    assert_eq!((got.text(), got.codes()), (error, vec![]));
}

#[test]
fn a_body_that_grows_past_the_limit_is_given_up() {
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "s", CALL);
    let headers = Headers::new([(":status", "200"), ("content-type", JSON)]);
    let world = proxy.world();
    assert_eq!(
        exchange.response_head(&headers, false, &world).step,
        Step::Hold
    );
    let waits = exchange.response_waits(limits::RESPONSE_BYTES, &world);
    assert_eq!(waits.step, Step::Hold);
    let judged = exchange.response_waits(limits::RESPONSE_BYTES + 1, &world);
    assert!(matches!(judged.step, Step::Reply(_)), "{:?}", judged.step);
    assert_eq!(judged.records[0].code, "response_too_large");
    // What still comes is swallowed.
    let late = exchange.response_body(OK.as_bytes(), true, &world);
    assert_eq!(late.step, Step::Replace(Vec::new()));
}

#[test]
fn a_task_s_late_result_is_judged_as_that_of_its_tool() {
    let proxy = Proxy::new("enforcement");
    let begun = r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t1","status":"working"}}}"#;
    assert_eq!(proxy.answered(JSON, begun).text(), begun);
    let later = |task: &str| {
        let ask = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tasks/result","params":{{"taskId":"{task}"}}}}"#
        );
        let mut exchange = proxy.asked("POST", "s", &ask);
        let body = OK.replace("fine", "a secret");
        proxy.answer(&mut exchange, &[("content-type", JSON)], &[body.as_bytes()])
    };
    let got = later("t1");
    assert_eq!(got.codes(), [("answer", "policy_matched")]);
    assert!(got.text().contains("isError"), "{}", got.text());
    // The policy is about one tool, and another task is not known to be its.
    assert_eq!(later("t2").codes(), []);
}
