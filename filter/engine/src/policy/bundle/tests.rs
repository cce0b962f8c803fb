//! Order, refusals, the wire form, and what must not change a verdict.

use super::*;
use crate::json::{self, Object, Value};
use crate::policy::{Action, Call, Caller, Decision, Mode, PolicyOutcome, ReasonCode, Sender};
use crate::time::UnixMillis;

fn document(text: &str) -> Document {
    Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap()
}

pub(in crate::policy) fn policy(id: &str, rest: &str) -> Document {
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

pub(in crate::policy) fn bundle(documents: Vec<Document>) -> Bundle {
    Bundle::compile(source(documents), &CompileOptions::default()).unwrap()
}

fn errors(source: Source) -> Vec<String> {
    let errors = Bundle::compile(source, &CompileOptions::default()).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

pub(in crate::policy) fn decide_with(
    bundle: &Bundle,
    arguments: Option<&Value>,
    meta: Option<&Value>,
) -> Decision {
    let call = Call {
        upstream: "u",
        method: "tools/call",
        tool: "aws_s3_put_object",
        arguments,
        meta,
        now: UnixMillis::from_rfc3339("2026-03-01T12:00:00Z").unwrap(),
        audit_id: "evt_1",
        caller: None,
        sender: Sender::Client,
        trust: None,
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

pub(in crate::policy) fn value(text: &str) -> Value {
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
        caller: None,
        sender: Sender::Client,
        trust: None,
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

/// The code of the decision on a message, and the policy that decided.
fn judged(compiled: &Bundle, call: &Call<'_>) -> (&'static str, Option<String>) {
    let decision = compiled.decide(call);
    assert_eq!(compiled.explain(call).decision, decision);
    (decision.code.as_str(), decision.policy_id)
}

fn message(method: &'static str, sender: Sender) -> Call<'static> {
    Call {
        upstream: "u",
        method,
        tool: method,
        arguments: None,
        meta: None,
        now: UnixMillis(0),
        audit_id: "",
        caller: None,
        sender,
        trust: None,
    }
}

#[test]
fn a_policy_for_a_caller_is_about_nobody_else() {
    let name = |name: &str, scope: &str| Caller {
        name: name.to_owned(),
        scope: scope.to_owned(),
    };
    for (matching, caller, is_about) in [
        (r#"{"caller":"ci-*"}"#, Some(name("ci-main", "acme")), true),
        (r#"{"caller":"ci-*"}"#, Some(name("dev", "acme")), false),
        (r#"{"caller":"*"}"#, None, false),
        (r#"{"scope":"acme"}"#, Some(name("dev", "acme")), true),
        (r#"{"scope":"acme"}"#, Some(name("dev", "acme2")), false),
        (r#"{"scope":"acme"}"#, None, false),
        (
            r#"{"caller":"dev","scope":"acme"}"#,
            Some(name("dev", "other")),
            false,
        ),
        (r#"{"caller":null,"scope":null,"sender":null}"#, None, true),
    ] {
        let compiled = bundle(vec![policy("p", &format!(r#","match":{matching}"#))]);
        let compiled = Bundle::from_wire(compiled.to_wire()).unwrap();
        let call = Call {
            caller: caller.as_ref(),
            ..message("tools/call", Sender::Client)
        };
        let (code, _) = judged(&compiled, &call);
        assert_eq!(
            code == "policy_matched",
            is_about,
            "{matching} and {caller:?}"
        );
    }
}

#[test]
fn a_policy_for_one_side_is_not_about_the_other() {
    let both = bundle(vec![
        policy("asked", r#","match":{"sender":"server"},"priority":1"#),
        policy("answered", r#","match":{"sender":"client"}"#),
    ]);
    let both = Bundle::from_wire(both.to_wire()).unwrap();
    let by = |sender| judged(&both, &message("elicitation/create", sender)).1;
    assert_eq!(by(Sender::Server).as_deref(), Some("asked"));
    assert_eq!(by(Sender::Client).as_deref(), Some("answered"));
    let neither = bundle(vec![policy("p", r#","match":{"tool":"*/create"}"#)]);
    for sender in Sender::ALL {
        let (code, id) = judged(&neither, &message("elicitation/create", sender));
        assert_eq!((code, id.as_deref()), ("policy_matched", Some("p")));
        assert_eq!(
            judged(&neither, &message("sampling/createMessage", sender)).0,
            "default"
        );
        for method in ["roots/list", "ping"] {
            assert_eq!(
                judged(&neither, &message(method, sender)).0,
                "not_governed",
                "{method}"
            );
        }
    }
}

#[test]
fn a_server_declares_no_intent_and_needs_none() {
    let mut source = source(vec![policy("p", r#","match":{"require_intent":true}"#)]);
    source.settings.intent.required = true;
    let compiled = Bundle::compile(source, &CompileOptions::default()).unwrap();
    let believed = value(r#"{"tessera_intent":{"verbs":["read.get"]}}"#);
    let malformed = value(r#"{"tessera_intent":5}"#);
    for meta in [None, Some(&believed), Some(&malformed)] {
        let call = Call {
            meta,
            ..message("sampling/createMessage", Sender::Server)
        };
        assert_eq!(judged(&compiled, &call), ("default", None));
    }
    let answer = message("sampling/createMessage", Sender::Client);
    assert_eq!(judged(&compiled, &answer).0, "default");
    let request = message("tools/call", Sender::Client);
    assert_eq!(judged(&compiled, &request).0, "intent_required");
}
