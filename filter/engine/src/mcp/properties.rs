//! What must hold for every request, tried on generated ones.

use super::*;
use crate::json::{Object, Value, parse, to_text};
use proptest::prelude::*;

fn json_headers(fields: &[(String, String)]) -> Headers {
    let json = ("content-type".to_owned(), "application/json".to_owned());
    Headers::new([json].into_iter().chain(fields.iter().cloned()))
}

fn one(headers: &Headers, body: &[u8]) -> Result<Message, Refusal> {
    match admit_body(headers, body, &Protocol::default())? {
        Posted::One(message) => Ok(*message),
        Posted::Batch(messages) => panic!("a batch: {messages:?}"),
    }
}

/// Keys and values near the ones that mean something, so that refusals and admissions both happen.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "jsonrpc",
            "id",
            "method",
            "params",
            "result",
            "error",
            "name",
            "Name",
            "arguments",
            "_meta",
            "2.0",
            "tools/call",
            "ping",
            "notifications/initialized",
            "safe",
            "danger",
            "io.modelcontextprotocol/protocolVersion",
            "2026-07-28",
            "2025-11-25",
            "uri",
            "name\0",
            "argumentſ",
            "resources/read",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((words(), inner), 0..6)
                .prop_map(|members| Value::from(members.into_iter().collect::<Object>())),
        ]
    })
}

fn ids() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from)
    ]
}

/// A message with a readable id, right or wrong in everything else.
fn messages() -> impl Strategy<Value = (Value, Value)> {
    (
        ids(),
        words(),
        values(),
        prop::option::of((words(), values())),
    )
        .prop_map(|(id, method, params, extra)| {
            let mut message = Object::new()
                .with("method", method)
                .with("jsonrpc", "2.0")
                .with("params", params);
            if let Some((key, value)) = extra {
                message.set(&key, value);
            }
            message.set("id", id.clone());
            (id, Value::from(message))
        })
}

/// The same value with the members of every object in reverse order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(reversed).collect()),
        Value::Object(object) => {
            let mut members: Vec<_> = object
                .iter()
                .map(|(key, value)| (key.to_owned(), reversed(value)))
                .collect();
            members.reverse();
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// The text with white space of every kind around its structural characters.
fn spaced(text: &str) -> String {
    let mut out = String::from("\r\n");
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        let structural = !in_string && "{}[]:,".contains(c);
        if structural {
            out.push_str(" \t");
        }
        out.push(c);
        if structural {
            out.push_str("\n ");
        }
        in_string ^= c == '"' && !escaped;
        escaped = in_string && c == '\\' && !escaped;
    }
    out
}

fn essence(admitted: Result<Message, Refusal>) -> Result<(Era, Kind, Option<String>), RefusalCode> {
    admitted
        .map(|message| {
            (
                message.era,
                message.kind.clone(),
                message.tool().map(str::to_owned),
            )
        })
        .map_err(|refusal| refusal.word)
}

proptest! {
    #[test]
    fn no_bytes_make_admission_panic(
        body in prop::collection::vec(any::<u8>(), 0..200),
        fields in prop::collection::vec((".{0,20}", prop::collection::vec(any::<u8>(), 0..40)), 0..6),
        end_of_stream: bool,
    ) {
        let headers = Headers::new(fields);
        for batches in [Batches::Refuse, Batches::Revision20250326] {
        let protocol = Protocol { batches, ..Protocol::default() };
        for refusal in [
            admit_head(&headers, end_of_stream, &protocol).err(),
            admit_body(&headers, &body, &protocol).err(),
        ].into_iter().flatten() {
            prop_assert!(parse(&refuse(&refusal).body).is_ok());
        }
        }
    }

    /// A batch lets nothing in that would not be let in by itself.
    #[test]
    fn a_batch_is_admitted_only_if_each_of_its_messages_is(
        bodies in prop::collection::vec(messages(), 1..5),
    ) {
        let accepting = Protocol { batches: Batches::Revision20250326, ..Protocol::default() };
        let admit = |body: &str| admit_body(&json_headers(&[]), body.as_bytes(), &accepting);
        let texts: Vec<String> = bodies.iter().map(|(_, message)| to_text(message)).collect();
        let array = format!("[{}]", texts.join(","));
        if let Ok(Posted::Batch(messages)) = admit(&array) {
            prop_assert_eq!(messages.len(), texts.len());
            for (text, message) in texts.iter().zip(messages) {
                prop_assert_eq!(admit(text), Ok(Posted::One(Box::new(message))));
            }
        }
    }

    #[test]
    fn key_order_and_white_space_decide_nothing((_, message) in messages()) {
        let admit = |text: String| {
            essence(one(&json_headers(&[]), text.as_bytes()))
        };
        let plain = admit(to_text(&message));
        prop_assert_eq!(&admit(spaced(&to_text(&message))), &plain);
        let turned = admit(to_text(&reversed(&message)));
        // Two faults of one message may be found in another order; admission may not.
        match plain {
            Ok(_) => prop_assert_eq!(turned, plain),
            Err(_) => prop_assert!(turned.is_err()),
        }
    }

    #[test]
    fn every_answer_to_a_readable_id_carries_it(
        (id, message) in messages(),
        version in prop::option::of(words()),
        name in prop::option::of(words()),
    ) {
        let mut fields = Vec::new();
        fields.extend(version.map(|v| ("mcp-protocol-version".to_owned(), v)));
        fields.extend(name.map(|n| ("mcp-name".to_owned(), n)));
        let text = to_text(&message);
        let reply = match one(&json_headers(&fields), text.as_bytes()) {
            Err(refusal) => refuse(&refusal),
            Ok(message) => {
                let denial = Denial { code: "x", policy_id: None, reason: "", audit_id: "a", approval: false };
                deny(&message, &denial, DenialShape::Mcp)
            }
        };
        let answer = parse(&reply.body).unwrap();
        prop_assert_eq!(to_text(answer.get("id").unwrap()), to_text(&id));
    }
}
