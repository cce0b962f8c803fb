//! The strict parser: bytes to a [`Value`], or where and why not.

mod tolerant;

use super::{Number, Object, Value};
use crate::limits;
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseErrorKind {
    /// The bytes start with a byte order mark.
    #[error("a byte order mark is not part of JSON")]
    ByteOrderMark,
    /// The bytes are not UTF-8.
    #[error("the text is not valid UTF-8")]
    NotUtf8,
    /// Nothing, or only white space.
    #[error("the text is empty")]
    Empty,
    /// The text ended inside a value.
    #[error("the text ends inside a value")]
    UnexpectedEnd,
    /// Something that no rule of the grammar allows here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Something follows the value.
    #[error("something follows the value")]
    TrailingData,
    /// A key stands twice in one object.
    #[error("the key `{0}` stands twice in one object")]
    DuplicateKey(String),
    /// `\ud800` without its other half.
    #[error("a lone surrogate is not a character")]
    LoneSurrogate,
    /// A control character stands unescaped in a string.
    #[error("a control character must be escaped")]
    ControlCharacter,
    /// A number with fraction or exponent too large for a double.
    #[error("the number is too large for a double")]
    NumberTooLarge,
    /// More characters than [`limits::NUMBER_CHARS`].
    #[error("the number has more than {limit} characters", limit = limits::NUMBER_CHARS)]
    NumberTooLong,
    /// More nested containers than the limit given.
    #[error("more than {0} nested containers")]
    TooDeep(usize),
    /// More values than [`limits::JSON_VALUES`].
    #[error("more than {limit} values", limit = limits::JSON_VALUES)]
    TooManyValues,
}

/// A refused text: what is wrong and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} at byte {offset}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Byte offset, from 0.
    pub offset: usize,
}

/// Reads one JSON text of at most [`limits::JSON_DEPTH`] nested containers.
///
/// # Errors
/// Whatever RFC 8259 does not allow, and what two parsers may read differently: see
/// [`ParseErrorKind`].
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    parse_with_depth(bytes, limits::JSON_DEPTH)
}

/// [`parse`] with another depth limit, for texts we wrote ourselves.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_depth(bytes: &[u8], depth: usize) -> Result<Value, ParseError> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(ParseError {
            kind: ParseErrorKind::ByteOrderMark,
            offset: 0,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| ParseError {
        kind: ParseErrorKind::NotUtf8,
        offset: e.valid_up_to(),
    })?;
    whole_text(text, depth, false)
}

/// Reads a text as the most tolerant of the servers do that parse it a second time: of a doubled
/// key the last value counts, a lone surrogate is U+FFFD, control characters stand for themselves,
/// and `NaN`, `Infinity` and numbers too large for a double are strings of those names.
///
/// Only for texts inside strings: their bytes go on as they are, and what a server makes of them
/// must be seen even where it is not JSON (`mcp-wire.md` section 9).
///
/// # Errors
/// What no server reads, and what is beyond the limits of [`parse`].
pub fn parse_tolerant(text: &str) -> Result<Value, ParseError> {
    whole_text(text, limits::JSON_DEPTH, true)
}

fn whole_text(text: &str, depth: usize, is_tolerant: bool) -> Result<Value, ParseError> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth_left: depth,
        depth,
        values: 0,
        is_tolerant,
    };
    parser.skip_space();
    if parser.peek().is_none() {
        return Err(parser.error(ParseErrorKind::Empty));
    }
    let value = parser.value()?;
    parser.skip_space();
    if parser.peek().is_some() {
        return Err(parser.error(ParseErrorKind::TrailingData));
    }
    Ok(value)
}

/// Objects with more members than this look their keys up in a set instead of one by one.
const FEW_MEMBERS: usize = 16;

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth_left: usize,
    depth: usize,
    values: usize,
    /// [`parse_tolerant`].
    is_tolerant: bool,
}

impl Parser<'_> {
    fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError {
            kind,
            offset: self.at,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn expected(&self, what: &'static str) -> ParseError {
        match self.peek() {
            None => self.error(ParseErrorKind::UnexpectedEnd),
            Some(_) => self.error(ParseErrorKind::Expected(what)),
        }
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.values += 1;
        if self.values > limits::JSON_VALUES {
            return Err(self.error(ParseErrorKind::TooManyValues));
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'N' | b'I') if self.is_tolerant => self.number_or_word(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, ParseError>,
    ) -> Result<Value, ParseError> {
        let Some(left) = self.depth_left.checked_sub(1) else {
            return Err(self.error(ParseErrorKind::TooDeep(self.depth)));
        };
        self.depth_left = left;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth_left += 1;
        Ok(value)
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, ParseError> {
        if !self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            return Err(self.error(ParseErrorKind::Expected("true, false or null")));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, ParseError> {
        let mut elements = Vec::new();
        if self.close(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            self.skip_space();
            if self.close(b']') {
                return Ok(Value::Array(elements));
            }
            self.comma("`,` or `]`")?;
        }
    }

    fn object(&mut self) -> Result<Value, ParseError> {
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut is_doubled = false;
        if self.close(b'}') {
            return Ok(Value::Object(Object::new()));
        }
        loop {
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            let is_duplicate = is_duplicate(&key, &members, &mut seen);
            is_doubled |= is_duplicate;
            if is_duplicate && !self.is_tolerant {
                return Err(ParseError {
                    kind: ParseErrorKind::DuplicateKey(key),
                    offset: key_at,
                });
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.expected("`:`"));
            }
            self.at += 1;
            self.skip_space();
            members.push((key, self.value()?));
            self.skip_space();
            if self.close(b'}') {
                let members = if is_doubled {
                    tolerant::last_of_doubled(members)
                } else {
                    members
                };
                return Ok(Value::Object(Object::from_unique(members)));
            }
            self.comma("`,` or `}`")?;
        }
    }

    fn close(&mut self, bracket: u8) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.at += 1;
        }
        closes
    }

    fn comma(&mut self, what: &'static str) -> Result<(), ParseError> {
        if self.peek() != Some(b',') {
            return Err(self.expected(what));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Reads a string whose opening quote is the next byte.
    fn string(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let run = self.at;
            while self
                .peek()
                .is_some_and(|b| b != b'"' && b != b'\\' && (b >= 0x20 || self.is_tolerant))
            {
                self.at += 1;
            }
            // Runs end at ASCII bytes, so both ends are character boundaries.
            out.push_str(self.text.get(run..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error(ParseErrorKind::ControlCharacter)),
                None => return Err(self.error(ParseErrorKind::UnexpectedEnd)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        self.at += 1;
        let letter = self.peek();
        let c = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(c)
    }

    /// Reads `u` and four digits, or a surrogate pair of two such escapes.
    fn unicode_escape(&mut self) -> Result<char, ParseError> {
        let start = self.at;
        let first = self.code_unit()?;
        if self.is_tolerant {
            return self.tolerant_escape(first);
        }
        let units = if (0xD800..0xDC00).contains(&first) {
            if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                return Err(ParseError {
                    kind: ParseErrorKind::LoneSurrogate,
                    offset: start,
                });
            }
            self.at += 1;
            vec![first, self.code_unit()?]
        } else {
            vec![first]
        };
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(ParseError {
                kind: ParseErrorKind::LoneSurrogate,
                offset: start,
            }),
        }
    }

    fn code_unit(&mut self) -> Result<u16, ParseError> {
        let digits = self.text.get(self.at + 1..self.at + 5).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.error(ParseErrorKind::Expected("four hexadecimal digits")));
        }
        self.at += 5;
        u16::from_str_radix(digits, 16)
            .map_err(|_| self.error(ParseErrorKind::Expected("four hexadecimal digits")))
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        let mut is_double = false;
        if self.peek() == Some(b'.') {
            is_double = true;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_double = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let literal = self.text.get(start..self.at).unwrap_or_default();
        let refused = |kind| {
            Err(ParseError {
                kind,
                offset: start,
            })
        };
        if literal.len() > limits::NUMBER_CHARS {
            return refused(ParseErrorKind::NumberTooLong);
        }
        if is_double && !literal.parse::<f64>().is_ok_and(f64::is_finite) {
            if self.is_tolerant {
                return Ok(tolerant::infinity(literal));
            }
            return refused(ParseErrorKind::NumberTooLarge);
        }
        Ok(Value::Number(Number::from_checked(literal)))
    }

    /// Reads one or more digits.
    fn digits(&mut self) -> Result<(), ParseError> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.expected("a digit"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }
}

/// Whether `key` was seen in this object; few keys are compared one by one, many through a set.
fn is_duplicate(key: &str, members: &[(String, Value)], seen: &mut BTreeSet<String>) -> bool {
    if members.len() < FEW_MEMBERS {
        return members.iter().any(|(known, _)| known == key);
    }
    if seen.is_empty() {
        seen.extend(members.iter().map(|(known, _)| known.clone()));
    }
    !seen.insert(key.to_owned())
}

#[cfg(test)]
mod tests;
