//! Weaknesses that were published about other MCP gateways and SDKs, one test for each. Those about pinned tool
//! definitions have a file of their own.

use serde_json::{Value, json};
use tessera_tests::{
    Connection, Envoy, Http2, Http2Request, Part, Reply, Setup, Tessera, Turn, Upstream, When,
    call, message, post, post_json,
};

use crate::no_danger;

fn code(answer: &tessera_tests::Answer) -> Value {
    answer.json()["error"]["data"]["code"].clone()
}

/// CVE-2026-27896 and GHSA-q382-vc8q-7jhj: an SDK matched keys in any case, and without trailing NULs.
#[test]
fn a_key_that_only_some_readers_take_for_a_key_of_the_protocol_is_refused() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let plain =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","arguments":{}}}"#;
    let other = r#"{"name":"danger"}"#;
    let keys = [
        (
            "method",
            vec!["Method", "METHOD", "metho\\u0044", "method\\u0000"],
        ),
        (
            "params",
            vec!["Params", "param\\u017f", "paramſ", "PARAMS\\u0000"],
        ),
        ("name", vec!["Name", "nAME", "\\u004eame", "name\\u0000"]),
        (
            "arguments",
            vec!["Arguments", "argumentſ", "arguments\\u0000\\u0000"],
        ),
        ("id", vec!["Id", "ID", "id\\u0000"]),
        ("jsonrpc", vec!["JSONRPC", "jsonRpc"]),
    ];
    for (key, looks) in keys {
        for look in looks {
            let (in_place, value) = match key {
                "params" => (plain.replace(r#""params""#, &format!(r#""{look}""#)), other),
                _ => (
                    plain.replace(&format!(r#""{key}""#), &format!(r#""{look}""#)),
                    r#""danger""#,
                ),
            };
            let at = format!(r#""{key}":"#);
            let beside = plain.replace(&at, &format!(r#""{look}":{value},{at}"#));
            for body in [in_place, beside] {
                let headers = [("content-type", "application/json")];
                let answer = post(envoy.port, "/mcp", &headers, body.as_bytes());
                assert_eq!(
                    (answer.status, code(&answer)),
                    (400, json!("key_collision")),
                    "{body}"
                );
            }
        }
    }
    assert_eq!(upstream.count(), 0);
}

/// The same from the other side: a result under a key that only some clients read.
#[test]
fn an_answer_with_such_a_key_does_not_reach_the_client() {
    let upstream = Upstream::scripted(|seen| {
        let mut answer = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": []}});
        let arguments = &seen.json()["params"]["arguments"];
        let key = arguments["key"].as_str().unwrap_or_default();
        answer[key] = json!({"content": [{"type": "text", "text": "HOSTILE"}]});
        Reply::json(&answer)
    });
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    for key in ["Result", "RESULT", "re\u{17f}ult", "result\u{0}"] {
        let ask = call(1, "safe", json!({"key": key}));
        let answer = post_json(envoy.port, "/mcp", &ask);
        assert!(!answer.text().contains("HOSTILE"), "{}", answer.text());
        assert_eq!(code(&answer), "key_collision");
    }
    assert_eq!(upstream.count(), 4);
}

/// GHSA-4gph-2hhr-5mwg: a gateway judged what its parser made of a body and forwarded other bytes.
#[test]
fn the_bytes_that_are_forwarded_are_the_bytes_that_were_judged() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let headers = [("content-type", "application/json")];
    for (at, body) in [
        "\r\n\t {\"params\" : {\"arguments\":{},\"name\":\"safe\"},\"id\":1,\"method\":\"tools/call\",\"jsonrpc\":\"2.0\"} \n",
        r#"{"jsonrpc":"2.0","id":12345678901234567890123,"method":"tools\/call","params":{"name":"\u0073afe","arguments":{"n":1.10,"big":123456789012345678901234567890,"e":1E2,"z":-0.0}}}"#,
        r#"{"jsonrpc":"2.0","id":"\u00e9","method":"tools/call","params":{"name":"safe","arguments":{"a":"é😀\ud83d\ude00\u2028\/","Name":1,"name":2,"__proto__":{}}},"x-unknown":[{}]}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let answer = post(envoy.port, "/mcp", &headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let seen = &upstream.seen()[at];
        assert_eq!(seen.body, body.as_bytes());
        assert_eq!(seen.header("content-length"), Some(&*body.len().to_string()));
    }
    let doubled = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger","name":"safe"}}"#;
    assert_eq!(
        code(&post(envoy.port, "/mcp", &headers, doubled.as_bytes())),
        "duplicate_key"
    );
    assert_eq!(upstream.count(), 3);
}

const SESSION: &str = "7f3c1c0e-5d0b-4c52-9d6a-2f6a1e1b9c44";

/// A server that opens a session, asks the client something in every call, and accepts what it is told.
fn session_server() -> Upstream {
    let opened = json!({"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}});
    let question =
        json!({"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {}});
    Upstream::playing(vec![
        Turn::always(
            When::asks("initialize"),
            Reply::json(&opened).with("mcp-session-id", SESSION),
        ),
        Turn::always(
            When::asks("tools/call"),
            Reply::events(vec![Part::event(&[], &question), Part::Hold]),
        ),
        Turn::always(
            When::asks("tools/list"),
            Reply::json(&json!({"jsonrpc": "2.0", "id": 2, "result": {"tools": []}})),
        ),
        Turn::always(When::any(), Reply::empty(202)),
    ])
}

/// Sends a message, or without one opens the stream or ends the session.
fn in_session(
    port: u16,
    method: &str,
    path: &str,
    own: &[(&str, &str)],
    body: &Value,
) -> Connection {
    let fixed = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let headers: Vec<_> = fixed.iter().chain(own).copied().collect();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut connection = Connection::open(port);
    connection.send_request(method, path, &headers, body.as_bytes());
    connection
}

/// GHSA-mvgg-jvj2-4frq: a session that was opened under one route's rules was good at another.
#[test]
fn a_session_that_was_opened_at_one_server_is_not_known_at_another() {
    let (one, two) = (session_server(), session_server());
    let upstreams =
        json!([{"name": "one", "path_prefix": "/one"}, {"name": "two", "path_prefix": "/two"}]);
    let mut setup = Setup::inline(one.port, &no_danger()).with("/upstreams", upstreams);
    setup.routes = vec![("/two".to_owned(), two.port), ("/".to_owned(), one.port)];
    let envoy = Envoy::start(setup);
    let initialize = message(1, "initialize", json!({}));
    let opened = in_session(envoy.port, "POST", "/one", &[], &initialize).read();
    assert_eq!(opened.header("mcp-session-id"), Some(SESSION));
    let own = [("mcp-session-id", SESSION)];
    let list = message(2, "tools/list", json!({}));
    for (method, body) in [
        ("POST", &list),
        ("POST", &initialize),
        ("GET", &Value::Null),
        ("DELETE", &Value::Null),
    ] {
        let answer = in_session(envoy.port, method, "/two", &own, body).read();
        assert_eq!(
            (answer.status, code(&answer)),
            (404, json!("foreign_session")),
            "{method}"
        );
    }
    assert_eq!(two.count(), 0);
    assert_eq!(
        in_session(envoy.port, "POST", "/one", &own, &list)
            .read()
            .status,
        200
    );
}

/// What is known of a session is known to nobody who does not name it, nor to another caller.
#[test]
fn a_request_without_a_session_inherits_nothing() {
    let upstream = session_server();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let own = [("mcp-session-id", SESSION)];
    let asks = call(3, "safe", json!({}));
    let mut asked = in_session(envoy.port, "POST", "/mcp", &own, &asks);
    assert_eq!(asked.read_head().status, 200);
    assert!(asked.read_chunk().is_some(), "the question did not come");
    let answer = json!({"jsonrpc": "2.0", "id": 7, "result": {}});
    let before = upstream.count();
    let other = [("mcp-session-id", "another")];
    for headers in [&[][..], &other] {
        let refused = in_session(envoy.port, "POST", "/mcp", headers, &answer).read();
        assert_eq!(
            (refused.status, code(&refused)),
            (400, json!("unexpected_response")),
            "{headers:?}"
        );
    }
    assert_eq!(upstream.count(), before);
    assert_eq!(
        in_session(envoy.port, "POST", "/mcp", &own, &answer)
            .read()
            .status,
        202
    );
    upstream.release();
}

/// GHSA-g53w-w6mj-hrpp: headers of a gateway's own were believed when they came from outside.
#[test]
fn headers_of_our_own_are_believed_from_nobody_on_either_way() {
    const OURS: [&str; 8] = [
        "x-tessera-audit-id",
        "X-Tessera-Mode",
        "x-tessera-decision",
        "X-TESSERA-POLICY-ID",
        "x-tessera-reason",
        "x-tessera-caller",
        "x-tessera-scope",
        "x-tessera-anything",
    ];
    let upstream = Upstream::scripted(|_| {
        let answer = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": []}});
        OURS.iter().fold(Reply::json(&answer), |reply, name| {
            reply.with(name, "forged")
        })
    });
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let forged = |headers: &[(String, String)]| {
        headers.iter().any(|(name, value)| {
            name.to_ascii_lowercase().starts_with("x-tessera-") && value == "forged"
        })
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(OURS.map(|name| (name.to_owned(), "forged".to_owned())));
    let mut trailers: Vec<(String, String)> = headers.iter().skip(1).cloned().collect();
    trailers.push(("x-end".to_owned(), "1".to_owned()));
    trailers.push(("mcp-name".to_owned(), "danger".to_owned()));
    let mut client = Http2::new(envoy.port);
    for trailers in [&[][..], &trailers] {
        for tool in ["safe", "danger"] {
            let answer = client.send(Http2Request {
                method: "POST",
                path: "/mcp",
                authority: "localhost",
                headers: &headers,
                frames: vec![call(1, tool, json!({})).to_string().into()],
                trailers,
            });
            assert_eq!(answer.status, 200);
            assert!(answer.header("x-tessera-audit-id").is_some());
            assert!(!forged(&answer.headers), "{:?}", answer.headers);
        }
    }
    let seen = upstream.seen();
    assert_eq!(seen.len(), 2);
    for seen in &seen {
        assert!(
            seen.headers
                .iter()
                .all(|(name, _)| !name.starts_with("x-tessera-")),
            "{:?}",
            seen.headers
        );
    }
    // Of the trailers only what is neither ours nor judged as a header comes through.
    assert_eq!(seen[1].trailers, [("x-end".to_owned(), "1".to_owned())]);
}

/// Scanners that stop after so many finds were led past a real one by harmless ones in front of it.
#[test]
fn a_secret_behind_ten_thousand_decoys_is_found() {
    let upstream = Upstream::start();
    let mut tessera = Tessera::init(&["secret-leak-block"]);
    tessera.run();
    let callers = json!({"anonymous": {"name": "anonymous", "scope": "default"}});
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys())
        .with("/callers", callers);
    let envoy = Envoy::start(setup);
    tessera.wait_for_filters(2);
    let secret = ["AKIA", "IOSFODNN7", "ABCDEFG"].concat();
    let with = |decoy: &dyn Fn(usize) -> String, last: &str| {
        let mut apart: Vec<String> = (0..10_000).map(decoy).collect();
        apart.push(last.to_owned());
        let together = apart.join("\n");
        [json!({"texts": apart}), json!({"text": together})]
    };
    let ask = |arguments| post_json(envoy.port, "/mcp", &call(1, "post_message", arguments));
    // Harmless ones alone pass; the secret behind them does not.
    let harmless = |number| format!("key_{number} token={number} AK-{number}");
    for arguments in with(&harmless, "nothing") {
        let answer = ask(arguments);
        let text = answer.json()["result"]["content"][0]["text"].clone();
        assert_eq!(text, "upstream", "{}", answer.text());
    }
    // Ones that are nearly secrets cost work each; where there are too many the call is refused for that.
    let nearly = |number| format!("AKIA{number} ghp_{number} xoxb-{number}");
    let mut codes = Vec::new();
    for arguments in [with(&harmless, &secret), with(&nearly, &secret)].concat() {
        let answer = ask(arguments);
        codes.push(crate::decision(&answer)["code"].clone());
        let code = codes.last().unwrap();
        assert!(
            code == "policy_matched" || code == "budget_exceeded",
            "{}",
            answer.text()
        );
    }
    assert_eq!(codes[0], "policy_matched");
    assert_eq!(upstream.count(), 2);
}

/// The same on the way back: what a policy keeps from the client is kept however much stands in front of it.
#[test]
fn a_secret_behind_ten_thousand_decoys_is_found_in_an_answer_too() {
    let decoys: Vec<String> = (0..10_000)
        .map(|number| format!("key_{number} token={number}"))
        .collect();
    let upstream = Upstream::scripted(move |seen| {
        let mut texts = decoys.clone();
        texts.push(
            seen.json()["params"]["arguments"]["say"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
        let content: Vec<Value> = texts
            .iter()
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        Reply::json(&json!({"jsonrpc": "2.0", "id": 1, "result": {"content": content}}))
    });
    let policy = json!({
        "id": "no-keys",
        "name": "no keys",
        "match": {},
        "response": {
            "when": [{"condition": "any_text_matches_regex", "pattern": "(?:AKIA|ASIA)[0-9A-Z]{16}"}],
            "action": "block",
            "reason": "it holds a key",
        },
    });
    let envoy = Envoy::start(Setup::inline(upstream.port, &[policy]));
    let ask = |say: &str| post_json(envoy.port, "/mcp", &call(1, "read", json!({"say": say})));
    let secret = ["AKIA", "IOSFODNN7", "ABCDEFG"].concat();
    // The call itself is not judged by this policy: the word is the server's.
    let harmless = ask("nothing");
    assert!(harmless.text().contains("key_9999"), "{}", harmless.status);
    let answer = ask(&secret);
    assert_eq!(
        crate::decision(&answer)["policy_id"],
        "no-keys",
        "{}",
        answer.status
    );
    assert!(!answer.text().contains(&secret) && !answer.text().contains("key_1"));
}
