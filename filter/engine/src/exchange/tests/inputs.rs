//! What servers ask for inside results, and what clients answer inside requests.

use super::*;

const NO_KEYS: &str = r#"{"id":"no-keys","action":"block","match":{"method":"elicitation/create","sender":"client"},
    "when":[{"condition":"arg_matches_regex","arg_path":"content.*","pattern":"AKIA"}]}"#;
const NO_SAMPLING: &str = r#"{"id":"no-sampling","action":"block","match":{"method":"sampling/createMessage","sender":"server"}}"#;

fn call(params: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"safe",{params}{MODERN_META}}}}}"#
    )
}

fn asking(requests: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"resultType":"input_required","inputRequests":{{{requests}}}}}}}"#
    )
}

#[test]
fn what_a_result_asks_for_is_judged_as_a_request_of_the_server() {
    let elicits = r#""a":{"method":"elicitation/create","params":{"message":"Name?"}}"#;
    let samples = r#""b":{"method":"sampling/createMessage","params":{"messages":[]}}"#;
    for (requests, denied) in [
        (elicits.to_owned(), false),
        (samples.to_owned(), true),
        (format!("{elicits},{samples}"), true),
    ] {
        let bundle = policies(r#"{"default_action":"allow"}"#, &[NO_SAMPLING]);
        let headers = modern("tools/call", Some("safe"));
        let (got, records) = exchanged(bundle, &headers, &call(""), &asking(&requests));
        assert_eq!(
            got.is_some_and(|got| got.contains(r#""isError":true"#)),
            denied,
            "{requests}"
        );
        let last = records.last().unwrap();
        assert_eq!((last.kind, last.stopped), ("server_request", denied));
    }
}

#[test]
fn a_result_that_asks_for_too_much_is_withheld() {
    let one = |at| format!(r#""k{at}":{{"method":"roots/list"}}"#);
    let requests = |count| asking(&(0..count).map(one).collect::<Vec<_>>().join(","));
    let headers = modern("tools/call", Some("safe"));
    for (count, withheld) in [(64, false), (65, true)] {
        let bundle = policies(r#"{"default_action":"allow"}"#, &[]);
        let (got, records) = exchanged(bundle, &headers, &call(""), &requests(count));
        assert_eq!(got.is_some(), withheld, "{count}");
        assert_eq!(records.len(), 1 + count.min(65));
    }
}

#[test]
fn the_answers_a_request_brings_back_are_judged_as_answers_of_the_client() {
    for (answers, denied) in [
        (r#""k":{"action":"accept","content":{"key":"none"}}"#, false),
        (r#""k":{"action":"accept","content":{"key":"AKIA"}}"#, true),
        (
            r#""k":{"action":"accept","content":"{\"key\":\"AKIA\"}"}"#,
            true,
        ),
        (r#""k":{"role":"user","content":{"key":"AKIA"}}"#, false),
        (r#""a":{"roots":[]},"k":{"content":{"key":"AKIA"}}"#, true),
    ] {
        let bundle = policies(r#"{"default_action":"allow"}"#, &[NO_KEYS]);
        let body = call(&format!(
            r#""inputResponses":{{{answers}}},"requestState":"s","#
        ));
        let headers = modern("tools/call", Some("safe"));
        let done = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}}"#;
        let (got, records) = exchanged(bundle, &headers, &body, done);
        assert_eq!(
            got.is_some_and(|got| got.contains(r#""isError":true"#)),
            denied,
            "{answers}"
        );
        assert_eq!(only(records).stopped, denied);
    }
}

#[test]
fn a_request_that_brings_back_too_many_answers_is_refused() {
    let one = |at| format!(r#""k{at}":{{"roots":[]}}"#);
    for (count, code) in [(64, "default"), (65, "budget_exceeded")] {
        let answers = (0..count).map(one).collect::<Vec<_>>().join(",");
        let bundle = policies(r#"{"default_action":"allow"}"#, &[]);
        let body = call(&format!(r#""inputResponses":{{{answers}}},"#));
        let headers = modern("tools/call", Some("safe"));
        let done = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}}"#;
        let (_, records) = exchanged(bundle, &headers, &body, done);
        assert_eq!(only(records).code, code);
    }
}
