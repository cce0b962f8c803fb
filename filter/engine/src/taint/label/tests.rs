use super::*;
use crate::json::{self, Value};
use crate::taint::keys::{MasterKey, PublicKey, Scopes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};

const NOW: UnixMillis = UnixMillis(1_767_225_600_000);

pub(super) fn ring() -> KeyRing {
    let host = SigningKey::from_bytes(&[9; 32]).verifying_key();
    let host = PublicKey::new(
        "host",
        host.as_bytes(),
        vec![Purpose::Prompt],
        Scopes::Only(vec!["mesh".into()]),
    );
    KeyRing::new(
        [
            MasterKey::new("k2", &[2; 32]).unwrap(),
            MasterKey::new("k1", &[1; 32]).unwrap(),
        ],
        vec![host.unwrap()],
    )
    .unwrap()
}

pub(super) fn stamp() -> Stamp {
    let binding = Binding {
        issuer: "tessera".into(),
        audience: "gateway".into(),
        scope: "mesh".into(),
        caller: "agent".into(),
        conversation: "c-1".into(),
    };
    Stamp {
        key_id: "k2".into(),
        binding,
        issued: NOW,
        expires: UnixMillis(NOW.0 + 3_600_000),
        nonce: "0123456789abcdef".into(),
    }
}

pub(super) fn label() -> Label {
    Label {
        stamp: stamp(),
        upstream: "web".into(),
        tool: "get_webpage".into(),
        origin: Origin::Web,
        principal: String::new(),
        level: TrustLevel::Untrusted,
        readers: None,
        sensitivity: Sensitivity::Internal,
        digest: Digest::of(b"content"),
        text: None,
        started: None,
    }
}

pub(super) const fn expect() -> Expect<'static> {
    Expect {
        audience: "gateway",
        scope: "mesh",
        caller: "agent",
        now: NOW,
    }
}

/// A token with these members, signed rightly with the key of `id` for `purpose`.
fn minted(header: &str, payload: &str, purpose: Purpose) -> String {
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let ring = ring();
    let tag = ring
        .signing()
        .derive(purpose, "mesh")
        .sign(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(tag))
}

const HEADER: &str = r#"{"alg":"HS256","kid":"k2","typ":"tessera-label+jwt"}"#;

fn payload(label: &Label) -> String {
    json::to_text(&label.to_members().into())
}

fn verify(token: &str) -> Result<Label, LabelError> {
    Label::verify(token, &ring(), &expect())
}

#[test]
fn a_label_survives_its_token() {
    let mut prompt = Label::of_prompt(stamp(), "mail Bob \"now\" 😀\n", Some(UnixMillis(7)));
    prompt.readers = Some(BTreeSet::new());
    let mut shared = label();
    shared.readers = Some(["a@corp.com", "b@corp.com"].map(str::to_owned).into());
    for label in [label(), prompt, shared] {
        let token = label.to_token(&ring()).unwrap();
        assert_eq!(verify(&token), Ok(label));
    }
}

#[test]
fn every_key_of_the_ring_verifies_and_the_first_signs() {
    let old = Label {
        stamp: Stamp {
            key_id: "k1".into(),
            ..stamp()
        },
        ..label()
    };
    assert_eq!(label().stamp.key_id, "k2");
    let token = old.to_token(&ring()).unwrap();
    assert_eq!(verify(&token), Ok(old));
    let gone = KeyRing::new([MasterKey::new("k2", &[2; 32]).unwrap()], Vec::new());
    assert_eq!(
        Label::verify(&token, &gone.unwrap(), &expect()),
        Err(LabelError::UnknownKey)
    );
}

#[test]
fn b8_no_principal_can_be_written_so_that_it_reads_as_another_label() {
    // In the reference these two have the same bytes.
    let web = Label {
        principal: "x|200".into(),
        stamp: Stamp {
            nonce: "N".into(),
            ..stamp()
        },
        ..label()
    };
    let system = Label {
        principal: "x".into(),
        level: TrustLevel::System,
        origin: Origin::System,
        stamp: Stamp {
            nonce: "0|N".into(),
            ..stamp()
        },
        ..label()
    };
    let (web, system) = (web.to_token(&ring()), system.to_token(&ring()));
    assert_ne!(web.unwrap(), system.unwrap());
    let above = Label {
        level: TrustLevel::Tool,
        ..label()
    };
    assert_eq!(above.to_token(&ring()), Err(LabelError::AboveOrigin));
}

#[test]
fn b9_readers_are_signed() {
    let mut narrow = label();
    narrow.readers = Some(["a".to_owned()].into());
    let token = narrow.to_token(&ring()).unwrap();
    let (_, tag) = token.rsplit_once('.').unwrap();
    for readers in ["null", "[]", r#"["a","b"]"#] {
        let wider =
            payload(&narrow).replace(r#""readers":["a"]"#, &format!(r#""readers":{readers}"#));
        assert_ne!(wider, payload(&narrow));
        let forged = format!("{}.{}.{tag}", BASE64.encode(HEADER), BASE64.encode(wider));
        assert_eq!(verify(&forged), Err(LabelError::BadSignature), "{readers}");
    }
}

#[test]
fn b10_a_label_counts_only_for_its_audience_scope_caller_and_time() {
    let token = label().to_token(&ring()).unwrap();
    let at = |seconds: i64| UnixMillis(NOW.0 + seconds * 1_000);
    let leeway = limits::TOKEN_LEEWAY_SECONDS;
    let cases = [
        (
            Expect {
                audience: "other",
                ..expect()
            },
            Some(LabelError::WrongAudience),
        ),
        (
            Expect {
                scope: "",
                ..expect()
            },
            Some(LabelError::WrongScope),
        ),
        (
            Expect {
                caller: "",
                ..expect()
            },
            Some(LabelError::WrongCaller),
        ),
        (
            Expect {
                now: at(-leeway - 1),
                ..expect()
            },
            Some(LabelError::NotYet),
        ),
        (
            Expect {
                now: at(-leeway),
                ..expect()
            },
            None,
        ),
        (
            Expect {
                now: at(3_600 + leeway - 1),
                ..expect()
            },
            None,
        ),
        (
            Expect {
                now: at(3_600 + leeway),
                ..expect()
            },
            Some(LabelError::Expired),
        ),
    ];
    for (expect, error) in cases {
        assert_eq!(
            Label::verify(&token, &ring(), &expect).err(),
            error,
            "{expect:?}"
        );
    }
}

#[test]
fn b10_a_key_of_one_purpose_signs_nothing_of_another() {
    let said = Label::of_prompt(stamp(), "hello", None);
    for (label, own) in [(label(), Purpose::Label), (said, Purpose::Prompt)] {
        for purpose in Purpose::ALL {
            let answer = verify(&minted(HEADER, &payload(&label), purpose));
            let expected = if purpose == own {
                Ok(label.clone())
            } else {
                Err(LabelError::BadSignature)
            };
            assert_eq!(answer, expected, "{purpose:?}");
        }
    }
}

#[test]
fn b11_what_is_malformed_is_an_error() {
    let token = label().to_token(&ring()).unwrap();
    let (signed, tag) = token.rsplit_once('.').unwrap();
    let (header, body) = signed.split_once('.').unwrap();
    let malformed = [
        String::new(),
        ".".into(),
        "..".into(),
        "a.b.c".into(),
        "é.é.é".into(),
        format!("{signed}.é"),
        format!("{token}."),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        format!(".{body}.{tag}"),
        format!("{header}..{tag}"),
        format!("{header}.{body}"),
        format!("{header}.{body}.{body}.{tag}"),
        format!("{}.{body}.{tag}", BASE64.encode("[]")),
        format!("{header}.{}.{tag}", BASE64.encode("{\"v\":\"\\ud800\"}")),
        format!("{header}.{}.{tag}", BASE64.encode(b"\xff")),
    ];
    for token in malformed {
        assert_eq!(verify(&token), Err(LabelError::Malformed), "{token:?}");
    }
    for signature in ["", "AA", tag.split_at(42).0] {
        let refused = verify(&format!("{signed}.{signature}"));
        assert!(refused.is_err(), "{signature:?}");
    }
    let long = format!("{token}{}", "A".repeat(limits::TOKEN_BYTES));
    assert_eq!(verify(&long), Err(LabelError::TooLong));
}

#[test]
fn a_token_cannot_choose_how_it_is_verified() {
    let body = payload(&label());
    for (header, error) in [
        (
            r#"{"alg":"none","kid":"k2","typ":"tessera-label+jwt"}"#,
            LabelError::WrongAlgorithm,
        ),
        (
            r#"{"alg":"EdDSA","kid":"k2","typ":"tessera-label+jwt"}"#,
            LabelError::WrongAlgorithm,
        ),
        (
            r#"{"alg":"hs256","kid":"k2","typ":"tessera-label+jwt"}"#,
            LabelError::WrongAlgorithm,
        ),
        (
            r#"{"alg":"HS256","kid":"k3","typ":"tessera-label+jwt"}"#,
            LabelError::UnknownKey,
        ),
        (
            r#"{"alg":"HS256","kid":"k1","typ":"tessera-label+jwt"}"#,
            LabelError::BadSignature,
        ),
        (
            r#"{"alg":"HS256","kid":"k2","typ":"JWT"}"#,
            LabelError::WrongType,
        ),
        (
            r#"{"alg":"HS256","kid":"k2","typ":"tessera-endorsement+jwt"}"#,
            LabelError::WrongType,
        ),
        (r#"{"alg":"HS256","kid":"k2"}"#, LabelError::BadHeader),
        (
            r#"{"alg":"HS256","kid":2,"typ":"tessera-label+jwt"}"#,
            LabelError::BadHeader,
        ),
        (
            r#"{"alg":"HS256","kid":"k2","typ":"tessera-label+jwt","crit":[]}"#,
            LabelError::BadHeader,
        ),
        (
            r#"{"alg":"HS256","alg":"HS256","kid":"k2","typ":"tessera-label+jwt"}"#,
            LabelError::Malformed,
        ),
    ] {
        let token = minted(header, &body, Purpose::Label);
        assert_eq!(verify(&token), Err(error), "{header}");
    }
}

#[test]
fn every_member_is_there_once_and_of_its_type() {
    let whole = payload(&label());
    let object = label().to_members();
    for name in object.keys() {
        let mut rest = object.clone();
        rest.remove(name);
        let token = minted(HEADER, &json::to_text(&rest.into()), Purpose::Label);
        assert!(matches!(verify(&token), Err(LabelError::Missing(missing)) if missing == name));
        let odd = object.clone().with(name, Value::Array(vec![Value::Null]));
        let token = minted(HEADER, &json::to_text(&odd.into()), Purpose::Label);
        assert!(matches!(verify(&token), Err(LabelError::BadMember(bad)) if bad == name));
    }
    for (from, to, error) in [
        ("{", r#"{"extra":1,"#, LabelError::UnknownMember),
        ("{", r#"{"aud":"gateway","#, LabelError::Malformed),
        (r#""v":2"#, r#""v":3"#, LabelError::WrongVersion),
        (r#""v":2"#, r#""v":2.0"#, LabelError::BadMember("v")),
        (
            r#""aud":"gateway""#,
            r#""aud":["gateway"]"#,
            LabelError::BadMember("aud"),
        ),
        (
            r#""aud":"gateway""#,
            r#""aud":"""#,
            LabelError::BadMember("aud"),
        ),
        (
            r#""level":0"#,
            r#""level":51"#,
            LabelError::BadMember("level"),
        ),
        (r#""level":0"#, r#""level":50"#, LabelError::AboveOrigin),
        (
            r#""origin":"web""#,
            r#""origin":"file""#,
            LabelError::BadMember("origin"),
        ),
        (
            r#""readers":null"#,
            r#""readers":["b","a"]"#,
            LabelError::BadMember("readers"),
        ),
        (
            r#""readers":null"#,
            r#""readers":["a","a"]"#,
            LabelError::BadMember("readers"),
        ),
        (
            r#""iat":1767225600"#,
            r#""iat":1767229200"#,
            LabelError::BadLifetime,
        ),
        (r#""iat":1767225600"#, r#""iat":0"#, LabelError::BadLifetime),
        (
            r#""iat":1767225600"#,
            r#""iat":-9223372036854775808"#,
            LabelError::BadMember("iat"),
        ),
        (
            r#""digest":""#,
            r#""text":"a","digest":""#,
            LabelError::BadMember("text"),
        ),
        (
            r#""digest":"e"#,
            r#""digest":"E"#,
            LabelError::BadMember("digest"),
        ),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        let token = minted(HEADER, &changed, Purpose::Label);
        assert_eq!(verify(&token), Err(error), "{changed}");
    }
}

#[test]
fn a_prompt_is_what_its_digest_says_and_no_longer_than_the_limit() {
    let said = Label::of_prompt(stamp(), "hello", None);
    let other = Label {
        text: Some("other".into()),
        ..said
    };
    assert_eq!(other.to_token(&ring()), Err(LabelError::DigestMismatch));
    for (character, size) in [("\"", 1), ("😀", 4)] {
        let longest = character.repeat(limits::PROMPT_BYTES / size);
        let said = Label::of_prompt(stamp(), &longest, None);
        assert_eq!(verify(&said.to_token(&ring()).unwrap()), Ok(said));
        let longer = Label::of_prompt(stamp(), &format!("{longest}a"), None);
        assert_eq!(longer.to_token(&ring()), Err(LabelError::BadMember("text")));
    }
}

/// A prompt signed with the host's own key.
fn signed_by_host(label: &Label) -> String {
    let header = r#"{"alg":"EdDSA","kid":"host","typ":"tessera-label+jwt"}"#;
    let signed = format!(
        "{}.{}",
        BASE64.encode(header),
        BASE64.encode(payload(label))
    );
    let signature = SigningKey::from_bytes(&[9; 32]).sign(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
}

#[test]
fn a_public_key_counts_for_its_purposes_and_scopes_only() {
    let mut said = Label::of_prompt(stamp(), "hello", None);
    said.stamp.key_id = "host".into();
    assert_eq!(verify(&signed_by_host(&said)), Ok(said.clone()));
    assert_eq!(said.to_token(&ring()), Err(LabelError::UnknownKey));
    assert_eq!(
        verify(&signed_by_host(&label())),
        Err(LabelError::NotAllowed)
    );
    said.stamp.binding.scope = "team".into();
    assert_eq!(verify(&signed_by_host(&said)), Err(LabelError::NotAllowed));
    // The bytes of the public key are no HMAC key.
    let public = SigningKey::from_bytes(&[9; 32]).verifying_key();
    let signed = format!(
        "{}.{}",
        BASE64.encode(r#"{"alg":"HS256","kid":"host","typ":"tessera-label+jwt"}"#),
        BASE64.encode(payload(&Label::of_prompt(stamp(), "hello", None)))
    );
    let key = crate::taint::keys::DerivedKey::shared(public.as_bytes()).unwrap();
    let token = format!("{signed}.{}", BASE64.encode(key.sign(signed.as_bytes())));
    assert_eq!(verify(&token), Err(LabelError::WrongAlgorithm));
}

#[test]
fn readers_beyond_the_limit_are_nobody() {
    let many = (0..=limits::LABEL_READERS).map(|n| format!("{n:03}"));
    let label = Label {
        readers: Some(many.collect()),
        ..label()
    };
    let read = verify(&label.to_token(&ring()).unwrap()).unwrap();
    assert_eq!(read.readers, Some(BTreeSet::new()));
}

#[test]
fn a_lifetime_out_of_bounds_is_brought_into_them() {
    for (asked, given) in [(-5, 1), (0, 1), (60, 60), (i64::MAX, limits::TOKEN_SECONDS)] {
        let stamp = Stamp::new(
            &ring(),
            stamp().binding,
            "n",
            UnixMillis(NOW.0 + 999),
            asked,
        );
        assert_eq!(stamp.expires.0 - stamp.issued.0, given * 1_000);
        assert_eq!(stamp.issued, NOW);
        assert_eq!(stamp.key_id, "k2", "the first key signs");
    }
}

#[test]
fn an_approval_survives_its_token_and_reaches_tool_level_at_most() {
    let approval = Endorsement {
        stamp: stamp(),
        endorsed: Endorsed::Value("bob@example.com".into()),
        level: TrustLevel::Tool,
        approver: "alice".into(),
    };
    let token = approval.to_token(&ring()).unwrap();
    let read = Endorsement::verify(&token, &ring(), &expect());
    assert_eq!(read, Ok(approval.clone()));
    assert_eq!(verify(&token), Err(LabelError::WrongType));
    let of_result = Endorsement {
        endorsed: Endorsed::Result("evt_1".into()),
        ..approval.clone()
    };
    let token = of_result.to_token(&ring()).unwrap();
    assert_eq!(Endorsement::open(&token, &ring()), Ok(of_result));
    let above = Endorsement {
        level: TrustLevel::User,
        ..approval.clone()
    };
    assert_eq!(above.to_token(&ring()), Err(LabelError::AboveOrigin));
    let header = HEADER.replace("label", "endorsement");
    let whole = json::to_text(&approval.to_members().into());
    for (from, to, error) in [
        ("{", r#"{"result":"r","#, LabelError::BadMember("value")),
        (
            r#""value":"bob@example.com","#,
            "",
            LabelError::Missing("value"),
        ),
    ] {
        let token = minted(&header, &whole.replacen(from, to, 1), Purpose::Endorsement);
        let read = Endorsement::verify(&token, &ring(), &expect());
        assert_eq!(read, Err(error));
    }
    let signed_as_label = minted(&header, &whole, Purpose::Label);
    let read = Endorsement::verify(&signed_as_label, &ring(), &expect());
    assert_eq!(read, Err(LabelError::BadSignature));
}

#[test]
fn a_delegation_survives_its_token() {
    let delegation = DelegationToken {
        stamp: stamp(),
        subject: "alice".into(),
        actions: vec!["send_email".into()],
        constraints: Object::new().with("max_cost_usd", 5_u64),
    };
    let token = delegation.to_token(&ring()).unwrap();
    let read = DelegationToken::verify(&token, &ring(), &expect());
    assert_eq!(read, Ok(delegation));
    let other = Expect {
        caller: "other",
        ..expect()
    };
    let read = DelegationToken::verify(&token, &ring(), &other);
    assert_eq!(read, Err(LabelError::WrongCaller));
}

#[test]
fn codes_are_words_and_messages_hold_nothing_of_the_token() {
    let errors = [
        LabelError::Malformed,
        LabelError::Missing("aud"),
        LabelError::Expired,
    ];
    for error in errors {
        let code = error.code();
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
    assert_eq!(
        LabelError::Missing("aud").to_string(),
        "the token has no `aud`"
    );
}

#[test]
fn a_conversation_does_not_begin_after_what_is_said_in_it() {
    let said = |after: i64| {
        let issued = stamp().issued.0;
        let label = Label::of_prompt(stamp(), "hello", Some(UnixMillis(issued + after)));
        label.to_token(&ring()).map(drop)
    };
    assert_eq!(said(-5), Ok(()));
    assert_eq!(said(999), Ok(()));
    assert_eq!(said(1_000), Err(LabelError::BadMember("started")));
}

#[test]
fn nobody_vouches_for_a_result_without_a_name() {
    let endorsement = |result: &str| Endorsement {
        stamp: stamp(),
        endorsed: Endorsed::Result(result.to_owned()),
        level: TrustLevel::Tool,
        approver: "amy".into(),
    };
    assert!(endorsement("vm-12").to_token(&ring()).is_ok());
    let unnamed = endorsement("").to_token(&ring());
    assert_eq!(unnamed, Err(LabelError::BadMember("result")));
}
