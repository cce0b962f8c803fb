//! Policies edited in the control plane's folder, live in the proxy.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tessera_tests::{
    Answer, Connection, Envoy, Part, Reply, Setup, Tessera, Upstream, call, post_json, wait_for,
};

use crate::{decision, no_danger, policy};

fn ask(envoy: &Envoy, tool: &str) -> Answer {
    post_json(envoy.port, "/mcp", &call(1, tool, json!({})))
}

fn is_denied(answer: &Answer) -> bool {
    answer.json()["result"]["isError"] == true
}

fn connected(upstream: &Upstream, tessera: &Tessera, workers: u32) -> Envoy {
    let mut setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys());
    setup.workers = workers;
    let envoy = Envoy::start(setup);
    envoy.wait_for_stat("wasmcustom.tessera_bundle_version", 1);
    wait_for("a bundle on the worker", || {
        (!is_denied(&ask(&envoy, "warm-up"))).then_some(())
    });
    upstream.forget();
    envoy
}

#[test]
fn a_policy_that_is_written_changed_and_deleted_is_in_force_each_time() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&[]);
    let envoy = connected(&upstream, &tessera, 1);
    tessera.write_policy(&no_danger()[0]);
    let denied = wait_for("the new policy", || {
        Some(ask(&envoy, "danger")).filter(is_denied)
    });
    assert_eq!(decision(&denied)["policy_id"], "no-danger");
    let changed = policy("no-danger", "danger", "block", "a better reason");
    tessera.write_policy(&changed);
    wait_for("the changed reason", || {
        (decision(&ask(&envoy, "danger"))["reason"] == "a better reason").then_some(())
    });
    tessera.remove_policy("no-danger");
    wait_for("the policy's end", || {
        (!is_denied(&ask(&envoy, "danger"))).then_some(())
    });
}

#[test]
fn a_request_in_flight_ends_as_it_began_and_none_is_lost_during_an_edit() {
    let upstream = Upstream::scripted(|seen| {
        let result = json!({"jsonrpc": "2.0", "id": seen.json()["id"], "result": {"content": []}});
        let mut reply = Reply::json(&result);
        if seen.json()["params"]["name"] == "slow" {
            reply.parts.insert(0, Part::Hold);
        }
        reply
    });
    let tessera = Tessera::start(&[]);
    let envoy = connected(&upstream, &tessera, 1);
    let mut in_flight = Connection::open(envoy.port);
    let slow = call(7, "slow", json!({})).to_string();
    in_flight.send_request(
        "POST",
        "/mcp",
        &[("content-type", "application/json")],
        slow.as_bytes(),
    );
    wait_for("the slow call at the upstream", || {
        (upstream.count() == 1).then_some(())
    });

    let stop = AtomicBool::new(false);
    let answers = std::thread::scope(|threads| {
        let load = threads.spawn(|| {
            let mut answers = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                answers.push(ask(&envoy, "quick"));
            }
            answers
        });
        // Also when an edit never arrives: the load must end.
        let _stop = StopAtEnd(&stop);
        for _ in 0..5 {
            for tool in ["slow-or-not", "probe"] {
                tessera.write_policy(&policy("edit", tool, "block", "edited"));
                wait_for("the edit", || Some(ask(&envoy, tool)).filter(is_denied));
            }
        }
        stop.store(true, Ordering::Relaxed);
        load.join().unwrap()
    });
    assert!(answers.len() > 10, "only {} answers", answers.len());
    for answer in answers {
        assert_eq!(
            (answer.status, &answer.json()["id"]),
            (200, &json!(1)),
            "{}",
            answer.text()
        );
        assert!(
            !is_denied(&answer),
            "no edit was about it: {}",
            answer.text()
        );
    }
    upstream.release();
    let answer = in_flight.read();
    assert_eq!(answer.json()["id"], 7);
    assert!(!is_denied(&answer), "{}", answer.text());
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn every_worker_gets_the_edit() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&[]);
    let envoy = connected(&upstream, &tessera, 2);
    tessera.write_policy(&no_danger()[0]);
    // Connections are spread over the workers: many in a row that are all denied.
    wait_for("every worker", || {
        (0..20)
            .all(|_| is_denied(&ask(&envoy, "danger")))
            .then_some(())
    });
}

#[test]
fn a_bad_policy_file_changes_nothing_and_the_other_files_go_on() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&no_danger());
    let envoy = connected(&upstream, &tessera, 1);
    tessera.write_policy_text("no-danger", "id: no-danger\nname: x\naction: explode\n");
    // A good file behind it shows that the bad one was looked at.
    tessera.write_policy(&policy("no-other", "other", "block", "also forbidden"));
    wait_for("the good policy", || {
        Some(ask(&envoy, "other")).filter(is_denied)
    });
    let denied = ask(&envoy, "danger");
    assert_eq!(
        decision(&denied)["reason"],
        "danger is forbidden here",
        "{}",
        denied.text()
    );
    assert!(
        tessera.log().contains("no-danger"),
        "the problem is not reported: {}",
        tessera.log()
    );
}

#[test]
fn a_bundle_signed_by_someone_else_is_refused() {
    let upstream = Upstream::start();
    let tessera = Tessera::start(&[policy("all", "*", "allow", "")]);
    let mut keys: Value = tessera.trusted_keys();
    // The id is right, the key is another.
    keys[0]["ed25519"] = json!("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let envoy = Envoy::start(Setup::remote(upstream.port, tessera.port, keys));
    envoy.wait_for_stat("wasmcustom.tessera_bundle_refused", 1);
    assert!(is_denied(&ask(&envoy, "safe")));
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_control_plane_that_asks_for_a_token_serves_only_those_who_show_it() {
    let upstream = Upstream::start();
    let more = json!({"auth": {"tokens_file": "tokens"}});
    let mut tessera = Tessera::prepare_with(&no_danger(), &more);
    tessera.write_file("tokens", "the-filters-own-token-0123456789abcdef\n");
    tessera.run();
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys());
    let right = setup.clone().with(
        "/control_plane/token",
        json!("the-filters-own-token-0123456789abcdef"),
    );
    let wrong = setup.clone().with(
        "/control_plane/token",
        json!("another-token-0123456789abcdef0123"),
    );
    let right = Envoy::start(right);
    let others = [Envoy::start(setup), Envoy::start(wrong)];
    wait_for("a bundle", || {
        (decision(&ask(&right, "danger"))["policy_id"] == "no-danger").then_some(())
    });
    for other in others {
        wait_for("a refusal", || {
            other.log().contains("gRPC status 16").then_some(())
        });
        assert_eq!(decision(&ask(&other, "safe"))["code"], "no_bundle");
        assert!(
            !other.log().contains("another-token"),
            "a secret in the log"
        );
    }
    assert!(
        !tessera.log().contains("the-filters-own-token"),
        "a secret in the log"
    );
}
