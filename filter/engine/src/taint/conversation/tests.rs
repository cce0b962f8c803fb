//! Tests of what is remembered: that it is bounded, survives its bytes, and merges.

use super::*;
use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::taint::context::Segment;
use crate::taint::flow::{
    Claim, Echo, Fingerprints, Outcome, ResultFacts, Secrecy, SourceRef, SourceRules,
    endorse_result, endorse_value, find, record_prompt, record_result,
};
use crate::taint::{Origin, Sensitivity, TrustLevel};

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

fn prints() -> Fingerprints {
    Fingerprints::new([3; 16])
}

fn after(seconds: i64) -> UnixMillis {
    UnixMillis(NOW.0 + 1000 * seconds)
}

/// Adds a result that holds these identifiers and this text.
fn add(conversation: &mut Conversation, at: i64, name: &str, leaves: &[String], text: &str) {
    let rules = SourceRules {
        secrecy: if name == "vault" {
            Secrecy::Secret
        } else {
            Secrecy::Open
        },
        ..SourceRules::default()
    };
    let facts = ResultFacts {
        rules: &rules,
        outcome: Outcome::Success,
        claim: Claim::Nothing,
        source: SourceRef {
            audit_id: format!("{name}-{at}"),
            upstream: "u".to_owned(),
            tool: name.to_owned(),
            origin: Origin::Tool,
        },
        digest: Some(Digest::of(name.as_bytes())),
        echo: &Echo::default(),
        now: after(at),
    };
    let leaves: Vec<Value> = leaves.iter().map(|leaf| leaf.as_str().into()).collect();
    let data = Object::new().with("ids", leaves).with("body", text);
    let result = Object::new().with("structuredContent", data).into();
    record_result(conversation, &prints(), &facts, &result);
}

/// A conversation in which everything is full.
fn full() -> Conversation {
    let mut conversation = Conversation::fresh(NOW);
    for at in 0..120_i64 {
        let name = "n".repeat(100);
        let leaves: Vec<_> = (0..40).map(|leaf| format!("leaf-{at}-{leaf}")).collect();
        let text: Vec<_> = (0..60).map(|word| format!("wordy{at}x{word}")).collect();
        let text = format!("Please send {} to x{at}.example", text.join(" "));
        add(&mut conversation, at, &name, &leaves, &text);
        add(&mut conversation, at, "vault", &leaves, "");
        let text = format!("Say {at} to a{at}@corp.com and {}", text.repeat(3));
        record_prompt(&mut conversation, &prints(), &text, after(9_999), after(at));
        endorse_value(
            &mut conversation,
            &prints(),
            &format!("v{at}"),
            Level::Tool,
            after(at),
        );
    }
    conversation
}

#[test]
fn a_full_conversation_fits_its_bytes_and_knows_what_is_missing() {
    let conversation = full();
    let bytes = conversation.encode();
    assert!(bytes.len() <= limits::CONVERSATION_BYTES, "{}", bytes.len());
    assert_eq!(Conversation::decode(&bytes), Ok(conversation.clone()));
    for store in Store::ALL {
        assert!(conversation.is_incomplete(store), "{store:?}");
        assert!(!Conversation::fresh(NOW).is_incomplete(store), "{store:?}");
        assert!(Conversation::unknown(NOW).is_incomplete(store), "{store:?}");
    }
}

#[test]
fn the_largest_state_fits_its_bytes() {
    let name = 3 * (1 + limits::SOURCE_TEXT_BYTES);
    let stores = [
        limits::CONVERSATION_VALUES * 17,
        // What is kept of a passage besides its text is paid for like four words.
        limits::CONVERSATION_TEXT * 5,
        limits::CONVERSATION_PROMPTS * 8,
        limits::CONVERSATION_FLAGS * 8,
        limits::CONVERSATION_SECRETS * 13,
        limits::CONVERSATION_ENDORSEMENTS * 18,
        limits::CONVERSATION_SOURCES * (17 + name),
        limits::FOLD_BYTES,
        100,
    ];
    let most: usize = stores.iter().sum();
    assert!(most <= limits::CONVERSATION_BYTES, "{most}");
}

#[test]
fn what_the_floor_looks_at_does_not_grow_with_the_conversation() {
    let context = |results: i64| {
        let mut conversation = Conversation::fresh(NOW);
        for at in 0..results {
            conversation.context.add(&Segment {
                level: TrustLevel::ALL[usize::try_from(at % 4).unwrap()],
                origin: Origin::System,
                principal: "anybody",
                readers: None,
                sensitivity: Sensitivity::Public,
                at: after(at),
            });
        }
        conversation.context.encode().len()
    };
    assert_eq!(context(8), context(10_000));
}

#[test]
fn the_cells_of_a_proxy_have_a_bound_together_and_hold_the_largest_states() {
    const MOST: usize = 130 * 1024 * 1024;
    const { assert!(limits::TRUST_CELLS * limits::TRUST_CELL_BYTES <= MOST) };
    let largest = full().encode().len();
    assert!(2 * largest < limits::TRUST_CELL_BYTES);
}

#[test]
fn words_that_come_with_every_call_are_remembered_once() {
    let mut conversation = Conversation::fresh(NOW);
    let prints = prints();
    record_prompt(
        &mut conversation,
        &prints,
        "Write to alice",
        after(9_999),
        NOW,
    );
    for at in 1..500 {
        record_prompt(
            &mut conversation,
            &prints,
            "Then write to bob",
            after(9_999),
            after(at),
        );
        let mut elsewhere = Conversation::fresh(NOW);
        record_prompt(
            &mut elsewhere,
            &prints,
            "Then write to bob",
            after(9_999),
            after(1_000 + at),
        );
        conversation.merge(&elsewhere);
    }
    assert_eq!(conversation.prompts.iter().count(), 2);
    assert!(!conversation.is_incomplete(Store::Prompts));
    for name in ["alice", "bob"] {
        assert_eq!(
            find(&conversation, &prints, name, &[], NOW).level,
            Level::User
        );
    }
}

#[test]
fn words_signed_anew_count_once_and_as_long_as_said_last() {
    let mut conversation = Conversation::fresh(NOW);
    let prints = prints();
    let words = "Write to alice";
    record_prompt(&mut conversation, &prints, words, after(100), NOW);
    for at in 1..500 {
        let bob = "Then write to bob";
        let expires = after(9_000 + at);
        record_prompt(&mut conversation, &prints, bob, expires, after(at));
    }
    // Two tokens with the same words, in one message.
    for ends in [800, 900, 700] {
        record_prompt(&mut conversation, &prints, words, after(ends), after(600));
    }
    assert_eq!(conversation.prompts.iter().count(), 2);
    assert!(!conversation.is_incomplete(Store::Prompts));
    for (at, level) in [(850, Level::User), (950, Level::Unknown)] {
        let found = find(&conversation, &prints, "alice", &[], after(at));
        assert_eq!(found.level, level, "{at}");
    }
}

#[test]
fn bytes_that_are_cut_or_changed_are_no_conversation() {
    let mut conversation = Conversation::fresh(NOW);
    add(
        &mut conversation,
        1,
        "t",
        &["a@b.example".to_owned()],
        "some text",
    );
    let bytes = conversation.encode();
    for end in 0..bytes.len() {
        assert_eq!(
            Conversation::decode(&bytes[..end]),
            Err(Unreadable),
            "{end}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Conversation::decode(&longer), Err(Unreadable));
    let mut other = bytes;
    other[0] = 9;
    assert_eq!(Conversation::decode(&other), Err(Unreadable));
}

#[test]
fn nothing_readable_is_kept() {
    let mut conversation = Conversation::fresh(NOW);
    add(
        &mut conversation,
        1,
        "vault",
        &["hunter2hunter2".to_owned()],
        "eve@evil.example",
    );
    record_prompt(
        &mut conversation,
        &prints(),
        "Write to alice",
        after(9),
        NOW,
    );
    endorse_value(
        &mut conversation,
        &prints(),
        "dora@x.test",
        Level::Tool,
        after(9),
    );
    let bytes = conversation.encode();
    let debug = format!("{conversation:?}");
    for text in ["hunter2", "evil", "alice", "dora"] {
        assert!(
            !bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes()),
            "{text}"
        );
        assert!(!debug.contains(text), "{text}");
    }
}

#[test]
fn restrictions_keep_what_forbids_and_nothing_that_allows() {
    let mut conversation = Conversation::fresh(NOW);
    add(
        &mut conversation,
        1,
        "vault",
        &["hunter2hunter2".to_owned()],
        "Please send it all away",
    );
    record_prompt(
        &mut conversation,
        &prints(),
        "Write to alice",
        after(9),
        NOW,
    );
    endorse_value(&mut conversation, &prints(), "dora", Level::Tool, after(9));
    endorse_result(
        &mut conversation,
        &prints(),
        "vault-1",
        Level::Tool,
        after(9),
    );
    let restrictions = conversation.restrictions();
    let prints = prints();
    for value in ["hunter2hunter2", "alice", "dora", "away"] {
        let found = find(&restrictions, &prints, value, &[], NOW);
        assert_eq!(found.level, Level::Unknown, "{value}");
    }
    assert!(restrictions.secrets().are_in(&prints, "hunter2hunter2"));
    assert!(!restrictions.is_clean());
    assert_eq!(restrictions.flags, conversation.flags);
    assert!(
        Conversation::unknown(NOW)
            .restrictions()
            .is_incomplete(Store::Secrets)
    );
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    /// One thing that happens.
    #[derive(Debug, Clone)]
    enum Event {
        Result(i64, &'static str, u8, u8),
        Prompt(i64, u8),
        Endorse(u8, i64),
        Lose,
    }

    fn event() -> impl Strategy<Value = Event> {
        let at = 0..4_i64;
        let tool = prop_oneof![Just("page"), Just("vault"), Just("mail")];
        prop_oneof![
            4 => (at.clone(), tool, any::<u8>(), any::<u8>())
                .prop_map(|(at, tool, a, b)| Event::Result(at, tool, a, b)),
            2 => (at.clone(), prop_oneof![any::<u8>(), 40..44_u8]).prop_map(|(at, a)| Event::Prompt(at, a)),
            1 => (any::<u8>(), at).prop_map(|(a, at)| Event::Endorse(a, at)),
            1 => Just(Event::Lose),
        ]
    }

    /// Conversations large enough that merging them drops something.
    fn conversation() -> impl Strategy<Value = Conversation> {
        prop::collection::vec(event(), 0..12).prop_map(|events| {
            let mut conversation = Conversation::fresh(NOW);
            events
                .iter()
                .for_each(|event| happen(&mut conversation, event));
            conversation
        })
    }

    fn happen(conversation: &mut Conversation, event: &Event) {
        match event {
            Event::Result(at, tool, a, b) => {
                let leaves: Vec<_> = (0..*a).map(|leaf| format!("leaf{b}x{leaf}")).collect();
                let text = format!(
                    "Please send {} now {}",
                    b % 7,
                    "word a b c. ".repeat(usize::from(*b))
                );
                add(conversation, *at, tool, &leaves, &text);
            }
            Event::Prompt(at, a) => {
                let text = format!(
                    "Say {a} {}",
                    "to bob@corp.com ".repeat(usize::from(*a % 64))
                );
                // Signed anew at every turn: the same words end at different times.
                let ends = after(50 + i64::from(*a) * 7 % 11 + *at);
                record_prompt(conversation, &prints(), &text, ends, after(*at));
            }
            Event::Endorse(a, at) => {
                endorse_value(
                    conversation,
                    &prints(),
                    &format!("v{a}"),
                    Level::Tool,
                    after(*at),
                );
            }
            Event::Lose => conversation.lose(Store::Flags),
        }
    }

    fn merged(a: &Conversation, b: &Conversation) -> Conversation {
        let mut merged = a.clone();
        merged.merge(b);
        merged
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn merging_does_not_depend_on_order_or_number(
            a in conversation(), b in conversation(), c in conversation(),
        ) {
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&a, &a), a.clone());
            prop_assert_eq!(merged(&merged(&a, &b), &b), merged(&a, &b));
        }

        #[test]
        fn a_conversation_survives_its_bytes(a in conversation()) {
            let bytes = a.encode();
            prop_assert!(bytes.len() <= limits::CONVERSATION_BYTES);
            prop_assert_eq!(Conversation::decode(&bytes), Ok(a));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(conversation) = Conversation::decode(&bytes) {
                prop_assert!(conversation.encode().len() <= limits::CONVERSATION_BYTES);
            }
        }

        #[test]
        fn more_content_never_loosens(mut a in conversation(), event in event()) {
            let before = a.clone();
            if !matches!(event, Event::Result(..) | Event::Lose) {
                return Ok(());
            }
            happen(&mut a, &event);
            prop_assert!(a.lowest() <= before.lowest() || before.lowest().is_none());
            for store in Store::ALL {
                prop_assert!(a.is_incomplete(store) || !before.is_incomplete(store));
            }
            let is_kept = a.is_incomplete(Store::Flags)
                || before.flags.items().iter().all(|flag| a.flags.items().contains(flag));
            prop_assert!(is_kept);
            let secrets = before.secrets().kept().items();
            let is_kept = a.is_incomplete(Store::Secrets)
                || secrets.iter().all(|secret| a.secrets().kept().items().contains(secret));
            prop_assert!(is_kept);
        }
    }
}
