//! What the ledger keeps, and that it notices what was done to it.

use serde_json::{Value, json};
use tessera_tests::{Envoy, Setup, Tessera, Upstream, call, post, post_json, wait_for};

use crate::{decision, no_danger};

/// A control plane whose ledger has `danger`, `safe`, `danger`, ... in it, newest last.
fn written(calls: usize) -> (Tessera, Vec<Value>) {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&no_danger());
    let envoy = Envoy::start(Setup::remote(
        upstream.port,
        tessera.port,
        tessera.trusted_keys(),
    ));
    let ask = |tool| {
        post_json(
            envoy.port,
            "/mcp",
            &call(1, tool, json!({"password": "hunter2"})),
        )
    };
    wait_for("a bundle", || {
        (decision(&ask("danger"))["policy_id"] == "no-danger").then_some(())
    });
    for index in 0..calls {
        ask(if index % 2 == 0 { "safe" } else { "danger" });
    }
    let refused = post(
        envoy.port,
        "/mcp",
        &[("content-type", "application/json")],
        b"{",
    );
    let records = tessera.wait_for_record(&refused);
    envoy.quit();
    (tessera, records)
}

#[test]
fn every_judged_message_is_there_with_its_decision_and_without_its_content() {
    let (tessera, records) = written(4);
    let tail = &records[records.len() - 5..];
    let what: Vec<(&str, &str)> = tail
        .iter()
        .map(|record| {
            (
                record["tool"].as_str().unwrap_or(""),
                record["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        what[..4],
        [
            ("safe", "allow"),
            ("danger", "block"),
            ("safe", "allow"),
            ("danger", "block")
        ]
    );
    assert_eq!(tail[4]["code"], "not_json", "{}", tail[4]);
    let denied = &tail[3];
    assert_eq!(denied["policy_id"], "no-danger");
    assert_eq!(denied["reason"], "danger is forbidden here");
    assert_eq!(denied["caller"], "anonymous");
    assert_eq!(denied["scope"], "default");
    assert_eq!(denied["upstream"], "demo");
    assert_eq!(denied["bundle_version"], 1);
    assert!(
        !records
            .iter()
            .any(|record| record.to_string().contains("hunter2"))
    );
    let (code, text) = tessera.verify();
    assert_eq!(code, 0, "{text}");
    let tail = tessera.command(&["audit", "tail"]);
    let tail = String::from_utf8(tail.stdout).unwrap();
    assert!(
        tail.contains("no-danger") && tail.contains("danger is forbidden here"),
        "{tail}"
    );
}

#[test]
fn a_record_that_was_changed_is_named() {
    let (mut tessera, records) = written(4);
    tessera.stop();
    let victim = records
        .iter()
        .rev()
        .find(|record| record["action"] == "block")
        .unwrap();
    let id = victim["id"].as_str().unwrap();
    tessera.edit_ledger(&format!(
        "UPDATE records SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"block\"', '\"allow\"') AS BLOB), action = 'allow' WHERE id = '{id}'"
    ));
    let (code, text) = tessera.verify();
    assert_eq!(code, 3, "{text}");
    assert!(text.contains(id), "the record {id} is not named: {text}");
}

#[test]
fn a_record_that_was_deleted_is_missed_also_at_the_end() {
    for position in ["2", "(SELECT max(position) FROM records)"] {
        let (mut tessera, _) = written(4);
        tessera.stop();
        tessera.edit_ledger(&format!("DELETE FROM records WHERE position = {position}"));
        let (code, text) = tessera.verify();
        assert_eq!(code, 3, "{position}: {text}");
    }
}

#[test]
fn records_that_changed_places_are_noticed() {
    let (mut tessera, _) = written(4);
    tessera.stop();
    // Two records of one scope trade position and number; nothing else changes.
    tessera.edit_ledger(
        "CREATE TEMP TABLE traded AS SELECT * FROM records
             WHERE scope = 'default' AND scope_seq IN (1, 2);
         DELETE FROM records WHERE scope = 'default' AND scope_seq IN (1, 2);
         UPDATE traded SET
             scope_seq = 3 - scope_seq,
             position = (SELECT sum(position) FROM traded) - position;
         INSERT INTO records SELECT * FROM traded;",
    );
    let (code, text) = tessera.verify();
    assert_eq!(code, 3, "{text}");
}
