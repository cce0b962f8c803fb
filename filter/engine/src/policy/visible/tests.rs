//! What is shown, and that what is hidden is refused.

use super::*;
use crate::policy::bundle::properties::{any_arguments, any_bundle};
use crate::policy::bundle::tests::value;
use crate::policy::{CompileOptions, Document, PolicySettings, Source};
use proptest::prelude::*;

fn bundle(policies: &[&str], settings: PolicySettings) -> Bundle {
    let document = |(at, text): (usize, &&str)| {
        let text = format!(r#"{{"id":"p-{at}","name":"n",{text}}}"#);
        Document::decode(&value(&text)).unwrap()
    };
    let source = Source {
        documents: policies.iter().enumerate().map(document).collect(),
        settings,
        ..Source::default()
    };
    Bundle::compile(source, &CompileOptions::default()).unwrap()
}

fn open() -> PolicySettings {
    PolicySettings {
        default_action: Action::Allow,
        ..PolicySettings::default()
    }
}

fn shows(bundle: &Bundle, kind: SubjectKind, name: &str) -> bool {
    bundle.shows(&Subject {
        upstream: "u",
        caller: None,
        kind,
        name,
    })
}

#[test]
fn a_tool_is_hidden_if_it_is_blocked_whatever_the_arguments() {
    for (policies, shown) in [
        (&[r#""action":"block","match":{"tool":"t"}"#][..], false),
        (&[r#""action":"block","match":{"tool":"other"}"#], true),
        (
            &[r#""action":"block","match":{"tool_pattern":"^t$"}"#],
            false,
        ),
        (
            &[r#""action":"block","match":{"method":"tools/call"}"#],
            false,
        ),
        (
            &[r#""action":"block","match":{"method":"prompts/get"}"#],
            true,
        ),
        (&[r#""action":"block","match":{"upstream":"v"}"#], true),
        (&[r#""action":"block","match":{"caller":"x"}"#], true),
        (&[r#""action":"block","match":{"sender":"server"}"#], true),
        (
            &[r#""action":"block","match":{"require_intent":true}"#],
            true,
        ),
        (&[r#""action":"require_approval""#], true),
        (
            &[r#""action":"block","when":[{"condition":"tool_name_in","values":["t"]}]"#],
            false,
        ),
        (
            &[
                r#""action":"block","when":[{"condition":"none_of","conditions":[
               {"condition":"tool_name_in","values":["a","b"]}]}]"#,
            ],
            false,
        ),
        (
            &[r#""action":"block","when":[{"condition":"arg_equals","arg":"a","value":1}]"#],
            true,
        ),
        (
            &[
                r#""action":"block","when":[{"condition":"none_of","conditions":[
               {"condition":"arg_equals","arg":"a","value":1}]}]"#,
            ],
            true,
        ),
        (
            &[
                r#""action":"block","when":[{"condition":"any_of","conditions":[
               {"condition":"arg_equals","arg":"a","value":1},
               {"condition":"tool_name_in","values":["t"]}]}]"#,
            ],
            false,
        ),
        (
            &[
                r#""action":"allow","priority":1,"when":[{"condition":"arg_equals","arg":"a","value":1}]"#,
                r#""action":"block""#,
            ],
            true,
        ),
        (
            &[
                r#""action":"allow","when":[{"condition":"arg_equals","arg":"a","value":1}]"#,
                r#""action":"block","priority":1"#,
            ],
            false,
        ),
    ] {
        let bundle = bundle(policies, open());
        assert_eq!(
            shows(&bundle, SubjectKind::Tool, "t"),
            shown,
            "{policies:?}"
        );
    }
}

#[test]
fn with_a_default_of_block_only_what_a_policy_may_allow_is_shown() {
    let bundle = bundle(
        &[r#""action":"allow","match":{"tool":"read_*"}"#],
        PolicySettings::default(),
    );
    assert!(shows(&bundle, SubjectKind::Tool, "read_page"));
    assert!(!shows(&bundle, SubjectKind::Tool, "delete_page"));
    assert!(!shows(&bundle, SubjectKind::Prompt, "read_page"));
}

#[test]
fn resources_and_prompts_are_hidden_by_the_argument_that_names_them() {
    let bundle = bundle(
        &[
            r#""action":"block","match":{"method":"resources/read"},
               "when":[{"condition":"arg_matches_regex","arg":"uri","pattern":"^file:"}]"#,
            r#""action":"block","match":{"method":"prompts/get"},
               "when":[{"condition":"arg_equals","arg_path":"name","value":"secret"}]"#,
        ],
        open(),
    );
    assert!(!shows(&bundle, SubjectKind::Resource, "file:///a"));
    assert!(shows(&bundle, SubjectKind::Resource, "https://a"));
    assert!(shows(&bundle, SubjectKind::ResourceTemplate, "file:///{a}"));
    assert!(!shows(&bundle, SubjectKind::Prompt, "secret"));
    assert!(shows(&bundle, SubjectKind::Prompt, "other"));
}

#[test]
fn a_name_behind_a_tool_comes_with_its_arguments() {
    let hides = |name: &str, action: &str| {
        let rest = r#""when":[{"condition":"tool_name_in","values":["aws_iam_PassRole"]}]"#;
        let policy = format!(r#""action":"{action}",{rest}"#);
        !shows(&bundle(&[&policy], open()), SubjectKind::Tool, name)
    };
    assert!(!hides("call_aws", "block"));
    assert!(hides("aws_iam_PassRole", "block"));
    let only = bundle(
        &[r#""action":"allow","match":{"tool":"aws_iam_*"}"#],
        PolicySettings::default(),
    );
    assert!(shows(&only, SubjectKind::Tool, "call_aws"));
    assert!(!shows(&only, SubjectKind::Tool, "other"));
}

#[test]
fn lockdown_hides_everything_and_observation_nothing() {
    let lockdown = PolicySettings {
        lockdown: true,
        ..open()
    };
    assert!(!shows(&bundle(&[], lockdown), SubjectKind::Tool, "t"));
    let observation = PolicySettings {
        mode: Mode::Observation,
        ..PolicySettings::default()
    };
    assert!(shows(&bundle(&[], observation), SubjectKind::Tool, "t"));
}

proptest! {
    #[test]
    fn what_is_hidden_is_refused_with_any_arguments(
        bundle in any_bundle(),
        arguments in any_arguments(),
        name in prop::sample::select(vec!["t", "call_aws", "prod"]),
        kind in prop::sample::select(vec![SubjectKind::Tool, SubjectKind::Resource, SubjectKind::Prompt]),
    ) {
        let subject = Subject { upstream: "u", caller: None, kind, name };
        let mut all = arguments.as_object().cloned().unwrap_or_default();
        if let Some(Value::Object(known)) = subject.known_arguments() {
            for (key, value) in known.iter() {
                all.set(key, value.clone());
            }
        }
        all.set("command", "aws iam pass-role");
        let arguments = Value::Object(all);
        let call = subject.call(Some(&arguments));
        if !bundle.shows(&subject) {
            prop_assert!(!bundle.decide(&call).action.lets_pass());
        }
    }
}
