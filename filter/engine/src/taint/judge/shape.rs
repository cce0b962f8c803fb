//! What a text looks like, whatever it is called: a date, a number, a plain word, a URL.

use crate::json::Number;
use crate::limits;

/// Whether a text is a date, a time or both, written with digits.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (Some(date), Some(time)),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    date.is_none_or(|date| has_form(date, "0000-00-00")) && time.is_none_or(is_time)
}

fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (time, zone) = match text
        .rfind(['+', '-'])
        .and_then(|at| text.split_at_checked(at))
    {
        Some((time, zone)) => (time, zone.get(1..)),
        None => (text, None),
    };
    let zone_is_right = zone.is_none_or(|zone| has_form(zone, "00:00") || has_form(zone, "0000"));
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let digits = |text: &str| (1..=9).contains(&text.len()) && is_digits(text);
    let time_is_right = has_form(time, "00:00") || has_form(time, "00:00:00");
    zone_is_right && time_is_right && digits(fraction)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text has digits where the form has zeros, and is the form elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(b, form): (u8, u8)| {
        if form == b'0' {
            b.is_ascii_digit()
        } else {
            b == form
        }
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// Whether a text is a number a person would call an amount: not a long row of digits, which is an
/// account.
pub(super) fn is_amount(text: &str) -> bool {
    text.len() <= 12 && Number::from_literal(text).is_some()
}

/// Whether a text is one short word: the name of a format, a kind, a unit.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    (1..=24).contains(&text.len())
        && text.bytes().all(plain)
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && text.bytes().filter(u8::is_ascii_digit).count() <= 4
}

/// Whether a key of an object is a name like those of arguments, not a value.
pub(super) fn is_name(key: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$');
    let begins = key.bytes().next();
    (1..=64).contains(&key.len())
        && begins.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$'))
        && key.bytes().all(plain)
}

/// Schemes whose URLs mean a host without any slash, too (WHATWG URL, special schemes).
const SPECIAL: [&str; 6] = ["http", "https", "ws", "wss", "ftp", "file"];

/// Whether a text begins like a URL, whatever it is called. As readers of URLs do (WHATWG URL): what
/// cannot be seen before it, and tabs and line ends in it, are not there; `\` is `/`.
pub(super) fn is_url(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    let shown = |c: &char| !matches!(c, '\t' | '\n' | '\r');
    let plain = |c| if c == '\\' { '/' } else { c };
    let begin: String = text.chars().filter(shown).take(32).map(plain).collect();
    let scheme = begin.split_once(':').map(|(scheme, rest)| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        let is_scheme = (2..=16).contains(&scheme.len()) && scheme.bytes().all(plain);
        let is_special = SPECIAL
            .iter()
            .any(|known| known.eq_ignore_ascii_case(scheme));
        let goes_on = rest.starts_with(|c: char| !c.is_whitespace());
        is_scheme && (rest.starts_with("//") || (is_special && goes_on))
    });
    let www = begin
        .get(..4)
        .is_some_and(|four| four.eq_ignore_ascii_case("www."));
    scheme == Some(true) || www || begin.starts_with("//")
}

/// The parts of a list of addresses in one text; none if it is no list.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let parts = text.split([',', ';', '\n']).map(str::trim);
    let parts: Vec<_> = parts.take(limits::JUDGED_PARTS + 1).collect();
    let is_list = (2..=limits::JUDGED_PARTS).contains(&parts.len());
    let is_whole = parts.iter().all(|part| part.chars().count() >= 3);
    if is_list && is_whole {
        parts
    } else {
        Vec::new()
    }
}

/// The display name and the address of `Bob <bob@corp.com>`.
pub(super) fn display(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.trim().split_once('<')?;
    let address = rest.strip_suffix('>')?;
    let one = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';' | '"');
    let name = name.trim().trim_matches('"').trim();
    (address.contains('@') && address.chars().all(one)).then_some((name, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_other_texts() {
        for text in [
            "2024-05-01",
            "2024-05-01 09:00",
            "2024-05-01T09:00:00Z",
            "09:00",
            "2024-05-01T09:00:00.123+02:00",
            "2024-05-01T09:00:00-0500",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "",
            "2024",
            "555-0199",
            "2024-05-01 eve",
            "2024-05-01T",
            "20240501",
            "1.2.3.4:80",
            "2024-05-01T09:00:00+evil",
            "eve@evil.example",
            "09:00.",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn urls_are_known_by_how_they_begin() {
        for text in [
            "http://a",
            "HTTPS://a",
            "www.a.b",
            "//a.b",
            "note://1",
            "http:\\\\a",
            "https:evil.example",
            "https:/evil.example",
            "ht\ntps://evil.example",
            "\u{1}https://evil.example",
            "\\\\evil.example\\share",
            "/\\evil.example",
        ] {
            assert!(is_url(text), "{text}");
        }
        for text in [
            "a.b",
            "eve@evil.example",
            "time: 09:00",
            "C:\\x",
            "a:b",
            "http: how?",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn an_address_is_told_from_its_display_name() {
        assert_eq!(display("Bob <bob@a.b>"), Some(("Bob", "bob@a.b")));
        assert_eq!(display("a@b.c <eve@d.e>"), Some(("a@b.c", "eve@d.e")));
        for text in ["<eve>", "Bob <a@b> <c@d>", "Bob <a@b, c@d>", "bob@a.b"] {
            assert_eq!(display(text), None, "{text}");
        }
        assert_eq!(parts("bob@a.b, amy@a.b"), ["bob@a.b", "amy@a.b"]);
        assert!(parts("a, b").is_empty() && parts("Bob").is_empty());
    }
}
