//! Statements that Envoy has verified: its `jwt_authn` filter checks signatures of any algorithm and
//! fetches keys; what it verified is read here.
//!
//! Not a verifier: whoever calls this vouches that the claims come from Envoy's own metadata, never
//! from a header.

use super::members::Members;
use super::{Expect, Label, LabelError};
use crate::digest::Digest;
use crate::json::{self, Number, Object, Value};
use crate::limits;
use crate::taint::level::Origin;
use crate::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Reads a label of the user's words from claims that were verified elsewhere, and checks what it is
/// bound to. `key_id` names the verifier in records.
///
/// # Errors
/// As [`Label::verify`]; [`LabelError::NotAllowed`] for a label of anything but the user's words:
/// only proxies state those, with their own key.
pub fn from_verified_claims(
    key_id: &str,
    claims: &Object,
    expect: &Expect<'_>,
) -> Result<Label, LabelError> {
    let whole = claims.iter().map(|(name, value)| {
        // Envoy hands numbers on as doubles.
        let value = whole_number(value).unwrap_or_else(|| value.clone());
        (name.to_owned(), value)
    });
    let label = Label::from_members(key_id, whole.collect())?;
    if label.origin != Origin::User {
        return Err(LabelError::NotAllowed);
    }
    label.stamp.check(expect)?;
    Ok(label)
}

fn whole_number(value: &Value) -> Option<Value> {
    let Value::Number(number) = value else {
        return None;
    };
    let text = format!("{:.0}", number.as_f64());
    let whole = Number::from_literal(&text)?;
    (whole == *number).then_some(Value::Number(whole))
}

/// Who a workload is, by a JWT-SVID that Envoy verified (`trust-engine.md` section 6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// The SPIFFE id.
    pub id: String,
    /// Its trust domain.
    pub trust_domain: String,
    /// Whom the token is for.
    pub audience: Vec<String>,
    /// Who issued it, if it says so.
    pub issuer: Option<String>,
    /// Thumbprint of the key the bearer must prove to hold, if any.
    pub key_binding: Option<String>,
    /// When it stops to count.
    pub expires: UnixMillis,
}

impl VerifiedIdentity {
    /// Reads the claims; `None` if one that must be there is missing or odd, if the identity is of
    /// another trust domain, or if it has expired for more than [`limits::TOKEN_LEEWAY_SECONDS`].
    #[must_use]
    pub fn from_claims(
        claims: &Object,
        trust_domain: Option<&str>,
        now: UnixMillis,
    ) -> Option<Self> {
        let id = claims.get("sub")?.as_str()?.to_owned();
        let (domain, path) = id.strip_prefix("spiffe://")?.split_once('/')?;
        let domain = domain.to_owned();
        let odd = domain.is_empty() || path.is_empty() || path.split('/').any(str::is_empty);
        if odd || trust_domain.is_some_and(|own| own != domain) {
            return None;
        }
        let expires = Members::new(Object::new().with("exp", whole_number(claims.get("exp")?)?))
            .seconds("exp")
            .ok()?;
        let leeway = limits::TOKEN_LEEWAY_SECONDS * 1_000;
        if now.0 >= expires.0.saturating_add(leeway) {
            return None;
        }
        Some(Self {
            id,
            trust_domain: domain,
            audience: audience(claims.get("aud")?)?,
            issuer: optional_text(claims.get("iss"))?,
            key_binding: key_binding(claims.get("cnf"))?,
            expires,
        })
    }
}

fn audience(value: &Value) -> Option<Vec<String>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let texts = list.iter().map(|one| one.as_str().map(str::to_owned));
    let texts: Vec<String> = texts.collect::<Option<_>>()?;
    (!texts.is_empty()).then_some(texts)
}

/// Absent, or a text; anything else makes the whole identity odd.
fn optional_text(value: Option<&Value>) -> Option<Option<String>> {
    match value {
        None => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    }
}

fn key_binding(confirmation: Option<&Value>) -> Option<Option<String>> {
    let Some(confirmation) = confirmation else {
        return Some(None);
    };
    match (confirmation.get("jkt"), confirmation.get("jwk")) {
        (Some(thumbprint), None) => optional_text(Some(thumbprint)),
        (None, Some(key)) => thumbprint(key).map(Some),
        _ => None,
    }
}

/// The thumbprint of a public or symmetric key (RFC 7638): base64url of the SHA-256 of its required
/// members in order; `None` if it is no such key.
#[must_use]
pub fn thumbprint(key: &Value) -> Option<String> {
    let names: &[&str] = match key.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "oct" => &["k", "kty"],
        _ => return None,
    };
    let mut members = Object::new();
    for name in names {
        members.set(name, key.get(name)?.as_str()?);
    }
    let text = json::jcs(&members.into());
    Some(URL_SAFE_NO_PAD.encode(Digest::of(text.as_bytes()).0))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, label, stamp};
    use super::*;

    fn object(text: &str) -> Object {
        let value = json::parse(text.as_bytes()).unwrap();
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_prompt_that_envoy_verified_is_read_with_its_numbers_as_doubles() {
        let said = Label::of_prompt(stamp(), "hello", None);
        let claims = said.to_members();
        let doubles = json::to_text(&claims.clone().into())
            .replace("1767225600", "1767225600.0")
            .replace("1767229200", "1.7672292e9");
        for claims in [claims, object(&doubles)] {
            let read = from_verified_claims("jwt_authn", &claims, &expect()).unwrap();
            assert_eq!(read.stamp.key_id, "jwt_authn");
            assert_eq!(read.text.as_deref(), Some("hello"));
        }
        let other = Expect {
            caller: "other",
            ..expect()
        };
        let read = from_verified_claims("jwt_authn", &said.to_members(), &other);
        assert_eq!(read, Err(LabelError::WrongCaller));
    }

    #[test]
    fn only_proxies_state_what_is_not_of_the_user() {
        let read = from_verified_claims("jwt_authn", &label().to_members(), &expect());
        assert_eq!(read, Err(LabelError::NotAllowed));
    }

    #[test]
    fn an_identity_needs_a_path_a_trust_domain_and_time() {
        let now = UnixMillis(1_767_225_600_000);
        let good = r#"{"sub":"spiffe://td/x","aud":["a"],"exp":1767225601}"#;
        let identity = VerifiedIdentity::from_claims(&object(good), Some("td"), now);
        assert_eq!(identity.unwrap().audience, ["a"]);
        for (from, to) in [
            ("spiffe://td/x", "spiffe://td/"),
            ("spiffe://td/x", "spiffe:///x"),
            ("spiffe://td/x", "spiffe://td"),
            ("spiffe://td/x", "spiffe://td/a//b"),
            ("spiffe://td/x", "https://td/x"),
            ("spiffe://td/x", "spiffe://other/x"),
            (r#"["a"]"#, "[]"),
            (r#"["a"]"#, "[1]"),
            (r#","exp":1767225601"#, ""),
            ("1767225601", r#""1767225601""#),
            ("1767225601", "1767225570"),
            ("1767225601", r#"1767225601,"cnf":{}"#),
            ("1767225601", r#"1767225601,"iss":1"#),
        ] {
            let claims = object(&good.replacen(from, to, 1));
            let identity = VerifiedIdentity::from_claims(&claims, Some("td"), now);
            assert_eq!(identity, None, "{to}");
        }
    }
}
