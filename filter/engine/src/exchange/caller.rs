//! Who calls: a bearer token, the TLS peer's SPIFFE id, or nobody.
//!
//! Not a session: a session id is no proof of identity (`mcp-wire.md` section 7).

use crate::digest::Digest;
use crate::mcp::{Headers, One};
use crate::policy::Caller;

/// A caller known by a bearer token, of which only the digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerCaller {
    /// Who it is.
    pub caller: Caller,
    /// SHA-256 of the token.
    pub token_sha256: Digest,
}

/// A caller known by the first URI of its TLS certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiffeCaller {
    /// Who it is.
    pub caller: Caller,
    /// The id, exactly, for example `spiffe://cluster.local/ns/agents/sa/ci`.
    pub id: String,
}

/// Everybody who may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callers {
    /// By bearer token.
    pub bearer: Vec<BearerCaller>,
    /// By SPIFFE id.
    pub spiffe: Vec<SpiffeCaller>,
    /// Who a request without proof is taken for; `None` refuses it.
    pub anonymous: Option<Caller>,
}

/// Why a request has no caller. The text never holds the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallerError {
    /// No `Authorization` header, no known certificate, and anonymous callers are not allowed.
    Missing,
    /// More than one `Authorization` header, or one that is no text.
    Ambiguous,
    /// Another scheme than Bearer.
    NotBearer,
    /// No caller has that token.
    UnknownToken,
}

impl CallerError {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Missing => "no bearer token, and no client certificate that is known here",
            Self::Ambiguous => "expected one Authorization header of plain text",
            Self::NotBearer => "the Authorization header must use the Bearer scheme",
            Self::UnknownToken => "the bearer token is not known here",
        }
    }
}

impl Callers {
    /// Finds the caller. A token that is offered must be right: a wrong one is never taken for
    /// no token.
    pub(super) fn identify(
        &self,
        headers: &Headers,
        peer: Option<&str>,
    ) -> Result<&Caller, CallerError> {
        if !self.bearer.is_empty() {
            match headers.one("authorization") {
                One::Text(value) => return self.by_token(value),
                One::Many | One::NotText => return Err(CallerError::Ambiguous),
                One::Missing => {}
            }
        }
        let known = peer.and_then(|id| self.spiffe.iter().find(|caller| caller.id == id));
        known
            .map(|known| &known.caller)
            .or(self.anonymous.as_ref())
            .ok_or(CallerError::Missing)
    }

    fn by_token(&self, authorization: &str) -> Result<&Caller, CallerError> {
        let (scheme, token) = authorization
            .split_once(' ')
            .ok_or(CallerError::NotBearer)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(CallerError::NotBearer);
        }
        let digest = Digest::of(token.as_bytes());
        // Every entry is compared, in constant time: the duration tells nothing about tokens.
        let mut found = None;
        for known in &self.bearer {
            if known.token_sha256.equals_in_constant_time(&digest) {
                found = Some(&known.caller);
            }
        }
        found.ok_or(CallerError::UnknownToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: &str) -> Caller {
        Caller {
            name: name.to_owned(),
            scope: format!("{name}-scope"),
        }
    }

    fn callers() -> Callers {
        Callers {
            bearer: vec![BearerCaller {
                caller: caller("ci"),
                token_sha256: Digest::of(b"secret-token"),
            }],
            spiffe: vec![SpiffeCaller {
                caller: caller("mesh"),
                id: "spiffe://td/a".to_owned(),
            }],
            anonymous: None,
        }
    }

    fn headers(values: &[&str]) -> Headers {
        Headers::new(
            values
                .iter()
                .map(|value| ("authorization", value.as_bytes())),
        )
    }

    #[test]
    fn a_caller_is_known_by_token_or_certificate() {
        let callers = callers();
        let name = |values: &[&str], peer| {
            callers
                .identify(&headers(values), peer)
                .map(|c| c.name.as_str())
        };
        assert_eq!(name(&["Bearer secret-token"], None), Ok("ci"));
        assert_eq!(name(&["bEARER secret-token"], None), Ok("ci"));
        assert_eq!(name(&[], Some("spiffe://td/a")), Ok("mesh"));
        assert_eq!(name(&[], Some("spiffe://td/b")), Err(CallerError::Missing));
        assert_eq!(name(&[], None), Err(CallerError::Missing));
    }

    #[test]
    fn a_wrong_token_is_not_taken_for_no_token() {
        let callers = Callers {
            anonymous: Some(caller("anonymous")),
            ..callers()
        };
        let name = |values: &[&str]| {
            callers
                .identify(&headers(values), Some("spiffe://td/a"))
                .map(|c| c.name.as_str())
        };
        assert_eq!(name(&["Bearer wrong"]), Err(CallerError::UnknownToken));
        assert_eq!(
            name(&["Bearer  secret-token"]),
            Err(CallerError::UnknownToken)
        );
        assert_eq!(name(&["Basic c2VjcmV0"]), Err(CallerError::NotBearer));
        assert_eq!(name(&["Bearer"]), Err(CallerError::NotBearer));
        assert_eq!(
            name(&["Bearer secret-token", "Bearer x"]),
            Err(CallerError::Ambiguous)
        );
        assert_eq!(name(&[]), Ok("mesh"));
    }
}
