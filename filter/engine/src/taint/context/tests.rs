use super::*;
use crate::json::{self, Object};
use crate::limits;
use crate::taint::delegation::{Acting, Constraints, Delegated, Delegation};
use crate::taint::{Level, Origin, Sensitivity, TrustLevel, Verdict};
use crate::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_767_225_600_000);

fn segment(origin: Origin) -> Segment<'static> {
    Segment {
        level: origin.trust(),
        origin,
        principal: "p",
        readers: None,
        sensitivity: Sensitivity::Public,
        at: NOW,
    }
}

fn fold(origins: &[Origin]) -> Fold {
    let mut fold = Fold::new();
    for origin in origins {
        fold.add(&segment(*origin));
    }
    fold
}

fn row(name: &str, required: TrustLevel) -> Requirement {
    Requirement {
        name: name.to_owned(),
        resource: ResourceType::Tool,
        required,
        has_side_effects: true,
        critical_args: Vec::new(),
    }
}

fn scope(tier: Tier, requirements: Vec<Requirement>) -> FloorScope {
    FloorScope {
        tier,
        requirements,
        ..FloorScope::default()
    }
}

fn floors(scopes: Vec<FloorScope>) -> Floors {
    Floors::compile(scopes, FloorSettings::default()).unwrap()
}

fn call(name: &str) -> FloorCall<'_> {
    FloorCall {
        name,
        resource: ResourceType::Tool,
        arguments: None,
        recipients: Recipients::ByName,
        ceiling: None,
        delegated: None,
    }
}

fn object(text: &str) -> Object {
    let value = json::parse(text.as_bytes()).unwrap();
    value.as_object().unwrap().clone()
}

#[test]
fn b2_nothing_a_call_says_lowers_what_it_needs() {
    let floors = floors(vec![scope(
        Tier::Mesh,
        vec![row("send_email", TrustLevel::User)],
    )]);
    let arguments = object(
        r#"{"required_trust": 0, "side_effects": false, "scope": "mesh",
            "tools": [{"name": "send_email", "required_trust": 0}]}"#,
    );
    let generous = Delegation {
        subject: "alice".to_owned(),
        delegate: Some("agent".to_owned()),
        audience: "gateway".to_owned(),
        authorized_actions: ["send_email".to_owned()].into(),
        constraints: Constraints::default(),
        session_id: String::new(),
        expires_at: None,
    };
    let call = FloorCall {
        arguments: Some(&arguments),
        delegated: Some(Delegated {
            delegation: &generous,
            identity: Some("agent"),
            acting: Acting::Changes,
        }),
        ..call("send_email")
    };
    let decision = floors.decide(&fold(&[Origin::User, Origin::Web]), &call, NOW);
    assert_eq!(decision.verdict, Verdict::Block);
    assert_eq!(decision.required, TrustLevel::User);
    assert_eq!(decision.deciding().unwrap().code, FloorCode::FloorBelow);
}

#[test]
fn b3_a_scope_that_denies_everything_denies_everything_in_every_copy() {
    let mesh = FloorScope {
        human_approval: vec!["*".to_owned()],
        ..scope(Tier::Mesh, vec![row("*", TrustLevel::System)])
    };
    let agent = scope(Tier::Agent, vec![row("echo", TrustLevel::Untrusted)]);
    for floors in [floors(vec![mesh, agent])]
        .iter()
        .flat_map(|f| [f.clone(), f.clone()])
    {
        for name in ["echo", "send_email", ""] {
            let decision = floors.decide(&fold(&[Origin::User]), &call(name), NOW);
            assert_eq!(decision.verdict, Verdict::Block, "{name}");
        }
    }
}

#[test]
fn b4_a_name_in_a_lower_scope_does_not_beat_a_glob_of_a_higher_one() {
    for (mesh, agent) in [
        (
            ("send_*", TrustLevel::User),
            ("send_email", TrustLevel::Untrusted),
        ),
        (
            ("send_email", TrustLevel::User),
            ("send_*", TrustLevel::Untrusted),
        ),
        (
            ("send_email", TrustLevel::Tool),
            ("send_email", TrustLevel::User),
        ),
    ] {
        let both = floors(vec![
            scope(Tier::Agent, vec![row(agent.0, agent.1)]),
            scope(Tier::Mesh, vec![row(mesh.0, mesh.1)]),
        ]);
        let needed = both.needed("send_email", ResourceType::Tool);
        assert_eq!(needed.level, TrustLevel::User);
    }
}

#[test]
fn within_one_scope_a_name_beats_globs_and_the_first_glob_the_others() {
    let floors = floors(vec![scope(
        Tier::Mesh,
        vec![
            row("send_*", TrustLevel::Tool),
            row("*", TrustLevel::System),
            row("send_money", TrustLevel::User),
        ],
    )]);
    for (name, level) in [
        ("send_mail", TrustLevel::Tool),
        ("send_money", TrustLevel::User),
        ("Send_mail", TrustLevel::System),
    ] {
        assert_eq!(floors.needed(name, ResourceType::Tool).level, level);
    }
    let prompt = floors.needed("send_mail", ResourceType::Prompt);
    assert_eq!(prompt.level, TrustLevel::User);
}

#[test]
fn b5_scopes_are_read_field_by_field() {
    let reading = Requirement {
        has_side_effects: false,
        critical_args: vec!["cc".to_owned()],
        ..row("send_email", TrustLevel::System)
    };
    let writing = Requirement {
        critical_args: vec!["to".to_owned(), "cc".to_owned()],
        ..row("send_email", TrustLevel::User)
    };
    let both = floors(vec![
        scope(Tier::Mesh, vec![writing]),
        scope(Tier::Agent, vec![reading.clone()]),
    ]);
    let needed = both.needed("send_email", ResourceType::Tool);
    assert_eq!(needed.level, TrustLevel::System);
    assert!(needed.has_side_effects);
    assert_eq!(needed.critical_args, ["cc", "to"]);
    let alone = floors(vec![scope(Tier::Agent, vec![reading])]);
    let needed = alone.needed("send_email", ResourceType::Tool);
    assert_eq!(needed.level, TrustLevel::Untrusted);
}

#[test]
fn b5_the_greatest_default_holds_and_what_a_scope_states_binds_the_others() {
    let with = |tier, default| FloorScope {
        tier,
        default_required: default,
        ..FloorScope::default()
    };
    let level = |scopes, name: &str| floors(scopes).needed(name, ResourceType::Tool).level;
    let tool = || with(Tier::Mesh, Some(TrustLevel::Tool));
    let system = || with(Tier::Agent, Some(TrustLevel::System));
    assert_eq!(level(vec![tool(), system()], "x"), TrustLevel::System);
    assert_eq!(level(vec![tool()], "x"), TrustLevel::Tool);
    assert_eq!(level(vec![], "x"), TrustLevel::User);
    let listed = || scope(Tier::Agent, vec![row("x", TrustLevel::Untrusted)]);
    assert_eq!(level(vec![tool(), listed()], "x"), TrustLevel::Tool);
    let silent = || with(Tier::Mesh, None);
    assert_eq!(level(vec![silent(), listed()], "x"), TrustLevel::Untrusted);
    assert_eq!(level(vec![silent(), listed()], "y"), TrustLevel::User);
}

#[test]
fn b6_an_empty_or_unknown_context_has_the_configured_floor_and_no_more() {
    for configured in TrustLevel::ALL {
        let settings = FloorSettings {
            unknown_floor: configured,
            ..FloorSettings::default()
        };
        assert_eq!(Fold::new().floor(&settings, NOW), configured);
        assert_eq!(Fold::unknown().floor(&settings, NOW), configured);
        let mut unknown = Fold::unknown();
        unknown.add(&segment(Origin::User));
        let floor = unknown.floor(&settings, NOW);
        assert_eq!(floor, configured.min(TrustLevel::User));
    }
    assert_eq!(
        FloorSettings::default().unknown_floor,
        TrustLevel::Untrusted
    );
}

#[test]
fn what_another_conversation_saw_only_takes_away() {
    let settings = FloorSettings::default();
    let user = fold(&[Origin::User]);
    let floor = |own: &Fold, other: &Fold| own.restricted_by(other).floor(&settings, NOW);
    assert_eq!(floor(&user, &Fold::new()), TrustLevel::User);
    assert_eq!(floor(&user, &fold(&[Origin::Web])), TrustLevel::Untrusted);
    assert_eq!(floor(&user, &Fold::unknown()), TrustLevel::Untrusted);
    // The user of another conversation does not speak in this one.
    assert_eq!(floor(&Fold::new(), &user), TrustLevel::Untrusted);
    assert_eq!(Fold::new().restricted_by(&user).principal(), None);
}

#[test]
fn b12_a_tool_nobody_lists_is_outside() {
    for level in Level::ALL {
        let (_, trust) = result_trust(Listing::Unlisted, level);
        assert_eq!(trust, TrustLevel::Untrusted);
        let (origin, trust) = result_trust(Listing::Listed, level);
        assert!(trust <= TrustLevel::Tool && trust <= level.trust());
        assert!(trust <= origin.trust());
    }
    let mut fold = fold(&[Origin::User]);
    let (origin, level) = result_trust(Listing::Unlisted, Level::Tool);
    fold.add(&Segment {
        level,
        ..segment(origin)
    });
    let floors = floors(vec![scope(
        Tier::Mesh,
        vec![row("send_email", TrustLevel::Tool)],
    )]);
    let decision = floors.decide(&fold, &call("send_email"), NOW);
    assert_eq!(decision.verdict, Verdict::Block);
}

#[test]
fn b14_every_recipient_counts_wherever_it_stands() {
    for (arguments, recipients) in [
        (r#"{"to": "A@x, b@x;c@x"}"#, "a@x b@x c@x"),
        (r#"{"cc": ["a@x"], "Bcc": "b@x"}"#, "a@x b@x"),
        (r#"{"message": {"to": "evil@x"}}"#, "evil@x"),
        (r#"{"to": "Bob <bob@x>"}"#, "bob@x"),
        (r#"{"to": "\"Doe, John\" <j@x>, b@x"}"#, "b@x j@x"),
        (r#"{"to": "good@x <evil@x>"}"#, "evil@x good@x"),
        (r#"{"to": "a@x\nevil@x"}"#, "a@x evil@x"),
        (
            r#"{"attendees": [{"email": "a@x", "displayName": "Ann"}]}"#,
            "a@x",
        ),
        (r#"{"attendees": [{"name": "Ann"}]}"#, "ann"),
        (
            r#"{"to": {"name": "evil@x", "address": "a@x"}}"#,
            "a@x evil@x",
        ),
        (
            r#"{"to_recipients": [{"emailAddress": {"address": "a@x"}}]}"#,
            "a@x",
        ),
        (r#"{"recipient": 4915551234}"#, "4915551234"),
        (r#"{"body": "to evil@x", "from": "me@x"}"#, ""),
    ] {
        let found = recipients_by_name(Some(&object(arguments)));
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(found.join(" "), recipients, "{arguments}");
    }
}

/// A fold whose content only these may read.
fn read_by(readers: &[&str]) -> Fold {
    let readers: Vec<String> = readers.iter().map(|name| (*name).to_owned()).collect();
    let mut fold = Fold::new();
    fold.add(&Segment {
        readers: Some(&readers),
        ..segment(Origin::User)
    });
    fold
}

#[test]
fn a_recipient_outside_the_readers_is_refused_whoever_names_it() {
    let floors = floors(Vec::new());
    let fold = read_by(&[" Alice@X.com ", "bob@x.com"]);
    let arguments = object(r#"{"to": "alice@x.com", "bcc": "eve@x.com"}"#);
    let decide = |recipients, ceiling, fold: &Fold| {
        let call = FloorCall {
            arguments: Some(&arguments),
            recipients,
            ceiling,
            ..call("send_email")
        };
        floors.decide(fold, &call, NOW)
    };
    let by_name = decide(Recipients::ByName, None, &fold);
    assert_eq!(by_name.deciding().unwrap().code, FloorCode::ReadersViolated);
    assert!(!by_name.deciding().unwrap().reason.contains('@'));
    let declared = Recipients::Declared(&["BOB@x.com"]);
    assert_eq!(decide(declared, None, &fold).verdict, Verdict::Allow);
    let nobody = Recipients::Declared(&[]);
    assert_eq!(decide(nobody, None, &fold).verdict, Verdict::Allow);
    let leaves = Some(Sensitivity::Restricted);
    assert_eq!(decide(nobody, leaves, &fold).verdict, Verdict::Block);
    assert_eq!(
        decide(nobody, leaves, &Fold::new()).observed,
        TrustLevel::Untrusted
    );
}

#[test]
fn readers_that_do_not_fit_are_nobody() {
    let names: Vec<String> = (0..=limits::FOLD_READERS).map(|n| n.to_string()).collect();
    let long = vec!["x".repeat(limits::FOLD_READERS_BYTES + 1)];
    for readers in [&names, &long] {
        let mut fold = Fold::new();
        fold.add(&Segment {
            readers: Some(readers),
            ..segment(Origin::User)
        });
        assert!(fold.readers().unwrap().is_empty());
    }
}

#[test]
fn what_a_human_may_agree_to_hides_nothing_that_nobody_may() {
    let asks = FloorScope {
        human_approval: vec!["send_*".to_owned()],
        ..scope(Tier::Agent, vec![row("send_email", TrustLevel::User)])
    };
    let floors = floors(vec![asks]);
    let decide = |fold: &Fold| floors.decide(fold, &call("send_email"), NOW);
    let user = decide(&fold(&[Origin::User]));
    assert_eq!(user.verdict, Verdict::Ask);
    assert_eq!(user.deciding().unwrap().code, FloorCode::HumanApproval);
    let web = decide(&fold(&[Origin::User, Origin::Web]));
    assert_eq!(web.verdict, Verdict::Block);
    assert_eq!(web.findings.len(), 2);
}

#[test]
fn b16_scopes_that_contradict_themselves_are_not_loaded() {
    let twice = scope(
        Tier::Mesh,
        vec![row("x", TrustLevel::User), row("x", TrustLevel::Untrusted)],
    );
    let nameless = scope(Tier::Mesh, vec![row("", TrustLevel::User)]);
    for (scope, error) in [
        (twice, FloorsError::Duplicate("tool", "x".to_owned())),
        (nameless, FloorsError::Nameless),
    ] {
        let compiled = Floors::compile(vec![scope], FloorSettings::default());
        assert_eq!(compiled.err(), Some(error));
    }
    let steps = Steps::new(vec![Step {
        when: StepWhen::Anomalies(1_000),
        at_most: TrustLevel::Tool,
    }]);
    let settings = FloorSettings {
        steps,
        ..FloorSettings::default()
    };
    let compiled = Floors::compile(Vec::new(), settings);
    assert_eq!(compiled.err(), Some(FloorsError::Steps));
}

#[test]
fn b20_a_level_falls_by_written_steps_only_and_never_rises() {
    let hour = 3_600_000;
    let steps = Steps::new(vec![
        Step {
            when: StepWhen::AfterMillis(hour),
            at_most: TrustLevel::Tool,
        },
        Step {
            when: StepWhen::Anomalies(3),
            at_most: TrustLevel::Untrusted,
        },
    ]);
    let none = Steps::default();
    let at = |age: i64| UnixMillis(NOW.0 - age);
    let hour = i64::try_from(hour).unwrap();
    for (level, age, anomalies, wanted) in [
        (TrustLevel::User, hour - 1, 2, TrustLevel::User),
        (TrustLevel::User, hour, 0, TrustLevel::Tool),
        (TrustLevel::Untrusted, hour, 0, TrustLevel::Untrusted),
        (TrustLevel::User, 0, 3, TrustLevel::Untrusted),
        (
            TrustLevel::User,
            -limits::CLOCK_SKEW_MS,
            0,
            TrustLevel::User,
        ),
        (
            TrustLevel::User,
            -limits::CLOCK_SKEW_MS - 1,
            0,
            TrustLevel::Tool,
        ),
        (TrustLevel::User, i64::MAX, 0, TrustLevel::Tool),
    ] {
        assert_eq!(steps.apply(level, at(age), NOW, anomalies), wanted);
        assert_eq!(none.apply(level, at(age), NOW, anomalies), level);
    }
}

#[test]
fn b20_the_floor_applies_the_steps_to_each_segment() {
    let settings = FloorSettings {
        steps: Steps::new(vec![Step {
            when: StepWhen::AfterMillis(1_000),
            at_most: TrustLevel::Untrusted,
        }]),
        ..FloorSettings::default()
    };
    let mut fold = fold(&[Origin::Tool]);
    fold.add(&Segment {
        at: UnixMillis(NOW.0 - 1_000),
        ..segment(Origin::User)
    });
    assert_eq!(fold.floor(&settings, NOW), TrustLevel::Untrusted);
    assert_eq!(
        fold.floor(&settings, UnixMillis(NOW.0 - 1)),
        TrustLevel::Tool
    );
    assert_eq!(fold.least(), Some(TrustLevel::Tool));
}

#[test]
fn b21_what_must_come_from_the_user_is_handed_to_who_judges_values() {
    let critical = Requirement {
        critical_args: vec!["to".to_owned()],
        ..row("send_email", TrustLevel::Tool)
    };
    let floors = floors(vec![scope(Tier::Mesh, vec![critical])]);
    let decision = floors.decide(&fold(&[Origin::User]), &call("send_email"), NOW);
    assert_eq!(decision.critical_args, ["to"]);
}

#[test]
fn a_conversation_more_sensitive_than_a_call_may_take_out_stays() {
    let floors = floors(Vec::new());
    let mut fold = Fold::new();
    fold.add(&Segment {
        sensitivity: Sensitivity::Confidential,
        ..segment(Origin::User)
    });
    fold.add(&segment(Origin::User));
    let verdict = |ceiling| {
        let call = FloorCall {
            ceiling,
            ..call("post")
        };
        floors.decide(&fold, &call, NOW).verdict
    };
    let settings = floors.settings();
    assert_eq!(
        verdict(settings.ceiling(None, Leaving::Leaves)),
        Verdict::Block
    );
    assert_eq!(
        verdict(settings.ceiling(None, Leaving::Stays)),
        Verdict::Allow
    );
    assert_eq!(verdict(Some(Sensitivity::Confidential)), Verdict::Allow);
    assert_eq!(sensitivity_of("SSN 123-45-6789"), Sensitivity::Restricted);
    assert_eq!(sensitivity_of("internal use only"), Sensitivity::Internal);
    assert_eq!(sensitivity_of("ghp_"), Sensitivity::Public);
}

#[test]
fn content_is_as_secret_as_the_most_secret_thing_in_it() {
    let key = "a1".repeat(20);
    for (content, class) in [
        (
            r#"{"a": ["b", {"c": "SSN 123-45-6789"}]}"#.to_owned(),
            Sensitivity::Restricted,
        ),
        (
            r#"{"card": 4111111111111111}"#.to_owned(),
            Sensitivity::Restricted,
        ),
        (
            r#"{"123-45-6789": true}"#.to_owned(),
            Sensitivity::Restricted,
        ),
        (
            format!(r#"{{"aws_secret_access_key": "{key}"}}"#),
            Sensitivity::Confidential,
        ),
        (
            r#"{"type": "service_account"}"#.to_owned(),
            Sensitivity::Confidential,
        ),
        (
            r#"["123", "45-6789", "internal", "server"]"#.to_owned(),
            Sensitivity::Internal,
        ),
        (
            r#"["4111", "1111", "1111", "1111"]"#.to_owned(),
            Sensitivity::Public,
        ),
        (
            r#"{"classification": "confidential"}"#.to_owned(),
            Sensitivity::Confidential,
        ),
    ] {
        let value = json::parse(content.as_bytes()).unwrap();
        assert_eq!(sensitivity_of_content(&value), class, "{content}");
    }
}

#[test]
fn a_level_above_its_origin_counts_as_its_origin() {
    let mut fold = Fold::new();
    fold.add(&Segment {
        level: TrustLevel::System,
        ..segment(Origin::Web)
    });
    assert_eq!(fold.least(), Some(TrustLevel::Untrusted));
}

#[test]
fn one_anomaly_counts_once() {
    let mut fold = Fold::new();
    for source in ["a", "b", "a"] {
        fold.add_anomaly(source);
    }
    assert_eq!(fold.anomalies(), 2);
    for at in 0..1_000 {
        fold.add_anomaly(&at.to_string());
    }
    assert_eq!(fold.anomalies(), 64);
}

#[test]
fn the_stage_can_be_asking_or_off() {
    for below in Verdict::ALL {
        let settings = FloorSettings {
            below,
            ..FloorSettings::default()
        };
        let floors = Floors::compile(Vec::new(), settings).unwrap();
        let decision = floors.decide(&fold(&[Origin::Web]), &call("x"), NOW);
        assert_eq!(decision.verdict, below);
    }
}

#[test]
fn bytes_that_are_no_fold_are_not_read_as_one() {
    let mut whole = read_by(&["a@x", "b@x"]);
    whole.add_anomaly("one");
    let bytes = whole.encode();
    assert_eq!(Fold::decode(&bytes), Ok(whole));
    for end in 0..bytes.len() {
        assert_eq!(Fold::decode(&bytes[..end]), Err(Unreadable));
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Fold::decode(&longer), Err(Unreadable));
}
