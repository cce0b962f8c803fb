//! The normal form of a whole value: values that mean the same address, account or text are equal in
//! it (`taint-flow.md` section 3).

pub(in crate::taint) mod punycode;

use super::element::push_folded;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Schemes that do not matter: what stands behind them is reached either way.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Characters of the shortest and the longest account number (ISO 13616).
const IBAN_CHARS: core::ops::RangeInclusive<usize> = 15..=34;

/// Digits of the shortest and the longest telephone number.
const PHONE_DIGITS: core::ops::RangeInclusive<usize> = 7..=15;

/// The normal form of a value.
pub(super) fn canonical(value: &str) -> String {
    let folded = folded(value);
    if let Some(account) = account(&folded) {
        return account;
    }
    if let Some(phone) = phone(&folded) {
        return phone;
    }
    let mut plain = folded.as_str();
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| plain.strip_prefix(scheme)) {
        plain = rest;
    }
    let trimmed = without_end(plain);
    if trimmed.is_empty() {
        return folded;
    }
    if trimmed.contains('@') && trimmed.contains(' ') {
        // `bob @ corp.com` is an address; a sentence that mentions one is not.
        let tight: String = trimmed.split(' ').collect();
        if trimmed
            .split('@')
            .all(|side| side.trim().split(' ').count() == 1)
        {
            return with_ascii_host(&tight).into_owned();
        }
    }
    with_ascii_host(trimmed).into_owned()
}

/// The value without the end of a sentence, or of a path, behind it. `plans/..` is no `plans`: a
/// segment of dots leads elsewhere.
pub(super) fn without_end(value: &str) -> &str {
    let trimmed = value.trim_end_matches(['/', '.', ',', ' ']);
    let end = value.get(trimmed.len()..).unwrap_or_default();
    let mut segments = end.split(['/', ',', ' ']);
    // The first one is the end of a name, unless a path of the other kind ends before it.
    let name = segments.next().filter(|_| trimmed.ends_with('\\'));
    if name.into_iter().chain(segments).any(|dots| dots == "..") {
        return value.trim_end();
    }
    trimmed
}

/// Compatibility form, lower case, runs of white space as one space, none at the ends.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut push = |c: char| {
        if c.is_whitespace() {
            space = true;
            return;
        }
        if core::mem::take(&mut space) && !out.is_empty() {
            out.push(' ');
        }
        push_folded(&mut out, c);
    };
    if text.is_ascii() {
        text.chars().for_each(&mut push);
    } else {
        text.nfkc().for_each(&mut push);
    }
    out
}

/// A folded text that is an account number, without the spaces between its groups.
fn account(folded: &str) -> Option<String> {
    if !begins_account(folded.as_bytes()) {
        return None;
    }
    let mut groups = folded.split([' ', '-']);
    let is_one = !folded.contains([' ', '-']);
    let compact: String = folded.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let is_grouped = groups.all(|group| (1..=4).contains(&group.len()));
    let is_account = (is_one || is_grouped) && is_iban_shaped(&compact);
    is_account.then_some(compact)
}

/// Whether a folded text begins with a letter, and goes on with no more than one other before a digit:
/// an account number does, whatever separates its groups.
fn begins_account(folded: &[u8]) -> bool {
    let mut signs = folded.iter().filter(|byte| !matches!(byte, b' ' | b'-'));
    let mut is_next = |test: fn(&u8) -> bool| signs.next().is_some_and(test);
    is_next(u8::is_ascii_lowercase)
        && is_next(u8::is_ascii_lowercase)
        && is_next(u8::is_ascii_digit)
}

/// Whether a compact text in lower case is two letters, two digits and mostly digits.
pub(super) fn is_iban_shaped(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let [a, b, c, d, rest @ ..] = bytes else {
        return false;
    };
    let begins = a.is_ascii_lowercase()
        && b.is_ascii_lowercase()
        && c.is_ascii_digit()
        && d.is_ascii_digit();
    let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
    begins
        && IBAN_CHARS.contains(&bytes.len())
        && rest.iter().all(u8::is_ascii_alphanumeric)
        && digits >= 8
}

/// A folded text that is a telephone number written with separators: its digits. A date is none.
fn phone(folded: &str) -> Option<String> {
    let is_written = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '+');
    if !folded.chars().all(is_written) || folded.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    let plus = if folded.starts_with('+') { "+" } else { "" };
    let is_phone = PHONE_DIGITS.contains(&digits.len()) && !is_date(folded);
    is_phone.then(|| format!("{plus}{digits}"))
}

/// Whether groups of digits have the lengths of a date or an instant: 4-2-2 and anything, 2-2-4.
pub(super) fn is_date(text: &str) -> bool {
    if text.starts_with('+') {
        return false;
    }
    let groups = text.split(|c: char| !c.is_ascii_digit()).map(str::len);
    let groups: Vec<usize> = groups.filter(|length| *length > 0).collect();
    matches!(groups.as_slice(), [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4])
}

/// The text with the host name in it in ASCII form.
fn with_ascii_host(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.contains(' ') {
        return text.into();
    }
    let start = text.rfind('@').map_or(0, |at| at + 1);
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let host = rest.get(..length).unwrap_or_default();
    if !host.contains('.') || host.is_ascii() {
        return text.into();
    }
    let mut labels = Vec::new();
    // The full stops of other scripts part labels, too (RFC 3490 section 3.1).
    for label in host.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']) {
        match punycode::encode(label) {
            Some(label) => labels.push(label),
            None => return text.into(),
        }
    }
    let before = text.get(..start).unwrap_or_default();
    let after = rest.get(length..).unwrap_or_default();
    format!("{before}{}{after}", labels.join(".")).into()
}

/// Whether a value has Latin letters and letters of a script that looks like it: it may look like a
/// value that it is not.
pub(super) fn mixes_scripts(value: &str) -> bool {
    if value.is_ascii() {
        return false;
    }
    let mut latin = false;
    let mut alike = false;
    for c in value.nfkc() {
        latin |= c.is_ascii_alphabetic() || matches!(c, 'À'..='ɏ' if c.is_alphabetic());
        alike |= matches!(c, '\u{250}'..='\u{2af}' | '\u{370}'..='\u{58f}' | '\u{10a0}'..='\u{10ff}'
            | '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d00}'..='\u{1dbf}'
            | '\u{1f00}'..='\u{1fff}' | '\u{2c80}'..='\u{2cff}' | '\u{2de0}'..='\u{2dff}'
            | '\u{a4d0}'..='\u{a4ff}' | '\u{a640}'..='\u{a69f}' | '\u{ab30}'..='\u{abbf}')
            && c.is_alphabetic();
    }
    latin && alike
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_mean_the_same_have_one_form() {
        for (value, form) in [
            ("https://www.Corp.com/news/.", "www.corp.com/news"),
            ("http://www.corp.com/news", "www.corp.com/news"),
            ("mailto:Bob@corp.com", "bob@corp.com"),
            ("bob @ corp.com", "bob@corp.com"),
            ("write to bob @ corp.com", "write to bob @ corp.com"),
            ("GB29 NWBK 6016 1331 9268 19", "gb29nwbk60161331926819"),
            ("+49 (30) 1234-567", "+49301234567"),
            ("555-0199", "5550199"),
            ("2024-06-13", "2024-06-13"),
            ("  a \u{a0} b\n", "a b"),
            ("/", "/"),
            ("...", "..."),
            ("", ""),
            ("http://Bücher.example/ü", "xn--bcher-kva.example/ü"),
            ("info@bücher.example", "info@xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ftp://x.test/", "ftp://x.test"),
            ("plans/..", "plans/.."),
            ("plans/../", "plans/../"),
            ("c:\\plans\\..", "c:\\plans\\.."),
            ("plans/.././", "plans/.././"),
            ("plans/./", "plans"),
            ("and so on..", "and so on"),
        ] {
            assert_eq!(canonical(value), form, "{value}");
            assert_eq!(canonical(form), form, "{value}");
        }
    }

    #[test]
    fn look_alikes_are_seen_where_scripts_mix() {
        for text in ["\u{430}lice@corp.com", "p\u{251}y", "Ωmega", "раypal"] {
            assert!(mixes_scripts(text), "{text}");
        }
        for text in [
            "Анна",
            "Ωμέγα",
            "Ærøskøbing",
            "Işıl",
            "東京 Tower",
            "ＡＢＣ",
            "x²",
        ] {
            assert!(!mixes_scripts(text), "{text}");
        }
    }
}
