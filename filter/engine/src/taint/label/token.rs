//! The compact form of JWS (RFC 7515 section 3.1), for two algorithms.
//!
//! Not a JWT library: the header has exactly three members, and the algorithm is that of the key it
//! names, so a token cannot choose how it is verified.

use super::{LabelError, Stamp};
use crate::json::{self, Object, Value};
use crate::limits;
use crate::taint::keys::{KeyRing, Purpose};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const HMAC: &str = "HS256";
const EDWARDS: &str = "EdDSA";

/// A token that is well formed; nothing it says is believed yet.
pub(super) struct Unverified<'a> {
    key_id: String,
    algorithm: String,
    payload: &'a str,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Takes a token of that type apart.
pub(super) fn read<'a>(kind: &str, token: &'a str) -> Result<Unverified<'a>, LabelError> {
    if token.len() > limits::TOKEN_BYTES {
        return Err(LabelError::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(LabelError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(LabelError::Malformed)?;
    let mut header = object(header)?;
    let mut member = |name| match header.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(LabelError::BadHeader),
    };
    let (algorithm, key_id, typ) = (member("alg")?, member("kid")?, member("typ")?);
    if !header.is_empty() {
        return Err(LabelError::BadHeader);
    }
    if typ != kind {
        return Err(LabelError::WrongType);
    }
    Ok(Unverified {
        key_id,
        algorithm,
        payload,
        signed,
        signature: decoded(signature)?,
    })
}

impl Unverified<'_> {
    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn payload(&self) -> Result<Object, LabelError> {
        object(self.payload)
    }

    /// Checks the signature with the key the header names, which must be for that purpose and scope.
    pub(super) fn verify(
        &self,
        purpose: Purpose,
        scope: &str,
        keys: &KeyRing,
    ) -> Result<(), LabelError> {
        let signed = self.signed.as_bytes();
        let (algorithm, fits) = match (keys.master(&self.key_id), keys.public(&self.key_id)) {
            (Some(key), _) => {
                let key = key.derive(purpose, scope);
                (HMAC, key.verify(signed, &self.signature))
            }
            (None, Some(key)) if key.may_sign(purpose, scope) => {
                (EDWARDS, key.verify(signed, &self.signature))
            }
            (None, Some(_)) => return Err(LabelError::NotAllowed),
            (None, None) => return Err(LabelError::UnknownKey),
        };
        if self.algorithm != algorithm {
            return Err(LabelError::WrongAlgorithm);
        }
        if fits {
            Ok(())
        } else {
            Err(LabelError::BadSignature)
        }
    }
}

/// Signs a payload with the master key the stamp names.
pub(super) fn sign(
    kind: &str,
    purpose: Purpose,
    stamp: &Stamp,
    payload: Object,
    keys: &KeyRing,
) -> Result<String, LabelError> {
    let key = keys.master(&stamp.key_id).ok_or(LabelError::UnknownKey)?;
    let header = Object::new()
        .with("alg", HMAC)
        .with("kid", stamp.key_id.as_str())
        .with("typ", kind);
    let encoded = |object: Object| URL_SAFE_NO_PAD.encode(json::jcs(&object.into()));
    let mut token = format!("{}.{}", encoded(header), encoded(payload));
    let tag = key
        .derive(purpose, &stamp.binding.scope)
        .sign(token.as_bytes());
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(tag));
    if token.len() > limits::TOKEN_BYTES {
        return Err(LabelError::TooLong);
    }
    Ok(token)
}

fn decoded(part: &str) -> Result<Vec<u8>, LabelError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| LabelError::Malformed)
}

fn object(part: &str) -> Result<Object, LabelError> {
    match json::parse(&decoded(part)?) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(LabelError::Malformed),
    }
}
