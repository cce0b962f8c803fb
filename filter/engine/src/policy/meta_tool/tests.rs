//! Calls inside calls: what is found, what is refused, how it is decided.

use crate::limits;
use crate::policy::bundle::tests::value;
use crate::policy::{
    Action, Bundle, BundleError, Call, Decision, Judgement, Mode, PolicySettings, ReasonCode,
    Sender,
};
use crate::time::UnixMillis;

const META_TOOLS: &str = r#"[
    {"upstream":"gw-*","tool":"call_tool","name":"tool_name","arguments":"arguments"},
    {"tool":"proxy","name":"request.name","arguments":"request.args"},
    {"tool":"run_*","name":"name"}
]"#;

fn bundle_of(meta_tools: &str, settings: &str) -> Result<Bundle, BundleError> {
    let wire = format!(
        r#"{{"format":"tessera.bundle/1","settings":{settings},"meta_tools":{meta_tools},"policies":[
        {{"id":"no-delete","name":"n","action":"block","match":{{"tool":"delete_*"}}}},
        {{"id":"ask","name":"n","action":"require_approval","match":{{"tool":"deploy"}}}},
        {{"id":"no-etc","name":"n","action":"block","when":[
            {{"condition":"arg_matches_regex","arg":"path","pattern":"^/etc"}}]}}]}}"#
    );
    Bundle::from_wire(wire.as_bytes())
}

fn judged_by(bundle: &Bundle, upstream: &str, tool: &str, arguments: &str) -> Judgement {
    let arguments = value(arguments);
    let call = Call {
        upstream,
        method: Call::TOOLS_CALL,
        tool,
        arguments: Some(&arguments),
        meta: None,
        now: UnixMillis(0),
        audit_id: "evt_1",
        caller: None,
        sender: Sender::Client,
        trust: None,
    };
    let explanation = bundle.explain(&call);
    let judged = bundle.judge(&call);
    assert_eq!(explanation.decision, judged.decision);
    assert_eq!(explanation.inner_tools, judged.inner_tools);
    judged
}

fn judged(tool: &str, arguments: &str) -> (Option<String>, ReasonCode, Vec<String>) {
    let bundle = bundle_of(META_TOOLS, r#"{"default_action":"allow"}"#).unwrap();
    let Judgement {
        decision: Decision {
            policy_id, code, ..
        },
        inner_tools,
    } = judged_by(&bundle, "gw-1", tool, arguments);
    (policy_id, code, inner_tools)
}

#[test]
fn a_call_inside_a_call_is_judged_too_and_the_stricter_decision_stands() {
    for (tool, arguments, policy, inner) in [
        ("call_tool", r#"{"tool_name":"read"}"#, None, vec!["read"]),
        (
            "call_tool",
            r#"{"tool_name":"delete_x"}"#,
            Some("no-delete"),
            vec!["delete_x"],
        ),
        (
            "call_tool",
            r#"{"tool_name":"deploy","arguments":null}"#,
            Some("ask"),
            vec!["deploy"],
        ),
        (
            "call_tool",
            r#"{"tool_name":"read","arguments":{"path":"/etc/passwd"}}"#,
            Some("no-etc"),
            vec!["read"],
        ),
        // The outer call is blocked, whatever it runs.
        (
            "call_tool",
            r#"{"tool_name":"deploy","path":"/etc/passwd"}"#,
            Some("no-etc"),
            vec!["deploy"],
        ),
        (
            "run_it",
            r#"{"name":"delete_x","path":"/etc"}"#,
            Some("no-etc"),
            vec!["delete_x"],
        ),
        (
            "run_it",
            r#"{"name":"delete_x"}"#,
            Some("no-delete"),
            vec!["delete_x"],
        ),
        (
            "call_tool",
            r#"{"tool_name":"call_tool","arguments":{"tool_name":"delete_x"}}"#,
            Some("no-delete"),
            vec!["call_tool", "delete_x"],
        ),
        // What is a string here may be an object for the server.
        (
            "call_tool",
            r#"{"tool_name":"read","arguments":"{\"path\":\"/etc/passwd\"}"}"#,
            Some("no-etc"),
            vec!["read"],
        ),
        (
            "proxy",
            r#"{"request":"{\"name\":\"delete_x\"}"}"#,
            Some("no-delete"),
            vec!["delete_x"],
        ),
        (
            "call_tool",
            r#"{"tool_name":"call_tool","arguments":"{\"tool_name\":\"delete_x\"}"}"#,
            Some("no-delete"),
            vec!["call_tool", "delete_x"],
        ),
        ("other", r#"{"tool_name":"delete_x"}"#, None, vec![]),
    ] {
        let (got, _, inner_tools) = judged(tool, arguments);
        assert_eq!(got.as_deref(), policy, "{tool} {arguments}");
        assert_eq!(inner_tools, inner, "{tool} {arguments}");
    }
}

#[test]
fn a_call_that_does_not_say_what_it_runs_is_refused() {
    for (tool, arguments) in [
        ("call_tool", "{}"),
        ("call_tool", r#"{"tool_name":5}"#),
        ("call_tool", r#"{"tool_name":["read"]}"#),
        ("call_tool", r#"{"tool_name":"read","arguments":"text"}"#),
        ("call_tool", r#"{"tool_name":"read","arguments":[1]}"#),
        ("proxy", r#"{"request":"text"}"#),
        ("run_it", r#"{"arguments":{}}"#),
        ("call_tool", r#"{"tool_name":"call_tool","arguments":{}}"#),
    ] {
        let (policy, code, _) = judged(tool, arguments);
        assert_eq!(
            (policy, code),
            (None, ReasonCode::MetaToolUnreadable),
            "{tool} {arguments}"
        );
    }
}

/// A call in `levels` meta-tools.
fn nested(levels: usize) -> String {
    (1..levels).fold(r#"{"tool_name":"read"}"#.to_owned(), |inner, _| {
        format!(r#"{{"tool_name":"call_tool","arguments":{inner}}}"#)
    })
}

#[test]
fn calls_nested_deeper_than_the_limit_are_refused() {
    let (_, code, inner) = judged("call_tool", &nested(limits::META_TOOL_LEVELS));
    assert_eq!(code, ReasonCode::Default);
    assert_eq!(inner, ["call_tool", "read"]);
    let (_, code, _) = judged("call_tool", &nested(limits::META_TOOL_LEVELS + 1));
    assert_eq!(code, ReasonCode::MetaToolUnreadable);
}

#[test]
fn only_calls_of_clients_at_the_named_upstream_are_unwrapped() {
    let bundle = bundle_of(META_TOOLS, r#"{"default_action":"allow"}"#).unwrap();
    let elsewhere = judged_by(&bundle, "other", "call_tool", r#"{"tool_name":"delete_x"}"#);
    assert_eq!(elsewhere.decision.action, Action::Allow);
    assert!(elsewhere.inner_tools.is_empty());
}

#[test]
fn in_observation_the_inner_tool_is_named_and_nothing_is_refused() {
    let bundle = bundle_of(META_TOOLS, r#"{"mode":"observation"}"#).unwrap();
    assert_eq!(bundle.settings().mode, Mode::Observation);
    let judged = judged_by(&bundle, "gw-1", "call_tool", r#"{"tool_name":"delete_x"}"#);
    assert_eq!(judged.decision.code, ReasonCode::Observed);
    assert_eq!(judged.inner_tools, ["delete_x"]);
    let judged = judged_by(&bundle, "gw-1", "call_tool", "{}");
    assert_eq!(judged.decision.action, Action::Allow);
}

#[test]
fn meta_tools_are_part_of_the_bundle_and_absent_where_there_are_none() {
    let with = bundle_of(META_TOOLS, "{}").unwrap();
    let back = Bundle::from_wire(with.to_wire()).unwrap();
    assert_eq!(back.meta_tools(), with.meta_tools());
    assert_eq!(back.digest(), with.digest());
    let without = bundle_of("[]", "{}").unwrap();
    assert_ne!(without.digest(), with.digest());
    let text = String::from_utf8(without.to_wire().to_vec()).unwrap();
    assert!(!text.contains("meta_tools"), "{text}");
    assert_eq!(without.settings(), &PolicySettings::default());
}

#[test]
fn what_is_wrong_with_a_meta_tool_is_said_with_its_place() {
    for (meta_tools, message) in [
        (r#"{}"#, "`meta_tools`: expected a list, got an object"),
        (
            r#"[5]"#,
            "`meta_tools[0]`: expected a mapping, got a number",
        ),
        (
            r#"[{"name":"a"}]"#,
            "`meta_tools[0]`: the key `tool` is missing",
        ),
        (
            r#"[{"tool":"a"}]"#,
            "`meta_tools[0]`: the key `name` is missing",
        ),
        (
            r#"[{"tool":"a","name":"b.*"}]"#,
            "`meta_tools[0].name`: bad argument path: a path without `*` is expected here: it must lead to one place",
        ),
        (
            r#"[{"tool":"a","name":"b","args":"c"}]"#,
            "`meta_tools[0].args`: unknown key `args`, expected one of `upstream`, `tool`, `name`, `arguments`",
        ),
    ] {
        let error = bundle_of(meta_tools, "{}").unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let many = format!("[{}]", vec![r#"{"tool":"a","name":"b"}"#; 257].join(","));
    let error = bundle_of(&many, "{}").unwrap_err().to_string();
    assert!(error.contains("more than 256 meta-tools"), "{error}");
}

#[test]
fn the_calls_inside_one_call_share_one_budget() {
    // Each level is as large as the body; judged one by one they would pass.
    let filler = "x".repeat(limits::JUDGED_BYTES / 3);
    let bundle = bundle_of(META_TOOLS, r#"{"default_action":"allow"}"#).unwrap();
    let code = |levels: usize| {
        let inner = format!(r#"{{"tool_name":"read","arguments":{{"path":"{filler}"}}}}"#);
        let arguments = (1..levels).fold(inner, |inner, _| {
            format!(r#"{{"tool_name":"call_tool","path":"{filler}","arguments":{inner}}}"#)
        });
        judged_by(&bundle, "gw-1", "call_tool", &arguments)
            .decision
            .code
    };
    assert_eq!(code(1), ReasonCode::Default);
    assert_eq!(code(4), ReasonCode::BudgetExceeded);
}
