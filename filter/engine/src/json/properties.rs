//! Properties of the strict parser: it loses nothing, and it is never more lenient than serde_json.

use super::{Number, Object, Value, canonical, parse, to_text};
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| Value::Number(n.into())),
        any::<f64>().prop_filter_map("finite", |n| Number::from_f64(n).map(Value::Number)),
        "-?[1-9][0-9]{20,40}".prop_filter_map("a literal", |n| {
            Number::from_literal(&n).map(Value::Number)
        }),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        let members = prop::collection::vec((any::<String>(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::Array),
            members.prop_map(|members| Value::Object(members.into_iter().collect::<Object>())),
        ]
    })
}

/// Texts near JSON: whole, cut, doubled or with a piece of noise in it.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop_oneof![
        any::<Vec<u8>>(),
        prop::sample::select(vec![
            "{", "}", ",", ":", "\"", "\\", "\\ud800", "1e999", "NaN", "\u{feff}", "\0"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (value(), noise, any::<prop::sample::Index>()).prop_map(|(value, noise, at)| {
        let mut text = to_text(&value).into_bytes();
        let at = at.index(text.len() + 1);
        text.splice(at..at, noise);
        text
    })
}

proptest! {
    #[test]
    fn parsing_what_was_written_gives_the_value_back(value in value()) {
        prop_assert_eq!(&parse(to_text(&value).as_bytes()).unwrap(), &value);
        let canonical_text = canonical(&value);
        let again = parse(canonical_text.as_bytes()).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(canonical(&again), canonical_text);
    }

    #[test]
    fn what_is_accepted_here_is_accepted_and_read_alike_elsewhere(text in nearly_json()) {
        let ours = parse(&text);
        let theirs: Result<serde_json::Value, _> = serde_json::from_slice(&text);
        if let Ok(ours) = ours {
            let theirs = theirs.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let theirs = parse(theirs.to_string().as_bytes()).unwrap();
            prop_assert_eq!(ours, theirs);
        }
    }
}
