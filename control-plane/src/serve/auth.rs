//! Asks a filter for its bearer token. Without tokens in the settings, TLS or the loopback address
//! is what protects.

use std::sync::Arc;

use tessera_engine::digest::Digest;
use thiserror::Error;
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::settings::TokenSource;

/// Fewest characters of a token: shorter ones can be guessed.
const TOKEN_CHARS: usize = 16;

/// The accepted tokens, as digests; `None` asks for none.
#[derive(Debug, Clone)]
pub(crate) struct Auth {
    tokens: Option<Arc<Vec<Digest>>>,
}

impl Auth {
    /// Reads the tokens the settings name.
    ///
    /// # Errors
    /// There are none, or one is too short.
    pub(super) fn read(source: Option<&TokenSource>) -> Result<Self, TokensError> {
        let Some(source) = source else {
            return Ok(Self { tokens: None });
        };
        let text = match source {
            TokenSource::File(path) => std::fs::read_to_string(path).ok(),
            TokenSource::Environment(name) => std::env::var(name).ok(),
        };
        let place = match source {
            TokenSource::File(path) => format!("file `{}`", path.display()),
            TokenSource::Environment(name) => format!("environment variable `{name}`"),
        };
        let text = text.ok_or_else(|| TokensError::Missing {
            place: place.clone(),
        })?;
        let tokens: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        if tokens.is_empty() {
            return Err(TokensError::Missing { place });
        }
        if tokens.iter().any(|token| token.len() < TOKEN_CHARS) {
            return Err(TokensError::Short { place });
        }
        let digests = tokens.iter().map(|token| Digest::of(token.as_bytes()));
        Ok(Self {
            tokens: Some(Arc::new(digests.collect())),
        })
    }

    /// Looks at every token, so that the time taken does not tell which one was near.
    fn accepts(&self, metadata: &MetadataMap) -> bool {
        let Some(tokens) = &self.tokens else {
            return true;
        };
        let shown = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(|token| Digest::of(token.trim().as_bytes()));
        let Some(shown) = shown else {
            return false;
        };
        tokens.iter().fold(false, |found, token| {
            found | token.equals_in_constant_time(&shown)
        })
    }
}

impl Interceptor for Auth {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        if self.accepts(request.metadata()) {
            Ok(request)
        } else {
            Err(Status::unauthenticated(
                "a bearer token of the control plane is needed in `authorization`",
            ))
        }
    }
}

/// Why tokens cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum TokensError {
    /// No token there.
    #[error("no token in {place}")]
    Missing {
        /// Where it was looked for.
        place: String,
    },
    /// A token that can be guessed.
    #[error("a token in {place} is shorter than {TOKEN_CHARS} characters")]
    Short {
        /// Where it is.
        place: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(text: &str) -> Result<Auth, TokensError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens");
        std::fs::write(&path, text).unwrap();
        Auth::read(Some(&TokenSource::File(path)))
    }

    fn shows(auth: &Auth, value: Option<&str>) -> bool {
        let mut metadata = MetadataMap::new();
        if let Some(value) = value {
            metadata.insert("authorization", value.parse().unwrap());
        }
        auth.accepts(&metadata)
    }

    #[test]
    fn only_a_listed_token_is_accepted() {
        let auth = auth("# filters\n0123456789abcdef\nfedcba9876543210  \n").unwrap();
        let cases = [
            (Some("Bearer 0123456789abcdef"), true),
            (Some("Bearer fedcba9876543210"), true),
            (Some("Bearer 0123456789abcdeF"), false),
            (Some("Bearer # filters"), false),
            (Some("Bearer "), false),
            (Some("0123456789abcdef"), false),
            (None, false),
        ];
        for (value, expected) in cases {
            assert_eq!(shows(&auth, value), expected, "{value:?}");
        }
    }

    #[test]
    fn no_tokens_or_short_ones_do_not_start() {
        assert!(matches!(auth("# none\n"), Err(TokensError::Missing { .. })));
        assert!(matches!(auth("short"), Err(TokensError::Short { .. })));
        let missing = TokenSource::File("does-not-exist".into());
        assert!(Auth::read(Some(&missing)).is_err());
    }

    #[test]
    fn without_a_source_nobody_is_asked() {
        assert!(shows(&Auth::read(None).unwrap(), None));
    }
}
