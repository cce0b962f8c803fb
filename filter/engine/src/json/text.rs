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
            numbers: Numbers::Written,
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
            numbers: Numbers::Exact,
        },
    );
    out
}

/// JSON as RFC 8785 writes it (JCS): what other programs compute digests and signatures over.
///
/// Numbers are what ECMAScript makes of their nearest double, so two integers beyond 2^53 can have
/// one text; [`super::Number::is_rounded`] tells which numbers those are.
#[must_use]
pub fn jcs(value: &Value) -> String {
    let mut out = String::new();
    write(
        &mut out,
        value,
        &Style {
            sorted: true,
            numbers: Numbers::EcmaScript,
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
            numbers: Numbers::Exact,
        },
    );
}

struct Style {
    sorted: bool,
    numbers: Numbers,
}

/// How numbers are spelled.
enum Numbers {
    /// As they were written.
    Written,
    /// One spelling per value, integers in full.
    Exact,
    /// As ECMAScript spells the nearest double.
    EcmaScript,
}

fn write(out: &mut String, value: &Value, style: &Style) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match style.numbers {
            Numbers::Written => out.push_str(number.literal()),
            Numbers::Exact => out.push_str(&number.to_text()),
            Numbers::EcmaScript => out.push_str(&number.to_ecma_script()),
        },
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
    fn the_example_of_rfc_8785_is_written_as_the_rfc_writes_it() {
        // Section 3.2.2: the input, and what section 3.2.4 gives as its bytes.
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = "{\"literals\":[null,true,false],\
                        \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
                        \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        assert_eq!(jcs(&parse(input.as_bytes()).unwrap()), expected);
    }

    #[test]
    fn members_are_sorted_as_the_rfc_sorts_them() {
        // Section 3.2.3.
        let input = "{\"\u{20ac}\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\
                     \"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\",\
                     \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{80}\":\"Control\",\
                     \"\u{f6}\":\"Latin Small Letter O With Diaeresis\"}";
        let value = parse(jcs(&parse(input.as_bytes()).unwrap()).as_bytes()).unwrap();
        let keys: Vec<_> = value
            .as_object()
            .unwrap()
            .keys()
            .map(str::to_owned)
            .collect();
        let expected = [
            "\r",
            "1",
            "\u{80}",
            "\u{f6}",
            "\u{20ac}",
            "\u{1f600}",
            "\u{fb33}",
        ];
        assert_eq!(keys, expected);
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
