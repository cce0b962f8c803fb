use crate::json;
use crate::policy::lint::lint_without_trust;
use crate::policy::{
    Action, Bundle, Call, CompileOptions, Document, PolicySettings, Sender, Source,
    decode_meta_tools,
};
use crate::taint::flow::SourceRef;
use crate::taint::{
    ArgumentFacts, Effects, Judged, Level, Origin, SourceOrigin, TrustLevel, Verdict,
};
use crate::time::UnixMillis;

fn bundle(condition: &str) -> Bundle {
    let text = format!(
        r#"{{"id":"p","name":"n","action":"block","reason":"","when":[{{"condition":{condition}}}]}}"#
    );
    let document = Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap();
    let again = Document::decode(&document.to_value()).unwrap();
    assert_eq!(document, again, "{condition}");
    let meta = br#"{"meta_tools":[{"tool":"call_tool","name":"name","arguments":"args"}]}"#;
    let source = Source {
        documents: vec![document],
        meta_tools: decode_meta_tools(&json::parse(meta).unwrap()).unwrap(),
        settings: PolicySettings {
            default_action: Action::Allow,
            ..PolicySettings::default()
        },
        ..Source::default()
    };
    Bundle::compile(source, &CompileOptions::default()).unwrap()
}

fn fact(place: &[&str], level: Level, origin: SourceOrigin, tool: &str) -> ArgumentFacts {
    let source = SourceRef {
        audit_id: "a-1".to_owned(),
        upstream: "crm".to_owned(),
        tool: tool.to_owned(),
        origin: Origin::Tool,
    };
    ArgumentFacts {
        place: place.iter().map(|&segment| segment.to_owned()).collect(),
        level,
        origin,
        sources: if tool.is_empty() {
            Vec::new()
        } else {
            vec![source]
        },
        holds_json: false,
    }
}

fn judged(arguments: Vec<ArgumentFacts>) -> Judged {
    Judged {
        verdict: Verdict::Allow,
        because: Vec::new(),
        arguments,
        effects: Effects::NONE,
        targets: Vec::new(),
        floor: TrustLevel::Tool,
    }
}

fn holds(condition: &str, tool: &str, arguments: &str, trust: Option<&Judged>) -> bool {
    let arguments = json::parse(arguments.as_bytes()).unwrap();
    let bundle = bundle(condition);
    let decision = bundle.decide(&Call {
        upstream: "u",
        method: "tools/call",
        tool,
        arguments: Some(&arguments),
        meta: None,
        now: UnixMillis(0),
        audit_id: "",
        caller: None,
        sender: Sender::Client,
        trust,
    });
    decision.policy_id.as_deref() == Some("p")
}

const ARGUMENTS: &str = r#"{"to":"a","items":[{"url":"b"}],"body":"c"}"#;

#[test]
fn conditions_read_where_values_came_from() {
    let known = |origin| SourceOrigin::Known(origin);
    let judged = judged(vec![
        fact(&["to"], Level::User, known(Origin::User), ""),
        fact(
            &["items", "0", "url"],
            Level::Web,
            known(Origin::Web),
            "get_page",
        ),
        fact(&["body"], Level::Unknown, SourceOrigin::Unknown, ""),
    ]);
    for (condition, expected) in [
        (r#""arg_tainted","arg":"to""#, false),
        (r#""arg_tainted","arg":"to","below":"system""#, true),
        (r#""arg_tainted","arg":"items""#, true),
        (r#""arg_tainted","arg_path":"items.*.url""#, true),
        (r#""arg_tainted","arg_path":"**.url""#, true),
        (r#""arg_tainted","arg_path":"items.1""#, false),
        (r#""arg_tainted","arg_path":"items.0.title""#, false),
        (r#""arg_tainted","arg_path":"**.to""#, false),
        (r#""arg_tainted","arg":"*""#, true),
        (r#""arg_tainted","arg":"body","below":"web""#, true),
        (r#""arg_tainted","arg":"items","below":"web""#, false),
        (r#""arg_tainted","arg":"gone""#, false),
        (r#""arg_origin_in","arg":"to","origins":["user"]"#, true),
        (
            r#""arg_origin_in","arg":"to","origins":["web","unknown"]"#,
            false,
        ),
        (r#""arg_origin_in","arg":"*","origins":["web"]"#, true),
        (
            r#""arg_origin_in","arg":"body","origins":["unknown"]"#,
            true,
        ),
        (r#""flow_from","tool":"get_*""#, true),
        (
            r#""flow_from","tool":"get_*","upstream":"c*","arg":"items""#,
            true,
        ),
        (r#""flow_from","tool":"get_*","arg":"to""#, false),
        (r#""flow_from","tool":"get_*","upstream":"other""#, false),
        (r#""flow_from","tool":"list_*""#, false),
        (r#""floor_below","level":"user""#, true),
        (r#""floor_below","level":"tool""#, false),
    ] {
        assert_eq!(
            holds(condition, "t", ARGUMENTS, Some(&judged)),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn where_nobody_looked_conditions_fail_closed() {
    for (condition, expected) in [
        (r#""arg_tainted","arg":"to""#, true),
        (
            r#""arg_tainted","arg_path":"items.*.url","below":"web""#,
            true,
        ),
        (r#""arg_tainted","arg":"gone""#, false),
        (r#""arg_origin_in","arg":"to","origins":["unknown"]"#, true),
        (r#""arg_origin_in","arg":"to","origins":["user"]"#, false),
        (r#""flow_from","tool":"*""#, false),
        (r#""floor_below","level":"tool""#, true),
    ] {
        assert_eq!(
            holds(condition, "t", ARGUMENTS, None),
            expected,
            "{condition}"
        );
    }
    let bundle = bundle(r#""floor_below","level":"tool""#);
    let documents: Vec<_> = bundle.policies().cloned().collect();
    let warnings = lint_without_trust(&documents);
    let codes: Vec<_> = warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["no_trust"]);
}

#[test]
fn a_call_inside_a_call_is_asked_about_its_own_arguments() {
    let user = SourceOrigin::Known(Origin::User);
    let name = fact(&["name"], Level::User, user, "");
    let inner = |level| fact(&["args", "to"], level, user, "");
    let arguments = r#"{"name":"send","args":{"to":"a"}}"#;
    let condition = r#""arg_tainted","arg":"to""#;
    let good = judged(vec![name.clone(), inner(Level::User)]);
    assert!(!holds(condition, "call_tool", arguments, Some(&good)));
    let bad = judged(vec![name.clone(), inner(Level::Web)]);
    assert!(holds(condition, "call_tool", arguments, Some(&bad)));
    // The arguments stood in a string, so nobody looked at them one by one.
    let opaque = judged(vec![name, fact(&["args"], Level::User, user, "")]);
    assert!(holds(condition, "call_tool", arguments, Some(&opaque)));
}

#[test]
fn what_goes_into_json_in_a_string_is_asked_about_that_string() {
    let mut text = fact(&["body"], Level::Web, SourceOrigin::Known(Origin::Web), "");
    let condition = r#""arg_tainted","arg_path":"body.to""#;
    assert!(!holds(
        condition,
        "t",
        ARGUMENTS,
        Some(&judged(vec![text.clone()]))
    ));
    text.holds_json = true;
    assert!(holds(condition, "t", ARGUMENTS, Some(&judged(vec![text]))));
}
