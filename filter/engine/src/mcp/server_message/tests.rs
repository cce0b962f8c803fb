use super::*;
use AmbiguousCode as Word;

fn word(text: &str) -> Result<ServerMessage, Word> {
    read_server_message(text.as_bytes()).map_err(|ambiguous| ambiguous.word)
}

/// `members` as a message of JSON-RPC 2.0.
fn message(members: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",{members}}}")
}

#[test]
fn a_message_is_exactly_one_kind() {
    let one = Id::Number(1_u64.into());
    let root = |members: &str| json::parse(message(members).as_bytes()).unwrap();
    let result = r#""result":{"content":[]},"id":1,"extra":true"#;
    let error = r#""error":{"code":-32601,"message":"no","data":[]},"id":"a""#;
    let null = r#""error":{"code":0,"message":""},"id":null"#;
    let none = r#""error":{"code":0,"message":""}"#;
    let request = r#""method":"sampling/createMessage","params":{},"id":1"#;
    let notification = r#""method":"notifications/progress""#;
    let cases = [
        (
            result,
            ServerMessage::Result {
                id: one.clone(),
                root: root(result),
            },
        ),
        (
            error,
            ServerMessage::Error {
                id: Some(Id::String("a".into())),
                root: root(error),
            },
        ),
        (
            null,
            ServerMessage::Error {
                id: None,
                root: root(null),
            },
        ),
        (
            none,
            ServerMessage::Error {
                id: None,
                root: root(none),
            },
        ),
        (
            request,
            ServerMessage::Request {
                id: one,
                method: "sampling/createMessage".into(),
                root: root(request),
            },
        ),
        (
            notification,
            ServerMessage::Notification {
                method: "notifications/progress".into(),
                root: root(notification),
            },
        ),
    ];
    for (members, expected) in cases {
        let read = read_server_message(message(members).as_bytes());
        assert_eq!(read.as_ref(), Ok(&expected), "{members}");
        assert_eq!(expected.root(), &root(members));
    }
}

#[test]
fn what_clients_read_differently_is_refused_for_its_own_reason() {
    for (members, expected) in [
        (
            r#""id":1,"result":{},"error":{"code":1,"message":""}"#,
            Word::Hybrid,
        ),
        (r#""id":1,"result":{},"error":null"#, Word::Hybrid),
        (r#""id":1,"result":{},"method":"ping""#, Word::Hybrid),
        (
            r#""id":1,"error":{"code":1,"message":""},"method":"ping""#,
            Word::Hybrid,
        ),
        (r#""id":1,"result":{},"params":{}"#, Word::Hybrid),
        (r#""id":1,"result":{},"result":{}"#, Word::DuplicateKey),
        (
            r#""id":1,"result":{"content":[],"c\u006fntent":[]}"#,
            Word::DuplicateKey,
        ),
        (r#""id":1,"Result":{},"result":{}"#, Word::KeyCollision),
        (r#""id":1,"result":{"Content":[]}"#, Word::KeyCollision),
        (r#""id":1"#, Word::BadEnvelope),
        (r#""id":1,"params":{}"#, Word::BadEnvelope),
        (r#""id":1,"result":null"#, Word::BadEnvelope),
        (r#""id":1,"result":[]"#, Word::BadEnvelope),
        (r#""id":1,"error":"no""#, Word::BadEnvelope),
        (
            r#""id":1,"error":{"code":1.0,"message":""}"#,
            Word::BadEnvelope,
        ),
        (
            r#""id":1,"error":{"code":"1","message":""}"#,
            Word::BadEnvelope,
        ),
        (r#""id":1,"error":{"message":""}"#, Word::BadEnvelope),
        (r#""id":1,"error":{"code":1}"#, Word::BadEnvelope),
        (
            r#""id":1,"error":{"code":1,"message":null}"#,
            Word::BadEnvelope,
        ),
        (r#""id":1,"method":["ping"]"#, Word::BadEnvelope),
        (r#""id":1,"method":"ping","params":[]"#, Word::BadEnvelope),
        (
            r#""method":"notifications/x","params":null"#,
            Word::BadEnvelope,
        ),
        (r#""result":{}"#, Word::BadId),
        (r#""id":null,"result":{}"#, Word::BadId),
        (r#""id":1.0,"result":{}"#, Word::BadId),
        (r#""id":-0,"result":{}"#, Word::BadId),
        (r#""id":{},"error":{"code":1,"message":""}"#, Word::BadId),
        (r#""method":"roots/list""#, Word::BadId),
        (r#""id":null,"method":"roots/list""#, Word::BadId),
        (r#""id":1,"method":"notifications/progress""#, Word::BadId),
        (r#""id":1,"result":{"n":NaN}"#, Word::NotJson),
        (r#""id":1,"result":{"s":"\ud800"}"#, Word::NotJson),
    ] {
        assert_eq!(word(&message(members)), Err(expected), "{members}");
    }
    for (text, expected) in [
        ("", Word::NotJson),
        ("\u{feff}{}", Word::NotJson),
        (
            r#"{"jsonrpc":"2.0","id":1,"result":{}}garbage"#,
            Word::NotJson,
        ),
        ("[]", Word::Batch),
        (r#"[{"jsonrpc":"2.0","id":1,"result":{}}]"#, Word::Batch),
        ("\"ok\"", Word::BadEnvelope),
        (r#"{"id":1,"result":{}}"#, Word::BadEnvelope),
        (r#"{"jsonrpc":2.0,"id":1,"result":{}}"#, Word::BadEnvelope),
        (
            r#"{"jsonrpc":"2.00","id":1,"result":{}}"#,
            Word::BadEnvelope,
        ),
        (&"[".repeat(limits::JSON_DEPTH + 1), Word::TooComplex),
    ] {
        assert_eq!(word(text), Err(expected), "{text}");
    }
    let bytes = b"\xff\xfe{\0}\0";
    assert_eq!(read_server_message(bytes).unwrap_err().word, Word::NotUtf8);
}

#[test]
fn ids_and_methods_have_a_length() {
    let long = "9".repeat(limits::ID_BYTES + 1);
    for id in [long.clone(), format!("\"{long}\"")] {
        let text = message(&format!("\"id\":{id},\"result\":{{}}"));
        assert_eq!(word(&text), Err(Word::BadId));
    }
    let method = "m".repeat(limits::METHOD_BYTES + 1);
    let text = message(&format!("\"id\":1,\"method\":\"{method}\""));
    assert_eq!(word(&text), Err(Word::BadEnvelope));
}

#[test]
fn a_refusal_says_what_was_expected_and_got_and_holds_no_content() {
    for (members, expected) in [
        (
            r#""id":1,"error":{"code":1.5,"message":""}"#,
            "`error.code` of the server's message must be an integer; got the number 1.5",
        ),
        (
            r#""id":1,"error":{"code":"SECRET","message":""}"#,
            "`error.code` of the server's message must be an integer; got a string",
        ),
        (
            r#""id":1.5,"result":{}"#,
            "in the server's message, the id is the number 1.5; expected a plain integer or a string",
        ),
        (
            r#""method":"roots/list""#,
            "a request of the server has no id; expected an integer or a string",
        ),
        (
            r#""a\nb":1,"a\nb":2"#,
            "the server's message is refused: the key `a\\nb` stands twice in one object at byte 26",
        ),
        (
            r#""id":1,"result":{"tools":[{"Name":"x"}]}"#,
            "in the server's message, tools has the key `Name`, which some readers take for another",
        ),
    ] {
        let refused = read_server_message(message(members).as_bytes()).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn a_batch_is_read_only_where_it_was_asked_for() {
    let two =
        r#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"notifications/x"}]"#;
    let read = read_server_batch(two.as_bytes()).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].id(), Some(&Id::Number(1_u64.into())));
    let one = message(r#""id":null,"error":{"code":1,"message":"no"}"#);
    assert_eq!(read_server_batch(one.as_bytes()).unwrap().len(), 1);
    for (text, expected) in [
        ("[]", Word::Batch),
        ("[[]]", Word::Batch),
        (
            r#"[{"jsonrpc":"2.0","id":1,"result":{}},{}]"#,
            Word::BadEnvelope,
        ),
    ] {
        let refused = read_server_batch(text.as_bytes()).unwrap_err();
        assert_eq!(refused.word, expected, "{text}");
    }
}
