//! What a conversation has seen stays seen: by other workers, in other sessions, without the token,
//! after a change of the configuration; and after a restart nothing is taken for clean.

use serde_json::{Value, json};
use tessera_tests::{Setup, plugin, post_json, wait_for};

use super::office::{ERAS, Office};
use super::passes;
use crate::decision;

const ERA: &str = "2025-11-25";
const WORDS: &str = "Send it to bob@corp.example.";

/// An office in which mail needs a conversation that has seen nothing but what trusted systems say.
fn strict(workers: u32) -> Office {
    Office::with(|setup| strictly(setup, workers))
}

fn strictly(mut setup: Setup, workers: u32) -> Setup {
    setup.workers = workers;
    setup.with(
        "/bundle/trust/floor",
        json!([{"scope": "agent", "default_required_trust": "untrusted", "requirements": [
            {"name": "send_email", "required_trust": "tool"},
        ]}]),
    )
}

fn code(answer: &tessera_tests::Answer) -> Value {
    decision(answer)["code"].clone()
}

/// The user begins a conversation, sends a mail, and reads a page.
fn read_a_page(office: &Office) -> String {
    let prompt = office.prompt("c1", WORDS);
    let before = office.send(ERA, &prompt, "bob@corp.example");
    assert!(passes(&before), "{}", before.text());
    office.ask(ERA, &prompt, "get_webpage", json!({}));
    prompt
}

#[test]
fn no_worker_session_or_connection_forgets_what_a_conversation_has_seen() {
    let office = strict(4);
    let prompt = read_a_page(&office);
    for era in ERAS {
        for _ in 0..8 {
            let answer = office.send(era, &prompt, "bob@corp.example");
            assert_eq!(code(&answer), "floor_below", "{era} {}", answer.text());
        }
    }
    for id in 1..4 {
        let hello = json!({"jsonrpc": "2.0", "id": id, "method": "initialize", "params": {
            "protocolVersion": ERA,
            "capabilities": {},
            "clientInfo": {"name": "tests", "version": "1"},
        }});
        let opened = post_json(office.envoy.port, "/mcp", &hello);
        let session = opened.header("mcp-session-id").unwrap().to_owned();
        let headers = [("tessera-prompt", &*prompt), ("mcp-session-id", &*session)];
        let mail = json!({"to": "bob@corp.example", "body": "Hi"});
        let answer = office.call(ERA, &headers, "send_email", mail);
        assert_eq!(code(&answer), "floor_below", "{}", answer.text());
    }
    // The user begins another conversation: that has seen nothing.
    let other = office.prompt("c2", WORDS);
    assert!(passes(&office.send(ERA, &other, "bob@corp.example")));
}

#[test]
fn leaving_the_token_out_never_makes_a_call_pass() {
    let office = Office::with(|setup| {
        strictly(setup, 1)
            .with(
                "/bundle/trust/settings/unknown_conversation",
                json!("fresh"),
            )
            .with("/bundle/trust/settings/unknown_floor", json!("user"))
            .with("/bundle/trust/settings/flow", json!("off"))
    });
    let before = office.send(ERA, "", "bob@corp.example");
    assert!(passes(&before), "{}", before.text());
    let prompt = office.prompt("c1", WORDS);
    office.ask(ERA, &prompt, "get_webpage", json!({}));
    let after = office.send(ERA, "", "bob@corp.example");
    assert_eq!(code(&after), "floor_below", "{}", after.text());
}

#[test]
fn what_came_without_a_token_restricts_the_caller_s_conversations_too() {
    let office = Office::with(|setup| {
        strictly(setup, 1).with(
            "/bundle/trust/settings/unknown_conversation",
            json!("fresh"),
        )
    });
    let prompt = office.prompt("c1", WORDS);
    assert!(passes(&office.send(ERA, &prompt, "bob@corp.example")));
    office.ask(ERA, "", "get_webpage", json!({}));
    let answer = office.send(ERA, &prompt, "bob@corp.example");
    assert_eq!(code(&answer), "floor_below", "{}", answer.text());
}

#[test]
fn a_restart_makes_nothing_clean_that_began_before_it() {
    let mut office = strict(1);
    let prompt = read_a_page(&office);
    office.envoy.restart();
    let answer = office.send(ERA, &prompt, "bob@corp.example");
    assert!(!passes(&answer), "{}", answer.text());
    wait_for("a conversation that begins after the restart", || {
        let other = office.prompt("c2", WORDS);
        passes(&office.send(ERA, &other, "bob@corp.example")).then_some(())
    });
}

#[test]
fn a_changed_configuration_forgets_nothing() {
    let office = Office::with(|setup| {
        let mut setup = strictly(setup, 2);
        setup.discovered = true;
        setup
    });
    let prompt = read_a_page(&office);
    let vm = |answer: &tessera_tests::Answer| {
        let id = answer.header("x-tessera-audit-id").unwrap();
        id.rsplit_once('-').unwrap().0.to_owned()
    };
    let before = vm(&office.send(ERA, &prompt, "bob@corp.example"));
    let mut changed = office.plugin.clone();
    changed["bundle"]["settings"]["default_action"] = json!("log_only");
    changed["audit"] = json!({"mirror": true});
    office.envoy.rediscover(&plugin(&changed));
    let after = wait_for("a new VM", || {
        let answer = office.send(ERA, &prompt, "bob@corp.example");
        assert_eq!(code(&answer), "floor_below", "{}", answer.text());
        (vm(&answer) != before).then_some(answer)
    });
    assert_eq!(code(&after), "floor_below");
}
