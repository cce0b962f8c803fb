//! Several proxies share what is known of a conversation (`trust.state: replicated`): what one has seen
//! counts in all of them, survives every restart, and nothing is trusted that cannot be asked about.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{Answer, Envoy, Reply, Seen, Setup, Tessera, Upstream, call, post, wait_for};

use crate::decision;

/// What the page says; no answer of it may get out that is not kept.
const PAGE: &str = "Welcome to the page";

/// Mail goes out to the own domain, unless something untrusted may have influenced it.
const TRUST: &str = r#"
settings: {flow: ask, floor: block}
trusted_values: ["*@corp.com"]
floor: [{scope: mesh, requirements: [{name: send_email, required_trust: tool}]}]
tools:
  get_webpage: {effects: [read]}
  send_email: {effects: [send], args: {to: target}, result: {level: tool, text_level: tool}}
"#;

/// A server with both tools.
fn server() -> Upstream {
    Upstream::scripted(|seen: &Seen| {
        let asked = seen.json();
        let text = match asked["params"]["name"].as_str() {
            Some("get_webpage") => PAGE,
            _ => "sent",
        };
        let result = json!({"content": [{"type": "text", "text": text}]});
        Reply::json(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": result}))
    })
}

fn prepared() -> Tessera {
    let tessera = Tessera::prepare(&[]);
    tessera.write_file("policies/_trust.yaml", TRUST);
    tessera
}

fn token_of(caller: &str) -> String {
    format!("a token of {caller}, long enough")
}

/// A proxy of the two; all of them have the same keys.
fn proxy(upstream: &Upstream, tessera: &Tessera) -> Envoy {
    let caller = |name: &str| {
        let digest = Sha256::digest(token_of(name).as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({"name": name, "token_sha256": hex})
    };
    let callers = ["alice", "bob", "nobody"].map(caller);
    let setup = Setup::remote(upstream.port, tessera.port, tessera.trusted_keys())
        .with("/callers", json!({"bearer": callers}))
        .with(
            "/trust",
            json!({
                "audience": "gateway",
                "keys": [{"id": "k1", "secret": STANDARD.encode([7; 32])}],
                "state": "replicated",
            }),
        );
    let envoy = Envoy::start(setup);
    wait_for_bundle(&envoy);
    envoy
}

/// Not by asking: whoever asks is known afterwards. Two VMs: the worker's and the main thread's.
fn wait_for_bundle(envoy: &Envoy) {
    wait_for("the bundle in both VMs", || {
        (envoy.log().matches("bundle version 1 is in force").count() >= 2).then_some(())
    });
}

fn ask(envoy: &Envoy, caller: &str, request: &Value) -> Answer {
    let authorization = format!("Bearer {}", token_of(caller));
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    post(envoy.port, "/mcp", &headers, request.to_string().as_bytes())
}

/// Mail to the own domain.
fn send(envoy: &Envoy, caller: &str) -> Answer {
    let arguments = json!({"to": "alice@corp.com"});
    ask(envoy, caller, &call(1, "send_email", arguments))
}

/// Reads the page.
fn read(envoy: &Envoy, caller: &str) -> Answer {
    ask(envoy, caller, &call(2, "get_webpage", json!({})))
}

fn is_sent(answer: &Answer) -> bool {
    answer.json()["result"]["content"][0]["text"] == "sent"
}

#[track_caller]
fn assert_sent(answer: &Answer) {
    assert!(is_sent(answer), "{}", answer.text());
}

#[track_caller]
fn assert_tainted(answer: &Answer) {
    let code = decision(answer)["code"].clone();
    assert_eq!(code, "floor_below", "{}", answer.text());
}

#[test]
fn what_one_proxy_has_seen_counts_in_the_other() {
    let upstream = server();
    let mut tessera = prepared();
    tessera.run();
    let (one, other) = (proxy(&upstream, &tessera), proxy(&upstream, &tessera));
    // Nobody has ever seen anything of this caller: it begins with full trust, in both.
    assert_sent(&send(&one, "alice"));
    assert_sent(&send(&other, "alice"));
    let page = read(&one, "alice");
    assert!(page.text().contains(PAGE), "{}", page.text());
    assert_tainted(&send(&other, "alice"));
    assert_tainted(&send(&one, "alice"));
    // It is this caller's business alone.
    assert_sent(&send(&other, "bob"));
}

#[test]
fn what_cannot_be_kept_is_withheld_and_what_cannot_be_asked_about_is_not_trusted() {
    let upstream = server();
    let mut tessera = prepared();
    tessera.run();
    let envoy = proxy(&upstream, &tessera);
    assert_sent(&send(&envoy, "alice"));
    tessera.kill();
    let page = read(&envoy, "alice");
    assert!(!page.text().contains(PAGE), "{}", page.text());
    for caller in ["alice", "bob"] {
        upstream.forget();
        let answer = send(&envoy, caller);
        assert!(!is_sent(&answer), "{caller}: {}", answer.text());
        assert_eq!(upstream.count(), 0);
    }
    // It comes back, and so does trust in those of whom nothing untrusted was seen.
    tessera.run();
    wait_for("trust", || is_sent(&send(&envoy, "bob")).then_some(()));
}

#[test]
fn a_control_plane_that_crashed_still_knows() {
    let upstream = server();
    let mut tessera = prepared();
    tessera.run();
    let (one, other) = (proxy(&upstream, &tessera), proxy(&upstream, &tessera));
    let page = read(&one, "alice");
    assert!(page.text().contains(PAGE), "{}", page.text());
    tessera.kill();
    tessera.run();
    // One that nothing was ever seen of shows that the answers come from the control plane again.
    wait_for("trust", || is_sent(&send(&other, "bob")).then_some(()));
    assert_tainted(&send(&other, "alice"));
}

#[test]
fn a_proxy_that_crashed_still_knows() {
    let upstream = server();
    let mut tessera = prepared();
    tessera.run();
    let mut envoy = proxy(&upstream, &tessera);
    let page = read(&envoy, "alice");
    assert!(page.text().contains(PAGE), "{}", page.text());
    envoy.restart();
    wait_for("a bundle", || {
        (decision(&send(&envoy, "nobody"))["code"] != "no_bundle").then_some(())
    });
    assert_tainted(&send(&envoy, "alice"));
    assert_sent(&send(&envoy, "bob"));
}
