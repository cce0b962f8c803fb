//! The single codes: each turns a text into what it stands for, or nothing.

use crate::limits;

/// Which codes a text may hold, told in one pass.
#[derive(Default)]
pub(super) struct Signs {
    pub(super) percent: bool,
    pub(super) reference: bool,
    pub(super) backslash: bool,
    pub(super) json: bool,
    pub(super) run: bool,
}

impl Signs {
    pub(super) fn of(text: &str) -> Self {
        let mut signs = Self::default();
        let mut run = 0;
        for byte in text.bytes() {
            run = if base64_digit(byte).is_some() {
                run + 1
            } else {
                0
            };
            signs.run |= run >= limits::BASE64_RUN_CHARS;
            match byte {
                b'%' => signs.percent = true,
                b'&' => signs.reference = true,
                b'\\' => signs.backslash = true,
                _ => {}
            }
        }
        let trimmed = text.trim().as_bytes();
        signs.json = matches!(
            (trimmed.first(), trimmed.last()),
            (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) | (Some(b'"'), Some(b'"'))
        );
        signs
    }
}

/// The text with its percent escapes undone; `None` if there are none, or no text comes out.
pub(super) fn percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3)?));
        match escaped.flatten() {
            Some(escaped) => {
                out.push(escaped);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    (out.len() < bytes.len()).then(|| String::from_utf8_lossy(&out).into_owned())
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    Some(hex(*high)? << 4 | hex(*low)?)
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The named references that can hide an address; the rest shows as it is.
const NAMED: [(&str, char); 16] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("commat", '@'),
    ("period", '.'),
    ("colon", ':'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("num", '#'),
    ("quest", '?'),
    ("equals", '='),
];

/// Characters of the longest reference that is read.
const REFERENCE_CHARS: usize = 10;

/// The text with its HTML character references undone; `None` if there are none.
pub(super) fn references(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = after;
        let end = after.bytes().take(REFERENCE_CHARS).position(|b| b == b';');
        let name = end.and_then(|end| after.get(..end));
        match name.and_then(referred) {
            Some(c) => {
                found = true;
                out.push(c);
                rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

fn referred(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(code) => u32::from_str_radix(code, 16),
            None => code.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    let named = NAMED.iter().find(|(known, _)| *known == name);
    named.map(|(_, c)| *c)
}

/// The text with backslash escapes undone, as JSON and most languages write them; `None` if there are
/// none that stand for another character.
pub(super) fn backslashes(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = after.trim_start_matches('\\');
        let code = |digits: usize| {
            let code = rest.get(1..=digits)?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?).map(|c| (c, digits + 1))
        };
        let escape = match rest.bytes().next() {
            Some(b'u') => code(4),
            Some(b'x') => code(2),
            Some(b'/') => Some(('/', 1)),
            Some(b'"') => Some(('"', 1)),
            Some(b'n' | b'r' | b't') => Some((' ', 1)).filter(|_| is_written_out(rest)),
            _ => None,
        };
        match escape {
            Some((c, length)) => {
                found = true;
                out.push(c);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => out.push('\\'),
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// Whether the letter after a backslash is an escape rather than the beginning of a name in a path.
fn is_written_out(rest: &str) -> bool {
    let second = rest.chars().nth(1);
    second.is_none_or(|c| !c.is_ascii_lowercase())
}

/// Characters of a line that may go on in the next one. Encoders wrap at 64 and 76.
const WRAPPED_LINE: usize = 60;

/// What is readable in the runs of base64 and hexadecimal digits of a text.
pub(super) fn runs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut digits: Vec<u8> = Vec::new();
    let mut bytes = text.bytes().peekable();
    let mut run = String::new();
    while let Some(byte) = bytes.next() {
        if let Some(value) = base64_digit(byte) {
            digits.push(value);
            run.push(char::from(byte));
        }
        // A long line goes on in the next one.
        while digits.len() >= WRAPPED_LINE
            && bytes
                .next_if(|next| matches!(next, b'\r' | b'\n'))
                .is_some()
        {}
        let is_end = bytes
            .peek()
            .is_none_or(|next| base64_digit(*next).is_none());
        if !is_end {
            continue;
        }
        if digits.len() >= limits::BASE64_RUN_CHARS {
            let hexadecimal = hexadecimal(&run);
            if hexadecimal.is_empty() {
                found.extend(base64(&digits));
            } else {
                found.extend(hexadecimal);
            }
        }
        digits.clear();
        run.clear();
    }
    found
}

/// Where a group of four begins cannot be told: `/` and `-` also part words.
fn base64(digits: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for cut in 0..4 {
        let mut bytes = Vec::with_capacity(digits.len());
        for group in digits.get(cut..).unwrap_or_default().chunks(4) {
            let missing = 4 - group.len();
            let bits = group
                .iter()
                .fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
            let [_, whole @ ..] = (bits << (6 * missing)).to_be_bytes();
            bytes.extend(whole.iter().take(3_usize.saturating_sub(missing)));
        }
        texts.extend(readable(&bytes));
    }
    texts
}

fn hexadecimal(run: &str) -> Vec<String> {
    if !run.bytes().all(|byte| hex(byte).is_some()) {
        return Vec::new();
    }
    let (pairs, _) = run.as_bytes().as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().filter_map(|pair| hex_pair(pair)).collect();
    readable(&bytes)
}

/// The stretches of bytes that are text somebody could have written.
fn readable(bytes: &[u8]) -> Vec<String> {
    let is_control = |c: char| c.is_control() && !c.is_whitespace();
    let chunks = bytes.utf8_chunks();
    let texts = chunks.flat_map(|chunk| chunk.valid().split(is_control));
    let long = texts.filter(|text| text.len() >= limits::BASE64_TEXT_BYTES);
    long.map(str::to_owned).collect()
}

const fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
