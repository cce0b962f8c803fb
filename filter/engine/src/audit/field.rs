//! The members of a record on their way into bytes. Borrowed, because every call makes a record.

use crate::json::{Value, push_canonical, push_string};
use std::fmt::Write as _;

/// The value of one member.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// A string.
    Text(&'a str),
    /// A non-negative integer.
    Number(u64),
    /// A truth value.
    Truth(bool),
    /// An array of strings.
    Texts(Vec<String>),
    /// Any JSON value.
    Value(&'a Value),
}

/// One object in canonical form ([`crate::json::canonical`]). The keys are plain ASCII, so their
/// order by bytes is their order by UTF-16 units.
pub(super) fn write_canonical(mut members: Vec<(&str, Field<'_>)>) -> String {
    members.sort_unstable_by_key(|(key, _)| *key);
    let mut out = String::with_capacity(1024);
    let mut separator = '{';
    for (key, field) in members {
        out.push(separator);
        separator = ',';
        push_string(&mut out, key);
        out.push(':');
        write_field(&mut out, field);
    }
    out.push('}');
    out
}

fn write_field(out: &mut String, field: Field<'_>) {
    match field {
        Field::Text(text) => push_string(out, text),
        // Writing to a String cannot fail.
        Field::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Field::Truth(true) => out.push_str("true"),
        Field::Truth(false) => out.push_str("false"),
        Field::Texts(texts) => {
            let mut separator = '[';
            for text in &texts {
                out.push(separator);
                separator = ',';
                push_string(out, text);
            }
            out.push_str(if texts.is_empty() { "[]" } else { "]" });
        }
        Field::Value(value) => push_canonical(out, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{canonical, parse};

    #[test]
    fn what_is_written_is_canonical() {
        let value = parse(br#"{"b":1.0,"a":[]}"#).unwrap();
        let text = write_canonical(vec![
            ("z", Field::Text("a \"line\"\n")),
            ("list", Field::Texts(vec!["x".to_owned(), "y".to_owned()])),
            ("none", Field::Texts(Vec::new())),
            ("n", Field::Number(u64::MAX)),
            ("t", Field::Truth(true)),
            ("value", Field::Value(&value)),
        ]);
        assert_eq!(canonical(&parse(text.as_bytes()).unwrap()), text);
    }
}
