//! Lists on their way to a client.

use super::*;

const NO_DANGER: &str = r#"{"id":"no-danger","action":"block","match":{"tool":"danger"}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const BOTH: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"danger","description":"d"},{"name":"safe"}],"nextCursor":"c"}}"#;
const ONE: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"safe"}],"nextCursor":"c"}}"#;

/// The records about the list.
fn cuts(records: &[Record]) -> Vec<&Record> {
    let of_list = |record: &&Record| record.code == "list_cut";
    records.iter().filter(of_list).collect()
}

#[test]
fn a_list_names_only_what_its_caller_may_use() {
    let bundle = policies(r#"{"default_action":"allow"}"#, &[NO_DANGER]);
    let (got, records) = exchanged(bundle, &[], LIST, BOTH);
    assert_eq!(got.as_deref(), Some(ONE));
    let [record] = cuts(&records)[..] else {
        panic!("{records:?}")
    };
    assert_eq!(
        (record.kind, record.action, record.stopped),
        ("answer", "allow", false)
    );
    assert_eq!(record.findings, ["hidden=1"]);
    assert_eq!(record.method.as_deref(), Some("tools/list"));
}

#[test]
fn a_list_of_which_all_may_be_used_keeps_its_bytes() {
    let bundle = policies(r#"{"default_action":"allow"}"#, &[NO_DANGER]);
    let answer = r#"{ "jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"safe"}]} }"#;
    let (got, records) = exchanged(bundle, &[], LIST, answer);
    assert_eq!(got, None);
    assert!(cuts(&records).is_empty());
}

#[test]
fn log_only_records_what_would_be_hidden_and_observation_nothing() {
    for (mode, recorded) in [("log_only", 1), ("observation", 0)] {
        let settings = format!(r#"{{"default_action":"allow","mode":"{mode}"}}"#);
        let (got, records) = exchanged(policies(&settings, &[NO_DANGER]), &[], LIST, BOTH);
        assert_eq!(got, None, "{mode}");
        assert_eq!(cuts(&records).len(), recorded, "{mode}");
    }
}

#[test]
fn in_lockdown_lists_are_empty_in_every_mode() {
    for mode in ["enforcement", "log_only", "observation"] {
        let settings = format!(r#"{{"default_action":"allow","lockdown":true,"mode":"{mode}"}}"#);
        let (got, _) = exchanged(policies(&settings, &[]), &[], LIST, BOTH);
        let empty = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":"c"}}"#;
        assert_eq!(got.as_deref(), Some(empty), "{mode}");
    }
}

#[test]
fn a_modern_list_is_private_even_if_nothing_is_hidden() {
    let bundle = policies(r#"{"default_action":"allow"}"#, &[NO_DANGER]);
    let body =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{MODERN_META}}}}}"#);
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[],"resultType":"complete","ttlMs":9,"cacheScope":"public"}}"#;
    let (got, records) = exchanged(bundle, &modern("tools/list", None), &body, answer);
    assert_eq!(got, Some(answer.replace("public", "private")));
    assert!(cuts(&records).is_empty());
}

#[test]
fn a_list_with_more_entries_than_can_be_judged_is_withheld() {
    let many: Vec<_> = (0..1_500)
        .map(|at| format!(r#"{{"id":"p-{at}","action":"block","match":{{"tool":"t-{at}"}}}}"#))
        .collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let entries = vec![r#"{"name":"x"}"#; 3_000].join(",");
    let answer = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{entries}]}}}}"#);
    for (mode, withheld) in [("enforcement", true), ("log_only", false)] {
        let settings = format!(r#"{{"default_action":"allow","mode":"{mode}"}}"#);
        let (got, records) = exchanged(policies(&settings, &many), &[], LIST, &answer);
        assert_eq!(
            got.is_some_and(|got| got.contains("budget_exceeded")),
            withheld
        );
        assert_eq!(
            records.last().map(|record| record.code),
            Some("budget_exceeded")
        );
    }
}
