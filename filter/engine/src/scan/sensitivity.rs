//! What in a text is sensitive, by its shape: personal numbers, credentials, headings that say so
//! (`trust-engine.md` section 8).
//!
//! Not how secret that makes a conversation (that is [`crate::taint`]'s), and not a redaction: it
//! answers whether and which, not where. Every rule is one pass over the text, and looks a bounded distance
//! around what it finds.

mod credentials;
mod headings;
mod numbers;

use super::hidden::is_ignorable;
use std::borrow::Cow;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitive {
    /// A US social security number.
    Ssn,
    /// The number of a payment card, with a good check digit.
    CreditCard,
    /// An Indian Aadhaar number, with a good check digit.
    Aadhaar,
    /// The id of an AWS access key.
    AwsAccessKey,
    /// The secret of an AWS access key.
    AwsSecret,
    /// The key file of a Google service account.
    GcpServiceAccount,
    /// A private key in PEM.
    PrivateKey,
    /// A JSON web token.
    Jwt,
    /// A token of GitHub.
    GithubToken,
    /// A token of Slack.
    SlackToken,
    /// A bearer token of any kind.
    BearerToken,
    /// A heading that says the text is confidential.
    ConfidentialHeading,
    /// A heading that says the text is internal.
    InternalHeading,
}

impl Sensitive {
    /// Every rule, the gravest first.
    pub const ALL: [Self; 13] = [
        Self::Ssn,
        Self::CreditCard,
        Self::Aadhaar,
        Self::AwsAccessKey,
        Self::AwsSecret,
        Self::GcpServiceAccount,
        Self::PrivateKey,
        Self::Jwt,
        Self::GithubToken,
        Self::SlackToken,
        Self::BearerToken,
        Self::ConfidentialHeading,
        Self::InternalHeading,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ssn => "pii.ssn",
            Self::CreditCard => "pii.credit_card",
            Self::Aadhaar => "pii.aadhaar",
            Self::AwsAccessKey => "secret.aws_access_key",
            Self::AwsSecret => "secret.aws_secret",
            Self::GcpServiceAccount => "secret.gcp_sa_key",
            Self::PrivateKey => "secret.private_key_pem",
            Self::Jwt => "secret.jwt",
            Self::GithubToken => "secret.github_token",
            Self::SlackToken => "secret.slack_token",
            Self::BearerToken => "secret.generic_bearer",
            Self::ConfidentialHeading => "marker.confidential_header",
            Self::InternalHeading => "marker.internal_header",
        }
    }
}

/// What is sensitive in a text, the gravest first, each kind once.
#[must_use]
pub fn sensitive(text: &str) -> Vec<Sensitive> {
    let plain = plainly(text);
    let mut found = Vec::new();
    numbers::find(&plain, &mut found);
    credentials::find(&plain, &mut found);
    headings::find(&plain, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// The credentials and personal numbers in a text themselves, the first `most` of each; only digits of
/// numbers, and of long ones parts that tell them.
#[must_use]
pub fn sensitive_values(text: &str, most: usize) -> Vec<String> {
    let plain = plainly(text);
    let mut values = numbers::values(&plain, most);
    values.extend(credentials::values(&plain, most));
    values
}

/// A text as the rules know it.
fn plainly(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
    {
        return text.into();
    }
    let seen = text.chars().filter(|c| !is_ignorable(*c));
    seen.map(plain).collect::<String>().into()
}

/// A character as the rules know it: full-width forms, dashes and blanks are those of ASCII.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests;
