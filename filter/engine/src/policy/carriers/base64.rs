//! Text in base64: where a text may hold it, and what is readable in it.
//!
//! Both alphabets, with or without padding, in one line or wrapped. Where a run begins cannot be
//! told (`/` and `-` also separate words), so it is read from each of the four places a group may
//! begin at.

use crate::limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::ops::Range;

/// Characters of a line that may go on in the next one. Encoders wrap at 64 and 76.
const WRAPPED_LINE: usize = 60;

/// The places of a text that may be base64, in order, with their padding.
pub(in crate::policy) fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(skipped) = rest(bytes, at).iter().position(|byte| is_digit(*byte)) {
        let start = at + skipped;
        let mut end = start;
        loop {
            let line = rest(bytes, end)
                .iter()
                .take_while(|byte| is_digit(**byte))
                .count();
            end += line;
            match line_break(rest(bytes, end)) {
                Some(length) if line >= WRAPPED_LINE => end += length,
                _ => break,
            }
        }
        let padding = rest(bytes, end)
            .iter()
            .take(2)
            .take_while(|byte| **byte == b'=')
            .count();
        end += padding;
        if end - start >= limits::BASE64_RUN_CHARS {
            runs.push(start..end);
        }
        at = end;
    }
    runs
}

/// Whether a text as a whole is one such run.
pub(in crate::policy) fn is_whole_run(text: &str) -> bool {
    matches!(runs(text.trim_end()).as_slice(), [run] if run.start == 0 && run.end == text.trim_end().len())
}

/// The readable texts a run stands for, however its groups are cut.
pub(in crate::policy) fn readable(run: &str) -> Vec<String> {
    let digits: Vec<u8> = run.bytes().filter_map(value).collect();
    let mut texts = Vec::new();
    for cut in 0..4 {
        let bytes = decoded(digits.get(cut..).unwrap_or_default());
        for chunk in bytes.utf8_chunks() {
            let text = chunk.valid();
            if text.len() < limits::BASE64_TEXT_BYTES {
                continue;
            }
            // Text in UTF-16 has a NUL in every letter of the common alphabets.
            if text.contains('\0') {
                texts.push(text.replace('\0', ""));
            } else {
                texts.push(text.to_owned());
            }
        }
    }
    texts
}

/// A text in base64.
pub(in crate::policy) fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

fn decoded(digits: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
        let missing = 4 - group.len();
        let [_, whole @ ..] = (bits << (6 * missing)).to_be_bytes();
        bytes.extend(whole.iter().take(3_usize.saturating_sub(missing)));
    }
    bytes
}

fn rest(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// The length of a line break after which a digit stands.
fn line_break(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\n', next, ..] if is_digit(*next) => Some(1),
        [b'\r', b'\n', next, ..] if is_digit(*next) => Some(2),
        _ => None,
    }
}

const fn is_digit(byte: u8) -> bool {
    value(byte).is_some()
}

const fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
