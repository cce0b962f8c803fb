//! Where content came from decides what may follow: a page that anybody may have written cannot
//! send mail, the user can, and results say how far they are trusted.

#[path = "trust/carried.rs"]
mod carried;
#[path = "trust/lowering.rs"]
mod lowering;
#[path = "trust/office.rs"]
mod office;
#[path = "trust/tokens.rs"]
mod tokens;
#[path = "trust/verified.rs"]
mod verified;

use serde_json::json;
use tessera_engine::json::parse;
use tessera_engine::taint::label::{Expect, Label, digest_of_content};
use tessera_engine::taint::{Origin, TrustLevel};
use tessera_engine::time::UnixMillis;
use tessera_tests::{Answer, Envoy, Setup, Upstream, call, post_json};

use crate::decision;
use office::{Office, now, ring, sent};

/// The audit id of an answer.
fn audit_id(answer: &Answer) -> &str {
    answer.header("x-tessera-audit-id").unwrap()
}

#[test]
fn a_poisoned_page_cannot_send_mail_and_the_refusal_says_why() {
    for era in office::ERAS {
        let office = Office::open(1);
        let prompt = office.prompt(
            "c1",
            "Read the page and send a summary to bob@corp.example.",
        );
        let page = office.ask(era, &prompt, "get_webpage", json!({}));
        assert!(
            page.text().contains("mallory@evil.example"),
            "{}",
            page.text()
        );
        let denied = office.send(era, &prompt, "mallory@evil.example");
        let told = decision(&denied);
        assert_eq!(told["code"], "flow_untrusted", "{era} {}", denied.text());
        let reason = told["reason"].as_str().unwrap();
        for part in ["`/to`", "get_webpage", audit_id(&page)] {
            assert!(reason.contains(part), "{part}: {reason}");
        }
        assert!(!reason.contains("mallory"), "{reason}");
        let passed = office.send(era, &prompt, "bob@corp.example");
        assert!(passes(&passed), "{era} {}", passed.text());
        assert_eq!(office.recipients(), ["bob@corp.example"]);
    }
}

#[test]
fn an_identifier_from_a_trusted_system_may_be_used_and_an_invented_one_is_asked_for() {
    let office = Office::open(1);
    let prompt = office.prompt("c1", "Write to Alice.");
    office.ask("2025-11-25", &prompt, "find_contact", json!({"id": 4711}));
    let found = office.send("2025-11-25", &prompt, "alice@corp.example");
    assert!(passes(&found), "{}", found.text());
    let invented = office.send("2025-11-25", &prompt, "alicia@corp.example");
    assert_eq!(
        decision(&invented)["code"],
        "flow_unknown",
        "{}",
        invented.text()
    );
}

#[test]
fn results_carry_a_label_that_fits_them_and_nothing_a_server_claims() {
    let office = Office::open(1);
    let prompt = office.prompt("c1", "Look around.");
    for (tool, level, origin) in [
        ("get_webpage", TrustLevel::Untrusted, Origin::Web),
        ("find_contact", TrustLevel::Tool, Origin::Tool),
    ] {
        let answer = office.ask("2025-11-25", &prompt, tool, json!({}));
        let result = &answer.json()["result"];
        let token = result["_meta"]["tessera/label"].as_str().unwrap();
        let expect = Expect {
            audience: office::AUDIENCE,
            scope: "default",
            caller: "anonymous",
            now: now(),
        };
        let label = Label::verify(token, &ring(), &expect).unwrap();
        assert_eq!((label.level, label.origin), (level, origin), "{tool}");
        assert_eq!(
            (label.upstream.as_str(), label.tool.as_str()),
            ("demo", tool)
        );
        assert_eq!(label.stamp.binding.conversation, "c1");
        let result = parse(result.to_string().as_bytes()).unwrap();
        assert_eq!(label.digest, digest_of_content(&result), "{tool}");
        let annotations =
            &answer.json()["result"]["_meta"]["io.modelcontextprotocol/trust-annotations"];
        let untrusted = (level == TrustLevel::Untrusted).then_some(true);
        assert_eq!(
            annotations["untrusted"].as_bool(),
            untrusted,
            "{annotations}"
        );
        assert_eq!(annotations["evidenceRef"]["ref"], json!(label.stamp.nonce));
    }
}

#[test]
fn a_server_that_says_its_content_is_untrusted_is_believed() {
    let office = Office::open(1);
    let prompt = office.prompt("c1", "Look around.");
    office.ask("2025-11-25", &prompt, "find_doubtful", json!({}));
    let denied = office.send("2025-11-25", &prompt, "carol@corp.example");
    assert_eq!(
        decision(&denied)["code"],
        "flow_untrusted",
        "{}",
        denied.text()
    );
}

#[test]
fn what_cannot_be_approved_is_blocked_and_what_is_only_recorded_passes() {
    for (pointer, value, blocked) in [
        ("/bundle/trust/settings/approvals", json!(false), true),
        ("/bundle/settings/mode", json!("log_only"), false),
        ("/bundle/settings/mode", json!("observation"), false),
    ] {
        let office = Office::with(|setup| setup.with(pointer, value.clone()));
        let prompt = office.prompt("c1", "Hello.");
        let answer = office.send("2025-11-25", &prompt, "mallory@evil.example");
        assert_eq!(passes(&answer), !blocked, "{pointer} {}", answer.text());
        if blocked {
            assert!(answer.text().contains("do not retry"), "{}", answer.text());
        }
    }
}

#[test]
fn without_a_trust_document_nothing_changes() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &[]).with("/trust", office::trust()));
    let answer = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    assert_eq!(
        answer.text(),
        r#"{"id":1,"jsonrpc":"2.0","result":{"content":[{"text":"upstream","type":"text"}]}}"#
    );
}

#[test]
fn a_bundle_that_judges_by_trust_is_refused_without_keys() {
    let upstream = Upstream::start();
    let mut setup = Setup::inline(upstream.port, &[]);
    setup.discovered = true;
    let mut configuration = setup.plugin.clone();
    let envoy = Envoy::start(setup);
    configuration["bundle"]["trust"] = office::document();
    envoy.rediscover(&tessera_tests::plugin(&configuration));
    let refused = "extension_config_discovery.http_filter.tessera.update_rejected";
    envoy.wait_for_stat(refused, 1);
    assert!(envoy.log().contains("_trust.yaml"), "{}", envoy.log());
    // The one before is in force.
    let answer = post_json(envoy.port, "/mcp", &call(1, "safe", json!({})));
    assert!(passes_as(&answer, "upstream"), "{}", answer.text());
}

fn passes(answer: &Answer) -> bool {
    passes_as(answer, sent())
}

fn passes_as(answer: &Answer, text: &str) -> bool {
    answer.json()["result"]["content"][0]["text"] == text
}

/// An instant some seconds away from now.
fn away(seconds: i64) -> UnixMillis {
    UnixMillis(now().0 + seconds * 1_000)
}
