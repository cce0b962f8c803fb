//! What the recorded decisions of the reference do not cover: our own growth of the conditions.

use crate::json;
use crate::policy::{Bundle, Call, CompileOptions, Document, PolicyOutcome, Sender, Skip, Source};
use crate::time::UnixMillis;

fn bundle(policies: &[&str]) -> Bundle {
    let decode = |text: &&str| Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap();
    let documents = policies.iter().map(decode).collect();
    Bundle::compile(
        Source {
            documents,
            ..Source::default()
        },
        &CompileOptions::default(),
    )
    .unwrap()
}

fn with_call<T>(tool: &str, arguments: &str, judge: impl FnOnce(&Call<'_>) -> T) -> T {
    let arguments = json::parse(arguments.as_bytes()).unwrap();
    judge(&Call {
        upstream: "u",
        method: "tools/call",
        tool,
        arguments: Some(&arguments),
        meta: None,
        now: UnixMillis(0),
        audit_id: "",
        caller: None,
        sender: Sender::Client,
        trust: None,
    })
}

#[test]
fn every_argument_condition_takes_a_path() {
    for (condition, arguments, holds) in [
        (
            r#""arg_equals","arg_path":"a.b","value":1"#,
            r#"{"a":{"b":true}}"#,
            true,
        ),
        (
            r#""arg_equals","arg":"a.b","value":1"#,
            r#"{"a":{"b":true}}"#,
            false,
        ),
        (
            r#""arg_equals","arg_path":"\"a.b\"","value":1"#,
            r#"{"a.b":1}"#,
            true,
        ),
        (
            r#""arg_greater_than","arg_path":"items.*.n","value":5"#,
            r#"{"items":[{"n":1},{"n":"6"}]}"#,
            true,
        ),
        (
            r#""arg_less_than","arg_path":"items.*.n","value":1"#,
            r#"{"items":[{"n":1},{"n":"6"}]}"#,
            false,
        ),
        (
            r#""arg_matches_regex","arg_path":"a.0","pattern":"^x$""#,
            r#"{"a":["x","y"]}"#,
            true,
        ),
        (
            r#""arg_contains_pattern","arg_path":"a.*","pattern":"^y$""#,
            r#"{"a":["x","y"]}"#,
            true,
        ),
        (
            r#""arg_contains_pattern","arg":"a","pattern":"^y$""#,
            r#"{"a":["x","y"]}"#,
            false,
        ),
        (
            r#""arg_in_set","arg_path":"a.*.k","values":["v"]"#,
            r#"{"a":{"p":{"k":"v"}}}"#,
            true,
        ),
        (
            r#""arg_size_greater_than","arg_path":"a.b","bytes":4"#,
            r#"{"a":{"b":"abc"}}"#,
            true,
        ),
        (
            r#""region_in","arg_path":"where.region","regions":["eu-"]"#,
            r#"{"where":{"region":"eu-west-1"}}"#,
            true,
        ),
        (
            r#""region_in","arg_path":"where.region","regions":["eu-"]"#,
            r#"{"where":"eu-west-1"}"#,
            false,
        ),
        (
            r#""affected_resource_count","arg":"items.*.id","count_threshold":1"#,
            r#"{"items":[{"id":1},{"id":2}]}"#,
            true,
        ),
        (
            r#""affected_resource_count","arg":"items","count_threshold":1"#,
            r#"{"items":[{"id":1}]}"#,
            false,
        ),
        (
            r#""affected_resource_count","arg":"items","count_threshold":1,"operator":"less_than""#,
            r#"{"items":null}"#,
            true,
        ),
    ] {
        let policy = format!(
            r#"{{"id":"p","name":"n","action":"allow","when":[{{"condition":{condition}}}]}}"#
        );
        let decision = with_call("t", arguments, |call| bundle(&[&policy]).decide(call));
        assert_eq!(
            decision.policy_id.is_some(),
            holds,
            "{condition} on {arguments}"
        );
    }
}

#[test]
fn an_aws_command_is_judged_as_its_operation_wherever_tools_are_named() {
    for rest in [
        r#""match":{"tool":"aws_iam_*"}"#,
        r#""match":{"tool_pattern":"PassRole$"}"#,
        r#""when":[{"condition":"tool_name_in","values":["aws_iam_PassRole"]}]"#,
        r#""when":[{"condition":"action_class_in","values":["write.update"]}]"#,
    ] {
        let policy = format!(r#"{{"id":"p","name":"n","action":"allow",{rest}}}"#);
        let decide = |command: &str| {
            with_call(
                "call_aws",
                &format!(r#"{{"command":"{command}"}}"#),
                |call| bundle(&[&policy]).decide(call),
            )
        };
        assert!(
            decide("aws --profile x iam pass-role").policy_id.is_some(),
            "{rest}"
        );
        assert!(
            decide("aws --unheard-of x iam pass-role")
                .policy_id
                .is_none(),
            "{rest}"
        );
    }
}

#[test]
fn an_explanation_says_what_was_looked_at_and_why_a_policy_was_skipped() {
    let compiled = bundle(&[
        r#"{"id":"a","name":"n","action":"allow","priority":3,"match":{"tool":"other"}}"#,
        r#"{"id":"b","name":"n","action":"allow","priority":2,"when":[
            {"condition":"tool_name_in","values":["t"]},
            {"condition":"any_of","conditions":[{"condition":"arg_equals","arg":"*","value":9}]}]}"#,
        r#"{"id":"c","name":"n","action":"block","priority":1}"#,
        r#"{"id":"d","name":"n","action":"allow"}"#,
    ]);
    let explanation = with_call("t", r#"{"x":1,"y":"two\n"}"#, |call| compiled.explain(call));
    let outcomes: Vec<_> = explanation
        .policies
        .iter()
        .map(|policy| policy.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            PolicyOutcome::Skipped(Skip::Tool),
            PolicyOutcome::ConditionFalse(1),
            PolicyOutcome::Decides,
            PolicyOutcome::MatchesLater
        ]
    );
    assert_eq!(explanation.decision.policy_id.as_deref(), Some("c"));
    let [name, group] = explanation.policies[1].conditions.as_slice() else {
        panic!("two conditions are explained");
    };
    assert!(name.holds && !group.holds);
    assert_eq!(name.looked_at[0].value, "t");
    let inner = &group.children[0];
    assert_eq!(inner.path.to_string(), "when[1].conditions[0]");
    let seen: Vec<_> = inner
        .looked_at
        .iter()
        .map(|looked| looked.value.as_str())
        .collect();
    assert_eq!(seen, ["1", "two"]);
}

/// Whether the condition holds for a call of `tool`.
fn text_condition_holds(fields: &str, arguments: &str, meta: &str) -> bool {
    let policy = format!(
        r#"{{"id":"p","name":"n","action":"block",
            "when":[{{"condition":"any_text_matches_regex",{fields}}}]}}"#
    );
    let bundle = bundle(&[&policy]);
    let again = Bundle::from_wire(bundle.to_wire()).unwrap();
    assert_eq!(again.digest(), bundle.digest());
    let meta = json::parse(meta.as_bytes()).unwrap();
    with_call("read_tool", arguments, |call| {
        let call = Call {
            meta: Some(&meta),
            ..*call
        };
        let decision = bundle.decide(&call);
        assert_eq!(again.decide(&call), decision);
        decision.policy_id.is_some()
    })
}

#[test]
fn a_text_is_found_wherever_it_stands_in_the_places_asked_for() {
    let secret = r#""pattern":"^s-1$""#;
    for (extra, arguments, meta, holds) in [
        ("", r#"{"a":"s-1"}"#, "{}", true),
        ("", r#"{"s-1":0}"#, "{}", true),
        ("", r#"{"a":[{"b":[["s-1"]]}]}"#, "{}", true),
        ("", r#"{"a":[{"s-1":null}]}"#, "{}", true),
        ("", "{}", r#"{"k":{"s-1":1}}"#, true),
        ("", "{}", r#"{"k":["s-1"]}"#, true),
        ("", r#"{"a":"s-","b":"1"}"#, "{}", false),
        (r#","in":["keys"]"#, r#"{"a":"s-1"}"#, r#"{"s-1":1}"#, false),
        (r#","in":["keys"]"#, r#"{"a":{"s-1":1}}"#, "{}", true),
        (
            r#","in":["arguments"]"#,
            r#"{"s-1":1}"#,
            r#"{"a":"s-1"}"#,
            false,
        ),
        (r#","in":["meta"]"#, r#"{"s-1":"s-1"}"#, "{}", false),
        (r#","in":["tool"]"#, r#"{"s-1":"s-1"}"#, "{}", false),
    ] {
        let fields = format!("{secret}{extra}");
        assert_eq!(
            text_condition_holds(&fields, arguments, meta),
            holds,
            "{extra} {arguments} {meta}"
        );
    }
    assert!(text_condition_holds(
        r#""pattern":"^read_","in":["tool"]"#,
        "{}",
        "{}"
    ));
    assert!(!text_condition_holds(r#""pattern":"^read_""#, "{}", "{}"));
    assert!(text_condition_holds(
        r#""pattern":"^4\\d{3}$""#,
        r#"{"n":[4111]}"#,
        "{}"
    ));
    assert!(!text_condition_holds(
        r#""pattern":"true|null""#,
        r#"{"t":true,"n":null}"#,
        "{}"
    ));
}

#[test]
fn places_that_do_not_exist_are_refused() {
    for (places, part) in [
        (r#"["keyz"]"#, "did you mean `keys`?"),
        ("[]", "expected at least one place"),
        (r#""keys""#, "expected a list"),
        ("[1]", "expected a string"),
    ] {
        let policy = format!(
            r#"{{"id":"p","name":"n","action":"block","when":[
                {{"condition":"any_text_matches_regex","pattern":"x","in":{places}}}]}}"#
        );
        let errors = Document::decode(&json::parse(policy.as_bytes()).unwrap()).unwrap_err();
        let said: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|text| text.contains(part)),
            "{places}: {said:?}"
        );
    }
}

#[test]
fn an_explanation_shows_the_texts_that_match() {
    let bundle = bundle(&[r#"{"id":"p","name":"n","action":"block","when":[
            {"condition":"any_text_matches_regex","pattern":"^b"}]}"#]);
    let explanation = with_call("t", r#"{"a":"bad","bee":1}"#, |call| bundle.explain(call));
    let looked = &explanation.policies[0].conditions[0].looked_at;
    let values: Vec<_> = looked.iter().map(|looked| looked.value.as_str()).collect();
    assert_eq!(values, ["bad", "bee"]);
}
