//! A protocol refusal: the request has no single reading. Not a denial by policy.

use super::Id;
use std::fmt;

/// Why, as a stable word for programs. New ones may be added; none changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalCode {
    /// The body is not JSON of RFC 8259 in UTF-8.
    NotJson,
    /// The body exceeds a bound on depth, values or number length.
    TooComplex,
    /// A key stands twice in one object.
    DuplicateKey,
    /// A key equals a protocol key only after case folding or without its NULs.
    KeyCollision,
    /// The body is an array of messages.
    Batch,
    /// The body is not a JSON-RPC 2.0 message.
    NotMessage,
    /// The body is a request and a response at once.
    Hybrid,
    /// The id is neither a string nor a plain integer, or too long.
    BadId,
    /// A request has no id.
    MissingId,
    /// `params`, or a member of it, has a type MCP does not allow.
    BadParams,
    /// An `Mcp-*` header is missing, malformed, doubled or disagrees with the body.
    HeaderMismatch,
    /// The client answers a request no server has asked.
    UnexpectedResponse,
    /// A header that may stand once is doubled or unreadable.
    BadHeader,
    /// A body where there must be none, or none where there must be one.
    BodyNotExpected,
    /// The connection would leave HTTP.
    Upgrade,
    /// The HTTP method is not one of MCP's.
    MethodNotAllowed,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The content type is not `application/json` in UTF-8.
    ContentType,
    /// The body is compressed or otherwise encoded.
    ContentEncoding,
    /// The `Origin` is not on the list.
    OriginNotAllowed,
    /// The request is addressed to a host that is not on the list.
    HostNotAllowed,
    /// Nobody vouches for the caller.
    NotAuthenticated,
    /// The route leads to no known MCP server.
    NoUpstream,
    /// The session belongs to another caller or another upstream.
    ForeignSession,
}

impl RefusalCode {
    /// Every word.
    pub const ALL: [Self; 24] = [
        Self::NotJson,
        Self::TooComplex,
        Self::DuplicateKey,
        Self::KeyCollision,
        Self::Batch,
        Self::NotMessage,
        Self::Hybrid,
        Self::BadId,
        Self::MissingId,
        Self::BadParams,
        Self::HeaderMismatch,
        Self::UnexpectedResponse,
        Self::BadHeader,
        Self::BodyNotExpected,
        Self::Upgrade,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::ContentType,
        Self::ContentEncoding,
        Self::OriginNotAllowed,
        Self::HostNotAllowed,
        Self::NotAuthenticated,
        Self::NoUpstream,
        Self::ForeignSession,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooComplex => "too_complex",
            Self::DuplicateKey => "duplicate_key",
            Self::KeyCollision => "key_collision",
            Self::Batch => "batch",
            Self::NotMessage => "not_message",
            Self::Hybrid => "hybrid",
            Self::BadId => "bad_id",
            Self::MissingId => "missing_id",
            Self::BadParams => "bad_params",
            Self::HeaderMismatch => "header_mismatch",
            Self::UnexpectedResponse => "unexpected_response",
            Self::BadHeader => "bad_header",
            Self::BodyNotExpected => "body_not_expected",
            Self::Upgrade => "upgrade",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::ContentType => "content_type",
            Self::ContentEncoding => "content_encoding",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::HostNotAllowed => "host_not_allowed",
            Self::NotAuthenticated => "not_authenticated",
            Self::NoUpstream => "no_upstream",
            Self::ForeignSession => "foreign_session",
        }
    }

    /// The HTTP status of the answer. 503 for a route without upstream: 404 would tell a legacy
    /// client that its session ended.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotAuthenticated => 401,
            Self::OriginNotAllowed => 403,
            Self::ForeignSession => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTooLarge => 413,
            Self::ContentType | Self::ContentEncoding => 415,
            Self::HostNotAllowed => 421,
            Self::NoUpstream => 503,
            _ => 400,
        }
    }

    /// The JSON-RPC code where JSON-RPC or MCP defines one with this meaning
    /// (`mcp-wire.md` section 3); the range it reserves is otherwise left alone.
    #[must_use]
    pub const fn rpc_code(self) -> Option<i64> {
        match self {
            Self::NotJson => Some(-32700),
            Self::BadParams => Some(-32602),
            Self::HeaderMismatch => Some(-32020),
            _ if self.status() == 400 => Some(-32600),
            _ => None,
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refused request: how it is answered and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status of the answer.
    pub status: u16,
    /// JSON-RPC code of the answer, where one is defined for this.
    pub code: Option<i64>,
    /// Why, for programs.
    pub word: RefusalCode,
    /// Why, for people: what, where, expected, got. It never holds argument or name values.
    pub text: String,
    /// The id of the refused request, if it could be read.
    pub id: Option<Id>,
}

impl Refusal {
    /// A refusal with the status and JSON-RPC code of its word, and no id.
    #[must_use]
    pub fn new(word: RefusalCode, text: impl Into<String>) -> Self {
        Self {
            status: word.status(),
            code: word.rpc_code(),
            word,
            text: text.into(),
            id: None,
        }
    }

    /// The same refusal for the request `id`.
    #[must_use]
    pub fn with_id(mut self, id: Option<&Id>) -> Self {
        self.id = id.cloned();
        self
    }
}

/// User input cut to a length fit for a message, with what could break a log line escaped.
pub(super) fn shown(input: &str) -> String {
    const SHOWN_CHARS: usize = 64;
    let mut text: String = input
        .chars()
        .take(SHOWN_CHARS)
        .flat_map(char::escape_default)
        .collect();
    if input.chars().nth(SHOWN_CHARS).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_its_own() {
        let words: BTreeSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), RefusalCode::ALL.len());
    }

    #[test]
    fn only_codes_that_are_defined_for_it_are_used_from_the_reserved_range() {
        for word in RefusalCode::ALL {
            assert_eq!(word.rpc_code().is_some(), word.status() == 400, "{word}");
            let defined = [None, Some(-32700), Some(-32600), Some(-32602), Some(-32020)];
            assert!(defined.contains(&word.rpc_code()), "{word}");
        }
    }

    #[test]
    fn shown_input_is_short_and_on_one_line() {
        assert_eq!(shown("a\nb`\u{202e}"), "a\\nb`\\u{202e}");
        assert_eq!(shown(&"x".repeat(100)), format!("{}…", "x".repeat(64)));
    }
}
