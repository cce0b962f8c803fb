//! How policies look at values: equality over one domain of numbers and booleans, and text forms.

use crate::json::{self, Number, Value};
use std::borrow::Cow;

/// Deep equality in which numbers and booleans share one domain: 1, 1.0 and true are equal
/// (`condition-engine.md` section 3.3, condition 1).
#[must_use]
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Bool(truth), Value::Number(number))
        | (Value::Number(number), Value::Bool(truth)) => *number == Number::from(u64::from(*truth)),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => false,
    }
}

/// The text patterns are searched in: strings as they are, numbers in one spelling, everything
/// else as canonical JSON: compact, raw UTF-8, members sorted, so that a caller cannot change a
/// verdict by reordering members.
#[must_use]
pub(super) fn text_form(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number.to_text()),
        Value::Array(_) | Value::Object(_) => Cow::Owned(json::canonical(value)),
    }
}

/// A value shown to people: at most `limit` characters, control characters removed.
#[must_use]
pub(super) fn shown(text: &str, limit: usize) -> String {
    let mut kept = text.chars().filter(|c| !c.is_control());
    let mut out: String = kept.by_ref().take(limit).collect();
    if kept.next().is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn numbers_and_booleans_share_one_domain() {
        for (a, b, same) in [
            ("1", "true", true),
            ("1.0", "true", true),
            ("-0.0", "false", true),
            ("2", "true", false),
            ("\"1\"", "1", false),
            ("[1,{\"a\":0}]", "[true,{\"a\":false}]", true),
            ("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":true}", true),
            ("{\"a\":1}", "{\"a\":1,\"b\":2}", false),
            ("[]", "{}", false),
            ("null", "false", false),
            ("9007199254740993", "9007199254740992.0", false),
        ] {
            assert_eq!(equal(&value(a), &value(b)), same, "{a} and {b}");
            assert_eq!(equal(&value(b), &value(a)), same, "{b} and {a}");
        }
    }

    #[test]
    fn shown_values_are_cut_and_have_no_control_characters() {
        assert_eq!(shown("a\r\nb\u{1b}[0m", 10), "ab[0m");
        assert_eq!(shown("abcdef", 3), "abc…");
    }
}
