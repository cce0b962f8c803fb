//! What servers answer, at the edges: the largest that passes, and how a refused one ends.

use serde_json::{Value, json};
use tessera_engine::limits;
use tessera_tests::{Connection, Envoy, Part, Reply, Setup, Turn, Upstream, When, call, post_json};

use crate::no_danger;

/// The result of call 1 as `length` bytes of JSON.
fn result(length: usize) -> String {
    let of = |text: &str| {
        json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}]}})
            .to_string()
    };
    of(&"a".repeat(length - of("").len()))
}

fn json_answer(body: String) -> Reply {
    Reply::of("application/json", vec![Part::Bytes(body.into_bytes())])
}

fn word(answer: &Value) -> &Value {
    &answer["error"]["data"]["code"]
}

#[test]
fn the_largest_answer_passes_unchanged_and_one_byte_more_is_an_error_with_its_id() {
    let upstream = Upstream::playing(Vec::new());
    for hold_headers in [true, false] {
        let setup =
            Setup::inline(upstream.port, &no_danger()).with("/hold_headers", json!(hold_headers));
        let envoy = Envoy::start(setup);
        let ask = |length: usize| {
            let turn = Turn::once(When::any(), json_answer(result(length)));
            upstream.play(vec![turn]);
            post_json(envoy.port, "/mcp", &call(1, "safe", json!({})))
        };
        let largest = ask(limits::RESPONSE_BYTES);
        assert_eq!(largest.body, result(limits::RESPONSE_BYTES).into_bytes());
        let larger = ask(limits::RESPONSE_BYTES + 1);
        assert_eq!(larger.status, 200);
        assert_eq!(larger.json()["id"], 1, "{}", larger.text());
        assert_eq!(word(&larger.json()), "response_too_large");
        assert_eq!(
            envoy.stat("wasmcustom.tessera_answers_refused"),
            Some(1),
            "with hold_headers {hold_headers}"
        );
    }
}

#[test]
fn an_event_over_its_cap_ends_the_stream_with_an_error_for_the_call() {
    let event = format!("data: {}\n\n", result(limits::EVENT_BYTES + 1));
    let after = Part::event(
        &[],
        &json!({"jsonrpc": "2.0", "id": 1, "result": {"late": true}}),
    );
    let parts = vec![Part::Bytes(event.into_bytes()), after, Part::Hold];
    let upstream = Upstream::scripted(move |_| Reply::events(parts.clone()));
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    // The server never ends the stream; the filter does.
    let answer = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    let text = answer.text();
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    let error: Value = serde_json::from_str(data.unwrap()).unwrap();
    assert_eq!(
        (&error["id"], word(&error)),
        (&json!(1), &json!("stream_unreadable"))
    );
    assert!(text.len() < 2_000 && !text.contains("late"), "{text}");
}

/// The filter ends such a stream at its next tick; a server that ends it first must find it gone and nothing else.
#[test]
fn streams_that_end_while_they_are_being_cut_do_no_harm() {
    const CALLS: usize = 600;
    let sampling =
        json!({"jsonrpc": "2.0", "id": "s", "method": "sampling/createMessage", "params": {}});
    let upstream = Upstream::scripted(move |_| Reply::events(vec![Part::event(&[], &sampling)]));
    let policies = [json!({
        "id": "no-sampling",
        "name": "no-sampling",
        "match": {"method": "sampling/createMessage", "sender": "server"},
        "action": "block",
        "reason": "no models here",
    })];
    let envoy = Envoy::start(Setup::inline(upstream.port, &policies));
    let denied = || {
        let mut connection = Connection::open(envoy.port);
        let body = call(1, "safe", json!({})).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        connection.send_request("POST", "/mcp", &headers, body.as_bytes());
        connection.read().text().contains("isError")
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..CALLS / 4).filter(|_| denied()).count()))
            .collect();
        let all: usize = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum();
        assert_eq!(all, CALLS);
    });
    let blocked = envoy.stat("wasmcustom.tessera_server_requests_block");
    assert_eq!(
        blocked,
        u64::try_from(CALLS).ok(),
        "the filter has been started anew"
    );
}
