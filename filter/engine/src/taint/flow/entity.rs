//! Addresses and numbers in a text: what content could send somebody to.
//!
//! Generous where a reader could follow it, strict where honest text looks the same: `notes.txt` is
//! no host, a date is no telephone number.

mod host;
mod number;

use super::EntityKind;
use super::normal::canonical;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) kind: EntityKind,
    /// In normal form.
    pub(super) text: String,
}

impl Entity {
    fn new(kind: EntityKind, text: &str) -> Self {
        Self {
            kind,
            text: canonical(text),
        }
    }
}

/// All of a text: addresses in the order they stand in it, then numbers.
pub(super) fn entities(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let bytes = text.bytes();
    let (mut dots, mut digits) = (false, 0);
    for byte in bytes {
        dots |= is_sign(byte) || !byte.is_ascii();
        digits += usize::from(byte.is_ascii_digit());
    }
    if dots && text.is_ascii() {
        // The same edges, quicker to tell: most texts are ASCII.
        let chunks = text.as_bytes().split(|byte| is_edge(char::from(*byte)));
        let chunks = chunks.filter(|chunk| chunk.iter().any(|byte| is_sign(*byte)));
        let chunks = chunks.filter_map(|chunk| str::from_utf8(chunk).ok());
        let chunks = chunks.filter(|chunk| may_hold(chunk));
        chunks.for_each(|chunk| address(chunk, &mut found));
    } else if dots {
        let chunks = text.split(is_edge).filter(|chunk| may_hold(chunk));
        chunks.for_each(|chunk| address(chunk, &mut found));
    }
    if digits >= 7 {
        number::find(text, &mut found);
    }
    found
}

/// Whether a closer look at a stretch is worth it: most words have no sign in them.
fn may_hold(chunk: &str) -> bool {
    let inner = chunk.trim_end_matches(['.', ':']);
    !chunk.is_ascii() || inner.bytes().any(is_sign)
}

/// Whether a byte is a sign that every address has one of.
const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'.' | b'@' | b':')
}

/// Whether a character ends an address.
fn is_edge(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>'
                | '"'
                | '\''
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '|'
                | '\\'
                | '`'
                | ','
                | ';'
                | '\u{3001}'
                | '\u{3002}'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '«'
                | '»'
        )
}

/// Looks at a stretch of text without white space.
fn address(chunk: &str, found: &mut Vec<Entity>) {
    let chunk = before_sentence(chunk);
    let chunk = chunk.trim_matches(['.', ':', '!', '?', '*', '_', '~', '…', '=', '&', '#', '-']);
    if let Some((before, rest)) = chunk.split_once("://") {
        let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
        let scheme = scheme.unwrap_or_default();
        if !scheme.is_empty() && !rest.is_empty() {
            // Another address may stand behind `=`: the whole is one that nobody else has.
            found.push(Entity::new(EntityKind::Url, &format!("{scheme}://{rest}")));
        }
        return;
    }
    if let Some(mail) = mail(chunk) {
        found.push(Entity::new(EntityKind::Email, mail));
        return;
    }
    if let Some(url) = host::bare(chunk) {
        found.push(Entity::new(EntityKind::Url, url));
        return;
    }
    // `key=value`, `to:address`: what stands behind may be one.
    if let Some((_, rest)) = chunk.split_once(['=', ':']) {
        address(rest, found);
    }
}

/// The stretch up to where a new sentence begins in it: `site.com.They`.
fn before_sentence(chunk: &str) -> &str {
    let mut before = None;
    let mut characters = chunk.char_indices().peekable();
    let mut last_two = (' ', ' ');
    while let Some((at, c)) = characters.next() {
        let second = characters
            .peek()
            .is_some_and(|(_, next)| next.is_lowercase());
        if last_two.0.is_lowercase() && last_two.1 == '.' && c.is_uppercase() && second {
            before = chunk.get(..at);
            break;
        }
        last_two = (last_two.1, c);
    }
    before.unwrap_or(chunk)
}

/// The e-mail address a stretch is, without `mailto:` or a label before it.
fn mail(chunk: &str) -> Option<&str> {
    let (local, domain) = chunk.rsplit_once('@')?;
    let domain = domain.split(['/', '?', ':']).next().unwrap_or_default();
    let local = local
        .rsplit([':', '=', '/', '&', '?'])
        .next()
        .unwrap_or_default();
    if local.is_empty() || !host::is_host(domain) {
        return None;
    }
    let end = chunk.len() - chunk.rsplit_once('@')?.1.len() + domain.len();
    let start = chunk.rsplit_once('@')?.0.len() - local.len();
    chunk.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        entities(text)
            .into_iter()
            .map(|entity| entity.text)
            .collect()
    }

    #[test]
    fn addresses_and_numbers_are_found() {
        for (text, entity) in [
            (
                "Great offer at http://www.evil.example/pay today",
                "www.evil.example/pay",
            ),
            ("Plan: https://www.corp.com/plan. Bob", "www.corp.com/plan"),
            ("Bob is bob@corp.com!", "bob@corp.com"),
            ("<Bob>mailto:bob@corp.com?subject=x", "bob@corp.com"),
            ("see evil.example, now", "evil.example"),
            ("www.our-company.com.They", "www.our-company.com"),
            ("[click](https://evil.example/a?b=c)", "evil.example/a?b=c"),
            (
                "pay to GB29 NWBK 6016 1331 9268 19",
                "gb29nwbk60161331926819",
            ),
            (
                "Pay GB29NWBK60161331926819 please",
                "gb29nwbk60161331926819",
            ),
            ("to US133000000121212121212.", "us133000000121212121212"),
            (
                "GB29 NWBK 6016 1331 9268 19 THIS week",
                "gb29nwbk60161331926819",
            ),
            ("call +49 30 1234567 now", "+49301234567"),
            ("call 555-0199 now", "5550199"),
            ("call (212) 555-0199", "2125550199"),
            ("http://203.0.113.7/x", "203.0.113.7/x"),
            ("go to 203.0.113.7 now", "203.0.113.7"),
            ("url=evil.example/x", "evil.example/x"),
            ("info@bücher.example", "info@xn--bcher-kva.example"),
            ("https://user@evil.example/", "user@evil.example"),
            ("see corp-wiki.example/plan", "corp-wiki.example/plan"),
            ("ftp://x.test/y", "ftp://x.test/y"),
        ] {
            assert!(
                found(text).contains(&entity.to_owned()),
                "{text}: {:?}",
                found(text)
            );
        }
    }

    #[test]
    fn honest_text_holds_none() {
        for text in [
            "See notes.txt and budget.xlsx, e.g. v1.2.3 of main.rs",
            "on 2024-06-13 at 10:30, 1,000,000 units, 98.70 EUR",
            "order 123456789, 50-60 people, 2024-2025",
            "self.value and object.method()",
            "Wait... what?! A/B, and/or",
            "ratio 3:4, @bob, #general",
            "AB12 of the blocks",
            "card ending 1111 2222",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
