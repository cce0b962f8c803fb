//! Reading the members of a mapping: types checked, unknown keys found, every error kept.

use super::error::{DocumentError, DocumentErrorKind};
use super::nearest::nearest;
use crate::json::{Number, Object, Value};
use crate::policy::place::Path;

/// The errors found so far.
pub(in crate::policy) type Errors = Vec<DocumentError>;

/// A mapping being read. [`Fields::finish`] reports the keys nobody asked for.
pub(in crate::policy) struct Fields<'a> {
    object: &'a Object,
    path: Path,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Begins to read `value`; `None`, and an error, if it is not a mapping.
    pub(in crate::policy) fn of(value: &'a Value, path: Path, errors: &mut Errors) -> Option<Self> {
        let Value::Object(object) = value else {
            errors.push(wrong_type(path, "a mapping", value));
            return None;
        };
        Some(Self {
            object,
            path,
            asked: Vec::new(),
        })
    }

    /// The place of the mapping.
    pub(in crate::policy) const fn path(&self) -> &Path {
        &self.path
    }

    /// The place of the member `key`.
    pub(in crate::policy) fn place(&self, key: &str) -> Path {
        self.path.key(key)
    }

    /// The member `key`, whatever it is.
    pub(in crate::policy) fn optional(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.push(key);
        self.object.get(key)
    }

    /// The member `key`; an error if it is missing.
    pub(in crate::policy) fn required(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<&'a Value> {
        let found = self.optional(key);
        if found.is_none() {
            errors.push(DocumentError {
                path: self.path.clone(),
                kind: DocumentErrorKind::MissingKey { key },
            });
        }
        found
    }

    /// The required string `key`.
    pub(in crate::policy) fn text(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<&'a str> {
        let value = self.required(key, errors)?;
        self.as_text(key, value, errors)
    }

    /// The string `key`, or `default` if it is absent.
    pub(in crate::policy) fn text_or<'b>(
        &mut self,
        key: &'static str,
        default: &'b str,
        errors: &mut Errors,
    ) -> &'b str
    where
        'a: 'b,
    {
        match self.optional(key) {
            Some(value) => self.as_text(key, value, errors).unwrap_or(default),
            None => default,
        }
    }

    /// The string a member is; an error if it is none.
    pub(in crate::policy) fn as_text(
        &self,
        key: &str,
        value: &'a Value,
        errors: &mut Errors,
    ) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            errors.push(wrong_type(self.place(key), "a string", value));
        }
        text
    }

    /// The required integer `key`.
    pub(in crate::policy) fn integer(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<i128> {
        let value = self.required(key, errors)?;
        self.as_integer(key, value, errors)
    }

    /// The integer a member is or is coerced to; an error if it is none.
    pub(in crate::policy) fn as_integer(
        &self,
        key: &str,
        value: &Value,
        errors: &mut Errors,
    ) -> Option<i128> {
        let integer = coerced_integer(value);
        if integer.is_none() {
            errors.push(wrong_type(self.place(key), "an integer", value));
        }
        integer
    }

    /// The boolean `key`, or `default` if it is absent.
    pub(in crate::policy) fn truth_or(
        &mut self,
        key: &'static str,
        default: bool,
        errors: &mut Errors,
    ) -> bool {
        let Some(value) = self.optional(key) else {
            return default;
        };
        coerced_bool(value).unwrap_or_else(|| {
            errors.push(wrong_type(self.place(key), "a boolean", value));
            default
        })
    }

    /// The elements of the required list `key`.
    pub(in crate::policy) fn list(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<&'a [Value]> {
        let value = self.required(key, errors)?;
        self.as_list(key, value, errors)
    }

    /// The elements a member has; an error if it is no list.
    pub(in crate::policy) fn as_list(
        &self,
        key: &str,
        value: &'a Value,
        errors: &mut Errors,
    ) -> Option<&'a [Value]> {
        let list = value.as_array();
        if list.is_none() {
            errors.push(wrong_type(self.place(key), "a list", value));
        }
        list
    }

    /// The required list of strings `key`.
    pub(in crate::policy) fn texts(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<Vec<String>> {
        let elements = self.list(key, errors)?;
        let before = errors.len();
        let mut texts = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            match element {
                Value::String(text) => texts.push(text.clone()),
                other => errors.push(wrong_type(self.place(key).index(at), "a string", other)),
            }
        }
        (errors.len() == before).then_some(texts)
    }

    /// The word `key` of a closed set, or `default` if it is absent.
    pub(in crate::policy) fn word_or<T: Copy>(
        &mut self,
        key: &'static str,
        what: &'static str,
        words: &[(&'static str, T)],
        default: T,
        errors: &mut Errors,
    ) -> T {
        match self.optional(key) {
            Some(value) => self
                .as_word(key, value, what, words, errors)
                .unwrap_or(default),
            None => default,
        }
    }

    /// The word a member is; an error if it is not in the set.
    pub(in crate::policy) fn as_word<T: Copy>(
        &self,
        key: &str,
        value: &'a Value,
        what: &'static str,
        words: &[(&'static str, T)],
        errors: &mut Errors,
    ) -> Option<T> {
        let got = self.as_text(key, value, errors)?;
        let found = words
            .iter()
            .find(|(word, _)| *word == got)
            .map(|(_, meaning)| *meaning);
        if found.is_none() {
            let expected: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            errors.push(unknown_name(self.place(key), what, got, expected));
        }
        found
    }

    /// Reports every key nobody asked for.
    pub(in crate::policy) fn finish(self, errors: &mut Errors) {
        for key in self.object.keys().filter(|key| !self.asked.contains(key)) {
            let kind = DocumentErrorKind::UnknownKey {
                key: key.to_owned(),
                expected: self.asked.clone(),
                nearest: nearest(key, self.asked.iter().copied()),
            };
            errors.push(DocumentError {
                path: self.path.key(key),
                kind,
            });
        }
    }
}

/// A value of the wrong type at a place.
pub(in crate::policy) fn wrong_type(
    path: Path,
    expected: &'static str,
    value: &Value,
) -> DocumentError {
    DocumentError {
        path,
        kind: DocumentErrorKind::WrongType {
            expected,
            got: value.kind(),
        },
    }
}

/// A word at a place that is not in its set.
pub(in crate::policy) fn unknown_name(
    path: Path,
    what: &'static str,
    got: &str,
    expected: Vec<&'static str>,
) -> DocumentError {
    let nearest = nearest(got, expected.iter().copied());
    let kind = DocumentErrorKind::UnknownName {
        what,
        got: got.to_owned(),
        expected,
        nearest,
    };
    DocumentError { path, kind }
}

/// The boolean a value stands for: true, false, 1, 0 and the usual words in any case.
fn coerced_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) if *number == Number::from(1_u64) => Some(true),
        Value::Number(number) if *number == Number::from(0_u64) => Some(false),
        Value::String(word) => match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
            "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The integer a value stands for: integers, booleans, doubles without a fraction, and strings
/// that spell one of them. One beyond 128 bits is the largest or smallest there is.
fn coerced_integer(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(truth) => Some(i128::from(*truth)),
        Value::Number(number) if number.is_integer() => integer_from_text(number.literal()),
        Value::Number(number) => integer_from_double(number.as_f64()),
        Value::String(text) => {
            let text = text.trim();
            let digits = match text.split_once('.') {
                Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole,
                Some(_) => return None,
                None => text,
            };
            integer_from_text(digits)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn integer_from_text(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let beyond = if negative { i128::MIN } else { i128::MAX };
    Some(text.parse().unwrap_or(beyond))
}

fn integer_from_double(double: f64) -> Option<i128> {
    let whole = format!("{double:.0}");
    (double.fract() == 0.0)
        .then(|| integer_from_text(&whole))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn integers_are_coerced_as_the_reference_coerces_them() {
        for (text, integer) in [
            ("5", Some(5)),
            ("\"5\"", Some(5)),
            ("\" -5 \"", Some(-5)),
            ("\"5.0\"", Some(5)),
            ("1.0", Some(1)),
            ("1e3", Some(1000)),
            ("true", Some(1)),
            ("-3", Some(-3)),
            ("1000000000000000000000000000000", Some(10_i128.pow(30))),
            ("1.5", None),
            ("\"1.5\"", None),
            ("\"x\"", None),
            ("\"\"", None),
            ("null", None),
            ("[1]", None),
        ] {
            assert_eq!(coerced_integer(&value(text)), integer, "{text}");
        }
        let huge = format!("1{}", "0".repeat(60));
        assert_eq!(coerced_integer(&value(&huge)), Some(i128::MAX));
        assert_eq!(
            coerced_integer(&value(&format!("-{huge}"))),
            Some(i128::MIN)
        );
    }

    #[test]
    fn booleans_are_coerced_as_the_reference_coerces_them() {
        for (text, truth) in [
            ("\"yes\"", Some(true)),
            ("\"OFF\"", Some(false)),
            ("1", Some(true)),
            ("0.0", Some(false)),
            ("2", None),
            ("\"maybe\"", None),
            ("null", None),
        ] {
            assert_eq!(coerced_bool(&value(text)), truth, "{text}");
        }
    }
}
