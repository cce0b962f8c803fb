//! How tokens travel: headers and `_meta` keys, and what is taken off before a message goes on.

use super::{Label, annotations};
use crate::json::{Object, Value};
use crate::limits;
use thiserror::Error;

/// Header of a request with one token about the user's words. It may repeat.
pub const PROMPT_HEADER: &str = "tessera-prompt";
/// Header of a request with one approval. It may repeat.
pub const ENDORSEMENT_HEADER: &str = "tessera-endorsement";
/// Header of a request with one delegation.
pub const DELEGATION_HEADER: &str = "tessera-delegation";
/// Every header of a request that carries tokens, in lower case.
pub const REQUEST_HEADERS: [&str; 3] = [PROMPT_HEADER, ENDORSEMENT_HEADER, DELEGATION_HEADER];

/// Member of a request's `params._meta` with tokens about the user's words.
pub const PROMPT_KEY: &str = "tessera/prompt";
/// Member of a request's `params._meta` with approvals.
pub const ENDORSEMENT_KEY: &str = "tessera/endorsement";
/// Member of a request's `params._meta` with a delegation.
pub const DELEGATION_KEY: &str = "tessera/delegation";
/// Member of a result's `_meta` with its label, and of a request's `params._meta` with the labels of
/// what the client was told before.
pub const LABEL_KEY: &str = "tessera/label";
/// Member of a request's `params._meta` with the user's words, unsigned: a text or a list of texts.
/// They count only for callers that the trust document names.
pub const PROMPT_TEXT_KEY: &str = "tessera/prompt-text";
/// Every member of a request's `params._meta` that is for this gateway and for no server.
pub const REQUEST_KEYS: [&str; 5] = [
    PROMPT_KEY,
    PROMPT_TEXT_KEY,
    ENDORSEMENT_KEY,
    DELEGATION_KEY,
    LABEL_KEY,
];

/// Member of `_meta` with the annotations other implementations read (`mcp-wire.md`, trust
/// annotations).
pub const ANNOTATIONS_KEY: &str = "io.modelcontextprotocol/trust-annotations";

/// Why what a message carries cannot be read as tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CarriageError {
    /// It is neither a text nor a list of texts.
    #[error("tokens are carried as a string or a list of strings")]
    NotTokens,
    /// There are more than [`limits::CARRIED_TOKENS`].
    #[error("more than {limit} tokens are carried", limit = limits::CARRIED_TOKENS)]
    TooMany,
    /// One is longer than [`limits::TOKEN_BYTES`].
    #[error("a token is too long")]
    TooLong,
}

impl CarriageError {
    /// The stable word of it, for records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotTokens => "not_tokens",
            Self::TooMany => "too_many",
            Self::TooLong => "too_long",
        }
    }
}

/// The tokens under one member of `_meta`: a string, or a list of them; none if it is absent.
///
/// # Errors
/// What makes them unreadable; then none of them counts.
pub fn carried<'a>(meta: Option<&'a Value>, key: &str) -> Result<Vec<&'a str>, CarriageError> {
    let tokens = match meta.and_then(|meta| meta.get(key)) {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    if tokens.len() > limits::CARRIED_TOKENS {
        return Err(CarriageError::TooMany);
    }
    let token = |value: &'a Value| {
        let text = value.as_str().ok_or(CarriageError::NotTokens)?;
        if text.len() > limits::TOKEN_BYTES {
            return Err(CarriageError::TooLong);
        }
        Ok(text)
    };
    tokens.iter().map(token).collect()
}

/// Takes our tokens off a request's `_meta`; they are for this gateway, not for servers. Whether there
/// were any.
pub fn strip_request(meta: &mut Object) -> bool {
    let mut is_changed = false;
    for key in REQUEST_KEYS {
        is_changed |= meta.remove(key).is_some();
    }
    is_changed
}

/// Puts a label and what follows from it into a result, in place of whatever the server had there.
/// `_meta` of a wrong type is replaced: a client must not read a claim of the server as ours.
pub fn mark(result: &mut Object, label: &Label, token: &str) {
    let mut meta = match result.remove("_meta") {
        Some(Value::Object(meta)) => meta,
        _ => Object::new(),
    };
    meta.set(LABEL_KEY, token);
    meta.set(ANNOTATIONS_KEY, annotations(label));
    result.set("_meta", meta);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn tokens_are_a_string_or_a_bounded_list_of_strings() {
        let many = format!(
            r#"{{"k":[{}"a"]}}"#,
            r#""a","#.repeat(limits::CARRIED_TOKENS)
        );
        let long = format!(r#"{{"k":"{}"}}"#, "a".repeat(limits::TOKEN_BYTES + 1));
        for (meta, expected) in [
            ("{}", Ok(vec![])),
            ("[]", Ok(vec![])),
            (r#"{"k":"a"}"#, Ok(vec!["a"])),
            (r#"{"k":[]}"#, Ok(vec![])),
            (r#"{"k":["a","b"]}"#, Ok(vec!["a", "b"])),
            (r#"{"k":null}"#, Err(CarriageError::NotTokens)),
            (r#"{"k":["a",1]}"#, Err(CarriageError::NotTokens)),
            (r#"{"k":[["a"]]}"#, Err(CarriageError::NotTokens)),
            (many.as_str(), Err(CarriageError::TooMany)),
            (long.as_str(), Err(CarriageError::TooLong)),
        ] {
            let meta = value(meta);
            assert_eq!(carried(Some(&meta), "k"), expected);
        }
        assert_eq!(carried(None, "k"), Ok(vec![]));
    }

    #[test]
    fn our_tokens_are_taken_off_a_request_and_nothing_else() {
        let meta = value(
            r#"{"tessera/prompt":"a","tessera/label":[],"progressToken":1,
                "tessera/endorsement":1,"tessera/delegation":{}}"#,
        );
        let mut meta = meta.as_object().unwrap().clone();
        strip_request(&mut meta);
        assert_eq!(meta.keys().collect::<Vec<_>>(), ["progressToken"]);
    }

    #[test]
    fn what_a_server_wrote_under_our_keys_is_replaced() {
        let label = super::super::tests::label();
        for meta in [
            r#"{"tessera/label":"forged","other":1,"io.modelcontextprotocol/trust-annotations":{}}"#,
            r#""tessera/label""#,
        ] {
            let result = format!(r#"{{"content":[],"_meta":{meta}}}"#);
            let mut result = value(&result).as_object().unwrap().clone();
            mark(&mut result, &label, "ours");
            let meta = result.get("_meta").unwrap();
            assert_eq!(meta.get(LABEL_KEY), Some(&"ours".into()));
            let annotations = meta.get(ANNOTATIONS_KEY).unwrap();
            assert_eq!(annotations.get("untrusted"), Some(&true.into()));
        }
    }
}
