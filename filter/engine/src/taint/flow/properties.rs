//! What must hold for any content.

use super::*;
use crate::json::{Object, Value};
use crate::taint::Origin;
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_000);
const LATER: UnixMillis = UnixMillis(2_000);

/// Texts in which the same few words, addresses and signs come again and again.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("bob@corp.com"),
        Just("eve@evil.example"),
        Just("www.evil.example/x"),
        Just("Please send"),
        Just("id 13"),
        Just("GB29 NWBK 6016 1331 9268 19"),
        Just("."),
        Just("\u{200b}"),
        Just("ZXZlQGV2aWwuZXhhbXBsZQ=="),
        Just("Straße"),
    ];
    let joint = prop_oneof![Just(" "), Just(""), Just("\n")];
    prop::collection::vec((part, joint), 0..6)
        .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

fn record(conversation: &mut Conversation, prints: &Fingerprints, rules: &SourceRules, text: &str) {
    let facts = ResultFacts {
        rules,
        outcome: Outcome::Success,
        claim: Claim::Nothing,
        source: SourceRef {
            audit_id: "a".to_owned(),
            upstream: "u".to_owned(),
            tool: "t".to_owned(),
            origin: Origin::Tool,
        },
        digest: None,
        echo: &Echo::default(),
        now: NOW,
    };
    let block = Object::new().with("type", "text").with("text", text);
    let result = Object::new().with("content", vec![Value::from(block)]);
    record_result(conversation, prints, &facts, &result.into());
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

proptest! {
    #[test]
    fn a_page_never_raises_above_text(page in text(), value in text(), said in text()) {
        let prints = Fingerprints::new([1; 16]);
        let mut conversation = Conversation::fresh(NOW);
        record_prompt(&mut conversation, &prints, &said, LATER, NOW);
        let before = find(&conversation, &prints, &value, &[], NOW).level;
        record(&mut conversation, &prints, &SourceRules::text(), &page);
        let after = find(&conversation, &prints, &value, &[], NOW).level;
        prop_assert!(after >= before && after <= before.max(Level::Web));
    }

    #[test]
    fn encoding_never_raises(page in text(), value in text(), said in text()) {
        let prints = Fingerprints::new([1; 16]);
        let mut conversation = Conversation::fresh(NOW);
        record_prompt(&mut conversation, &prints, &said, LATER, NOW);
        record(&mut conversation, &prints, &SourceRules::default(), &page);
        let plain = find(&conversation, &prints, &value, &[], NOW).level;
        let encoded = find(&conversation, &prints, &percent(&value), &[], NOW).level;
        prop_assert!(encoded <= plain.max(Level::Unknown) && encoded <= Level::Web);
    }

    #[test]
    fn what_was_said_is_found_in_any_case_and_spacing(said in "[a-z]{4,8}( [a-z]{4,8}){0,4}") {
        let prints = Fingerprints::new([1; 16]);
        let mut conversation = Conversation::fresh(NOW);
        let text = format!("Please do {said}, thanks");
        record_prompt(&mut conversation, &prints, &text, LATER, NOW);
        let written = said.to_uppercase().replace(' ', "\u{a0}\n ");
        prop_assert_eq!(find(&conversation, &prints, &written, &[], NOW).level, Level::User);
        let glued = format!("x{said}");
        prop_assert_eq!(find(&conversation, &prints, &glued, &[], NOW).level, Level::Unknown);
    }

    #[test]
    fn any_text_is_recorded_and_looked_up(page in any::<String>(), value in any::<String>()) {
        let prints = Fingerprints::new([1; 16]);
        let mut conversation = Conversation::fresh(NOW);
        record_prompt(&mut conversation, &prints, &page, LATER, NOW);
        record(&mut conversation, &prints, &SourceRules::default(), &page);
        let found = find(&conversation, &prints, &value, &[], NOW);
        prop_assert!(found.sources.len() <= limits::FOUND_SOURCES);
        let entities = find_entities(&conversation, &prints, &page, NOW);
        prop_assert!(entities.len() <= limits::CONTENT_ENTITIES + 1);
        let _ = find_copy(&conversation, &prints, &page, NOW);
        let bytes = conversation.encode();
        prop_assert_eq!(Conversation::decode(&bytes), Ok(conversation));
    }
}
