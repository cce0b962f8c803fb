//! Why a token is not believed.

use thiserror::Error;

/// Why a token is not believed. Never says anything about a key, or what the token holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LabelError {
    /// Longer than [`crate::limits::TOKEN_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of base64url, or not strict JSON inside (duplicate keys included).
    #[error("the token is malformed")]
    Malformed,
    /// The header has other members than `alg`, `kid` and `typ`.
    #[error("the token's header has members it must not have, or lacks some")]
    BadHeader,
    /// The token is of another type than asked for.
    #[error("the token is of another type")]
    WrongType,
    /// No key has that id.
    #[error("the token names a key nobody knows")]
    UnknownKey,
    /// The key is for another algorithm.
    #[error("the token's algorithm is not that of its key")]
    WrongAlgorithm,
    /// The key may not sign this, or not here.
    #[error("the token's key may not sign this")]
    NotAllowed,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
    /// Another version of the format.
    #[error("the token is of another version")]
    WrongVersion,
    /// A member is missing.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A member is of the wrong type, too long, or not one of the known words.
    #[error("the token's `{0}` is not what it must be")]
    BadMember(&'static str),
    /// There is a member nobody knows.
    #[error("the token has a member nobody knows")]
    UnknownMember,
    /// The level is above what the origin allows.
    #[error("the label's level is above what its origin allows")]
    AboveOrigin,
    /// The text is not what the digest says.
    #[error("the label's text is not what its digest says")]
    DigestMismatch,
    /// It expires before it was issued, or lives longer than [`crate::limits::TOKEN_SECONDS`].
    #[error("the token's lifetime is none or too long")]
    BadLifetime,
    /// It is for another gateway.
    #[error("the token is for another audience")]
    WrongAudience,
    /// It is for another scope.
    #[error("the token is for another scope")]
    WrongScope,
    /// It is for another caller.
    #[error("the token is for another caller")]
    WrongCaller,
    /// It was issued in the future.
    #[error("the token does not count yet")]
    NotYet,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
}

impl LabelError {
    /// The stable word of it, for records and scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::BadHeader => "bad_header",
            Self::WrongType => "wrong_type",
            Self::UnknownKey => "unknown_key",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::NotAllowed => "not_allowed",
            Self::BadSignature => "bad_signature",
            Self::WrongVersion => "wrong_version",
            Self::Missing(_) => "missing_member",
            Self::BadMember(_) => "bad_member",
            Self::UnknownMember => "unknown_member",
            Self::AboveOrigin => "above_origin",
            Self::DigestMismatch => "digest_mismatch",
            Self::BadLifetime => "bad_lifetime",
            Self::WrongAudience => "wrong_audience",
            Self::WrongScope => "wrong_scope",
            Self::WrongCaller => "wrong_caller",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
        }
    }
}
