//! Recorded labels, envelopes, manifests, delegations and identities of the reference, natively and
//! as wasm. A case that may differ is listed in `label-deviations.json` with its reason; one listed
//! there that does not differ is an error too. A case with `right` holds that, not what the reference
//! did.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture that is not what it says must fail the test"
)]

mod cases;

use cases::{is_part, text};
use tessera_engine::digest::Digest;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::taint::keys::DerivedKey;
use tessera_engine::taint::label::{LabelError, VerifiedIdentity, thumbprint};
use tessera_engine::taint::reference::{
    Envelope, Manifest, ReferenceDelegation, ReferenceLabel, SegmentEntry,
};
use tessera_engine::time::UnixMillis;

const FILES: [(&str, usize); 4] = [
    (include_str!("fixtures/trust/label.json"), 18),
    (include_str!("fixtures/trust/provenance.json"), 6),
    (include_str!("fixtures/trust/delegation.json"), 19),
    (include_str!("fixtures/trust/identity.json"), 5),
];

const DEVIATIONS: &str = include_str!("fixtures/trust/label-deviations.json");

/// A second before the identities of the vectors expire.
const NOW: UnixMillis = UnixMillis(1_767_225_599_000);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_recorded_case_is_answered_as_recorded_except_where_a_deviation_is_listed() {
    let listed = json::parse(DEVIATIONS.as_bytes()).unwrap();
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().all(|entry| text(entry, "reason").len() > 20));
    let listed: Vec<&str> = listed.iter().map(|entry| text(entry, "id")).collect();
    let mut differing = Vec::new();
    for (file, count) in FILES {
        let file = json::parse(file.as_bytes()).unwrap();
        let cases = file.as_array().unwrap();
        assert_eq!(cases.len(), count);
        differing.extend(cases.iter().filter_map(difference));
    }
    let ids: Vec<&str> = differing.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, listed, "{differing:#?}");
}

/// Id and what we answer, if that is not what is recorded.
fn difference(case: &Value) -> Option<(String, String)> {
    let input = case.get("input").unwrap();
    let narrows = text(input, "op") == "delegation_narrow";
    let expect = match case.get("right") {
        // What the child of a delegation may do is tested with the constraints; here, its bytes.
        Some(right) if !narrows => right,
        _ => case.get("expect").unwrap(),
    };
    let ours = match text(input, "op") {
        "delegation_narrow" => expect.get("child").map_or_else(
            || Ok(Object::new()),
            |child| delegation(child, &key(input).unwrap()),
        ),
        "thumbprint" => Ok(answer("thumbprint", thumbprint(input.get("jwk").unwrap()))),
        "identity_claims" => Ok(identity(input)),
        _ => key(input)
            .ok_or(LabelError::UnknownKey)
            .and_then(|key| answered(input, &key)),
    };
    let agrees = match &ours {
        Ok(ours) if expect.get("violation").is_some() => ours.is_empty(),
        Ok(ours) => is_part(expect, &without_children(expect, ours)),
        Err(_) => expect.get("error").is_some() || *expect == answer("valid", false).into(),
    };
    (!agrees).then(|| (text(case, "id").to_owned(), format!("{ours:?}")))
}

/// The answer with the child that was read, which is not ours to make.
fn without_children(expect: &Value, ours: &Object) -> Value {
    match expect.get("child") {
        Some(child) => ours.clone().with("child", child.clone()).into(),
        None => ours.clone().into(),
    }
}

fn answer(name: &str, value: impl Into<Value>) -> Object {
    Object::new().with(name, value)
}

fn key(input: &Value) -> Option<DerivedKey> {
    DerivedKey::shared(text(input, "key").as_bytes())
}

fn answered(input: &Value, key: &DerivedKey) -> Result<Object, LabelError> {
    let signature = input.get("signature").and_then(Value::as_str);
    let valid = |verified: Result<(), LabelError>| answer("valid", verified.is_ok());
    match text(input, "op") {
        "sign" => {
            let label = label(input, "")?;
            let content = text(input, "content");
            let signature = label.sign(content, key);
            assert_eq!(
                self::label(input, &signature)?
                    .verify(content, key, None, NOW)
                    .err(),
                None
            );
            Ok(answer("canonical", label.signing_input(content))
                .with("content_sha256", Digest::of(content.as_bytes()).to_hex())
                .with("signature", signature))
        }
        "jwt_sign" => {
            let (content, id) = (text(input, "content"), input.get("kid"));
            let (id, issuer) = (id.and_then(Value::as_str), input.get("iss"));
            let issuer = issuer.and_then(Value::as_str);
            let token = label(input, "")?.sign_jwt(content, key, id, issuer);
            let verified = label(input, &token)?.verify(content, key, issuer, NOW);
            assert_eq!(verified.err(), None);
            Ok(answer("signature", token))
        }
        "verify" | "jwt_verify" => {
            let label = label(input, signature.unwrap())?;
            let verified = label.verify(text(input, "content"), key, None, NOW);
            Ok(valid(verified.map(drop)))
        }
        "envelope" => {
            let (envelope, dict) = envelope(input, key);
            assert_eq!(envelope.verify(text(input, "content"), key).err(), None);
            Ok(answer("canonical", envelope.signing_input())
                .with("signature", envelope.signature.as_str())
                .with("dict", dict))
        }
        "envelope_verify" => {
            let (mut envelope, _) = envelope(input, key);
            envelope.signature = signature.unwrap().to_owned();
            Ok(valid(
                envelope.verify(text(input, "content"), key).map(drop),
            ))
        }
        "manifest" => {
            let (manifest, segments) = manifest(input, key);
            assert_eq!(manifest.verify(&segments, key).err(), None);
            Ok(answer("canonical", manifest.signing_input())
                .with("signature", manifest.signature.as_str())
                .with("dict", manifest_dict(&manifest)))
        }
        "manifest_verify" => {
            let (manifest, segments) = manifest(input, key);
            let order = input.get("order").and_then(Value::as_array);
            let segments = match order {
                Some(order) => {
                    let at = |at: &Value| usize::try_from(at.as_u64().unwrap()).unwrap();
                    let picked = order.iter().map(|n| segments.get(at(n)).unwrap().clone());
                    picked.collect()
                }
                None => segments,
            };
            Ok(valid(manifest.verify(&segments, key).map(drop)))
        }
        "delegation" => delegation(&delegation_fields(input), key),
        "delegation_verify" => {
            let token = ReferenceDelegation::parse(&delegation_fields(input))?;
            let now = UnixMillis::from_rfc3339(text(input, "now")).unwrap();
            Ok(valid(token.verify(key, text(input, "audience"), now)))
        }
        other => panic!("an operation nobody knows: {other}"),
    }
}

fn label(input: &Value, signature: &str) -> Result<ReferenceLabel, LabelError> {
    let mut label = answer("signature", signature);
    for name in ["origin", "principal", "trust_level", "nonce", "readers"] {
        if let Some(value) = input.get(name) {
            label.set(name, value.clone());
        }
    }
    ReferenceLabel::parse(&label.into())
}

/// A signed envelope of the fields of a case, and its members.
fn envelope(input: &Value, key: &DerivedKey) -> (Envelope, Object) {
    let digest = Digest::of(text(input, "content").as_bytes());
    let mut members = answer("schema_version", 1_u64)
        .with("content_sha256", digest.to_hex())
        .with("delegating_user", Value::Null)
        .with("parent_ids", Vec::new())
        .with("sensitivity", Vec::new())
        .with("signature", "");
    let given = input.as_object().unwrap().iter();
    for (name, value) in given.filter(|(name, _)| !["op", "content", "key"].contains(name)) {
        members.set(name, value.clone());
    }
    members.set("signature", "");
    let mut envelope = Envelope::parse(&members.clone().into()).unwrap();
    envelope.signature = envelope.sign(key);
    members.set("signature", envelope.signature.as_str());
    assert_eq!(
        Envelope::parse(&members.clone().into()),
        Ok(envelope.clone())
    );
    (envelope, members)
}

fn manifest<'a>(input: &'a Value, key: &DerivedKey) -> (Manifest, Vec<(Envelope, &'a str)>) {
    let envelopes = input.get("envelopes").and_then(Value::as_array).unwrap();
    let signed = |input: &'a Value| (envelope(input, key).0, text(input, "content"));
    let segments: Vec<_> = envelopes.iter().map(signed).collect();
    let mut principals: Vec<String> = Vec::new();
    for (envelope, _) in &segments {
        if !principals.contains(&envelope.principal) {
            principals.push(envelope.principal.clone());
        }
    }
    let entry = |(envelope, _): &(Envelope, &str)| SegmentEntry {
        segment_id: envelope.segment_id.clone(),
        digest: envelope.digest,
    };
    let mut manifest = Manifest {
        manifest_id: text(input, "manifest_id").to_owned(),
        session_id: text(input, "session_id").to_owned(),
        assembled_by: text(input, "assembled_by").to_owned(),
        assembled_at: text(input, "assembled_at").to_owned(),
        principals,
        segments: segments.iter().map(entry).collect(),
        signature: String::new(),
    };
    manifest.signature = manifest.sign(key);
    (manifest, segments)
}

/// The manifest's members, read back once.
fn manifest_dict(manifest: &Manifest) -> Value {
    let signed = json::parse(manifest.signing_input().as_bytes()).unwrap();
    let signed = signed.as_object().unwrap().clone();
    let whole = signed.with("signature", manifest.signature.as_str()).into();
    assert_eq!(Manifest::parse(&whole).as_ref(), Ok(manifest));
    whole
}

fn delegation_fields(input: &Value) -> Value {
    let given = input.as_object().unwrap().iter();
    let own = given.filter(|(name, _)| !["op", "key", "now"].contains(name));
    let own = own.map(|(name, value)| (name.to_owned(), value.clone()));
    own.collect::<Object>().into()
}

fn delegation(fields: &Value, key: &DerivedKey) -> Result<Object, LabelError> {
    let token = ReferenceDelegation::parse(fields)?;
    let signature = token.sign(key);
    let signed = fields.as_object().unwrap().clone();
    let signed = signed.with("signature", signature.as_str()).into();
    let verified = ReferenceDelegation::parse(&signed)?.verify(
        key,
        &token.audience,
        UnixMillis(token.expires().0 - 1),
    );
    assert_eq!(verified, Ok(()));
    Ok(answer("canonical", token.signing_input()).with("signature", signature))
}

fn identity(input: &Value) -> Object {
    let claims = input.get("claims").and_then(Value::as_object).unwrap();
    let domain = input.get("trust_domain").and_then(Value::as_str);
    let identity = VerifiedIdentity::from_claims(claims, domain, NOW).map(|identity| {
        let audience = identity.audience.iter().map(|name| name.as_str().into());
        let expires = identity.expires.to_rfc3339().replace(".000Z", "+00:00");
        answer("agent_id", identity.id)
            .with("audience", audience.collect::<Vec<Value>>())
            .with("issuer", identity.issuer)
            .with("key_binding", identity.key_binding)
            .with("software_identity", Object::new())
            .with("trust_domain", identity.trust_domain)
            .with("valid_from", Value::Null)
            .with("valid_until", expires)
    });
    answer("identity", identity)
}
