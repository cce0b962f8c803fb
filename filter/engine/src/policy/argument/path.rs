//! A path into arguments: steps through maps and lists, to any depth if it says so.

use crate::json::{Object, Value};
use crate::policy::inside::Inside;
use std::fmt;
use thiserror::Error;

/// A step of an [`ArgPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member by key or, written without quotes, an element by index.
    Name { key: String, index: Option<usize> },
    /// Every element or member.
    Every,
    /// The value itself and everything below it.
    Deep,
}

/// A path into arguments, such as `items.*.sku` or `**.path`.
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
    /// More than one `**`: what they reach would grow with every one.
    #[error("`**` may stand once in a path")]
    TwiceDeep,
    /// A path to several places where one is asked for.
    #[error("a path without `*` is expected here: it must lead to one place")]
    Plural,
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
    /// If a quote is not closed or not followed by a dot, or `**` stands twice.
    pub fn parse(text: &str) -> Result<Self, ArgPathError> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (step, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_step(quoted)?,
                None => plain_step(rest),
            };
            if step == Step::Deep && steps.contains(&step) {
                return Err(ArgPathError::TwiceDeep);
            }
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
            Step::Name { .. } | Step::Every | Step::Deep => None,
        };
        match path.steps.iter().find_map(query) {
            Some(c) => Err(ArgPathError::Query(c)),
            None => Ok(path),
        }
    }

    /// Whether the path may reach more than one value.
    #[must_use]
    pub fn is_plural(&self) -> bool {
        let is_one = |step: &Step| matches!(step, Step::Name { .. });
        !self.steps.iter().all(is_one)
    }

    /// Whether the path reaches the value at a place, or one it stands in; with `holds_json`, also
    /// whether it goes on inside that value.
    pub(in crate::policy) fn covers(&self, place: &[String], holds_json: bool) -> bool {
        covers(&self.steps, place, holds_json)
    }

    /// The keys it goes through, if it reaches one place by keys only.
    pub(in crate::policy) fn keys(&self) -> Option<Vec<&str>> {
        let key = |step: &'_ Step| match step {
            Step::Name { .. } => true,
            Step::Every | Step::Deep => false,
        };
        if !self.steps.iter().all(key) {
            return None;
        }
        let keys = self.steps.iter().filter_map(|step| match step {
            Step::Name { key, .. } => Some(key.as_str()),
            Step::Every | Step::Deep => None,
        });
        Some(keys.collect())
    }

    /// The key of the one top-level argument it names, if it names one.
    pub(in crate::policy) fn only_key(&self) -> Option<String> {
        match self.steps.as_slice() {
            [Step::Name { key, .. }] => Some(key.clone()),
            _ => None,
        }
    }

    /// The values the path reaches, in the order they stand in the call.
    #[must_use]
    pub fn values<'a>(&self, arguments: &'a Object) -> Vec<&'a Value> {
        self.values_counted(arguments, None, &mut 0)
    }

    /// [`ArgPath::values`], adding to `visited` how many members were looked through. With
    /// `inside`, the path goes into what strings hold as well, and ends there as well.
    pub(in crate::policy) fn values_counted<'a>(
        &self,
        arguments: &'a Object,
        inside: Option<&'a Inside>,
        visited: &mut usize,
    ) -> Vec<&'a Value> {
        let held = |value| inside.and_then(|inside| inside.held(value));
        // The arguments themselves are no value of the call: they stand beside those reached.
        let mut root = Some(arguments);
        let mut reached: Vec<&'a Value> = Vec::new();
        for step in &self.steps {
            let mut next = Vec::new();
            if let Some(object) = root {
                *visited += step.walk_object(object, inside, &mut next);
            }
            root = root.filter(|_| *step == Step::Deep);
            for value in reached {
                *visited += step.walk_value(value, inside, &mut next);
                if let Some(held) = held(value).filter(|_| *step != Step::Deep) {
                    *visited += step.walk_value(held, inside, &mut next);
                }
            }
            reached = next;
        }
        let inner: Vec<_> = match self.steps.last() {
            // It has been there.
            Some(Step::Deep) => Vec::new(),
            _ => reached.iter().filter_map(|value| held(value)).collect(),
        };
        reached.extend(inner);
        reached
    }
}

/// Whether steps reach a place. `**` stands once at most, so this is linear in the place for each.
fn covers(steps: &[Step], place: &[String], holds_json: bool) -> bool {
    match (steps, place) {
        ([], _) => true,
        ([Step::Deep], _) => true,
        ([Step::Deep, rest @ ..], [_, below @ ..]) => {
            covers(rest, place, holds_json) || covers(steps, below, holds_json)
        }
        ([Step::Deep, rest @ ..], []) => covers(rest, place, holds_json),
        (_, []) => holds_json,
        ([Step::Every, rest @ ..], [_, below @ ..]) => covers(rest, below, holds_json),
        ([Step::Name { key, .. }, rest @ ..], [segment, below @ ..]) => {
            key == segment && covers(rest, below, holds_json)
        }
    }
}

impl Step {
    /// Adds what the step reaches from a value; gives back how many members it looked through.
    fn walk_value<'a>(
        &self,
        value: &'a Value,
        inside: Option<&'a Inside>,
        reached: &mut Vec<&'a Value>,
    ) -> usize {
        if *self == Self::Deep {
            return everything(value, inside, reached);
        }
        match (self, value) {
            (Self::Every, Value::Array(elements)) => {
                reached.extend(elements);
                elements.len()
            }
            (_, Value::Object(object)) => self.walk_object(object, inside, reached),
            (
                Self::Name {
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

    /// [`Step::walk_value`] of an object.
    fn walk_object<'a>(
        &self,
        object: &'a Object,
        inside: Option<&'a Inside>,
        reached: &mut Vec<&'a Value>,
    ) -> usize {
        match self {
            Self::Name { key, .. } => reached.extend(object.get(key)),
            Self::Every => reached.extend(object.iter().map(|(_, value)| value)),
            Self::Deep => {
                let below = object.iter().map(|(_, value)| value);
                return below.map(|value| everything(value, inside, reached)).sum();
            }
        }
        object.len()
    }
}

/// Adds a value and everything below it, also in what strings hold; gives back how many.
fn everything<'a>(
    value: &'a Value,
    inside: Option<&'a Inside>,
    reached: &mut Vec<&'a Value>,
) -> usize {
    reached.push(value);
    let mut count = 1;
    match value {
        Value::Array(elements) => {
            for element in elements {
                count += everything(element, inside, reached);
            }
        }
        Value::Object(object) => {
            for (_, member) in object.iter() {
                count += everything(member, inside, reached);
            }
        }
        _ => {
            if let Some(held) = inside.and_then(|inside| inside.held(value)) {
                count += everything(held, inside, reached);
            }
        }
    }
    count
}

/// The step up to the next dot, and what follows the dot.
fn plain_step(text: &str) -> (Step, Option<&str>) {
    let (segment, after) = match text.split_once('.') {
        Some((segment, after)) => (segment, Some(after)),
        None => (text, None),
    };
    let step = match segment {
        "*" => Step::Every,
        "**" => Step::Deep,
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
                Step::Deep => f.write_str("**")?,
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
    matches!(key, "*" | "**")
        || key.contains('.')
        || key.starts_with('"')
        || plain_index(key).is_some()
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
            (
                "**.p",
                r#"{"p":1,"a":{"p":2},"l":[{"p":3},[{"p":{"p":4}}]]}"#,
                vec!["1", "2", "3", r#"{"p":4}"#, "4"],
            ),
            (
                "a.**.p",
                r#"{"p":1,"a":{"p":2,"b":[{"p":3}]}}"#,
                vec!["2", "3"],
            ),
            ("a.**", r#"{"a":[1,[2]]}"#, vec!["[1,[2]]", "1", "[2]", "2"]),
            (r#""**""#, r#"{"**":1,"a":2}"#, vec!["1"]),
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
        assert_eq!(ArgPath::parse("**.a.**"), Err(ArgPathError::TwiceDeep));
        assert_eq!(ArgPath::parse_strict("[["), Err(ArgPathError::Query('[')));
        assert!(ArgPath::parse_strict("o.ids.*.\"a[0]\"").is_ok());
    }
}
