//! What holds for every bundle and call: invariants, on generated ones.

use super::tests::{bundle, decide_with, policy, value};
use super::*;
use crate::json::{self, Object, Value};
use proptest::prelude::*;

/// Values of the shapes that conditions treat differently.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..4).prop_map(Value::from),
        prop::sample::select(vec!["0.5", "1.0", "-0.0", "1e16"]).prop_map(value),
        prop::sample::select(vec!["prod", "db-prod\n", "eu-west-1", "12", " 3 ", "é", ""])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            any_object(inner).prop_map(Value::Object),
        ]
    })
}

fn any_object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    let key = prop::sample::select(vec!["a", "b", "a.b", "n", "*"]).prop_map(str::to_owned);
    prop::collection::vec((key, inner), 0..4).prop_map(|members| members.into_iter().collect())
}

fn any_condition() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        ("arg", "a"),
        ("arg", "*"),
        ("arg_path", "a.b"),
        ("arg_path", "*.0"),
        ("arg_path", "a.*.b"),
        ("arg", "uri"),
        ("arg_path", "name"),
    ]);
    let argument = (path, 0..9_usize, any_value()).prop_map(|((key, path), kind, constant)| {
        let object = Object::new().with(key, path);
        Value::Object(match kind {
            0 => object
                .with("condition", "arg_equals")
                .with("value", constant),
            1 => object
                .with("condition", "arg_greater_than")
                .with("value", constant),
            2 => object
                .with("condition", "arg_in_set")
                .with("values", vec![constant, Value::from("prod")]),
            3 => object
                .with("condition", "arg_size_greater_than")
                .with("bytes", 5_u64),
            4 => object
                .with("condition", "region_in")
                .with("regions", vec![Value::from("eu")]),
            5 => object
                .with("condition", "arg_matches_regex")
                .with("pattern", "prod$"),
            6 => Object::new()
                .with("condition", "any_text_matches_regex")
                .with("pattern", "prod$|^n$")
                .with("in", vec![Value::from("keys"), Value::from("arguments")]),
            7 => Object::new().with("condition", "tool_name_in").with(
                "values",
                vec![Value::from("t"), Value::from("aws_iam_PassRole")],
            ),
            _ => object
                .with("condition", "arg_contains_pattern")
                .with("pattern", r#""a":|^[0-9]"#),
        })
    });
    argument.prop_recursive(2, 6, 3, |inner| {
        (
            prop::collection::vec(inner, 0..3),
            prop::sample::select(vec!["any_of", "none_of"]),
        )
            .prop_map(|(conditions, name)| {
                Value::Object(
                    Object::new()
                        .with("condition", name)
                        .with("conditions", conditions),
                )
            })
    })
}

pub(in crate::policy) fn any_bundle() -> impl Strategy<Value = Bundle> {
    let action = prop::sample::select(vec!["allow", "block", "log_only", "require_approval"]);
    let one = (
        action,
        prop::collection::vec(any_condition(), 0..3),
        0_i64..3,
    );
    prop::collection::vec(one, 0..5).prop_map(|policies| {
        let document = |(at, (action, when, priority)): (usize, (&str, Vec<Value>, i64))| {
            let object = Object::new()
                .with("id", format!("p-{at}"))
                .with("name", "n")
                .with("action", action);
            let object = object
                .with("when", when)
                .with("priority", priority)
                .with("reason", "${arg.a}");
            Document::decode(&Value::Object(object)).unwrap()
        };
        bundle(policies.into_iter().enumerate().map(document).collect())
    })
}

/// Arguments of a call.
pub(in crate::policy) fn any_arguments() -> impl Strategy<Value = Value> {
    any_object(any_value()).prop_map(Value::Object)
}

/// The same value, the members of every object in reverse order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(reversed).collect()),
        Value::Object(object) => {
            let mut members: Vec<_> = object
                .iter()
                .map(|(key, member)| (key.to_owned(), reversed(member)))
                .collect();
            members.reverse();
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// JSON with white space wherever it may stand.
fn spaced(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(" ,\r\n\t");
    match value {
        Value::Array(elements) => format!(" [ {} ] ", list(elements.iter().map(spaced).collect())),
        Value::Object(object) => {
            let member = |(key, value): (&str, &Value)| {
                format!("{} : {}", json::to_text(&Value::from(key)), spaced(value))
            };
            format!("\n{{ {} }}\n", list(object.iter().map(member).collect()))
        }
        scalar => json::to_text(scalar),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_verdict_does_not_depend_on_the_order_of_members_or_on_white_space(
        compiled in any_bundle(),
        calls in prop::collection::vec(any_object(any_value()).prop_map(Value::Object), 4),
    ) {
        for arguments in calls {
            let decision = decide_with(&compiled, Some(&arguments), None);
            prop_assert_eq!(&decide_with(&compiled, Some(&reversed(&arguments)), None), &decision);
            let reparsed = json::parse(spaced(&arguments).as_bytes()).unwrap();
            prop_assert_eq!(&decide_with(&compiled, Some(&reparsed), None), &decision);
        }
    }

    #[test]
    fn a_bundle_survives_its_wire_form(
        compiled in any_bundle(),
        calls in prop::collection::vec(any_object(any_value()).prop_map(Value::Object), 4),
    ) {
        let back = Bundle::from_wire(compiled.to_wire()).unwrap();
        prop_assert_eq!(back.digest(), compiled.digest());
        prop_assert_eq!(back.to_wire(), compiled.to_wire());
        for arguments in calls {
            let decision = decide_with(&compiled, Some(&arguments), None);
            prop_assert_eq!(decide_with(&back, Some(&arguments), None), decision);
        }
    }

    #[test]
    fn a_policy_that_never_matches_changes_nothing_but_the_count(
        compiled in any_bundle(),
        priority in 0_i64..3,
        arguments in any_object(any_value()).prop_map(Value::Object),
    ) {
        let never = policy(
            "never",
            &format!(r#","priority":{priority},"when":[{{"condition":"any_of","conditions":[]}}]"#),
        );
        let mut documents: Vec<_> = compiled.policies().cloned().collect();
        documents.push(never);
        let more = decide_with(&bundle(documents), Some(&arguments), None);
        let decision = decide_with(&compiled, Some(&arguments), None);
        prop_assert_eq!(more.action, decision.action);
        prop_assert_eq!(more.policy_id, decision.policy_id);
        prop_assert_eq!(more.reason, decision.reason);
    }

    #[test]
    fn a_document_survives_its_normal_form(compiled in any_bundle()) {
        for document in compiled.policies() {
            prop_assert_eq!(&Document::decode(&document.to_value()).unwrap(), document);
        }
    }

    #[test]
    fn nothing_that_is_read_as_a_policy_or_a_bundle_makes_the_reader_fail(
        fields in any_object(prop_oneof![any_value(), any_condition()]),
        compiled in any_bundle(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let known = ["id", "match", "when", "action", "priority"];
        let members = known.iter().zip(fields.iter()).map(|(key, (_, value))| ((*key).to_owned(), value.clone()));
        let document = Value::Object(members.collect());
        if let Err(errors) = Document::decode(&document) {
            prop_assert!(!errors.is_empty());
        }
        let mut wire = compiled.to_wire().to_vec();
        let at = at.index(wire.len());
        wire[at] = byte;
        if let Ok(back) = Bundle::from_wire(&wire) {
            prop_assert_eq!(back.digest() == compiled.digest(), back.to_wire() == compiled.to_wire());
        }
    }
}
