//! What [`super::parse_tolerant`] reads beyond the grammar.

use super::{ParseError, Parser, Value};
use std::collections::BTreeSet;

/// The words that JavaScript and Python write where JSON has no number.
const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// The members with the last value of each key.
pub(super) fn last_of_doubled(members: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut seen = BTreeSet::new();
    let mut last: Vec<_> = members
        .into_iter()
        .rev()
        .filter(|(key, _)| seen.insert(key.clone()))
        .collect();
    last.reverse();
    last
}

/// What a number too large for a double becomes.
pub(super) fn infinity(literal: &str) -> Value {
    let [_, positive, negative] = WORDS;
    let word = if literal.starts_with('-') {
        negative
    } else {
        positive
    };
    Value::from(word)
}

impl Parser<'_> {
    /// A number, or one of [`WORDS`] as a string.
    pub(super) fn number_or_word(&mut self) -> Result<Value, ParseError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match WORDS.into_iter().find(|word| rest.starts_with(word)) {
            Some(word) => {
                self.at += word.len();
                Ok(Value::from(word))
            }
            None => self.number(),
        }
    }

    /// The character of an escape whose first code unit is read; a half of a surrogate pair that
    /// has lost the other is U+FFFD.
    pub(super) fn tolerant_escape(&mut self, first: u16) -> Result<char, ParseError> {
        let is_pair = (0xD800..0xDC00).contains(&first)
            && self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
        if !is_pair {
            return Ok(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 1;
        let second = self.code_unit()?;
        match char::decode_utf16([first, second]).next() {
            Some(Ok(pair)) => Ok(pair),
            _ => {
                // The second escape is a character of its own.
                self.at = before;
                Ok(char::REPLACEMENT_CHARACTER)
            }
        }
    }
}
