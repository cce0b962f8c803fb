//! Values written as text: compact JSON in raw UTF-8, canonical JSON, and the length policies see.

use super::Value;
use std::fmt::Write as _;

/// Compact JSON, raw UTF-8, members in their order, numbers as they were written. Parsing it gives
/// an equal value.
#[must_use]
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    write(
        &mut out,
        value,
        &Style {
            sorted: false,
            one_spelling: false,
        },
    );
    out
}

/// JSON in one spelling: members sorted by UTF-16 code units and strings escaped as RFC 8785 says,
/// numbers as [`super::Number::to_text`] writes them.
///
/// It differs from RFC 8785 in doubles, whose RFC spelling is ECMAScript's, and in integers beyond
/// 2^53, which RFC 8785 would round and this keeps.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(
        &mut out,
        value,
        &Style {
            sorted: true,
            one_spelling: true,
        },
    );
    out
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    write_string(out, text);
}

/// Appends `value` in canonical form.
pub(crate) fn push_canonical(out: &mut String, value: &Value) {
    write(
        out,
        value,
        &Style {
            sorted: true,
            one_spelling: true,
        },
    );
}

struct Style {
    sorted: bool,
    one_spelling: bool,
}

fn write(out: &mut String, value: &Value, style: &Style) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if style.one_spelling => out.push_str(&number.to_text()),
        Value::Number(number) => out.push_str(number.literal()),
        Value::String(text) => write_string(out, text),
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(out, element, style);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            if style.sorted {
                members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            }
            out.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write(out, member, style);
            }
            out.push('}');
        }
    }
}

/// Escapes only what RFC 8259 requires.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        // Whole runs that need no escape are copied at once; they end at ASCII bytes.
        out.push_str(text.get(run..at).unwrap_or_default());
        write_escaped(out, char::from(byte));
        run = at + 1;
    }
    out.push_str(text.get(run..).unwrap_or_default());
    out.push('"');
}

fn write_escaped(out: &mut String, c: char) {
    match short_escape(c) {
        Some(letter) => {
            out.push('\\');
            out.push(letter);
        }
        // Writing to a String cannot fail.
        None => {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
}

const fn short_escape(c: char) -> Option<char> {
    match c {
        '"' => Some('"'),
        '\\' => Some('\\'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        _ => None,
    }
}

/// Characters of the value's JSON text with ASCII escaping and `, ` / `: ` separators: what
/// `arg_size_greater_than` measures (`condition-engine.md` section 3.3, condition 7).
#[must_use]
pub fn ascii_escaped_len(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => number.to_text().len(),
        Value::String(text) => string_len(text),
        Value::Array(elements) => {
            2 + separators(elements.len()) + elements.iter().map(ascii_escaped_len).sum::<usize>()
        }
        Value::Object(object) => {
            let members: usize = object
                .iter()
                .map(|(key, value)| string_len(key) + 2 + ascii_escaped_len(value))
                .sum();
            2 + separators(object.len()) + members
        }
    }
}

const fn separators(count: usize) -> usize {
    2 * count.saturating_sub(1)
}

fn string_len(text: &str) -> usize {
    let escaped = |c: char| match c {
        _ if short_escape(c).is_some() => 2,
        ' '..='~' => 1,
        _ => 6 * c.len_utf16(),
    };
    2 + text.chars().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn canonical_text_sorts_keys_by_utf16_and_spells_numbers_once() {
        let value =
            parse("{\"\u{ffff}\":1.50,\"😀\":-0,\"a\":[1e2,\"\\u0041\\n\"]}".as_bytes()).unwrap();
        assert_eq!(
            canonical(&value),
            "{\"a\":[100.0,\"A\\n\"],\"😀\":0,\"\u{ffff}\":1.5}"
        );
    }

    #[test]
    fn the_measured_length_is_that_of_the_ascii_escaped_text() {
        for (text, length) in [
            ("\"é\"", 8),
            ("\"😀\"", 14),
            ("\"\u{2028}\u{7f}/\"", 15),
            ("{\"a\":1}", 8),
            ("[1,2]", 6),
            ("null", 4),
            ("1.0", 3),
            ("1e16", 5),
            ("[]", 2),
        ] {
            assert_eq!(
                ascii_escaped_len(&parse(text.as_bytes()).unwrap()),
                length,
                "{text}"
            );
        }
    }
}
