use super::*;
use crate::taint::{Level, Sensitivity};

fn row(name: &str, effect: Effect) -> ToolRow {
    ToolRow {
        effects: Some(Effects::NONE.with(effect)),
        ..ToolRow::new(name)
    }
}

#[test]
fn rows_come_most_particular_first_and_only_if_they_match() {
    let registry = Registry {
        tools: vec![
            row("send_*", Effect::Send),
            row("send_email", Effect::Write),
        ],
        upstreams: vec![UpstreamRows {
            upstream: Glob::new("ma*"),
            tools: vec![row("*", Effect::Read), row("send_email", Effect::Pay)],
        }],
        ..Registry::default()
    };
    let names = |upstream, tool| {
        let rows = registry.rows(upstream, tool);
        rows.map(|row| {
            (
                row.name.written(),
                row.effects.unwrap().iter().next().unwrap(),
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(
        names("mail", "send_email"),
        [
            ("send_email", Effect::Pay),
            ("*", Effect::Read),
            ("send_email", Effect::Write),
            ("send_*", Effect::Send),
        ]
    );
    assert_eq!(names("files", "send_file"), [("send_*", Effect::Send)]);
    assert!(names("files", "read").is_empty());
}

#[test]
fn where_several_rows_speak_the_stricter_answer_counts() {
    let strict = ToolRow {
        arguments: vec![ArgumentRow {
            place: ArgumentPlace::parse("note.to").unwrap(),
            role: Role::Target,
        }],
        result: Some(ResultRow {
            level: Some(Level::Web),
            secret: Some(true),
            structured: Some(false),
            readers: Some(vec!["a".to_owned(), "b".to_owned()]),
            sensitivity: Some(Sensitivity::Confidential),
            fields: vec![FieldRow {
                name: "sender".to_owned(),
                rule: FieldRule::Text,
            }],
            ..ResultRow::default()
        }),
        outbound: Some(Sensitivity::Public),
        ..row("*", Effect::Send)
    };
    let mild = ToolRow {
        arguments: vec![ArgumentRow {
            place: ArgumentPlace::parse("note.*").unwrap(),
            role: Role::Content,
        }],
        result: Some(ResultRow {
            level: Some(Level::Tool),
            secret: Some(false),
            structured: Some(true),
            readers: Some(vec!["b".to_owned(), "c".to_owned()]),
            sensitivity: Some(Sensitivity::Public),
            fields: vec![FieldRow {
                name: "sender".to_owned(),
                rule: FieldRule::Leaf,
            }],
            ..ResultRow::default()
        }),
        outbound: Some(Sensitivity::Restricted),
        ..row("notify", Effect::Read)
    };
    for tools in [
        vec![strict.clone(), mild.clone()],
        vec![mild.clone(), strict.clone()],
    ] {
        let registry = Registry {
            tools,
            ..Registry::default()
        };
        let rules = registry.rules("any", "notify");
        let effects = rules.effects.unwrap();
        assert!(effects.has(Effect::Send) && !effects.only_reads());
        assert_eq!(rules.role(&["note", "to"]), Some(Role::Target));
        assert_eq!(rules.role(&["note", "text"]), Some(Role::Content));
        assert_eq!(rules.role(&["note"]), None);
        assert_eq!(rules.outbound, Some(Sensitivity::Public));
        assert_eq!(rules.result.level, Some(Level::Web));
        assert!(rules.result.secret);
        assert_eq!(rules.result.structured, Some(false));
        assert_eq!(rules.result.readers, Some(vec!["b"]));
        assert_eq!(rules.result.sensitivity, Some(Sensitivity::Confidential));
        let sender = rules.result.field("sender");
        assert!(sender.text && !sender.leaf);
    }
}

#[test]
fn where_nobody_can_be_asked_a_question_is_a_no() {
    let settings = Settings {
        approvals: false,
        on: vec![(FlowCode::Secret, Verdict::Block)],
        ..Settings::default()
    };
    assert_eq!(settings.answer(FlowCode::Unknown), Verdict::Block);
    assert_eq!(settings.answer(FlowCode::Ok), Verdict::Allow);
    let settings = Settings {
        approvals: true,
        ..settings
    };
    assert_eq!(settings.answer(FlowCode::Unknown), Verdict::Ask);
    assert_eq!(settings.answer(FlowCode::Secret), Verdict::Block);
    assert_eq!(settings.answer(FlowCode::NotDelegated), Verdict::Block);
}

#[test]
fn a_registered_secret_shows_in_no_debug_text() {
    let registry = Registry {
        secrets: vec![Secret::new("corp-0451-zulu".to_owned())],
        ..Registry::default()
    };
    assert!(!format!("{registry:?}").contains("0451"));
}
