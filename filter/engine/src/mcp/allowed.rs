//! The web origins and the host names that requests may come with: what keeps a page of somebody
//! else, or a name that was bound to this address behind the browser's back (DNS rebinding), from
//! speaking to an MCP server (`mcp-wire.md` section 7). Not a reader of general URLs.

use thiserror::Error;

/// One value of `Origin`, as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is no origin that could be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OriginError {
    /// It is not `scheme://host` or `scheme://host:port`.
    #[error("expected `scheme://host` or `scheme://host:port`, in lower case, without a path")]
    NotOrigin,
    /// It is `null`.
    #[error("`null` comes from every sandboxed page and so says nothing")]
    Null,
    /// It names the port that its scheme has anyway.
    #[error("browsers leave the scheme's own port out")]
    DefaultPort,
}

impl Origin {
    /// Reads an origin as it stands in settings. It must be spelt as browsers spell it, because what
    /// comes is compared exactly: another spelling would be on the list and never match.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, OriginError> {
        if text == "null" {
            return Err(OriginError::Null);
        }
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::NotOrigin)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'));
        if !is_scheme {
            return Err(OriginError::NotOrigin);
        }
        let (_, port) = split(authority)
            .filter(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase()))
            .ok_or(OriginError::NotOrigin)?;
        if matches!(
            (scheme, port),
            ("http", Some("80")) | ("https", Some("443"))
        ) {
            return Err(OriginError::DefaultPort);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether this is the value of a request's `Origin`.
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        self.0 == value
    }
}

/// One host name, with or without a port, that requests may be addressed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: Option<String>,
}

/// Why a text is no host that could be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected `name`, `name:port` or `[address]:port`")]
pub struct HostError;

impl Host {
    /// Reads a host as it stands in settings.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, HostError> {
        let (name, port) = split(text).ok_or(HostError)?;
        Ok(Self {
            name: name.to_ascii_lowercase(),
            port: port.map(str::to_owned),
        })
    }

    /// Whether a request's authority is this host. Names are compared in any case; without a port
    /// here every port fits.
    #[must_use]
    pub fn is(&self, authority: &str) -> bool {
        split(authority).is_some_and(|(name, port)| {
            self.name.eq_ignore_ascii_case(name)
                && (self.port.is_none() || self.port.as_deref() == port)
        })
    }
}

/// Name and port of `name`, `name:port`, `[address]` or `[address]:port`; `None` for anything else,
/// such as a user before an `@`, a path, or two names.
fn split(authority: &str) -> Option<(&str, Option<&str>)> {
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (authority, None),
    };
    let is_port =
        |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_name = match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
        }),
        None => !name.is_empty() && name.bytes().all(plain),
    };
    (is_name && port.is_none_or(is_port)).then_some((name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_listed_as_browsers_write_it_or_not_at_all() {
        for text in [
            "https://app.example",
            "http://localhost:3000",
            "http://[::1]:8080",
            "vscode-webview://abc_1",
            "https://app.example:8443",
        ] {
            assert!(
                Origin::read(text).is_ok_and(|origin| origin.is(text)),
                "{text}"
            );
        }
        use OriginError::*;
        for (text, error) in [
            ("null", Null),
            ("*", NotOrigin),
            ("https://*.example", NotOrigin),
            ("app.example", NotOrigin),
            ("https://", NotOrigin),
            ("https://App.example", NotOrigin),
            ("HTTPS://app.example", NotOrigin),
            ("https://app.example/", NotOrigin),
            ("https://app.example/x", NotOrigin),
            ("https://user@app.example", NotOrigin),
            ("https://app.example:", NotOrigin),
            ("https://app.example:x", NotOrigin),
            ("https://a.example, https://b.example", NotOrigin),
            ("https://app.example:443", DefaultPort),
            ("http://app.example:80", DefaultPort),
        ] {
            assert_eq!(Origin::read(text), Err(error), "{text}");
        }
        assert!(Origin::read("http://app.example:443").is_ok());
    }

    #[test]
    fn an_origin_is_compared_exactly() {
        let origin = Origin::read("https://app.example").unwrap();
        for other in [
            "",
            "null",
            "http://app.example",
            "https://app.example:443",
            "https://app.example:8443",
            "https://app.example/",
            "https://app.example.",
            "https://APP.example",
            "https://app.example.evil.example",
            "https://evil.example/https://app.example",
            "https://app.example https://evil.example",
        ] {
            assert!(!origin.is(other), "{other}");
        }
    }

    #[test]
    fn a_host_is_compared_in_any_case_and_its_port_only_if_one_is_given() {
        let any_port = Host::read("MCP.example").unwrap();
        let one_port = Host::read("mcp.example:8443").unwrap();
        let address = Host::read("[::1]").unwrap();
        for (authority, by_name, by_port) in [
            ("mcp.example", true, false),
            ("Mcp.Example:8443", true, true),
            ("mcp.example:443", true, false),
            ("mcp.example:", false, false),
            ("mcp.example:port", false, false),
            ("mcp.example.", false, false),
            ("user@mcp.example", false, false),
            ("mcp.example@evil.example", false, false),
            ("mcp.example,evil.example", false, false),
            ("mcp.example:8443:8443", false, false),
            ("evil.example", false, false),
            ("", false, false),
            ("[::1]:80", false, false),
        ] {
            assert_eq!(any_port.is(authority), by_name, "{authority}");
            assert_eq!(one_port.is(authority), by_port, "{authority}");
        }
        assert!(address.is("[::1]:80") && address.is("[::1]") && !address.is("::1"));
        for text in [
            "",
            "*",
            "*.example",
            "http://a.example",
            "a.example/x",
            "[::1",
            "::1",
            "a:b",
            "a b",
        ] {
            assert_eq!(Host::read(text), Err(HostError), "{text}");
        }
    }
}
