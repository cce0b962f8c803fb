//! Which policies judge an answer, what they see of it, and what comes out.

use super::*;
use crate::json;
use crate::policy::bundle::Source;
use crate::policy::{CompileOptions, Document, PolicySettings};

pub(in crate::policy) fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

pub(in crate::policy) fn bundle_in(mode: Mode, policies: &[&str]) -> Bundle {
    let document = |(at, rest): (usize, &&str)| {
        let text = format!(r#"{{"id":"p-{at}","name":"n",{rest}}}"#);
        Document::decode(&value(&text)).unwrap()
    };
    let source = Source {
        documents: policies.iter().enumerate().map(document).collect(),
        settings: PolicySettings {
            mode,
            ..PolicySettings::default()
        },
        ..Source::default()
    };
    Bundle::compile(source, &CompileOptions::default()).unwrap()
}

pub(in crate::policy) fn bundle(policies: &[&str]) -> Bundle {
    bundle_in(Mode::Enforcement, policies)
}

pub(in crate::policy) fn judge_as(
    bundle: &Bundle,
    method: &str,
    tool: &str,
    content: &Value,
) -> AnswerDecision {
    bundle.judge_answer(&Answer {
        upstream: "u",
        caller: None,
        method,
        tool,
        content,
        now: UnixMillis(0),
        audit_id: "evt_1",
    })
}

pub(in crate::policy) fn judge(bundle: &Bundle, content: &str) -> AnswerDecision {
    judge_as(bundle, "tools/call", "read_file", &value(content))
}

fn short(judged: &AnswerDecision) -> (Action, Option<&str>, &'static str) {
    let decision = &judged.decision;
    (
        decision.action,
        decision.policy_id.as_deref(),
        decision.code.as_str(),
    )
}

const FLAG: &str = r#""response":{"action":"log_only","when":[{"condition":"any_text_matches_regex","pattern":"bad"}]}"#;
const STOP: &str = r#""priority":-1,"response":{"action":"block","reason":"${tool}: ${arg.isError}","when":[{"condition":"arg_equals","arg":"isError","value":true}]}"#;

#[test]
fn policies_for_calls_and_for_answers_do_not_meet() {
    let both = bundle(&[r#""action":"block""#, FLAG]);
    assert!(both.has_response_policies());
    assert!(!bundle(&[r#""action":"block""#]).has_response_policies());
    let content = value(r#"{"content":[{"type":"text","text":"bad"}]}"#);
    let judged = judge_as(&both, "tools/call", "t", &content);
    assert_eq!(
        short(&judged),
        (Action::LogOnly, Some("p-1"), "policy_matched")
    );
    let answer = Answer {
        upstream: "u",
        caller: None,
        method: "tools/call",
        tool: "t",
        content: &content,
        now: UnixMillis(0),
        audit_id: "",
    };
    let decision = both.decide(&answer.call(&content));
    assert_eq!(decision.policy_id.as_deref(), Some("p-0"));
}

#[test]
fn an_answer_no_policy_matches_passes_whatever_the_default_is() {
    let flags = bundle(&[FLAG]);
    let judged = judge(&flags, r#"{"content":[]}"#);
    assert_eq!(short(&judged), (Action::Allow, None, "default"));
    assert_eq!((judged.replaced, judged.findings.len()), (None, 0));
}

#[test]
fn the_first_that_matches_decides_and_its_reason_is_filled_in() {
    let both = bundle(&[STOP, FLAG]);
    let judged = judge(&both, r#"{"isError":true,"content":["bad"]}"#);
    assert_eq!(short(&judged).1, Some("p-1"));
    let judged = judge(&both, r#"{"isError":true}"#);
    assert_eq!(
        short(&judged),
        (Action::Block, Some("p-0"), "policy_matched")
    );
    assert_eq!(judged.decision.reason, "read_file: true");
}

#[test]
fn a_policy_without_a_method_is_about_every_answer() {
    let flags = bundle(&[FLAG]);
    for method in [
        "tools/list",
        "notifications/message",
        "resources/read",
        "initialize",
    ] {
        let judged = judge_as(&flags, method, method, &value(r#"{"data":"bad"}"#));
        assert_eq!(judged.decision.action, Action::LogOnly, "{method}");
    }
    let one = format!(r#""match":{{"method":"tools/call"}},{FLAG}"#);
    let judged = judge_as(
        &bundle(&[&one]),
        "tools/list",
        "tools/list",
        &value(r#"{"a":"bad"}"#),
    );
    assert_eq!(judged.decision.action, Action::Allow);
}

#[test]
fn what_is_no_object_is_seen_as_a_text() {
    let by_arg = r#""response":{"action":"block","when":[{"condition":"arg_matches_regex","arg":"text","pattern":"^bad$"}]}"#;
    assert_eq!(
        judge(&bundle(&[by_arg]), r#""bad""#).decision.action,
        Action::Block
    );
    assert_eq!(
        judge(&bundle(&[FLAG]), r#"["bad"]"#).decision.action,
        Action::LogOnly
    );
}

#[test]
fn the_meta_of_a_result_counts_as_meta() {
    let meta = r#""response":{"action":"block","when":[{"condition":"meta_field_equals","key":"a.b","value":1}]}"#;
    let judged = judge(&bundle(&[meta]), r#"{"_meta":{"a":{"b":1}},"content":[]}"#);
    assert_eq!(judged.decision.action, Action::Block);
}

#[test]
fn lockdown_is_no_matter_and_observation_lets_pass() {
    let mut source = bundle(&[STOP]).policies().cloned().collect::<Vec<_>>();
    source.truncate(1);
    let locked = Source {
        documents: source,
        settings: PolicySettings {
            lockdown: true,
            ..PolicySettings::default()
        },
        ..Source::default()
    };
    let locked = Bundle::compile(locked, &CompileOptions::default()).unwrap();
    assert_eq!(judge(&locked, "{}").decision.action, Action::Allow);
    let content = r#"{"isError":true}"#;
    let observing = bundle_in(Mode::Observation, &[STOP]);
    assert_eq!(
        short(&judge(&observing, content)),
        (Action::Allow, None, "observed")
    );
    let logging = bundle_in(Mode::LogOnly, &[STOP]);
    assert_eq!(judge(&logging, content).decision.action, Action::Block);
}

#[test]
fn an_answer_beyond_the_budget_is_blocked() {
    let huge = "a".repeat(crate::limits::ANSWER_JUDGED_BYTES / 2);
    let content = Value::Object(Object::new().with("a", &*huge).with("b", &*huge));
    let judged = judge_as(&bundle(&[FLAG]), "tools/call", "t", &content);
    assert_eq!(short(&judged), (Action::Block, None, "budget_exceeded"));
}
