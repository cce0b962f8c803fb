//! Directories good and bad, and what is said about them.

use super::*;
use std::fs;
use tessera_engine::policy::UnknownZone;

const GOOD: &str = "id: good\nname: Good\naction: block\n";

fn dir(files: &[(&str, &str)]) -> (tempfile::TempDir, PolicyDir) {
    let temporary = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(temporary.path().join(name), text).unwrap();
    }
    let loaded = load(temporary.path()).unwrap();
    (temporary, loaded)
}

fn said(dir: &PolicyDir) -> Vec<(String, Option<usize>, Option<usize>, &str)> {
    let name = |problem: &Problem| {
        problem
            .file
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    let all = dir.problems.iter();
    all.map(|problem| {
        (
            name(problem),
            problem.line(),
            problem.column(),
            problem.code,
        )
    })
    .collect()
}

#[test]
fn only_the_files_that_count_are_read_in_order() {
    let policy = |id: &str| format!("id: {id}\nname: n\naction: allow\n");
    let (_kept, dir) = dir(&[
        ("b.yml", &policy("b")),
        (".hidden.yaml", &policy("hidden")),
        ("a.yaml", &policy("a")),
        ("_skipped.yaml", "nonsense: ["),
        ("c.YAML", "nonsense: ["),
        ("d.json", "{"),
        ("_action_verbs.yaml", "mappings: {my_tool: [read.get]}\n"),
        (
            "_meta_tools.yaml",
            "meta_tools: [{tool: call_tool, name: tool_name}]\n",
        ),
    ]);
    assert_eq!(dir.problems, []);
    assert_eq!(
        dir.documents().map(|d| d.id.as_str()).collect::<Vec<_>>(),
        ["hidden", "a", "b"]
    );
    assert_eq!(dir.action_verbs["my_tool"], ["read.get"]);
    let bundle = dir
        .compile(PolicySettings::default(), &CompileOptions::default())
        .unwrap();
    assert_eq!(bundle.policies().len(), 3);
    assert_eq!(bundle.meta_tools().len(), 1);
}

#[test]
fn a_missing_directory_is_an_error_and_an_empty_one_is_not() {
    let temporary = tempfile::tempdir().unwrap();
    assert!(matches!(
        load(&temporary.path().join("none")),
        Err(PolicyDirError::Missing(_))
    ));
    assert!(load(temporary.path()).unwrap().problems.is_empty());
}

#[test]
fn every_problem_has_its_place() {
    let (_kept, dir) = dir(&[
        ("a.yaml", "id: A\nname: 5\nacton: block\n"),
        (
            "b.yaml",
            "id: b\nname: b\naction: deny\nwhen:\n  - condition: arg_equal\n    arg: x\n    value: 1\n",
        ),
        ("c.yaml", "id: c\nid: d\n"),
        ("d.yaml", GOOD),
        ("e.yaml", ""),
        ("_action_verbs.yaml", "mappings:\n  t: [read.gett]\n"),
        (
            "_meta_tools.yaml",
            "meta_tools:\n  - tool: t\n    name: a.*\n  - name: b\n",
        ),
    ]);
    let file = |name: &str, line, column, code| (name.to_owned(), Some(line), Some(column), code);
    assert_eq!(
        said(&dir),
        [
            file("_action_verbs.yaml", 2, 7, "unknown_name"),
            file("_meta_tools.yaml", 3, 11, "bad_arg_path"),
            file("_meta_tools.yaml", 4, 5, "missing_key"),
            file("a.yaml", 1, 5, "bad_id"),
            file("a.yaml", 2, 7, "wrong_type"),
            file("a.yaml", 1, 1, "missing_key"),
            file("a.yaml", 3, 1, "unknown_key"),
            file("b.yaml", 5, 16, "unknown_name"),
            file("b.yaml", 3, 9, "unknown_name"),
            file("c.yaml", 2, 1, "yaml"),
            ("e.yaml".to_owned(), None, None, "yaml"),
        ]
    );
    assert!(
        dir.compile(PolicySettings::default(), &CompileOptions::default())
            .is_err()
    );
    let unknown = dir
        .problems
        .iter()
        .find(|problem| problem.code == "unknown_key")
        .unwrap();
    assert_eq!(unknown.nearest.as_deref(), Some("action"));
    assert!(unknown.expected.iter().any(|word| word == "priority"));
}

#[test]
fn an_id_used_twice_is_reported_at_both_places() {
    let (_kept, dir) = dir(&[("a.yaml", GOOD), ("b.yaml", &format!("# b\n{GOOD}"))]);
    let file = |name: &str, line| (name.to_owned(), Some(line), Some(5), "duplicate_id");
    assert_eq!(said(&dir), [file("a.yaml", 1), file("b.yaml", 2)]);
    assert!(dir.problems[0].message.contains("b.yaml"));
}

#[test]
fn an_unknown_zone_is_an_error_or_a_warning_at_its_place() {
    let text = "id: t\nname: t\naction: block\nwhen:\n  - condition: time_of_day_outside\n    start: '09:00'\n    end: '17:00'\n    tz: Europe/Nowhere\n";
    let (_kept, dir) = dir(&[("t.yaml", text)]);
    let refuse = CompileOptions::default();
    let problems = dir.compile(PolicySettings::default(), &refuse).unwrap_err();
    assert_eq!(
        (problems[0].line(), problems[0].code),
        (Some(8), "unknown_zone")
    );
    let never = CompileOptions {
        unknown_zone: UnknownZone::NeverHolds,
    };
    let bundle = dir.compile(PolicySettings::default(), &never).unwrap();
    let warning = dir.warning(&bundle.warnings()[0]);
    assert_eq!(
        (warning.severity, warning.line()),
        (Severity::Warning, Some(8))
    );
}

#[test]
fn a_problem_is_shown_with_its_line_a_caret_and_what_was_meant() {
    let text = "id: b\nname: b\naction: block\nwhen:\n  - condition: arg_equal\n";
    let (_kept, dir) = dir(&[("b.yaml", text)]);
    let shown = dir.problems[0].render(false);
    for part in [
        "error: unknown condition `arg_equal`",
        "b.yaml:5:16",
        "5 |   - condition: arg_equal",
        "^^^^^^^^^ did you mean `arg_equals`?",
        "expected one of `arg_equals`,",
    ] {
        assert!(shown.contains(part), "{part:?} in\n{shown}");
    }
    assert!(
        dir.problems[0]
            .one_line()
            .ends_with("b.yaml:5:16: unknown condition `arg_equal`; did you mean `arg_equals`?")
    );
}

#[test]
fn pins_are_read_beside_the_policies_and_what_is_wrong_with_them_is_said() {
    let read = |text: &str| of_bytes([(PathBuf::from(PINS), text.as_bytes().to_vec())]);
    let digest = "0".repeat(64);
    let good = read(&format!(
        r#"{{"version":1,"unpinned":"quarantine","upstreams":{{"u":{{"t":{{"digest":"{digest}"}}}}}}}}"#
    ));
    assert_eq!(good.problems, []);
    let bundle = good
        .compile(PolicySettings::default(), &CompileOptions::default())
        .unwrap();
    assert!(bundle.pins().unwrap().pin("u", "t").is_some());
    for (text, expected) in [
        ("{", "_tools.json: the file is not JSON: "),
        (
            r#"{"upstreams":{"u":{"t":{"digest":"x"}}}}"#,
            "_tools.json: `upstreams.u.t.digest`: expected 64 hexadecimal digits",
        ),
    ] {
        let bad = read(text);
        assert!(bad.has_errors());
        let line = bad.problems[0].one_line();
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn a_meta_tool_that_is_never_reached_is_a_warning_at_its_place() {
    let text = "meta_tools:\n  - {tool: call_*, name: a}\n  - {tool: call_tool, name: b}\n  - {tool: other, name: c}\n";
    let (_kept, dir) = dir(&[("_meta_tools.yaml", text)]);
    let warnings = dir.warnings();
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    assert_eq!((warning.line(), warning.code), (Some(3), "shadowed"));
    assert!(warning.message.contains("entry 0"), "{}", warning.message);
}

#[test]
fn a_trust_document_is_read_with_the_place_of_every_problem() {
    let good = "settings: {flow: block}\ntools:\n  send:\n    effects: [send]\n";
    let (_kept, loaded) = dir(&[("_trust.yaml", good)]);
    assert_eq!(loaded.problems, []);
    let document = loaded.trust.clone().unwrap();
    assert_eq!(document.registry.tools.len(), 1);
    let bundle = loaded.compile(PolicySettings::default(), &CompileOptions::default());
    let bundle = bundle.unwrap();
    assert_eq!(bundle.trust().unwrap().document(), &document);

    let bad = "settings: {flow: blok}\ntools:\n  send:\n    efects: [send]\n";
    for name in TRUST {
        let (_kept, dir) = dir(&[(name, bad)]);
        let name = name.to_owned();
        let expected = [
            (name.clone(), Some(1), Some(18), "unknown_name"),
            (name, Some(4), Some(5), "unknown_key"),
        ];
        assert_eq!(said(&dir), expected);
        assert_eq!(dir.problems[0].nearest.as_deref(), Some("block"));
        assert_eq!(dir.problems[1].nearest.as_deref(), Some("effects"));
        assert!(dir.trust.is_none());
    }
}

#[test]
fn one_trust_document_is_enough() {
    let (_kept, dir) = dir(&[("_trust.json", "{}"), ("_trust.yaml", "{}")]);
    let expected = [("_trust.yaml".to_owned(), None, None, "file")];
    assert_eq!(said(&dir), expected);
}
