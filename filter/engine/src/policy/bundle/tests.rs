//! Order, refusals, the wire form, and what must not change a verdict.

use super::*;
use crate::json::{self, Object, Value};
use crate::policy::{Action, Call, Decision, Mode, PolicyOutcome, ReasonCode};
use crate::time::UnixMillis;
use proptest::prelude::*;

fn document(text: &str) -> Document {
    Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap()
}

fn policy(id: &str, rest: &str) -> Document {
    document(&format!(
        r#"{{"id":"{id}","name":"policy {id}","action":"block"{rest}}}"#
    ))
}

fn source(documents: Vec<Document>) -> Source {
    Source {
        documents,
        ..Source::default()
    }
}

fn bundle(documents: Vec<Document>) -> Bundle {
    Bundle::compile(source(documents), &CompileOptions::default()).unwrap()
}

fn errors(source: Source) -> Vec<String> {
    let errors = Bundle::compile(source, &CompileOptions::default()).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

fn decide_with(bundle: &Bundle, arguments: Option<&Value>, meta: Option<&Value>) -> Decision {
    let call = Call {
        upstream: "u",
        method: "tools/call",
        tool: "aws_s3_put_object",
        arguments,
        meta,
        now: UnixMillis::from_rfc3339("2026-03-01T12:00:00Z").unwrap(),
        audit_id: "evt_1",
    };
    let decision = bundle.decide(&call);
    let explanation = bundle.explain(&call);
    assert_eq!(explanation.decision, decision);
    // Followed on its own, the explanation leads to the same policy.
    let matching = explanation.policies.iter().find(|policy| {
        matches!(
            policy.outcome,
            PolicyOutcome::Decides | PolicyOutcome::MatchesLater
        )
    });
    if decision.code != ReasonCode::BudgetExceeded {
        assert_eq!(
            matching.map(|policy| &policy.id),
            decision.policy_id.as_ref()
        );
    }
    decision
}

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

#[test]
fn policies_stand_in_order_of_priority_and_then_of_id() {
    let ids = ["a2", "a10", "a1", "a-1"];
    let mut documents: Vec<_> = ids.iter().map(|id| policy(id, "")).collect();
    documents.push(policy("z", r#","priority":1"#));
    documents.push(policy("b", r#","priority":-1"#));
    let compiled = bundle(documents);
    let order: Vec<_> = compiled
        .policies()
        .map(|document| document.id.as_str())
        .collect();
    assert_eq!(order, ["z", "a-1", "a1", "a10", "a2", "b"]);
}

#[test]
fn what_does_not_go_together_is_refused_by_name() {
    let other = document(r#"{"id":"p","name":"other","action":"allow"}"#);
    let twice = source(vec![policy("p", ""), other]);
    assert_eq!(
        errors(twice),
        ["the id `p` stands twice: in `policy p` and in `other`"]
    );
    let zone = policy(
        "p",
        r#","when":[{"condition":"none_of","conditions":[{"condition":"time_of_day_outside","start":"09:00","end":"17:00","tz":"utc"}]}]"#,
    );
    let refused = errors(source(vec![zone.clone()]));
    assert!(
        refused[0].starts_with("policy `p`: `when[0].conditions[0].tz`: unknown time zone `utc`")
    );
    let lenient = CompileOptions {
        unknown_zone: UnknownZone::NeverHolds,
    };
    let accepted = Bundle::compile(source(vec![zone]), &lenient).unwrap();
    assert_eq!(accepted.warnings().len(), 1);
    let verbs = BTreeMap::from([("t".to_owned(), vec!["write.delet".to_owned()])]);
    let unknown = Source {
        action_verbs: verbs,
        ..Source::default()
    };
    assert_eq!(
        errors(unknown),
        ["the tool `t` is mapped to the unknown verb `write.delet`; did you mean `write.delete`?"]
    );
    let settings = PolicySettings {
        default_action: Action::LogOnly,
        ..PolicySettings::default()
    };
    assert_eq!(
        errors(Source {
            settings,
            ..Source::default()
        }),
        ["the default action is `log_only`, expected `allow` or `block`"]
    );
}

#[test]
fn intent_and_lockdown_bind_before_policies_and_observation_looks_at_none() {
    let mut source = source(vec![policy("p", "")]);
    source.settings.mode = Mode::Observation;
    let compile =
        |source: &Source| Bundle::compile(source.clone(), &CompileOptions::default()).unwrap();
    let code = |source: &Source, meta: &str| {
        decide_with(&compile(source), None, Some(&value(meta)))
            .code
            .as_str()
    };
    assert_eq!(code(&source, "null"), "observed");
    assert_eq!(code(&source, r#"{"tessera_intent":1}"#), "intent_required");
    assert_eq!(code(&source, "[1]"), "wrong_type");
    assert_eq!(code(&source, "[]"), "observed");
    source.settings.lockdown = true;
    assert_eq!(code(&source, "null"), "lockdown_active");
    assert_eq!(code(&source, r#"{"tessera_intent":{}}"#), "intent_required");
    source.settings.lockdown = false;
    source.settings.mode = Mode::Enforcement;
    assert_eq!(code(&source, "null"), "policy_matched");
    source.settings.intent.required = true;
    assert_eq!(code(&source, "null"), "intent_required");
    assert_eq!(
        code(&source, r#"{"tessera_intent":{"verbs":[]}}"#),
        "policy_matched"
    );
}

#[test]
fn a_users_verbs_replace_the_built_in_ones_of_that_tool() {
    let rest = r#","when":[{"condition":"action_class_in","values":["write.create"]}]"#;
    let mut source = source(vec![policy("p", rest)]);
    let compile =
        |source: &Source| Bundle::compile(source.clone(), &CompileOptions::default()).unwrap();
    assert_eq!(
        decide_with(&compile(&source), None, None).code,
        ReasonCode::PolicyMatched
    );
    source
        .action_verbs
        .insert("aws_s3_put_object".to_owned(), vec!["simulate".to_owned()]);
    let replaced = compile(&source);
    assert_eq!(decide_with(&replaced, None, None).code, ReasonCode::Default);
    let back = Bundle::from_wire(replaced.to_wire()).unwrap();
    assert_eq!(back.digest(), replaced.digest());
    assert_eq!(decide_with(&back, None, None).code, ReasonCode::Default);
}

#[test]
fn another_method_is_another_matter() {
    let compiled = bundle(vec![policy("p", r#","match":{"method":"resources/*"}"#)]);
    assert_eq!(decide_with(&compiled, None, None).code, ReasonCode::Default);
    let call = Call {
        upstream: "u",
        method: "resources/read",
        tool: "resources/read",
        arguments: None,
        meta: None,
        now: UnixMillis(0),
        audit_id: "",
    };
    assert_eq!(compiled.decide(&call).policy_id.as_deref(), Some("p"));
}

#[test]
fn too_much_work_blocks_unless_no_policy_asks_for_it() {
    let huge = Value::from("a".repeat(crate::limits::JUDGED_BYTES + 1));
    let arguments = Value::Object(Object::new().with("text", huge).with("n", 1_u64));
    let reads = r#","when":[{"condition":"arg_matches_regex","arg":"*","pattern":"zzz"}]"#;
    let decision = decide_with(&bundle(vec![policy("p", reads)]), Some(&arguments), None);
    assert_eq!(
        (decision.action, decision.code),
        (Action::Block, ReasonCode::BudgetExceeded)
    );
    let looks_elsewhere =
        r#","when":[{"condition":"arg_matches_regex","arg":"n","pattern":"zzz"}]"#;
    let decision = decide_with(
        &bundle(vec![policy("p", looks_elsewhere)]),
        Some(&arguments),
        None,
    );
    assert_eq!(decision.code, ReasonCode::Default);
}

#[test]
fn a_reason_is_filled_in() {
    let rest = r#","reason":"${tool} to ${arg.to.0} is blocked (${audit.event_id})""#;
    let arguments = value(r#"{"to":["eve\n"]}"#);
    let decision = decide_with(&bundle(vec![policy("p", rest)]), Some(&arguments), None);
    assert_eq!(
        decision.reason,
        "aws_s3_put_object to eve is blocked (evt_1)"
    );
}

#[test]
fn bytes_that_are_no_bundle_are_refused() {
    for text in [
        "",
        "{}",
        r#"{"format":"tessera.bundle/2","policies":[]}"#,
        r#"{"format":"tessera.bundle/1"}"#,
        r#"{"format":"tessera.bundle/1","policies":{}}"#,
        r#"{"format":"tessera.bundle/1","policies":[],"extra":1}"#,
        r#"{"format":"tessera.bundle/1","policies":[],"settings":{"mode":"off"}}"#,
        r#"{"format":"tessera.bundle/1","policies":[],"settings":{"default_action":"log_only"}}"#,
        r#"{"format":"tessera.bundle/1","policies":[],"action_verbs":{"t":["nope"]}}"#,
        r#"{"format":"tessera.bundle/1","policies":[{"id":"p"}]}"#,
    ] {
        assert!(Bundle::from_wire(text.as_bytes()).is_err(), "{text}");
    }
    let error = Bundle::from_wire(
        br#"{"format":"tessera.bundle/1","policies":[{"id":"p","name":"n","action":"x"}]}"#,
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("`policies[0].action`: unknown action `x`")
    );
    assert!(Bundle::from_wire(br#"{"format":"tessera.bundle/1","policies":[]}"#).is_ok());
}

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
    ]);
    let argument = (path, 0..7_usize, any_value()).prop_map(|((key, path), kind, constant)| {
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

fn any_bundle() -> impl Strategy<Value = Bundle> {
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
}
