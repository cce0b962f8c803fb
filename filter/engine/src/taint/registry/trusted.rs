//! Values the operator vouches for, such as `*@corp.com`.
//!
//! A wildcard stays inside its part of a value: that of a mailbox in front of the `@`, that of a host
//! inside the host, that of a path behind it. A pattern over the whole text would also match a list
//! of addresses, or the trusted host in the path of another one (`trust-engine.md` B24).

use crate::glob::Glob;
use std::fmt;

/// A value, or a pattern of values, the operator vouches for. Case does not count.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedValue {
    written: String,
    parts: Parts,
}

#[derive(Clone, PartialEq, Eq)]
enum Parts {
    /// One value.
    Literal(String),
    /// An e-mail address: mailbox and host.
    Mail(Glob, Glob),
    /// A URL, or a host with or without a path.
    Url {
        scheme: Option<String>,
        host: Glob,
        /// With the port, if there is one.
        rest: Glob,
    },
    /// One word.
    Word(Glob),
}

impl TrustedValue {
    /// The value a document writes; `None` if its wildcards leave nothing that has to be there.
    #[must_use]
    pub fn new(written: &str) -> Option<Self> {
        let text = fold(written);
        let glob = Glob::new(&text);
        let parts = if let Some(literal) = glob.as_literal() {
            Parts::Literal(literal)
        } else if let Some((mailbox, host)) = text.split_once('@') {
            Parts::Mail(Glob::new(mailbox), certain(host)?)
        } else if is_url(&text) {
            let url = Url::of(&text);
            // What is written as a whole host has no other paths than the ones written.
            Parts::Url {
                scheme: url.scheme.map(str::to_owned),
                host: certain(url.host)?,
                rest: Glob::new(url.rest),
            }
        } else {
            Parts::Word(certain(&text)?)
        };
        Some(Self {
            written: written.to_owned(),
            parts,
        })
    }

    /// The value as written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether a value of a call is one of these.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let value = fold(value);
        if let Parts::Literal(literal) = &self.parts {
            return *literal == value;
        }
        // Anything that could separate two values, or hide one from a reader of the other.
        let apart = |c: char| {
            c.is_whitespace() || c.is_control() || ",;<>()\"'`\\|{}".contains(c) || !c.is_ascii()
        };
        if value.is_empty() || value.contains(apart) {
            return false;
        }
        match &self.parts {
            Parts::Literal(_) => false,
            Parts::Mail(mailbox, host) => value.split_once('@').is_some_and(|(left, right)| {
                is_host(right) && mailbox.matches(left) && host.matches(right)
            }),
            Parts::Url { scheme, host, rest } => {
                let url = Url::of(&value);
                let scheme = scheme.is_none() || scheme.as_deref() == url.scheme;
                scheme && is_host(url.host) && host.matches(url.host) && rest.matches(url.rest)
            }
            Parts::Word(glob) => !value.contains('@') && glob.matches(&value),
        }
    }
}

impl fmt::Debug for TrustedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrustedValue").field(&self.written).finish()
    }
}

/// A URL cut where its host begins and ends.
struct Url<'a> {
    scheme: Option<&'a str>,
    host: &'a str,
    rest: &'a str,
}

impl<'a> Url<'a> {
    fn of(text: &'a str) -> Self {
        let (scheme, after) = match text.split_once("://") {
            Some((scheme, after)) => (Some(scheme), after),
            None => (None, text),
        };
        let end = after.find(['/', '?', '#', ':']).unwrap_or(after.len());
        let (host, rest) = after.split_at_checked(end).unwrap_or((after, ""));
        Self { scheme, host, rest }
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("www.") || text.contains('/') || text.contains('.')
}

/// Letters, digits, dots and hyphens: no user, no port, nothing encoded.
fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    !text.is_empty() && text.chars().all(plain)
}

/// A glob that at least two letters or digits in a row have to be found by.
fn certain(text: &str) -> Option<Glob> {
    let bytes = text.as_bytes();
    let is_certain = bytes
        .windows(2)
        .any(|pair| pair.iter().all(u8::is_ascii_alphanumeric));
    is_certain.then(|| Glob::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stays_inside_its_part_of_the_value() {
        for (written, value, matches) in [
            ("*@corp.com", "Desk@Corp.com", true),
            ("*@corp.com", "desk@corp.com.evil.example", false),
            ("*@corp.com", "eve@evil.example,x@corp.com", false),
            ("*@corp.com", "eve@evil.example x@corp.com", false),
            ("*@corp.com", "eve@evil.example@corp.com", false),
            ("*@corp.com", "<eve@evil.example>x@corp.com", false),
            ("*@corp.com", "dесk@corp.com", false),
            ("desk@corp.com", " desk@corp.com ", true),
            ("desk@corp.com", "xdesk@corp.com", false),
            ("https://*.corp.com/*", "https://wiki.corp.com/plan", true),
            ("https://*.corp.com/*", "http://wiki.corp.com/plan", false),
            (
                "https://*.corp.com/*",
                "https://evil.example/x.corp.com/",
                false,
            ),
            (
                "https://*.corp.com/*",
                "https://evil.example?.corp.com/",
                false,
            ),
            (
                "https://*.corp.com/*",
                "https://a.corp.com@evil.example/",
                false,
            ),
            ("https://*.corp.com/*", "https://a.corp.com:8443/x", false),
            ("*.corp.com", "wiki.corp.com", true),
            ("*.corp.com", "wiki.corp.com/plan", false),
            ("*.corp.com", "wiki.corp.com.evil.example", false),
            ("team-*", "team-blue", true),
            ("team-*", "team-x eve", false),
            ("team-*", "team-x@evil.example", false),
            ("General", "general", true),
        ] {
            let trusted = TrustedValue::new(written).unwrap();
            assert_eq!(trusted.matches(value), matches, "{written} on {value}");
        }
    }

    #[test]
    fn a_pattern_that_trusts_almost_anything_is_none() {
        for written in ["*", "**", "?*", "*@*", "*@*.*", "https://*/*", "*.*", "*a*"] {
            assert!(TrustedValue::new(written).is_none(), "{written}");
        }
    }
}
