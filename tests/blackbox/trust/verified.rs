//! Words of users that Envoy's own `jwt_authn` verifies, with an algorithm the filter does not know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, SigningKey as _};
use serde_json::{Value, json};
use tessera_tests::Setup;

use super::office::{AUDIENCE, Office, binding, now, ring, signed};
use super::passes;
use crate::decision;

const ERA: &str = "2025-11-25";
const WORDS: &str = "Send it to bob@corp.example.";

/// Envoy's filter, which passes on whom it cannot verify and tells ours whom it can.
fn jwt_authn(key: &KeyPair) -> Value {
    let point = key.public_key_raw();
    let coordinate = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
    let keys = json!({"keys": [{
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "host",
        "x": coordinate(1), "y": coordinate(33),
    }]});
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"host": {
                "issuer": "host",
                "audiences": [AUDIENCE],
                "local_jwks": {"inline_string": keys.to_string()},
                "from_headers": [{"name": "x-prompt"}],
                "payload_in_metadata": "prompt",
            }},
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [
                {"provider_name": "host"}, {"allow_missing_or_failed": {}},
            ]}}}],
        },
    })
}

/// An ECDSA signature as JWS has it: two numbers of 32 bytes.
fn fixed(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let digits = &der[at + 2..at + 2 + length];
        let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
        let number = [vec![0; 32 - digits.len()], digits.to_vec()].concat();
        (number, at + 2 + length)
    };
    let (r, next) = number(2);
    let (s, _) = number(next);
    [r, s].concat()
}

/// The claims of the user's words, signed by a host of its own.
fn token(key: &KeyPair, change: impl FnOnce(&mut Value)) -> String {
    let own = signed(&ring(), binding("c1"), now(), 600, WORDS);
    let payload = own.split('.').nth(1).unwrap();
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["iss"] = json!("host");
    // The host cannot hand over null.
    claims.as_object_mut().unwrap().remove("readers");
    change(&mut claims);
    let header = json!({"alg": "ES256", "kid": "host", "typ": "JWT"});
    let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let text = parts.join(".");
    let signature = fixed(&key.sign(text.as_bytes()).unwrap());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn words_that_envoy_verified_are_the_users_and_others_are_not() {
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let office = Office::with(|setup| Setup {
        before: vec![jwt_authn(&key)],
        ..setup.with("/trust/jwt_authn", json!({"payload_in_metadata": "prompt"}))
    });
    let send = |token: &str| {
        let arguments = json!({"to": "bob@corp.example", "body": "Hello!"});
        office.call(ERA, &[("x-prompt", token)], "send_email", arguments)
    };
    let of_another_caller = token(&key, |claims| claims["sub"] = json!("somebody"));
    let with_readers = token(&key, |claims| {
        claims["readers"] = json!(["bob@corp.example"])
    });
    for (what, token, expected) in [
        ("another key", token(&other, |_| {}), false),
        ("another caller", of_another_caller, false),
        ("nothing", String::new(), false),
        ("verified", token(&key, |_| {}), true),
        ("with readers", with_readers, true),
    ] {
        let answer = send(&token);
        assert_eq!(passes(&answer), expected, "{what} {}", answer.text());
        if !expected {
            assert_eq!(decision(&answer)["code"], "flow_unknown", "{what}");
        }
    }
}
