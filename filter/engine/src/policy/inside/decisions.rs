//! How calls are decided whose strings hold JSON.

use crate::json::{Value, to_text};
use crate::policy::bundle::properties::{any_arguments, any_bundle};
use crate::policy::bundle::tests::{bundle, decide_with, policy, value};
use crate::policy::{Action, Outcome, ReasonCode, Stage};
use proptest::prelude::*;

#[test]
fn conditions_see_a_string_and_what_it_holds() {
    let rows = [
        (
            r#"{"condition":"arg_equals","arg":"v","value":{"a":1}}"#,
            r#"{"v":"{\"a\": 1}"}"#,
        ),
        (
            r#"{"condition":"arg_equals","arg":"v","value":"{\"a\": 1}"}"#,
            r#"{"v":"{\"a\": 1}"}"#,
        ),
        (
            r#"{"condition":"arg_matches_regex","arg_path":"v.path","pattern":"^/etc/"}"#,
            r#"{"v":"{\"p\\u0061th\":\"\\u002fetc/passwd\"}"}"#,
        ),
        (
            r#"{"condition":"arg_matches_regex","arg_path":"v.path","pattern":"^/etc/"}"#,
            r#"{"v":"{\"path\":\"/home\",\"path\":\"/etc/passwd\"}"}"#,
        ),
        (
            r#"{"condition":"arg_matches_regex","arg_path":"**.path","pattern":"^/etc/"}"#,
            r#"{"v":{"k":["{\"a\":\"{\\\"path\\\":\\\"/etc/x\\\"}\"}"]}}"#,
        ),
        (
            r#"{"condition":"arg_matches_regex","arg":"*","pattern":"\"path\":\"/etc/"}"#,
            r#"{"v":{"k":"{\"path\" : \"/etc/passwd\"}"}}"#,
        ),
        (
            r#"{"condition":"any_text_matches_regex","pattern":"^/etc/"}"#,
            r#"{"v":["[\"/etc/passwd\"]"]}"#,
        ),
        (
            r#"{"condition":"any_text_matches_regex","in":["keys"],"pattern":"^token$"}"#,
            r#"{"v":["{\"token\":1}"]}"#,
        ),
        (
            r#"{"condition":"affected_resource_count","arg":"ids","count_threshold":2}"#,
            r#"{"ids":"[1,2,3]"}"#,
        ),
        (
            r#"{"condition":"arg_greater_than","arg_path":"v.n","value":5}"#,
            r#"{"v":"{\"n\":1e999}"}"#,
        ),
    ];
    for (condition, arguments) in rows {
        let bundle = bundle(vec![
            policy("block", &format!(r#","when":[{condition}]"#)),
            allow("allow", ""),
        ]);
        let decision = decide_with(&bundle, Some(&value(arguments)), None);
        assert_eq!(
            decision.policy_id.as_deref(),
            Some("block"),
            "{condition} {arguments}"
        );
    }
}

fn allow(id: &str, rest: &str) -> crate::policy::Document {
    let text = format!(r#"{{"id":"{id}","name":"n","action":"allow","priority":-1{rest}}}"#);
    crate::policy::Document::decode(&value(&text)).unwrap()
}

#[test]
fn what_a_string_pretends_does_not_loosen_a_decision() {
    let rows = [
        // A decoy in a string beside the real value.
        (
            r#"{"condition":"arg_equals","arg_path":"**.repo","value":"public"}"#,
            r#"{"note":"{\"repo\":\"public\"}"}"#,
        ),
        // Held only by those who read the string, and only by those who do not.
        (
            r#"{"condition":"arg_equals","arg":"v","value":{"a":1}}"#,
            r#"{"v":"{\"a\":1}"}"#,
        ),
        (
            r#"{"condition":"arg_equals","arg":"v","value":"{\"a\":1}"}"#,
            r#"{"v":"{\"a\":1}"}"#,
        ),
    ];
    for (condition, arguments) in rows {
        let bundle = bundle(vec![allow("allow", &format!(r#","when":[{condition}]"#))]);
        let decision = decide_with(&bundle, Some(&value(arguments)), None);
        assert_eq!(decision.action, Action::Block, "{condition} {arguments}");
        assert_eq!(decision.code, ReasonCode::Default);
    }
}

#[test]
fn the_decision_says_that_strings_were_read() {
    let when = r#","when":[{"condition":"arg_equals","arg_path":"v.a","value":1}]"#;
    let bundle = bundle(vec![policy("block", when), allow("allow", "")]);
    let inside = |arguments: &str| {
        let decision = decide_with(&bundle, Some(&value(arguments)), None);
        let mut checks = decision.checks.into_iter();
        checks
            .find(|check| check.stage == Stage::Inside)
            .map(|check| (check.outcome, check.tried))
    };
    assert_eq!(inside(r#"{"v":"{\"a\":1}"}"#), Some((Outcome::Matched, 2)));
    assert_eq!(inside(r#"{"v":"{\"a\":2}"}"#), Some((Outcome::Passed, 4)));
    assert_eq!(inside(r#"{"v":"plain"}"#), None);
    let deep = format!(r#"{{"v":"{}{}"}}"#, "[".repeat(65), "]".repeat(65));
    assert_eq!(inside(&deep), Some((Outcome::Refused, 0)));
}

/// The arguments with every list and map of the first level written as a string.
fn written(arguments: &Value) -> Value {
    let member = |(key, value): (&str, &Value)| match value {
        Value::Array(_) | Value::Object(_) => (key.to_owned(), Value::from(to_text(value))),
        other => (key.to_owned(), other.clone()),
    };
    let object = arguments
        .as_object()
        .map(|object| object.iter().map(member));
    Value::Object(object.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn writing_arguments_as_text_never_loosens_a_decision(
        bundle in any_bundle(),
        arguments in any_arguments(),
    ) {
        let plain = decide_with(&bundle, Some(&arguments), None);
        let hidden = decide_with(&bundle, Some(&written(&arguments)), None);
        prop_assert!(hidden.action.strictness() >= plain.action.strictness());
    }
}
