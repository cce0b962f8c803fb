//! Credentials: known by how their issuers begin them, or by what stands before them.

use super::Sensitive;

/// Beginnings of tokens, with how many of the token's characters follow at the least.
pub(super) static TOKENS: [(&str, usize, Sensitive); 19] = [
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

/// Characters of a token that are looked at, and of the lines of a private key.
const TOKEN_SEEN: usize = 255;
const KEY_SEEN: usize = 8_192;

/// Characters of a line of a private key, or of a signature, at the least.
const PROOF_CHARS: usize = 16;

/// Bytes around a find that are looked at.
const AROUND: usize = 64;

pub(super) fn find(text: &str, found: &mut Vec<Sensitive>) {
    for (beginning, least, kind) in tokens_in(text) {
        if !found.contains(kind) && has_token(text, beginning, *least, *kind) {
            found.push(*kind);
        }
    }
    let lower = text.to_ascii_lowercase();
    let further = [
        (
            Sensitive::AwsSecret,
            aws_secrets(text, &lower).next().is_some(),
        ),
        (Sensitive::GcpServiceAccount, has_service_account(text)),
        (Sensitive::PrivateKey, private_keys(text).next().is_some()),
        (Sensitive::Jwt, jwts(text).next().is_some()),
        (
            Sensitive::BearerToken,
            bearers(text, &lower).next().is_some(),
        ),
    ];
    found.extend(
        further
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(kind, _)| kind),
    );
}

/// The first `most` credentials: of keys in PEM each line, of a web token what makes it one.
pub(super) fn values(text: &str, most: usize) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let tokens = tokens_in(text)
        .iter()
        .flat_map(|(beginning, least, kind)| tokens(text, beginning, *least, *kind));
    let own = |value: &str| value.to_owned();
    let values = tokens
        .chain(aws_secrets(text, &lower))
        .chain(jwts(text).filter_map(jwt_proof))
        .chain(bearers(text, &lower))
        .map(own)
        .chain(private_keys(text).flat_map(key_lines));
    values.take(most).collect()
}

/// The tokens to look for: none in a text without the first four characters of any, as nearly all are.
fn tokens_in(text: &str) -> &'static [(&'static str, usize, Sensitive)] {
    let begins = |four: &[u8]| {
        let first = four.first().copied().unwrap_or_default();
        matches!(first, b'A' | b'g' | b'x')
            && TOKENS
                .iter()
                .any(|(beginning, ..)| beginning.as_bytes().starts_with(four))
    };
    if text.as_bytes().windows(4).any(begins) {
        &TOKENS
    } else {
        &[]
    }
}

fn has_token(text: &str, beginning: &str, least: usize, kind: Sensitive) -> bool {
    tokens(text, beginning, least, kind).next().is_some()
}

fn tokens<'t>(
    text: &'t str,
    beginning: &'t str,
    least: usize,
    kind: Sensitive,
) -> impl Iterator<Item = &'t str> {
    let belongs = move |c: &char| match kind {
        Sensitive::AwsAccessKey => c.is_ascii_uppercase() || c.is_ascii_digit(),
        Sensitive::SlackToken => c.is_ascii_alphanumeric() || *c == '-',
        _ => c.is_ascii_alphanumeric() || *c == '_',
    };
    text.match_indices(beginning).filter_map(move |(at, _)| {
        let rest = text.get(at.saturating_add(beginning.len())..)?;
        let run = rest.chars().take(TOKEN_SEEN).take_while(belongs).count();
        let starts = text
            .get(..at)
            .is_none_or(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let end = at.saturating_add(beginning.len()).saturating_add(run);
        text.get(at..end).filter(|_| starts && run >= least)
    })
}

/// `aws_secret_access_key = …`, however it is written: a name with `secret` and `aws` or `access` in
/// it, an equals sign or a colon, and forty characters of base64.
fn aws_secrets<'t>(text: &'t str, lower: &'t str) -> impl Iterator<Item = &'t str> {
    lower.match_indices("secret").filter_map(move |(at, word)| {
        let end = at.saturating_add(word.len());
        let after = head(lower.get(end..).unwrap_or_default(), AROUND);
        let is_between = |c: char| is_name(c) || is_quote(c);
        let name_ends = after.find(|c: char| !is_between(c)).unwrap_or(after.len());
        let (rest_of_name, sign) = after.split_at_checked(name_ends).unwrap_or_default();
        if !sign.starts_with(['=', ':']) {
            return None;
        }
        let before = tail(lower.get(..at).unwrap_or_default(), AROUND);
        let name_starts = before.rfind(|c: char| !is_name(c));
        let name = name_starts.map_or(before, |at| before.get(at..).unwrap_or_default());
        let is_named = [name, rest_of_name]
            .iter()
            .any(|part| part.contains("aws") || part.contains("access"));
        let start = end.saturating_add(name_ends).saturating_add(1);
        aws_secret(text.get(start..)?).filter(|_| is_named)
    })
}

fn aws_secret(value: &str) -> Option<&str> {
    // No blank is skipped twice: the next name comes after them.
    let value = value.trim_start_matches(is_quote);
    let base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let longest = AWS_SECRET_CHARS.saturating_add(1);
    let length = value.chars().take(longest).take_while(base64).count();
    value.get(..length).filter(|_| length == AWS_SECRET_CHARS)
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
fn private_keys(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("-----BEGIN ").filter_map(|(at, begin)| {
        let rest = text.get(at.saturating_add(begin.len())..)?;
        let title = head(rest, AROUND).split('-').next()?;
        rest.get(title.len()..)
            .filter(|_| title.contains("PRIVATE KEY"))
    })
}

/// The lines between the title of a key and its end; also where line ends are written `\n`.
fn key_lines(from_title: &str) -> Vec<String> {
    let body = head(from_title.trim_start_matches('-'), KEY_SEEN);
    let body = body.split("-----").next().unwrap_or_default();
    let body = body.replace("\\n", "\n").replace("\\r", "\n");
    let lines = body.split_whitespace();
    let lines = lines.filter(|line| line.len() >= PROOF_CHARS);
    lines.map(str::to_owned).collect()
}

/// Three parts of base64url with dots between, the first two of which are JSON objects.
fn jwts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = rest.find("eyJ")?;
        let from = rest.get(at..)?;
        let end = from.find(|c: char| !is_base64_url(c) && c != '.');
        let (run, after) = from.split_at_checked(end.unwrap_or(from.len()))?;
        rest = after;
        Some(run)
    })
    .filter(|run| is_jwt(run))
}

/// What nobody can make up of a web token: its signature or, if that is short, what it states. The
/// header is the same in many.
fn jwt_proof(run: &str) -> Option<&str> {
    let mut parts = run.trim_end_matches('.').rsplit('.');
    let last = parts.next()?;
    if last.len() >= PROOF_CHARS {
        return Some(last);
    }
    parts.next()
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
fn bearers<'t>(text: &'t str, lower: &'t str) -> impl Iterator<Item = &'t str> {
    lower.match_indices("bearer").filter_map(move |(at, word)| {
        let rest = text.get(at.saturating_add(word.len())..)?;
        let token = rest.strip_prefix([' ', '\t', ':', '='])?;
        let belongs = |c: &char| c.is_ascii_alphanumeric() || "._~+/=-".contains(*c);
        let length = token.chars().take(BEARER_SEEN).take_while(belongs).count();
        let token = token.get(..length)?;
        let has_digit = token.contains(|c: char| c.is_ascii_digit());
        (length >= BEARER_CHARS && has_digit).then_some(token)
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
