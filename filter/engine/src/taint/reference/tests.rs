use super::*;
use crate::json::{self, Object, Value};
use crate::limits;
use crate::time::UnixMillis;

const NONCE: &str = "00112233445566778899aabbccddeeff";
const NOW: UnixMillis = UnixMillis(1_767_225_600_000);

fn key() -> DerivedKey {
    DerivedKey::shared(b"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk").unwrap()
}

fn label(origin: &str, level: i64, principal: &str, nonce: &str, signature: &str) -> Value {
    let label = Object::new()
        .with("origin", origin)
        .with("principal", principal)
        .with("trust_level", level)
        .with("nonce", nonce)
        .with("signature", signature);
    label.into()
}

fn signed(origin: &str, level: i64, content: &str) -> Object {
    let unsigned = label(origin, level, "alice", NONCE, "");
    let signature = ReferenceLabel::parse(&unsigned)
        .unwrap()
        .sign(content, &key());
    let signed = label(origin, level, "alice", NONCE, &signature);
    signed.as_object().unwrap().clone()
}

#[test]
fn b8_a_label_with_a_separator_in_a_field_is_refused() {
    for (principal, nonce) in [
        ("x|200", NONCE),
        ("x\n", NONCE),
        ("x", "0|N"),
        ("x", "N"),
        ("x", ""),
        ("x", "00112233445566778899AABBCCDDEEFF"),
    ] {
        let label = ReferenceLabel::parse(&label("web", 0, principal, nonce, ""));
        assert!(
            matches!(label, Err(LabelError::BadMember(_))),
            "{principal:?} {nonce:?}"
        );
    }
}

#[test]
fn b9_a_label_that_states_readers_is_refused_for_they_are_not_signed() {
    let label = signed("web", 0, "c");
    for (readers, error) in [
        (Value::Null, None),
        (
            Value::Array(Vec::new()),
            Some(LabelError::BadMember("readers")),
        ),
        ("a".into(), Some(LabelError::BadMember("readers"))),
    ] {
        let label = label.clone().with("readers", readers);
        assert_eq!(ReferenceLabel::parse(&label.into()).err(), error);
    }
}

#[test]
fn b11_a_malformed_signature_is_false_and_never_a_panic() {
    for signature in [
        "",
        "zz",
        "é",
        "😀",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        &"A".repeat(64),
    ] {
        let label = label("web", 0, "alice", NONCE, signature);
        let label = ReferenceLabel::parse(&label).unwrap();
        assert!(label.verify("c", &key(), None, NOW).is_err(), "{signature}");
    }
    for odd in ["null", "[]", "{}", r#"{"origin":1}"#] {
        let odd = json::parse(odd.as_bytes()).unwrap();
        assert!(ReferenceLabel::parse(&odd).is_err());
        assert!(Envelope::parse(&odd).is_err());
        assert!(Manifest::parse(&odd).is_err());
        assert!(ReferenceDelegation::parse(&odd).is_err());
    }
}

#[test]
fn a_level_above_its_origin_is_brought_down() {
    for (origin, stated, counted) in [
        ("web", 100, TrustLevel::Untrusted),
        ("memory", 200, TrustLevel::Untrusted),
        ("tool", 200, TrustLevel::Tool),
        ("user", 50, TrustLevel::Tool),
        ("user", 100, TrustLevel::User),
    ] {
        let label = ReferenceLabel::parse(&signed(origin, stated, "c").into()).unwrap();
        let segment = label.verify("c", &key(), None, NOW).unwrap();
        assert_eq!(segment.level, counted, "{origin} {stated}");
    }
}

#[test]
fn a_label_counts_for_its_content_and_key_only() {
    let label = ReferenceLabel::parse(&signed("web", 0, "c").into()).unwrap();
    let other = DerivedKey::shared(b"another").unwrap();
    assert!(label.verify("c", &key(), None, NOW).is_ok());
    for (content, key) in [("d", key()), ("c", other)] {
        let refused = label.verify(content, &key, None, NOW);
        assert_eq!(refused, Err(LabelError::BadSignature));
    }
}

#[test]
fn a_label_as_jwt_counts_for_its_fields_issuer_and_times() {
    let bare = ReferenceLabel::parse(&label("user", 100, "alice", NONCE, "")).unwrap();
    let token = bare.sign_jwt("c", &key(), Some("k"), Some("host"));
    let read = |principal: &str, token: &str| {
        ReferenceLabel::parse(&label("user", 100, principal, NONCE, token)).unwrap()
    };
    let verify =
        |label: &ReferenceLabel, content, issuer| label.verify(content, &key(), issuer, NOW);
    assert!(verify(&read("alice", &token), "c", Some("host")).is_ok());
    assert!(verify(&read("alice", &token), "c", None).is_ok());
    let mismatch = Some(LabelError::DigestMismatch);
    assert_eq!(verify(&read("bob", &token), "c", None).err(), mismatch);
    assert_eq!(verify(&read("alice", &token), "d", None).err(), mismatch);
    let issuer = verify(&read("alice", &token), "c", Some("other"));
    assert_eq!(issuer.err(), Some(LabelError::BadMember("iss")));
    let flipped = token.replacen('A', "B", 1);
    assert!(verify(&read("alice", &flipped), "c", None).is_err());
}

fn envelope(level: i64, tags: &[&str]) -> Object {
    let tags: Vec<Value> = tags.iter().map(|tag| (*tag).into()).collect();
    let unsigned = Object::new()
        .with("schema_version", 1_u64)
        .with("segment_id", "s1")
        .with("issuer", "i")
        .with("origin", "user")
        .with("principal", "alice")
        .with("trust_level", level)
        .with("content_sha256", Digest::of(b"c").to_hex())
        .with("created_at", "t")
        .with("delegating_user", Value::Null)
        .with("parent_ids", Vec::new())
        .with("sensitivity", tags)
        .with("signature", "");
    let signature = Envelope::parse(&unsigned.clone().into())
        .unwrap()
        .sign(&key());
    unsigned.with("signature", signature)
}

#[test]
fn every_field_of_an_envelope_is_signed_and_unknown_tags_are_the_strictest() {
    for (tags, class) in [
        (&[][..], Sensitivity::Public),
        (&["internal"][..], Sensitivity::Internal),
        (&["internal", "pii"][..], Sensitivity::Restricted),
    ] {
        let read = Envelope::parse(&envelope(100, tags).into()).unwrap();
        assert_eq!(read.verify("c", &key()).unwrap().sensitivity, class);
    }
    let signed = envelope(100, &[]);
    for (name, value) in [
        ("segment_id", "s2".into()),
        ("issuer", "j".into()),
        ("origin", "web".into()),
        ("principal", "bob".into()),
        ("trust_level", 50_u64.into()),
        ("created_at", "u".into()),
        ("delegating_user", "bob".into()),
        ("parent_ids", Value::Array(vec!["s0".into()])),
        ("sensitivity", Value::Array(vec!["pii".into()])),
    ] {
        let changed = signed.clone().with(name, value);
        let read = Envelope::parse(&changed.into()).unwrap();
        assert_eq!(
            read.verify("c", &key()),
            Err(LabelError::BadSignature),
            "{name}"
        );
    }
    let read = Envelope::parse(&signed.into()).unwrap();
    assert_eq!(read.verify("d", &key()), Err(LabelError::DigestMismatch));
}

#[test]
fn a_manifest_holds_its_envelopes_to_their_contents() {
    let good = Envelope::parse(&envelope(100, &[]).into()).unwrap();
    let mut forged = good.clone();
    forged.level = TrustLevel::System;
    let mut manifest = Manifest {
        manifest_id: "m".into(),
        session_id: "s".into(),
        assembled_by: "a".into(),
        assembled_at: "t".into(),
        principals: vec!["alice".into()],
        segments: vec![SegmentEntry {
            segment_id: "s1".into(),
            digest: good.digest,
        }],
        signature: String::new(),
    };
    manifest.signature = manifest.sign(&key());
    assert_eq!(
        manifest
            .verify(&[(good.clone(), "c")], &key())
            .unwrap()
            .len(),
        1
    );
    for segments in [
        vec![],
        vec![(good.clone(), "d")],
        vec![(forged, "c")],
        vec![(good.clone(), "c"), (good, "c")],
    ] {
        assert!(manifest.verify(&segments, &key()).is_err());
    }
}

#[test]
fn a_delegation_counts_until_it_expires_and_needs_a_zone() {
    let token = |expires: &str, signature: &str| -> Value {
        let token = Object::new()
            .with("subject", "alice")
            .with("delegate", "d")
            .with("audience", "aud")
            .with("authorized_actions", Vec::new())
            .with("constraints", Object::new())
            .with("session_id", "")
            .with("expires_at", expires)
            .with("signature", signature);
        token.into()
    };
    let parsed = ReferenceDelegation::parse(&token("2026-01-01T00:00:00.000001Z", "")).unwrap();
    let signature = parsed.sign(&key());
    let signed = token("2026-01-01T01:00:00.000001+01:00", &signature);
    let signed = ReferenceDelegation::parse(&signed).unwrap();
    let at = |millis: i64| signed.verify(&key(), "aud", UnixMillis(NOW.0 + millis));
    assert_eq!(at(-1), Ok(()));
    assert_eq!(at(0), Err(LabelError::Expired));
    assert_eq!(
        parsed.verify(&key(), "aud", UnixMillis(0)),
        Err(LabelError::BadSignature)
    );
    assert_eq!(
        signed.verify(&key(), "other", UnixMillis(0)),
        Err(LabelError::WrongAudience)
    );
    for expires in ["2026-01-01T00:00:00", "2026-01-01", "", "tomorrow"] {
        let refused = ReferenceDelegation::parse(&token(expires, ""));
        assert_eq!(refused.err(), Some(LabelError::BadMember("expires_at")));
    }
}

/// A context of one segment that says "c", and a delegation.
fn context() -> Object {
    let envelope = envelope(100, &[]);
    let read = Envelope::parse(&envelope.clone().into()).unwrap();
    let manifest = Manifest {
        manifest_id: "m".into(),
        session_id: "s".into(),
        assembled_by: "a".into(),
        assembled_at: "t".into(),
        principals: vec!["alice".into()],
        segments: vec![SegmentEntry {
            segment_id: "s1".into(),
            digest: read.digest,
        }],
        signature: String::new(),
    };
    let signed = json::parse(manifest.signing_input().as_bytes()).unwrap();
    let signed = signed.as_object().unwrap().clone();
    let said = Object::new().with("segment_id", "s1").with("content", "c");
    Object::new()
        .with(
            "provenance_manifest",
            signed.with("signature", manifest.sign(&key())),
        )
        .with("segment_envelopes", vec![envelope.into()])
        .with("input_segments", vec![said.into()])
        .with("delegation", delegation("alice"))
}

fn delegation(delegate: &str) -> Object {
    let token = Object::new()
        .with("subject", "bob")
        .with("delegate", delegate)
        .with("audience", "gateway")
        .with("authorized_actions", vec!["read".into()])
        .with("constraints", Object::new())
        .with("session_id", "")
        .with("expires_at", "2027-01-01T00:00:00Z");
    let parsed = ReferenceDelegation::parse(&token.clone().into()).unwrap();
    token.with("signature", parsed.sign(&key()))
}

fn read(context: impl Into<Value>, caller: &str) -> Result<ReferenceContext, LabelError> {
    let meta = Object::new().with(CONTEXT_KEY, context).into();
    let expect = ReferenceExpect {
        key: &key(),
        audience: "gateway",
        caller,
        now: NOW,
    };
    ReferenceContext::read(Some(&meta), &expect)
}

#[test]
fn a_context_is_believed_as_a_whole_or_not_at_all() {
    let good = read(context(), "alice").unwrap();
    assert_eq!(good.prompts().collect::<Vec<_>>(), ["c"]);
    assert_eq!(good.delegation.unwrap().actions, ["read"]);
    assert_eq!(
        read(Object::new(), "alice"),
        Ok(ReferenceContext::default())
    );
    let segment = |name: &str, content: &str| -> Value {
        let said = Object::new().with("segment_id", name);
        Value::Array(vec![said.with("content", content).into()])
    };
    for (name, value) in [
        ("input_segments", segment("s1", "d")),
        ("input_segments", segment("s2", "c")),
        (
            "input_segments",
            segment("s1", &"c".repeat(limits::PROMPT_BYTES + 1)),
        ),
        ("input_segments", Value::Array(Vec::new())),
        ("input_segments", Value::Null),
        ("segment_envelopes", Value::Null),
        ("segment_envelopes", Value::Array(Vec::new())),
        ("provenance_manifest", Value::Null),
        ("provenance_manifest", Object::new().into()),
        ("delegation", delegation("mallory").into()),
        (
            "delegation",
            delegation("alice").with("subject", "eve").into(),
        ),
        ("delegation", "alice".into()),
        ("extra", Value::Null),
    ] {
        let changed = context().with(name, value.clone());
        assert!(read(changed, "alice").is_err(), "{name}: {value:?}");
    }
    assert!(read("text", "alice").is_err());
}

#[test]
fn words_of_a_user_count_for_the_caller_of_that_name_only() {
    let mut said = context();
    said.remove("delegation");
    assert!(read(said.clone(), "alice").is_ok());
    for caller in ["bob", ""] {
        let refused = read(said.clone(), caller);
        assert_eq!(refused, Err(LabelError::WrongCaller));
    }
}

#[test]
fn a_delegation_in_a_header_is_held_to_the_same() {
    let expect = |caller| ReferenceExpect {
        key: Box::leak(Box::new(key())),
        audience: "gateway",
        caller,
        now: NOW,
    };
    let header = json::to_text(&delegation("alice").into());
    assert!(delegation_of_header(&header, &expect("alice")).is_ok());
    for (header, caller, error) in [
        (header.as_str(), "bob", LabelError::WrongCaller),
        ("{", "alice", LabelError::Malformed),
        (
            &"{".repeat(limits::TOKEN_BYTES + 1),
            "alice",
            LabelError::TooLong,
        ),
    ] {
        let refused = delegation_of_header(header, &expect(caller));
        assert_eq!(refused.err(), Some(error));
    }
}
