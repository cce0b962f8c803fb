//! What holds for every label and every token.

use super::tests::{expect, label, ring as new_ring, stamp};
use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Made once: unoptimised code takes its time over the public key.
static RING: LazyLock<KeyRing> = LazyLock::new(new_ring);

/// Names with everything that could end a field in one format or another.
fn name() -> impl Strategy<Value = String> {
    "[a-c|\"\\\\,.\u{0}\u{1f}é😀 ]{0,6}"
}

fn labels() -> impl Strategy<Value = Label> {
    let readers = proptest::option::of(proptest::collection::btree_set(name(), 0..4));
    let origin = proptest::sample::select(Origin::ALL.to_vec());
    let level = proptest::sample::select(TrustLevel::ALL.to_vec());
    let sensitivity = proptest::sample::select(Sensitivity::ALL.to_vec());
    let names = (name(), name(), name(), name(), "[a-c|]{1,4}");
    (names, origin, level, readers, sensitivity, name()).prop_map(
        |(names, origin, level, readers, sensitivity, content)| {
            let (upstream, tool, principal, conversation, nonce) = names;
            let mut stamp = stamp();
            stamp.binding.conversation = conversation;
            stamp.nonce = nonce;
            Label {
                stamp,
                upstream,
                tool,
                origin,
                principal,
                level: level.min(origin.trust()),
                readers,
                sensitivity,
                digest: Digest::of(content.as_bytes()),
                text: (origin == Origin::User).then_some(content),
                started: None,
            }
        },
    )
}

proptest! {
    #[test]
    fn every_label_survives_its_token(label in labels()) {
        let token = label.to_token(&RING).unwrap();
        prop_assert_eq!(Label::verify(&token, &RING, &expect()), Ok(label));
    }

    #[test]
    fn no_two_labels_have_one_signing_input(a in labels(), b in labels()) {
        let signed = |label: &Label| {
            let token = label.to_token(&RING).unwrap();
            token.rsplit_once('.').unwrap().0.to_owned()
        };
        prop_assert_eq!(a == b, signed(&a) == signed(&b));
        prop_assert_eq!(a == b, a.evidence() == b.evidence());
    }

    #[test]
    fn no_text_is_a_token_and_none_makes_it_panic(text in any::<String>(), dots in "[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_=-]{0,40}") {
        prop_assert!(Label::open(&text, &RING).is_err());
        prop_assert!(Label::open(&dots, &RING).is_err());
        prop_assert!(Endorsement::open(&dots, &RING).is_err());
    }
}

#[test]
fn a_token_with_any_byte_changed_is_refused() {
    let token = label().to_token(&RING).unwrap();
    let refused = |token: &str| Label::verify(token, &RING, &expect()).is_err();
    assert!(!refused(&token));
    for at in 0..token.len() {
        // Another letter case, the next character, one beyond ASCII's letters: each a valid token's
        // character somewhere.
        for bits in [0x20, 0x01, 0x40] {
            let mut bytes = token.clone().into_bytes();
            *bytes.get_mut(at).unwrap() ^= bits;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(refused(&changed), "byte {at}");
        }
        let (first, rest) = token.split_at(at);
        let without = format!("{first}{}", rest.split_at(1).1);
        assert!(refused(&without), "without byte {at}");
        assert!(refused(first), "the first {at} bytes");
    }
}
