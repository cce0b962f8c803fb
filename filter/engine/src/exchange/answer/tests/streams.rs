//! Answers that are streams of events.

use super::*;
use proptest::prelude::*;

const SAMPLING: &str =
    r#"{"jsonrpc":"2.0","id":"s2","method":"sampling/createMessage","params":{}}"#;
const PROGRESS: &str = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#;

#[test]
fn each_event_goes_on_as_soon_as_it_is_complete() {
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "s", CALL);
    let world = proxy.world();
    let headers = Headers::new([(":status", "200"), ("content-type", EVENTS)]);
    assert_eq!(
        exchange.response_head(&headers, false, &world).step,
        Step::Forward
    );
    let mut feed = |bytes: &str| exchange.response_body(bytes.as_bytes(), false, &world).step;
    assert_eq!(feed("id: 7\ndata: {\"json"), Step::Replace(Vec::new()));
    let rest = PROGRESS.strip_prefix("{\"json").unwrap();
    let whole = format!("id: 7\ndata: {PROGRESS}\n\n");
    assert_eq!(
        feed(&format!("{rest}\n\n")),
        Step::Replace(whole.into_bytes())
    );
    assert_eq!(feed(&event(OK)), Step::Replace(event(OK).into_bytes()));
}

#[test]
fn only_the_first_answer_to_this_request_passes() {
    let other = event(&OK.replace("\"id\":1", "\"id\":2"));
    let second = event(&OK.replace("fine", "again"));
    let body = format!("{other}{}{second}", event(OK));
    let got = Proxy::new("enforcement").answered(EVENTS, &body);
    let foreign = ("answer", "foreign_answer");
    assert_eq!(got.codes(), [foreign, foreign]);
    assert!(got.text().contains(&event(OK)));
    assert!(!got.text().contains("again") && !got.text().contains("\"id\":2"));
}

#[test]
fn an_answer_may_come_on_another_stream_of_its_session_once() {
    let proxy = Proxy::new("enforcement");
    let started = proxy.answered(EVENTS, &event(PROGRESS));
    assert_eq!(started.text(), event(PROGRESS));
    let resumed = |session: &str| {
        let mut exchange = proxy.asked("GET", session, "");
        proxy.answer(
            &mut exchange,
            &[("content-type", EVENTS)],
            &[event(OK).as_bytes()],
        )
    };
    assert!(!resumed("other").text().contains("fine"));
    assert_eq!(resumed("s").text(), event(OK));
    assert_eq!(resumed("s").codes(), [("answer", "foreign_answer")]);
}

#[test]
fn what_is_blocked_on_a_resumed_stream_is_what_is_blocked_on_the_first() {
    let proxy = Proxy::new("enforcement");
    proxy.answered(EVENTS, &event(PROGRESS));
    let mut exchange = proxy.asked("GET", "s", "");
    let secret = event(&OK.replace("fine", "a secret"));
    let got = proxy.answer(
        &mut exchange,
        &[("content-type", EVENTS)],
        &[secret.as_bytes()],
    );
    assert_eq!(got.codes(), [("answer", "policy_matched")]);
    assert!(got.text().contains("isError"), "{}", got.text());
}

#[test]
fn the_answer_of_a_tool_that_runs_another_is_judged_as_that_of_both() {
    let proxy = Proxy::new("enforcement");
    let run = CALL.replace(
        r#""safe","arguments":{}"#,
        r#""run","arguments":{"tool":"safe"}"#,
    );
    let secret = event(&OK.replace("fine", "a secret"));
    let answered = |mut exchange: Exchange| {
        let kind = [("content-type", EVENTS)];
        let got = proxy.answer(&mut exchange, &kind, &[secret.as_bytes()]);
        (
            got.codes() == [("answer", "policy_matched")],
            got.records[0].inner_tools.clone(),
        )
    };
    let both = (true, vec!["safe".to_owned()]);
    assert_eq!(answered(proxy.asked("POST", "s", &run)), both);
    // The answer may come on another stream.
    let mut exchange = proxy.asked("POST", "s", &run);
    let progress = event(PROGRESS);
    proxy.answer(
        &mut exchange,
        &[("content-type", EVENTS)],
        &[progress.as_bytes()],
    );
    assert_eq!(answered(proxy.asked("GET", "s", "")), both);
}

#[test]
fn a_request_of_the_server_is_answered_once_by_who_was_asked() {
    let proxy = Proxy::new("enforcement");
    let reply = r#"{"jsonrpc":"2.0","id":"s1","result":{"action":"accept"}}"#;
    let answer = |session: &str| {
        let (_, judged) = proxy.request("POST", session, reply);
        (judged.step == Step::Forward, judged.records[0].code)
    };
    assert_eq!(answer("s"), (false, "unexpected_response"));
    let got = proxy.answered(EVENTS, &event(ASK));
    assert_eq!(got.text(), event(ASK));
    assert_eq!(got.codes(), [("server_request", "default")]);
    assert_eq!(answer("other"), (false, "unexpected_response"));
    assert_eq!(answer(""), (false, "unexpected_response"));
    assert_eq!(answer("s"), (true, "default"));
    assert_eq!(answer("s"), (false, "unexpected_response"));
}

#[test]
fn a_forbidden_request_of_the_server_ends_the_call_it_was_made_for() {
    let body = format!("{}{}", event(SAMPLING), event(OK));
    let got = Proxy::new("enforcement").answered(EVENTS, &body);
    assert!(got.is_over && !got.is_cut);
    assert_eq!(got.codes(), [("server_request", "policy_matched")]);
    assert!(got.text().contains(r#""id":1,"result""#) && got.text().contains("isError"));
    assert!(!got.text().contains("createMessage") && !got.text().contains("fine"));
}

#[test]
fn a_request_of_the_server_nobody_could_answer_does_not_reach_the_client() {
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "", CALL);
    let got = proxy.answer(
        &mut exchange,
        &[("content-type", EVENTS)],
        &[event(ASK).as_bytes()],
    );
    assert_eq!(got.codes(), [("server_request", "unknown_session")]);
    assert!(got.text().contains("isError") && !got.text().contains("elicitation"));
}

#[test]
fn the_modern_era_has_no_requests_of_servers() {
    let modern = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "", modern);
    let body = format!("{}{}", event(ASK), event(OK));
    let got = proxy.answer(
        &mut exchange,
        &[("content-type", EVENTS)],
        &[body.as_bytes()],
    );
    assert_eq!(got.codes(), [("answer", "unexpected_request")]);
    assert!(got.text().contains("fine") && !got.text().contains("elicitation"));
}

#[test]
fn an_input_that_may_not_be_asked_for_ends_the_call() {
    let result = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"resultType":"input_required","inputRequests":{{"a":{ASK},"b":{SAMPLING}}}}}}}"#
    );
    let got = Proxy::new("enforcement").answered(JSON, &result);
    let judged = ("server_request", "default");
    assert_eq!(got.codes(), [judged, ("server_request", "policy_matched")]);
    assert!(got.text().contains("isError") && !got.text().contains("inputRequests"));
}

#[test]
fn the_old_transport_is_cut_unless_it_is_let_through() {
    let body = format!("event: endpoint\ndata: /messages?s=1\n\n{}", event(OK));
    let mut proxy = Proxy::new("enforcement");
    let open = |proxy: &Proxy, body: &str| {
        let mut exchange = proxy.asked("GET", "", "");
        proxy.answer(
            &mut exchange,
            &[("content-type", EVENTS)],
            &[body.as_bytes()],
        )
    };
    let got = open(&proxy, &body);
    assert!(got.is_cut && got.body.is_empty());
    assert_eq!(got.codes(), [("answer", "http_sse")]);

    proxy.settings.forwards_http_sse = true;
    assert_eq!(open(&proxy, &body).text(), body);
}

#[test]
fn a_stream_that_cannot_be_read_on_ends_with_an_error_for_its_request() {
    let proxy = Proxy::new("enforcement");
    let mut exchange = proxy.asked("POST", "s", CALL);
    let after = event(OK);
    let pieces: [&[u8]; 2] = [b"data: {}\xff\n\n", after.as_bytes()];
    let got = proxy.answer(&mut exchange, &[("content-type", EVENTS)], &pieces);
    assert_eq!(got.codes(), [("answer", "stream_unreadable")]);
    assert!(
        got.is_over && got.text().contains(r#""id":1,"error""#),
        "{}",
        got.text()
    );
    assert!(!got.text().contains("fine"));
}

/// What a server may say in a stream, good and bad.
fn said() -> impl Strategy<Value = String> {
    let line_end = prop::sample::select(vec!["\n", "\r", "\r\n"]);
    let message = prop::sample::select(vec![
        OK.to_owned(),
        OK.replace("fine", "a secret"),
        OK.replace("\"id\":1", "\"id\":2"),
        OK.replace("fine", "naïve \u{2028} 日本"),
        PROGRESS.to_owned(),
        ASK.to_owned(),
        SAMPLING.to_owned(),
        "{".to_owned(),
        String::new(),
    ]);
    (line_end, message, any::<bool>()).prop_map(|(end, message, has_id)| {
        let id = if has_id {
            format!("id: 5{end}")
        } else {
            format!(": hello{end}")
        };
        format!("{id}data: {message}{end}{end}")
    })
}

proptest! {
    #[test]
    fn how_a_stream_is_cut_into_pieces_changes_nothing(
        events in prop::collection::vec(said(), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let body = events.concat().into_bytes();
        let answer = |pieces: &[&[u8]]| {
            let proxy = Proxy::new("enforcement");
            let mut exchange = proxy.asked("POST", "s", CALL);
            let mut got = proxy.answer(&mut exchange, &[("content-type", EVENTS)], pieces);
            // How many records share a phase shows in their ids only.
            got.records.iter_mut().for_each(|record| record.id.clear());
            got
        };
        let whole = answer(&[&body]);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len())).collect();
        at.extend([0, body.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect();
        let without_ids = |got: &Got| got.text().replace("vm-1", "").replace("vm-2", "")
            .replace("vm-3", "").replace("vm-4", "").replace("vm-5", "");
        let cut = answer(&pieces);
        prop_assert_eq!(without_ids(&whole), without_ids(&cut));
        prop_assert_eq!(whole.records, cut.records);
        prop_assert_eq!(whole.is_cut, cut.is_cut);
        prop_assert!(!whole.body.windows(8).any(|window| window == b"a secret"));
    }
}
