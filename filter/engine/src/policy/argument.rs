//! Which arguments a condition looks at: one by name, all of them, or a path into them.
//!
//! `arg` is a literal top-level key, as in the reference. `arg_path` is our own growth: keys joined
//! by dots, list indices, `*` for every element or member, and `"..."` around a key that holds a
//! dot, a star or a quote.

use crate::json::{Object, Value};
use std::fmt;
use thiserror::Error;

/// Which values of a call's arguments a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// The top-level argument of that name.
    Key(String),
    /// Every top-level value.
    Any,
    /// What the path reaches.
    Path(ArgPath),
}

impl Argument {
    /// The argument that `arg: <text>` names.
    #[must_use]
    pub fn from_arg(text: &str) -> Self {
        if text == "*" {
            Self::Any
        } else {
            Self::Key(text.to_owned())
        }
    }

    /// The values, in the order they stand in the call. Empty if there are none.
    #[must_use]
    pub fn values<'a>(&self, arguments: Option<&'a Object>) -> Vec<&'a Value> {
        let Some(arguments) = arguments else {
            return Vec::new();
        };
        match self {
            Self::Key(key) => arguments.get(key).into_iter().collect(),
            Self::Any => arguments.iter().map(|(_, value)| value).collect(),
            Self::Path(path) => path.values(arguments),
        }
    }
}

/// A step of an [`ArgPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member by key or, written without quotes, an element by index.
    Name { key: String, index: Option<usize> },
    /// Every element or member.
    Every,
}

/// A path into arguments, such as `items.*.sku`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgPath {
    steps: Vec<Step>,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArgPathError {
    /// A quote was opened and not closed.
    #[error("a `\"` is not closed")]
    OpenQuote,
    /// Something stands between a closing quote and the next dot.
    #[error("a quoted key must be followed by a dot or the end")]
    AfterQuote,
    /// Query syntax that a path does not have.
    #[error(
        "a path has keys, indices and `*` joined by dots, such as `items.*.id`; `{0}` is not part of one"
    )]
    Query(char),
}

impl ArgPath {
    /// Reads a path. Empty segments address the key "".
    ///
    /// # Errors
    /// If a quote is not closed or not followed by a dot.
    pub fn parse(text: &str) -> Result<Self, ArgPathError> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (step, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_step(quoted)?,
                None => plain_step(rest),
            };
            steps.push(step);
            match after {
                Some(after) => rest = after,
                None => return Ok(Self { steps }),
            }
        }
    }

    /// Reads a path where the reference takes a query language of which only paths are understood.
    ///
    /// # Errors
    /// As [`ArgPath::parse`], and for characters only the query language gives a meaning.
    pub fn parse_strict(text: &str) -> Result<Self, ArgPathError> {
        let path = Self::parse(text)?;
        let query = |step: &Step| match step {
            Step::Name { key, .. } if !text.contains('"') => key
                .chars()
                .find(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-'))),
            Step::Name { .. } | Step::Every => None,
        };
        match path.steps.iter().find_map(query) {
            Some(c) => Err(ArgPathError::Query(c)),
            None => Ok(path),
        }
    }

    /// Whether the path may reach more than one value.
    #[must_use]
    pub fn is_plural(&self) -> bool {
        self.steps.contains(&Step::Every)
    }

    /// The values the path reaches, in the order they stand in the call.
    #[must_use]
    pub fn values<'a>(&self, arguments: &'a Object) -> Vec<&'a Value> {
        self.values_counted(arguments, &mut 0)
    }

    /// [`ArgPath::values`], adding to `visited` how many members were looked through.
    pub(in crate::policy) fn values_counted<'a>(
        &self,
        arguments: &'a Object,
        visited: &mut usize,
    ) -> Vec<&'a Value> {
        let mut steps = self.steps.iter();
        let mut reached: Vec<&'a Value> = Vec::new();
        match steps.next() {
            None => {}
            Some(Step::Every) => reached.extend(arguments.iter().map(|(_, value)| value)),
            Some(Step::Name { key, .. }) => reached.extend(arguments.get(key)),
        }
        *visited += arguments.len();
        for step in steps {
            let mut next = Vec::new();
            for value in reached {
                *visited += one_step(step, value, &mut next);
            }
            reached = next;
        }
        reached
    }
}

/// Adds what a step reaches from a value; gives back how many members it looked through.
fn one_step<'a>(step: &Step, value: &'a Value, reached: &mut Vec<&'a Value>) -> usize {
    match (step, value) {
        (Step::Every, Value::Array(elements)) => {
            reached.extend(elements);
            elements.len()
        }
        (Step::Every, Value::Object(object)) => {
            reached.extend(object.iter().map(|(_, value)| value));
            object.len()
        }
        (Step::Name { key, .. }, Value::Object(object)) => {
            reached.extend(object.get(key));
            object.len()
        }
        (
            Step::Name {
                index: Some(index), ..
            },
            Value::Array(elements),
        ) => {
            reached.extend(elements.get(*index));
            1
        }
        _ => 1,
    }
}

/// The step up to the next dot, and what follows the dot.
fn plain_step(text: &str) -> (Step, Option<&str>) {
    let (segment, after) = match text.split_once('.') {
        Some((segment, after)) => (segment, Some(after)),
        None => (text, None),
    };
    let step = match segment {
        "*" => Step::Every,
        _ => Step::Name {
            key: segment.to_owned(),
            index: plain_index(segment),
        },
    };
    (step, after)
}

/// An index has one spelling: no sign and no leading zeros.
fn plain_index(segment: &str) -> Option<usize> {
    let index: usize = segment.parse().ok()?;
    (index.to_string() == segment).then_some(index)
}

/// The step of a quoted key whose opening quote is already read. A backslash keeps the next
/// character as it is.
fn quoted_step(text: &str) -> Result<(Step, Option<&str>), ArgPathError> {
    let mut key = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next() {
            None => return Err(ArgPathError::OpenQuote),
            Some('\\') => key.extend(chars.next()),
            Some('"') => break,
            Some(c) => key.push(c),
        }
    }
    let step = Step::Name { key, index: None };
    match chars.next() {
        None => Ok((step, None)),
        Some('.') => Ok((step, Some(chars.as_str()))),
        Some(_) => Err(ArgPathError::AfterQuote),
    }
}

impl fmt::Display for ArgPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match step {
                Step::Every => f.write_str("*")?,
                Step::Name { key, index } if index.is_none() && needs_quotes(key) => {
                    write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                }
                Step::Name { key, .. } => f.write_str(key)?,
            }
        }
        Ok(())
    }
}

/// Whether the key, written plainly, would be read as something else.
fn needs_quotes(key: &str) -> bool {
    key == "*" || key.contains('.') || key.starts_with('"') || plain_index(key).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn reached(path: &str, arguments: &str) -> Vec<String> {
        let arguments = json::parse(arguments.as_bytes()).unwrap();
        let path = ArgPath::parse(path).unwrap();
        path.values(arguments.as_object().unwrap())
            .into_iter()
            .map(json::to_text)
            .collect()
    }

    #[test]
    fn a_path_reaches_through_maps_lists_and_stars() {
        for (path, arguments, values) in [
            ("a.b", r#"{"a":{"b":1}}"#, vec!["1"]),
            ("a.b", r#"{"a.b":1}"#, vec![]),
            (r#""a.b""#, r#"{"a.b":1}"#, vec!["1"]),
            ("a.0", r#"{"a":["x"]}"#, vec!["\"x\""]),
            ("a.0", r#"{"a":{"0":2}}"#, vec!["2"]),
            ("a.00", r#"{"a":["x"]}"#, vec![]),
            (r#"a."0""#, r#"{"a":["x"]}"#, vec![]),
            (
                "items.*.sku",
                r#"{"items":[{"sku":1},{"x":2},{"sku":3}]}"#,
                vec!["1", "3"],
            ),
            ("*.b", r#"{"p":{"b":1},"q":{"b":2}}"#, vec!["1", "2"]),
            (r#""*""#, r#"{"*":1,"a":2}"#, vec!["1"]),
            ("a.", r#"{"a":{"":5}}"#, vec!["5"]),
            ("", r#"{"":5}"#, vec!["5"]),
            (r#""a\"b""#, r#"{"a\"b":7}"#, vec!["7"]),
            ("a.b.c", r#"{"a":{"b":"text"}}"#, vec![]),
        ] {
            assert_eq!(reached(path, arguments), values, "{path} in {arguments}");
        }
    }

    #[test]
    fn a_path_survives_its_text() {
        for text in [
            "a.b",
            r#""a.b".c"#,
            "items.*.0",
            r#""*""#,
            r#"a."0""#,
            r#""\"\\""#,
            "a.",
            "",
        ] {
            let path = ArgPath::parse(text).unwrap();
            assert_eq!(ArgPath::parse(&path.to_string()), Ok(path), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_path_is_refused() {
        assert_eq!(ArgPath::parse("\"a"), Err(ArgPathError::OpenQuote));
        assert_eq!(ArgPath::parse("\"a\"b"), Err(ArgPathError::AfterQuote));
        assert_eq!(ArgPath::parse_strict("[["), Err(ArgPathError::Query('[')));
        assert!(ArgPath::parse_strict("o.ids.*.\"a[0]\"").is_ok());
    }
}
