//! The JSON text the reference signs: ASCII only, keys by code point, numbers as Python prints them
//! (`trust-engine.md` section 4). Not [`crate::json::canonical`], which is raw UTF-8 sorted by
//! UTF-16.

use crate::json::Value;
use std::fmt::Write as _;

/// A value in the one spelling the reference signs.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.to_text()),
        Value::String(text) => write_string(out, text),
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                separate(out, at);
                write(out, element);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            // UTF-8 sorts as code points do.
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                separate(out, at);
                write_string(out, key);
                out.push(':');
                write(out, member);
            }
            out.push('}');
        }
    }
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        write_character(out, character);
    }
    out.push('"');
}

fn write_character(out: &mut String, character: char) {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        ' '..='~' => return out.push(character),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
            return;
        }
    };
    out.push_str(short);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn text_is_what_json_dumps_of_python_writes() {
        // json.dumps(value, sort_keys=True, separators=(",", ":")) of CPython 3.12.
        for (text, expected) in [
            ("{\"b\":1,\"a\":5.0}", r#"{"a":5.0,"b":1}"#),
            (
                "[1e16,1e-5,-0.0,-0,100000000000000000000]",
                "[1e+16,1e-05,-0.0,0,100000000000000000000]",
            ),
            (
                "\"é😀\u{7f}\\u0001/\\\"\\\\\\b\\f\\n\\r\\t\"",
                r#""\u00e9\ud83d\ude00\u007f\u0001/\"\\\b\f\n\r\t""#,
            ),
            (
                "{\"\u{ffff}\":null,\"😀\":[true,false]}",
                r#"{"\uffff":null,"\ud83d\ude00":[true,false]}"#,
            ),
        ] {
            let value = json::parse(text.as_bytes()).unwrap();
            assert_eq!(canonical(&value), expected, "{text}");
        }
    }
}
