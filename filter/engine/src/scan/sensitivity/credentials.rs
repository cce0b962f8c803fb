//! Credentials: known by how their issuers begin them, or by what stands before them.

use super::Sensitive;

/// Beginnings of tokens, with how many of the token's characters follow at the least.
const TOKENS: [(&str, usize, Sensitive); 19] = [
    ("AKIA", 16, Sensitive::AwsAccessKey),
    ("ASIA", 16, Sensitive::AwsAccessKey),
    ("ABIA", 16, Sensitive::AwsAccessKey),
    ("ACCA", 16, Sensitive::AwsAccessKey),
    ("ghp_", 36, Sensitive::GithubToken),
    ("gho_", 36, Sensitive::GithubToken),
    ("ghu_", 36, Sensitive::GithubToken),
    ("ghs_", 36, Sensitive::GithubToken),
    ("ghr_", 36, Sensitive::GithubToken),
    ("github_pat_", 22, Sensitive::GithubToken),
    ("xoxa-", 10, Sensitive::SlackToken),
    ("xoxb-", 10, Sensitive::SlackToken),
    ("xoxc-", 10, Sensitive::SlackToken),
    ("xoxd-", 10, Sensitive::SlackToken),
    ("xoxe-", 10, Sensitive::SlackToken),
    ("xoxp-", 10, Sensitive::SlackToken),
    ("xoxr-", 10, Sensitive::SlackToken),
    ("xoxs-", 10, Sensitive::SlackToken),
    ("xapp-", 10, Sensitive::SlackToken),
];

/// Characters of an AWS secret.
const AWS_SECRET_CHARS: usize = 40;

/// Characters of a bearer token at the least, and how many of it are looked at.
const BEARER_CHARS: usize = 20;
const BEARER_SEEN: usize = 200;

/// Bytes around a find that are looked at.
const AROUND: usize = 64;

pub(super) fn find(text: &str, found: &mut Vec<Sensitive>) {
    for (beginning, least, kind) in TOKENS {
        if !found.contains(&kind) && has_token(text, beginning, least, kind) {
            found.push(kind);
        }
    }
    let lower = text.to_ascii_lowercase();
    let further = [
        (Sensitive::AwsSecret, has_aws_secret(text, &lower)),
        (Sensitive::GcpServiceAccount, has_service_account(text)),
        (Sensitive::PrivateKey, has_private_key(text)),
        (Sensitive::Jwt, has_jwt(text)),
        (Sensitive::BearerToken, has_bearer(text, &lower)),
    ];
    found.extend(
        further
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(kind, _)| kind),
    );
}

fn has_token(text: &str, beginning: &str, least: usize, kind: Sensitive) -> bool {
    let belongs = |c: &char| match kind {
        Sensitive::AwsAccessKey => c.is_ascii_uppercase() || c.is_ascii_digit(),
        Sensitive::SlackToken => c.is_ascii_alphanumeric() || *c == '-',
        _ => c.is_ascii_alphanumeric() || *c == '_',
    };
    text.match_indices(beginning).any(|(at, _)| {
        let rest = text.get(at.saturating_add(beginning.len())..);
        let run = rest.unwrap_or_default().chars();
        let starts = text
            .get(..at)
            .is_none_or(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()));
        starts && run.take(least).take_while(belongs).count() == least
    })
}

/// `aws_secret_access_key = …`, however it is written: a name with `secret` and `aws` or `access` in
/// it, an equals sign or a colon, and forty characters of base64.
fn has_aws_secret(text: &str, lower: &str) -> bool {
    lower.match_indices("secret").any(|(at, word)| {
        let end = at.saturating_add(word.len());
        let after = head(lower.get(end..).unwrap_or_default(), AROUND);
        let is_between = |c: char| is_name(c) || is_quote(c);
        let name_ends = after.find(|c: char| !is_between(c)).unwrap_or(after.len());
        let (rest_of_name, sign) = after.split_at_checked(name_ends).unwrap_or_default();
        if !sign.starts_with(['=', ':']) {
            return false;
        }
        let before = tail(lower.get(..at).unwrap_or_default(), AROUND);
        let name_starts = before.rfind(|c: char| !is_name(c));
        let name = name_starts.map_or(before, |at| before.get(at..).unwrap_or_default());
        let is_named = [name, rest_of_name]
            .iter()
            .any(|part| part.contains("aws") || part.contains("access"));
        let start = end.saturating_add(name_ends).saturating_add(1);
        is_named && is_aws_secret(text.get(start..).unwrap_or_default())
    })
}

fn is_aws_secret(value: &str) -> bool {
    // No blank is skipped twice: the next name comes after them.
    let chars = value.chars().skip_while(|c| is_quote(*c));
    let base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let longest = AWS_SECRET_CHARS.saturating_add(1);
    chars.take(longest).take_while(base64).count() == AWS_SECRET_CHARS
}

/// `"type": "service_account"`.
fn has_service_account(text: &str) -> bool {
    text.match_indices("service_account").any(|(at, _)| {
        let before = tail(text.get(..at).unwrap_or_default(), AROUND);
        let before = before.trim_end_matches(is_quote);
        let key = before.strip_suffix([':', '=']);
        key.is_some_and(|key| key.trim_end_matches(is_quote).ends_with("type"))
    })
}

/// `-----BEGIN … PRIVATE KEY`.
fn has_private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(at, begin)| {
        let rest = text.get(at.saturating_add(begin.len())..);
        let rest = head(rest.unwrap_or_default(), AROUND);
        let title = rest.split('-').next().unwrap_or_default();
        title.contains("PRIVATE KEY")
    })
}

/// Three parts of base64url with dots between, the first two of which are JSON objects.
fn has_jwt(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        let from = rest.get(at..).unwrap_or_default();
        let end = from.find(|c: char| !is_base64_url(c) && c != '.');
        let (run, after) = from
            .split_at_checked(end.unwrap_or(from.len()))
            .unwrap_or((from, ""));
        if is_jwt(run) {
            return true;
        }
        rest = after;
    }
    false
}

fn is_jwt(run: &str) -> bool {
    let parts: Vec<&str> = run.split('.').collect();
    parts.windows(3).any(|parts| {
        let [header, payload, signature] = parts else {
            return false;
        };
        // What stands before the header in the same run does not hide it.
        let header = header.find("eyJ").and_then(|at| header.get(at..));
        header.is_some_and(|header| header.len() >= 10)
            && payload.starts_with("eyJ")
            && payload.len() >= 8
            && !signature.is_empty()
    })
}

/// `Bearer` and a token with a digit in it.
fn has_bearer(text: &str, lower: &str) -> bool {
    lower.match_indices("bearer").any(|(at, word)| {
        let rest = text
            .get(at.saturating_add(word.len())..)
            .unwrap_or_default();
        let token = rest.strip_prefix([' ', '\t', ':', '=']).unwrap_or_default();
        let belongs = |c: &char| c.is_ascii_alphanumeric() || "._~+/=-".contains(*c);
        let token: String = token
            .chars()
            .take(BEARER_SEEN)
            .take_while(belongs)
            .collect();
        token.len() >= BEARER_CHARS && token.contains(|c: char| c.is_ascii_digit())
    })
}

const fn is_base64_url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\' | '`' | ' ' | '\t' | '>')
}

/// The first `bytes` of a text, in whole characters.
fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev();
    end.filter_map(|end| text.get(..end))
        .next()
        .unwrap_or_default()
}

/// The last `bytes` of a text, in whole characters.
fn tail(text: &str, bytes: usize) -> &str {
    let start = text.len().saturating_sub(bytes)..=text.len();
    start
        .filter_map(|start| text.get(start..))
        .next()
        .unwrap_or_default()
}
