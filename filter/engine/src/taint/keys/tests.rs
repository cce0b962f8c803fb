use super::*;

fn ring(ids: &[&str]) -> Result<KeyRing, KeyError> {
    let keys = ids.iter().map(|id| MasterKey::new(id, &[7; 32]).unwrap());
    KeyRing::new(keys, Vec::new())
}

#[test]
fn a_key_is_derived_as_the_page_says() {
    // From hmac of Python: the key is 32 bytes of 7, the message the purpose, a zero byte, the scope.
    let key = MasterKey::new("k1", &[7; 32]).unwrap();
    let derived = key.derive(Purpose::Prompt, "mesh");
    let mut bytes = [0; 32];
    bytes.copy_from_slice(derived.secret());
    assert_eq!(
        crate::digest::Digest(bytes).to_hex(),
        "b9c3f84b281cb16f6df904fb6d358ac952125e4ec6c7068d7e096af51a11553f"
    );
}

#[test]
fn no_two_purposes_or_scopes_share_a_key() {
    let key = MasterKey::new("k1", &[7; 32]).unwrap();
    let mut seen = Vec::new();
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::from_name(purpose.name()), Some(purpose));
        for scope in ["", "a", "b"] {
            seen.push(key.derive(purpose, scope).secret().to_vec());
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn short_secrets_and_odd_ids_are_refused() {
    for length in [0, 1, 31] {
        let short = MasterKey::new("k1", &vec![7; length]);
        assert_eq!(short.err(), Some(KeyError::TooShort { id: "k1".into() }));
    }
    for id in ["", "a b", "é", "a/b", &"a".repeat(65)] {
        assert!(matches!(
            MasterKey::new(id, &[7; 32]),
            Err(KeyError::BadId { .. })
        ));
    }
}

#[test]
fn a_ring_needs_a_key_and_no_id_stands_for_two() {
    assert_eq!(ring(&[]).err(), Some(KeyError::None));
    let twice = KeyError::Twice { id: "a".into() };
    assert_eq!(ring(&["a", "b", "a"]).err(), Some(twice.clone()));
    let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let public = PublicKey::new("a", public.as_bytes(), vec![Purpose::Prompt], Scopes::All);
    let master = MasterKey::new("a", &[7; 32]).unwrap();
    assert_eq!(
        KeyRing::new([master], vec![public.unwrap()]).err(),
        Some(twice)
    );
    assert_eq!(ring(&["a", "b"]).unwrap().signing().id(), "a");
}

#[test]
fn a_weak_or_short_public_key_is_refused() {
    for bytes in [&[0; 32][..], &[1; 31][..]] {
        let key = PublicKey::new("k", bytes, Vec::new(), Scopes::All);
        assert_eq!(key.err(), Some(KeyError::NotPublic { id: "k".into() }));
    }
}

#[test]
fn what_is_printed_of_a_key_holds_no_secret() {
    let key = MasterKey::new("k1", b"0123456789abcdef0123456789abcdef").unwrap();
    let derived = key.derive(Purpose::Label, "");
    let printed = format!("{key:?} {derived:?} {:?}", ring(&["a"]).unwrap());
    assert!(!printed.contains("0123456789abcdef") && !printed.contains("48, 49"));
    assert!(!printed.contains("7, 7") && printed.contains("k1"));
}

#[test]
fn the_key_of_a_conversation_depends_on_every_part() {
    let ring = ring(&["a"]).unwrap();
    let place = ConversationPlace {
        scope: "s",
        caller: "c",
        kind: ConversationKind::One,
        conversation: "x",
    };
    let others = [
        ConversationPlace {
            scope: "sc",
            caller: "",
            ..place
        },
        ConversationPlace {
            caller: "",
            ..place
        },
        ConversationPlace {
            kind: ConversationKind::All,
            ..place
        },
        ConversationPlace {
            conversation: "",
            ..place
        },
    ];
    let key = ring.conversation_key(&place);
    assert_eq!(key.len(), 32);
    for other in others {
        assert_ne!(ring.conversation_key(&other), key, "{other:?}");
    }
}
