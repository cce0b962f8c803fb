//! The hosts a call goes to: one reading of URLs, bare hosts, ports and paths (defect B14 of
//! `trust-engine.md` section 11).
//!
//! Not a URL parser for going anywhere: what two parsers could read in two ways is no destination,
//! and a call with such a one is refused.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use unicode_normalization::UnicodeNormalization as _;

use crate::json::{Object, Value};
use crate::taint::context::recipients_by_name;
use crate::taint::flow::normal::punycode;

/// Names of arguments that hold destinations, in lower case, without `_` and `-`, and without the
/// `s` of a plural.
const FIELDS: [&str; 7] = [
    "callback", "host", "href", "link", "origin", "server", "site",
];

/// Ends of such names: `base_url` and `apiEndpoint` are some.
const ENDINGS: [&str; 6] = ["domain", "endpoint", "hostname", "uri", "url", "webhook"];

/// Schemes whose URLs need no slashes (WHATWG URL, special schemes).
const SLASHLESS: [&str; 5] = ["http:", "https:", "ws:", "wss:", "ftp:"];

/// The hosts of every destination of a call; `None` if there is none, or one nobody can read. Hosts
/// of mail recipients are among them, but do not stand for a destination.
pub(super) fn destinations(arguments: Option<&Object>) -> Option<BTreeSet<String>> {
    let mut texts = Vec::new();
    outside(arguments?, &mut texts);
    let hosts = texts.iter().map(|text| host(text));
    let mut hosts: BTreeSet<String> = hosts.collect::<Option<_>>()?;
    if hosts.is_empty() {
        return None;
    }
    for recipient in recipients_by_name(arguments) {
        if let Some((_, domain)) = recipient.rsplit_once('@') {
            hosts.insert(host(domain)?);
        }
    }
    Some(hosts)
}

/// Whether a host is one of the domains, or inside one.
pub(super) fn is_within(host: &str, domains: &BTreeSet<String>) -> bool {
    let inside = |domain: &String| {
        let rest = host.strip_suffix(domain.as_str());
        rest.is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && !is_address(host)))
    };
    domains.iter().any(inside)
}

/// Looks for telling names, and for URLs under any name.
fn outside(object: &Object, texts: &mut Vec<String>) {
    for (key, value) in object.iter() {
        if is_field(key) {
            inside(value, texts);
        } else {
            deeper(value, texts);
        }
    }
}

fn deeper(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(object) => outside(object, texts),
        Value::Array(elements) => elements.iter().for_each(|element| deeper(element, texts)),
        Value::String(text) if is_url(text) => texts.push(text.clone()),
        _ => {}
    }
}

/// Takes every leaf below a telling name.
fn inside(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_text()),
        Value::Array(elements) => elements.iter().for_each(|element| inside(element, texts)),
        Value::Object(object) => object.iter().for_each(|(_, member)| inside(member, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_field(key: &str) -> bool {
    let letters = key.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.'));
    let key: String = letters.flat_map(char::to_lowercase).collect();
    let one = key.strip_suffix('s').unwrap_or(&key);
    FIELDS.contains(&one) || ENDINGS.iter().any(|ending| one.ends_with(ending))
}

/// Whether a whole text is a URL with a scheme.
fn is_url(text: &str) -> bool {
    let scheme = text.trim().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(is_scheme)
}

fn is_scheme(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
}

/// The host of a URL or of a bare host with or without port and path: in lower case and ASCII, without
/// dots at its end, an address in its usual form. `None` if it can be read in several ways, or not at all.
pub(super) fn host(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let slashless = SLASHLESS.iter().find(|scheme| lower.starts_with(**scheme));
    let rest = match (slashless, text.split_once("://")) {
        (Some(scheme), _) => text.get(scheme.len()..)?.trim_start_matches(['/', '\\']),
        (None, Some((scheme, rest))) if is_scheme(scheme) => rest,
        (None, _) => text.strip_prefix("//").unwrap_or(text),
    };
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let after_user = authority.rsplit('@').next()?;
    let name = without_port(after_user)?;
    canonical(name)
}

fn without_port(authority: &str) -> Option<&str> {
    if authority.starts_with('[') {
        let (address, port) = authority.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_number);
        return is_port.then(|| address.get(1..)).flatten();
    }
    match authority.split_once(':') {
        None => Some(authority),
        Some((name, port)) if is_number(port) => Some(name),
        Some(_) if authority.parse::<Ipv6Addr>().is_ok() => Some(authority),
        Some(_) => None,
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

/// A host as it is compared.
fn canonical(name: &str) -> Option<String> {
    if let Ok(address) = name.parse::<Ipv6Addr>() {
        return Some(address.to_canonical().to_string());
    }
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let folded = folded.replace('\u{3002}', ".");
    let folded = folded.trim_end_matches('.');
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if folded.is_empty() || !folded.chars().all(is_letter) || folded.split('.').any(str::is_empty) {
        return None;
    }
    let last = folded.rsplit('.').next()?;
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        return ipv4(folded).map(|address| address.to_string());
    }
    let labels: Option<Vec<_>> = folded.split('.').map(punycode::encode).collect();
    Some(labels?.join("."))
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

/// An IPv4 address in any spelling a browser understands: one to four parts, decimal, octal or
/// hexadecimal, the last filling the rest.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) {
        return None;
    }
    let filled = u32::try_from(first.len()).ok()?;
    let room = 8_u32.saturating_mul(4_u32.saturating_sub(filled));
    if *last >= 1_u64.checked_shl(room)? {
        return None;
    }
    let mut address = *last;
    for (at, part) in first.iter().enumerate() {
        let shift = 24_u32.saturating_sub(u32::try_from(at).ok()?.saturating_mul(8));
        address |= part.checked_shl(shift)?;
    }
    Some(Ipv4Addr::from(u32::try_from(address).ok()?))
}

fn part(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some("") => return Some(0),
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    let is_digits = digits.chars().all(|c| c.is_digit(radix));
    is_digits
        .then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
}
