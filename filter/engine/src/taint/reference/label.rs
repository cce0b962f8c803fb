//! The reference's trust label: five fields with `|` between them, or the same as a JWT.

use super::{ReferenceSegment, capped, sign_hex, verify_hex};
use crate::digest::Digest;
use crate::json::{self, Object, Value};
use crate::limits;
use crate::taint::keys::DerivedKey;
use crate::taint::label::LabelError;
use crate::taint::label::members::Members;
use crate::taint::level::{Origin, Sensitivity, TrustLevel};
use crate::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A label of the reference, whose fields have one reading: none holds `|` or a control character,
/// the nonce is 32 lower-case hexadecimal digits, and there are no readers, which are not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceLabel {
    origin: Origin,
    principal: String,
    level: TrustLevel,
    nonce: String,
    signature: String,
}

impl ReferenceLabel {
    /// Reads a label as the reference writes it: `origin`, `principal`, `trust_level`, `nonce`,
    /// `signature`, and `readers` if null.
    ///
    /// # Errors
    /// What is missing, unknown, of the wrong type or ambiguous (B8, B9).
    pub fn parse(label: &Value) -> Result<Self, LabelError> {
        let Value::Object(object) = label else {
            return Err(LabelError::Malformed);
        };
        let mut object = object.clone();
        if !matches!(object.remove("readers"), None | Some(Value::Null)) {
            return Err(LabelError::BadMember("readers"));
        }
        let mut members = Members::new(object);
        let label = Self {
            origin: members.word("origin", Origin::from_name)?,
            principal: members.name("principal")?,
            level: members.level("trust_level")?,
            nonce: members.name("nonce")?,
            signature: members.text("signature", limits::TOKEN_BYTES)?,
        };
        members.finish()?;
        if label
            .principal
            .contains(|c: char| c == '|' || c.is_control())
        {
            return Err(LabelError::BadMember("principal"));
        }
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if label.nonce.len() != 32 || !label.nonce.bytes().all(digit) {
            return Err(LabelError::BadMember("nonce"));
        }
        Ok(label)
    }

    /// The text that is signed.
    #[must_use]
    pub fn signing_input(&self, content: &str) -> String {
        let level = self.level.number();
        let digest = Digest::of(content.as_bytes());
        let (origin, principal) = (self.origin.as_str(), &self.principal);
        format!("{origin}|{principal}|{level}|{}|{digest}", self.nonce)
    }

    /// The signature over that text.
    #[must_use]
    pub fn sign(&self, content: &str, key: &DerivedKey) -> String {
        sign_hex(key, &self.signing_input(content))
    }

    /// The same as a JWT signed with HS256; id and issuer as the reference adds them.
    #[must_use]
    pub fn sign_jwt(
        &self,
        content: &str,
        key: &DerivedKey,
        key_id: Option<&str>,
        issuer: Option<&str>,
    ) -> String {
        let mut header = Object::new().with("alg", "HS256");
        if let Some(id) = key_id {
            header.set("kid", id);
        }
        let mut claims = self.claims(content);
        if let Some(issuer) = issuer {
            claims.set("iss", issuer);
        }
        let encoded = |object: Object| URL_SAFE_NO_PAD.encode(json::to_text(&object.into()));
        let signed = format!("{}.{}", encoded(header.with("typ", "JWT")), encoded(claims));
        let tag = key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Checks the signature, of either form, against the content.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(
        &self,
        content: &str,
        key: &DerivedKey,
        issuer: Option<&str>,
        now: UnixMillis,
    ) -> Result<ReferenceSegment, LabelError> {
        if self.signature.contains('.') {
            self.verify_jwt(content, key, issuer, now)?;
        } else {
            verify_hex(key, &self.signing_input(content), &self.signature)?;
        }
        Ok(ReferenceSegment {
            origin: self.origin,
            level: capped(self.level, self.origin),
            principal: self.principal.clone(),
            sensitivity: Sensitivity::Public,
            digest: Digest::of(content.as_bytes()),
        })
    }

    fn claims(&self, content: &str) -> Object {
        Object::new()
            .with("orig", self.origin.as_str())
            .with("prn", self.principal.as_str())
            .with("lvl", self.level.number())
            .with("non", self.nonce.as_str())
            .with("cdh", Digest::of(content.as_bytes()).to_hex())
    }

    fn verify_jwt(
        &self,
        content: &str,
        key: &DerivedKey,
        issuer: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), LabelError> {
        let malformed = LabelError::Malformed;
        let (signed, signature) = self.signature.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(malformed)?;
        let header = object(header)?;
        if header.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err(LabelError::WrongAlgorithm);
        }
        // An extension the reader does not know must be refused (RFC 7515 section 4.1.11).
        let known = |name: &str| matches!(name, "alg" | "kid" | "typ");
        if !header.keys().all(known) {
            return Err(LabelError::BadHeader);
        }
        if !key.verify(signed.as_bytes(), &decoded(signature)?) {
            return Err(LabelError::BadSignature);
        }
        let mut claims = object(claims)?;
        for (name, own) in self.claims(content).iter() {
            if claims.remove(name).as_ref() != Some(own) {
                return Err(LabelError::DigestMismatch);
            }
        }
        check_registered(&mut claims, issuer, now)
    }
}

/// Issuer and times; the reference mints no times, but honours them.
fn check_registered(
    claims: &mut Object,
    issuer: Option<&str>,
    now: UnixMillis,
) -> Result<(), LabelError> {
    let stated = claims.remove("iss");
    if issuer.is_some_and(|issuer| stated.as_ref().and_then(Value::as_str) != Some(issuer)) {
        return Err(LabelError::BadMember("iss"));
    }
    let mut instant = |name: &'static str| {
        let value = claims.remove(name)?;
        Some(Members::new(Object::new().with(name, value)).seconds(name))
    };
    let (expires, starts) = (instant("exp").transpose()?, instant("nbf").transpose()?);
    let leeway = limits::TOKEN_LEEWAY_SECONDS * 1_000;
    if expires.is_some_and(|at| now.0 >= at.0.saturating_add(leeway)) {
        return Err(LabelError::Expired);
    }
    if starts.is_some_and(|at| at.0 > now.0.saturating_add(leeway)) {
        return Err(LabelError::NotYet);
    }
    Ok(())
}

fn decoded(part: &str) -> Result<Vec<u8>, LabelError> {
    let decoded = URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| LabelError::Malformed)
}

fn object(part: &str) -> Result<Object, LabelError> {
    match json::parse(&decoded(part)?) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(LabelError::Malformed),
    }
}
