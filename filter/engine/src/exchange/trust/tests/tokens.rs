//! Words of users that others than our own keys vouch for: claims that Envoy verified, and the formats
//! of the reference.

use super::*;
use crate::digest::Digest;
use crate::taint::Origin;
use crate::taint::keys::{DerivedKey, Purpose};
use crate::taint::reference::{Envelope, Manifest, ReferenceDelegation};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The mail, sent with claims that Envoy has verified.
fn mail_with(proxy: &Proxy, claims: Option<json::Object>, tokens: &[(&str, &str)]) -> Vec<Record> {
    let mut exchange = proxy.exchange();
    let mut headers = vec![
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    headers.extend(tokens);
    let mut head = head("POST", &headers, false);
    head.verified = claims;
    assert_eq!(exchange.request_head(head, &proxy.world()).step, Step::Hold);
    let judged = exchange.request_end(MAIL.as_bytes(), &proxy.world());
    proxy.count(&judged);
    judged.records
}

/// The claims of a prompt, as whoever signs them states them.
fn claims(proxy: &Proxy, conversation: &str) -> json::Object {
    let payload = proxy.prompt(conversation);
    let payload = payload.split('.').nth(1).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(payload);
    parsed(std::str::from_utf8(&bytes.unwrap()).unwrap())
        .as_object()
        .unwrap()
        .clone()
}

#[test]
fn words_that_envoy_has_verified_are_the_users_if_they_are_for_this_caller_now() {
    let proxy = Proxy::new(StateKept::Local);
    let said = claims(&proxy, "c1");
    let with = |name: &str, value: Value| said.clone().with(name, value);
    let mut of_something_else = said.clone();
    of_something_else.remove("origin");
    for (claims, refused) in [
        (with("sub", "other".into()), vec!["jwt_authn=wrong_caller"]),
        (
            with("aud", "other".into()),
            vec!["jwt_authn=wrong_audience"],
        ),
        (with("scope", "other".into()), vec!["jwt_authn=wrong_scope"]),
        (with("more", "x".into()), vec!["jwt_authn=unknown_member"]),
        (
            with("origin", "tool".into()),
            vec!["jwt_authn=above_origin"],
        ),
        (of_something_else, vec![]),
        (json::Object::new(), vec![]),
    ] {
        let records = mail_with(&proxy, Some(claims), &[]);
        assert_eq!(code(&records), "floor_below");
        assert_eq!(records[0].tokens, refused);
    }
    assert_eq!(code(&mail_with(&proxy, None, &[])), "floor_below");
    assert_eq!(code(&mail_with(&proxy, Some(said), &[])), "default");
}

#[test]
fn claims_and_a_token_of_another_conversation_are_neither() {
    let proxy = Proxy::new(StateKept::Local);
    let claims = claims(&proxy, "c1");
    let prompt = proxy.prompt("c2");
    let tokens = [("tessera-prompt", prompt.as_str())];
    let records = mail_with(&proxy, Some(claims), &tokens);
    assert_eq!(records[0].tokens, ["prompt=several_conversations"]);
    assert_ne!(code(&records), "default");
}

/// The key of hosts that mint the reference's formats.
fn reference_key() -> DerivedKey {
    ring().signing().derive(Purpose::Reference, "default")
}

/// A context as a host of the reference mints it, of segments with origin, principal and text.
fn context(segments: &[(&str, &str, &str)], delegation: Value) -> Value {
    let digest = |text: &str| Digest::of(text.as_bytes()).to_hex();
    let key = reference_key();
    let texts =
        |texts: &[&str]| -> Vec<Value> { texts.iter().map(|text| (*text).into()).collect() };
    let envelope = |(at, (origin, principal, text)): (usize, &(&str, &str, &str))| {
        let level = Origin::from_name(origin).unwrap().trust();
        let unsigned = json::Object::new()
            .with("schema_version", 1_u64)
            .with("segment_id", format!("s{at}"))
            .with("issuer", "host")
            .with("origin", *origin)
            .with("principal", *principal)
            .with("trust_level", level.number())
            .with("content_sha256", digest(text))
            .with("created_at", "2026-01-01T00:00:00Z")
            .with("delegating_user", Value::Null)
            .with("parent_ids", texts(&[]))
            .with("sensitivity", texts(&[]))
            .with("signature", "");
        let signature = Envelope::parse(&unsigned.clone().into())
            .unwrap()
            .sign(&key);
        Value::from(unsigned.with("signature", signature))
    };
    let envelopes: Vec<Value> = segments.iter().enumerate().map(envelope).collect();
    let entry = |(at, (_, _, text)): (usize, &(&str, &str, &str))| {
        let at_number = u64::try_from(at).unwrap();
        Value::from(
            json::Object::new()
                .with("position", at_number)
                .with("segment_id", format!("s{at}"))
                .with("content_sha256", digest(text)),
        )
    };
    let entries: Vec<Value> = segments.iter().enumerate().map(entry).collect();
    let manifest = json::Object::new()
        .with("schema_version", 1_u64)
        .with("manifest_id", "m")
        .with("session_id", "x")
        .with("assembled_by", "host")
        .with("assembled_at", "2026-01-01T00:00:00Z")
        .with("principal_set", texts(&["anonymous"]))
        .with("segments", entries)
        .with("signature", "");
    let signature = Manifest::parse(&manifest.clone().into())
        .unwrap()
        .sign(&key);
    let input = |(at, (_, _, text)): (usize, &(&str, &str, &str))| {
        let segment = json::Object::new().with("segment_id", format!("s{at}"));
        Value::from(segment.with("content", *text))
    };
    let inputs: Vec<Value> = segments.iter().enumerate().map(input).collect();
    json::Object::new()
        .with("provenance_manifest", manifest.with("signature", signature))
        .with("segment_envelopes", envelopes)
        .with("input_segments", inputs)
        .with("delegation", delegation)
        .into()
}

/// A delegation as a host of the reference mints it.
fn delegation(action: &str, session: &str) -> json::Object {
    let unsigned = json::Object::new()
        .with("subject", "alice")
        .with("delegate", "anonymous")
        .with("audience", "gate")
        .with("authorized_actions", vec![Value::from(action)])
        .with("constraints", json::Object::new())
        .with("session_id", session)
        .with("expires_at", "2999-01-01T00:00:00Z")
        .with("signature", "");
    let token = ReferenceDelegation::parse(&unsigned.clone().into()).unwrap();
    unsigned.with("signature", token.sign(&reference_key()))
}

/// A mail with this context in its `_meta`.
fn mail_in(context: &Value) -> String {
    let meta = json::to_text(
        &json::Object::new()
            .with("tessera_security_context", context.clone())
            .into(),
    );
    MAIL.replace(r#""arguments""#, &format!(r#""_meta":{meta},"arguments""#))
}

/// A proxy that takes unknown conversations for new: these formats name none.
fn reading(formats: ReferenceFormats) -> Proxy {
    let document = r#"{"settings":{"flow":"ask","unknown_conversation":"fresh"},
        "floor":[{"scope":"agent","default_required_trust":"untrusted","requirements":[
            {"name":"send_email","required_trust":"tool"}]}],
        "tools":{"send_email":{"effects":["send"],"args":{"to":"target"},"result":{"text_level":"tool"}}}}"#;
    let mut proxy = Proxy::with(StateKept::Local, document);
    proxy.settings.trust.as_mut().unwrap().reference_formats = formats;
    proxy
}

#[test]
fn a_context_of_the_reference_counts_where_it_is_read_and_as_much_as_it_can_show() {
    let user = ("user", "anonymous", WORDS);
    let other = ("user", "somebody", WORDS);
    let page = ("web", "page", "Buy now!");
    for (formats, segments, expected, refused) in [
        (ReferenceFormats::Read, vec![user], "default", vec![]),
        (ReferenceFormats::Ignored, vec![user], "floor_below", vec![]),
        (
            ReferenceFormats::Read,
            vec![user, page],
            "floor_below",
            vec![],
        ),
        (
            ReferenceFormats::Read,
            vec![user, other],
            "floor_below",
            vec!["reference_context=wrong_caller"],
        ),
        (
            ReferenceFormats::Read,
            vec![("tool", "db", WORDS)],
            "flow_unknown",
            vec![],
        ),
    ] {
        let proxy = reading(formats);
        let mail = mail_in(&context(&segments, Value::Null));
        let (_, records) = proxy.exchanged(&[], &mail, MAIL_ANSWER);
        assert_eq!(code(&records), expected, "{segments:?}");
        assert_eq!(records[0].tokens, refused, "{segments:?}");
    }
    let proxy = reading(ReferenceFormats::Read);
    let forged = mail_in(&context(&[user], Value::Null)).replace("Send it", "Send it all");
    let (_, records) = proxy.exchanged(&[], &forged, MAIL_ANSWER);
    assert_eq!(records[0].tokens, ["reference_context=digest_mismatch"]);
    assert_ne!(code(&records), "default");
}

#[test]
fn a_delegation_of_the_reference_binds_and_one_that_cannot_be_shown_refuses() {
    let user = [("user", "anonymous", WORDS)];
    let proxy = reading(ReferenceFormats::Read);
    let mut forged = delegation("send_email", "");
    forged.set("subject", "mallory");
    for (token, expected) in [
        (delegation("send_email", ""), "default"),
        (delegation("get_webpage", ""), "not_delegated"),
        (delegation("send_email", "c9"), "not_delegated"),
        (forged, "not_delegated"),
    ] {
        let in_meta = mail_in(&context(&user, token.clone().into()));
        let (_, records) = proxy.exchanged(&[], &in_meta, MAIL_ANSWER);
        assert_eq!(code(&records), expected, "in `_meta`");
        let text = json::to_text(&token.into());
        let header = [("asm-agent-delegation", text.as_str())];
        let mail = mail_in(&context(&user, Value::Null));
        let (_, records) = proxy.exchanged(&header, &mail, MAIL_ANSWER);
        assert_eq!(code(&records), expected, "in the header");
    }
}
