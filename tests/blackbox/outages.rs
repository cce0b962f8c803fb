//! The control plane is away, comes back, or was never there.

use std::collections::BTreeSet;

use serde_json::json;
use tessera_tests::{
    Answer, Envoy, Setup, Tessera, Upstream, call, free_port, post_json, wait_for,
};

use crate::{decision, no_danger};

fn ask(envoy: &Envoy, tool: &str) -> Answer {
    post_json(envoy.port, "/mcp", &call(1, tool, json!({})))
}

fn connected(upstream: &Upstream, tessera: &Tessera) -> Envoy {
    let envoy = Envoy::start(Setup::remote(
        upstream.port,
        tessera.port,
        tessera.trusted_keys(),
    ));
    wait_for("a bundle", || {
        (decision(&ask(&envoy, "danger"))["policy_id"] == "no-danger").then_some(())
    });
    envoy
}

#[test]
fn without_a_bundle_every_call_is_refused() {
    let upstream = Upstream::start();
    let tessera = Tessera::prepare(&no_danger());
    let setup = Setup::remote(upstream.port, free_port(), tessera.trusted_keys());
    let envoy = Envoy::start(setup);
    let answer = ask(&envoy, "safe");
    assert_eq!(answer.json()["result"]["isError"], true);
    assert_eq!(decision(&answer)["code"], "no_bundle");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn without_a_bundle_calls_pass_if_the_configuration_says_so() {
    let upstream = Upstream::start();
    let tessera = Tessera::prepare(&no_danger());
    let setup = Setup::remote(upstream.port, free_port(), tessera.trusted_keys())
        .with("/no_bundle", json!("forward"));
    let envoy = Envoy::start(setup);
    ask(&envoy, "danger");
    assert_eq!(upstream.count(), 1);
}

#[test]
fn while_it_is_away_the_last_bundle_judges_and_afterwards_every_record_arrives_once() {
    let upstream = Upstream::start();
    let mut tessera = Tessera::start(&no_danger());
    let envoy = connected(&upstream, &tessera);
    let before = tessera.wait_for_record(&ask(&envoy, "safe")).len();
    tessera.kill();
    let mut ids = Vec::new();
    for index in 0..40 {
        let tool = if index % 2 == 0 { "danger" } else { "safe" };
        let answer = ask(&envoy, tool);
        assert_eq!(answer.json()["result"]["isError"] == true, tool == "danger");
        ids.push(answer.header("x-tessera-audit-id").unwrap().to_owned());
    }
    envoy.wait_for_stat("wasmcustom.tessera_outbox_records", 1);
    tessera.run();
    let last = ask(&envoy, "safe");
    ids.push(last.header("x-tessera-audit-id").unwrap().to_owned());
    let records = tessera.wait_for_record(&last);
    let mut arrived: Vec<&str> = records[before..]
        .iter()
        .map(|record| record["id"].as_str().unwrap())
        .collect();
    arrived.sort_unstable();
    ids.sort_unstable();
    assert_eq!(arrived, ids);
    assert_eq!(envoy.stat("wasmcustom.tessera_audit_lost").unwrap_or(0), 0);
    let (code, text) = tessera.verify();
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_full_outbox_refuses_calls_or_counts_what_it_loses() {
    let upstream = Upstream::start();
    for at_cap in ["deny", "count"] {
        let mut tessera = Tessera::start(&no_danger());
        let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys())
            .with("/audit", json!({"queue_records": 3, "at_cap": at_cap}));
        let envoy = Envoy::start(setup);
        // Not by asking: every answer would need room in the queue. Two VMs: the worker's and the main thread's.
        wait_for("the bundle in both VMs", || {
            (envoy.log().matches("bundle version 1 is in force").count() >= 2).then_some(())
        });
        let first = ask(&envoy, "danger");
        tessera.wait_for_record(&first);
        tessera.kill();
        upstream.forget();
        let answers: Vec<Answer> = (0..8).map(|_| ask(&envoy, "safe")).collect();
        // Three records fit, fewer if the last acknowledgement did not make it.
        if at_cap == "deny" {
            assert!((1..=3).contains(&upstream.count()), "{}", upstream.count());
            assert_eq!(decision(&answers[7])["code"], "audit_full");
        } else {
            assert_eq!(upstream.count(), 8);
            let lost = envoy.stat("wasmcustom.tessera_audit_lost").unwrap();
            assert!((5..8).contains(&lost), "{lost}");
        }
        envoy.wait_for_stat("wasmcustom.tessera_outbox_records", 1);
        tessera.run();
        wait_for("an empty outbox", || {
            (envoy.stat("wasmcustom.tessera_outbox_records")? == 0).then_some(())
        });
        // Afterwards the records say themselves how many are missing.
        let records = tessera.wait_for_record(&ask(&envoy, "safe"));
        let lost: u64 = records
            .iter()
            .filter_map(|record| record["lost_before"].as_u64())
            .sum();
        assert!(lost >= 5, "{at_cap}: {lost} of 5 losses are recorded");
        let (code, text) = tessera.verify();
        assert_ne!(code, 3, "{text}");
    }
}

#[test]
fn after_it_comes_back_edits_arrive_again() {
    let upstream = Upstream::start();
    let mut tessera = Tessera::start(&no_danger());
    let envoy = connected(&upstream, &tessera);
    tessera.stop();
    tessera.remove_policy("no-danger");
    let denied = ask(&envoy, "danger");
    assert_eq!(decision(&denied)["policy_id"], "no-danger");
    tessera.run();
    wait_for("the edit made meanwhile", || {
        (ask(&envoy, "danger").json()["result"]["isError"] != true).then_some(())
    });
}

#[test]
fn a_proxy_that_restarts_gets_its_bundle_and_starts_a_new_chain() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&no_danger());
    let mut envoy = connected(&upstream, &tessera);
    tessera.wait_for_record(&ask(&envoy, "safe"));
    envoy.restart();
    wait_for("a bundle", || {
        (decision(&ask(&envoy, "danger"))["policy_id"] == "no-danger").then_some(())
    });
    let records = tessera.wait_for_record(&ask(&envoy, "safe"));
    let vms = records.iter().map(|record| record["vm"].as_str().unwrap());
    assert_eq!(vms.collect::<BTreeSet<_>>().len(), 2, "{records:?}");
    let (code, text) = tessera.verify();
    assert_eq!(code, 0, "{text}");
}
