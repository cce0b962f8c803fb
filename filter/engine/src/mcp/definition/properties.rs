//! What holds for every definition: one digest however it is spelled, another for any other content.

use super::*;
use proptest::prelude::*;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zé\u{200b}😀\"\\\\\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-zé]{1,3}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_definition() -> impl Strategy<Value = Object> {
    let schema = prop::collection::vec(("[a-z]{1,3}", any_value()), 0..4);
    ("[a-z_]{1,8}", ".{0,12}", schema, any_value()).prop_map(|(name, text, schema, other)| {
        let schema: Object = schema.into_iter().collect();
        Object::new()
            .with("name", name)
            .with("description", text)
            .with("inputSchema", schema)
            .with("vendor", other)
    })
}

/// The same value, the members of every object in reverse order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(reversed).collect()),
        Value::Object(object) => {
            let members = object
                .iter()
                .map(|(key, member)| (key.to_owned(), reversed(member)));
            let mut members: Vec<_> = members.collect();
            members.reverse();
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// JSON with white space and escapes wherever they may stand.
fn spaced(value: &Value) -> String {
    let text = |text: &str| {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match value {
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(spaced).collect();
            format!(" [ {} ] ", elements.join(" ,\n"))
        }
        Value::Object(object) => {
            let members = object
                .iter()
                .map(|(key, member)| format!("{} : {}", text(key), spaced(member)));
            format!("\t{{ {} }} ", members.collect::<Vec<_>>().join(" ,\r\n"))
        }
        Value::String(string) => text(string),
        scalar => json::to_text(scalar),
    }
}

fn digest(value: &Value) -> Result<Digest, DefinitionError> {
    Definition::read(value).map(|definition| definition.digest())
}

proptest! {
    #[test]
    fn the_digest_does_not_depend_on_the_order_of_members_on_white_space_or_on_escapes(
        members in any_definition(),
    ) {
        let value = Value::Object(members);
        let pinned = digest(&value);
        prop_assert!(pinned.is_ok());
        prop_assert_eq!(&digest(&reversed(&value)), &pinned);
        prop_assert_eq!(digest(&json::parse(spaced(&value).as_bytes()).unwrap()), pinned);
    }

    #[test]
    fn another_content_has_another_digest(
        members in any_definition(),
        at in 0..3_usize,
        other in any_value(),
    ) {
        let before = Value::Object(members.clone());
        let mut members = members;
        match at {
            0 => members.set("vendor", other),
            1 => members.set("extra", other),
            _ => {
                let schema = members.get("inputSchema").and_then(Value::as_object).cloned();
                members.set("inputSchema", schema.unwrap_or_default().with("q", other));
            }
        }
        let after = Value::Object(members);
        prop_assert!(digest(&after).is_ok());
        prop_assert_eq!(digest(&before) == digest(&after), before == after);
    }
}
