//! The filter is configured anew or replaced while requests go on.

use std::fs;

use serde_json::{Value, json};
use tessera_tests::{
    Answer, Envoy, Setup, Tessera, Upstream, call, plugin, post_json, wait_for, wasm_module,
};

use crate::{decision, no_danger, policy};

fn ask(envoy: &Envoy, tool: &str) -> Answer {
    post_json(envoy.port, "/mcp", &call(1, tool, json!({})))
}

/// Audit ids begin with the name of the VM.
fn vm(answer: &Answer) -> String {
    let id = answer.header("x-tessera-audit-id").unwrap();
    id.rsplit_once('-').unwrap().0.to_owned()
}

fn discovered(mut setup: Setup) -> (Envoy, Value) {
    setup.discovered = true;
    let configuration = setup.plugin.clone();
    (Envoy::start(setup), configuration)
}

#[test]
fn a_changed_configuration_is_taken_without_a_restart() {
    let upstream = Upstream::start();
    let (envoy, mut configuration) = discovered(Setup::inline(upstream.port, &no_danger()));
    assert_eq!(decision(&ask(&envoy, "danger"))["policy_id"], "no-danger");
    configuration["bundle"]["policies"] = json!([policy("stricter", "*", "block", "all of it")]);
    envoy.rediscover(&plugin(&configuration));
    wait_for("the new bundle", || {
        (decision(&ask(&envoy, "safe"))["policy_id"] == "stricter").then_some(())
    });
}

#[test]
fn a_refused_configuration_leaves_the_one_before_in_force() {
    let upstream = Upstream::start();
    let (envoy, mut configuration) = discovered(Setup::inline(upstream.port, &no_danger()));
    configuration["bundle"]["policies"][0]["action"] = json!("explode");
    envoy.rediscover(&plugin(&configuration));
    envoy.wait_for_stat(
        "extension_config_discovery.http_filter.tessera.update_rejected",
        1,
    );
    assert_eq!(decision(&ask(&envoy, "danger"))["policy_id"], "no-danger");
    assert_eq!(
        ask(&envoy, "safe").json()["result"]["content"][0]["text"],
        "upstream"
    );
}

#[test]
fn a_module_that_does_not_load_leaves_the_one_before_in_force() {
    let upstream = Upstream::start();
    let (envoy, configuration) = discovered(Setup::inline(upstream.port, &no_danger()));
    let before = vm(&ask(&envoy, "danger"));
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.wasm");
    let bytes = fs::read(wasm_module()).unwrap();
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let mut entry = plugin(&configuration);
    entry["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"] = json!(broken);
    envoy.rediscover(&entry);
    envoy.wait_for_stat(
        "extension_config_discovery.http_filter.tessera.update_rejected",
        1,
    );
    let denied = ask(&envoy, "danger");
    assert_eq!(decision(&denied)["policy_id"], "no-danger");
    assert_eq!(vm(&denied), before);
}

#[test]
fn a_new_module_begins_with_the_last_good_bundle_while_the_control_plane_is_away() {
    let upstream = Upstream::start();
    let mut tessera = Tessera::start(&no_danger());
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys());
    let (envoy, configuration) = discovered(setup);
    wait_for("a bundle", || {
        (decision(&ask(&envoy, "danger"))["policy_id"] == "no-danger").then_some(())
    });
    let before = vm(&ask(&envoy, "danger"));
    tessera.kill();
    // The same module with an empty custom section behind it: other code, as an update would be.
    let dir = tempfile::tempdir().unwrap();
    let updated = dir.path().join("updated.wasm");
    let bytes = [
        &fs::read(wasm_module()).unwrap()[..],
        &[0, 3, 2, b'u', b'p'],
    ]
    .concat();
    fs::write(&updated, bytes).unwrap();
    let mut entry = plugin(&configuration);
    entry["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"] = json!(updated);
    envoy.rediscover(&entry);
    let answer = wait_for("a new VM", || {
        Some(ask(&envoy, "danger")).filter(|answer| vm(answer) != before)
    });
    assert_eq!(
        decision(&answer)["policy_id"],
        "no-danger",
        "{}",
        answer.text()
    );
    assert_eq!(
        ask(&envoy, "safe").json()["result"]["content"][0]["text"],
        "upstream"
    );
}
