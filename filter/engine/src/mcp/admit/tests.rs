//! What is let in, and what is not.

use super::*;

fn admit_one(headers: &Headers, body: &[u8], protocol: &Protocol) -> Result<Message, Refusal> {
    match admit_body(headers, body, protocol)? {
        Posted::One(message) => Ok(*message),
        Posted::Batch(messages) => panic!("a batch: {messages:?}"),
    }
}

fn head(method: &str, more: &[(&str, &str)], end_of_stream: bool) -> Result<Admitted, RefusalCode> {
    let fields = std::iter::once((":method", method)).chain(more.iter().copied());
    let protocol = Protocol {
        allowed_origins: vec![Origin::read("https://app.example").unwrap()],
        ..Protocol::default()
    };
    admit_head(&Headers::new(fields), end_of_stream, &protocol).map_err(|r| r.word)
}

#[test]
fn methods_without_body_pass_and_foreign_methods_do_not() {
    for method in ["GET", "DELETE", "HEAD", "OPTIONS"] {
        assert_eq!(head(method, &[], true), Ok(Admitted::NoBody));
        assert_eq!(head(method, &[], false), Err(RefusalCode::BodyNotExpected));
    }
    for method in ["PUT", "PATCH", "CONNECT", "TRACE", "post", ""] {
        assert_eq!(
            head(method, &[], true),
            Err(RefusalCode::MethodNotAllowed),
            "{method}"
        );
    }
    let json = ("content-type", "application/json");
    assert_eq!(head("POST", &[json], false), Ok(Admitted::Body));
    assert_eq!(head("POST", &[json], true), Err(RefusalCode::NotJson));
    assert_eq!(
        head("POST", &[json, (":method", "GET")], false),
        Err(RefusalCode::BadHeader)
    );
}

#[test]
fn what_would_leave_http_or_split_a_session_is_refused() {
    let cases = [
        ("upgrade", "h2c", Ok(Admitted::NoBody)),
        ("upgrade", "websocket", Err(RefusalCode::Upgrade)),
        ("upgrade", "h2c, websocket", Err(RefusalCode::Upgrade)),
        (":authority", "a:1", Ok(Admitted::NoBody)),
        (":authority", "a,b", Err(RefusalCode::BadHeader)),
        (":authority", "a, b", Err(RefusalCode::BadHeader)),
        ("mcp-session-id", "a", Ok(Admitted::NoBody)),
        ("mcp-session-id", "a, b", Err(RefusalCode::BadHeader)),
        ("mcp-session-id", "a,b", Err(RefusalCode::BadHeader)),
        ("mcp-session-id", "", Err(RefusalCode::BadHeader)),
        (
            "mcp-protocol-version",
            "2025-06-18, 2026-07-28",
            Err(RefusalCode::HeaderMismatch),
        ),
        ("origin", "https://app.example", Ok(Admitted::NoBody)),
        (
            "origin",
            "https://app.example.evil",
            Err(RefusalCode::OriginNotAllowed),
        ),
        ("origin", "null", Err(RefusalCode::OriginNotAllowed)),
        ("origin", "", Err(RefusalCode::OriginNotAllowed)),
    ];
    for (name, value, expected) in cases {
        assert_eq!(
            head("GET", &[(name, value)], true),
            expected,
            "{name}: {value}"
        );
    }
}

#[test]
fn where_hosts_are_listed_a_request_to_another_is_misdirected() {
    let protocol = Protocol {
        allowed_hosts: vec![Host::read("mcp.example").unwrap()],
        ..Protocol::default()
    };
    let misdirected = Err((RefusalCode::HostNotAllowed, 421));
    for (fields, expected) in [
        (&[(":authority", "mcp.example")][..], Ok(Admitted::NoBody)),
        (&[(":authority", "MCP.example:8443")], Ok(Admitted::NoBody)),
        (
            &[(":authority", "mcp.example"), ("host", "mcp.example")],
            Ok(Admitted::NoBody),
        ),
        (
            &[(":authority", "mcp.example"), ("host", "evil.example")],
            misdirected,
        ),
        (
            &[(":authority", "evil.example"), ("host", "mcp.example")],
            misdirected,
        ),
        (&[(":authority", "evil.example")], misdirected),
        (&[("host", "mcp.example")], misdirected),
        (&[], misdirected),
    ] {
        let fields = [(":method", "GET")]
            .into_iter()
            .chain(fields.iter().copied());
        let headers = Headers::new(fields);
        let got = admit_head(&headers, true, &protocol).map_err(|r| (r.word, r.status));
        assert_eq!(got, expected, "{headers:?}");
        assert_eq!(
            admit_head(&headers, true, &Protocol::default()),
            Ok(Admitted::NoBody)
        );
    }
}

#[test]
fn the_limit_itself_is_let_in() {
    let protocol = Protocol {
        body_bytes: 3,
        ..Protocol::default()
    };
    assert_eq!(admit_size(3, &protocol), Ok(()));
    assert_eq!(admit_size(4, &protocol).map_err(|r| r.status), Err(413));
}

#[test]
fn client_responses_are_let_in_only_where_they_can_be_expected() {
    let body = br#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
    let admitted = |version: &str, client_responses| {
        let headers = Headers::new([("mcp-protocol-version", version)]);
        let protocol = Protocol {
            client_responses,
            ..Protocol::default()
        };
        admit_one(&headers, body, &protocol)
            .map(|message| message.kind)
            .map_err(|r| r.word)
    };
    let response = Kind::Response {
        id: super::super::Id::Number(7_u64.into()),
    };
    let refused = Err(RefusalCode::UnexpectedResponse);
    assert_eq!(
        admitted("2025-11-25", ClientResponses::Forward),
        Ok(response)
    );
    assert_eq!(admitted("2025-11-25", ClientResponses::Refuse), refused);
    assert_eq!(admitted("2026-07-28", ClientResponses::Forward), refused);
}

#[test]
fn only_a_legacy_message_belongs_to_a_session() {
    let session = |fields: &[(&str, &str)], body: &str| {
        let headers = Headers::new(fields.iter().copied());
        admit_one(&headers, body.as_bytes(), &Protocol::default())
            .unwrap()
            .session
    };
    let legacy = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(
        session(&[("mcp-session-id", "s")], legacy),
        Some("s".into())
    );
    assert_eq!(session(&[], legacy), None);
    let modern = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
    let version = ("mcp-protocol-version", "2026-07-28");
    assert_eq!(session(&[("mcp-session-id", "s"), version], modern), None);
}

#[test]
fn a_refusal_names_the_doubled_key_without_breaking_the_line() {
    let body = b"{\"a\\nb\":1,\"a\\nb\":2}";
    let refusal = admit_body(&Headers::default(), body, &Protocol::default()).unwrap_err();
    assert_eq!(refusal.word, RefusalCode::DuplicateKey);
    assert_eq!(
        refusal.text,
        "the body is refused: the key `a\\nb` stands twice at byte 10"
    );
}
