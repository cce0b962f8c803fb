//! One problem with a policy file: what, where, what was expected, what was probably meant.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tessera_engine::policy::{self, DocumentError, DocumentErrorKind, Segment};

use crate::yaml::{Span, Step, Yaml, YamlError};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but is hardly meant so.
    Warning,
}

impl Severity {
    /// The stable word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The stretch of text it is about.
    pub(crate) span: Span,
    /// The file's text.
    pub(crate) text: Arc<str>,
}

/// One problem with a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// How bad.
    pub(crate) severity: Severity,
    /// The file; empty if it is about all of them.
    pub(crate) file: PathBuf,
    /// Where in it; `None` if it is about the file as a whole.
    pub(crate) place: Option<Place>,
    /// What kind, as a stable word.
    pub(crate) code: &'static str,
    /// What, for people.
    pub(crate) message: String,
    /// The words that may stand there, if they are a closed set.
    pub(crate) expected: Vec<String>,
    /// The one of them that was probably meant.
    pub(crate) nearest: Option<String>,
}

impl Problem {
    /// An error about a file as a whole.
    pub(crate) fn in_file(file: &Path, message: String) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            place: None,
            code: "file",
            message,
            expected: Vec::new(),
            nearest: None,
        }
    }

    /// An error of reading a file as YAML.
    pub(crate) fn of_yaml(file: &Path, bytes: &[u8], error: &YamlError) -> Self {
        of_yaml(file, bytes, error)
    }

    /// An error about the value a path of a file leads to.
    pub(crate) fn at_value(file: &Path, yaml: &Yaml, path: &policy::Path, message: String) -> Self {
        at_value(file, yaml, path, message)
    }

    /// Line, counted from 1.
    pub(crate) fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.span.line)
    }

    /// Column in characters, counted from 1.
    pub(crate) fn column(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.span.column)
    }
}

/// An error of reading YAML.
pub(super) fn of_yaml(file: &Path, bytes: &[u8], error: &YamlError) -> Problem {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let place = error.span.map(|span| Place {
        span,
        text: Arc::from(text),
    });
    Problem {
        place,
        code: "yaml",
        ..Problem::in_file(file, error.kind.to_string())
    }
}

/// An error of reading a policy out of YAML.
pub(super) fn of_document(file: &Path, yaml: &Yaml, error: &DocumentError) -> Problem {
    let problem = at_value(file, yaml, &error.path, error.kind.to_string());
    match &error.kind {
        DocumentErrorKind::UnknownKey {
            key,
            expected,
            nearest,
        } => Problem {
            place: Some(place(yaml, yaml.root.key_span(steps(&error.path)))),
            code: "unknown_key",
            message: format!("unknown key `{key}`"),
            expected: owned(expected),
            nearest: nearest.clone(),
            ..problem
        },
        DocumentErrorKind::UnknownName {
            what,
            got,
            expected,
            nearest,
        } => Problem {
            code: "unknown_name",
            message: format!("unknown {what} `{got}`"),
            expected: owned(expected),
            nearest: nearest.clone(),
            ..problem
        },
        kind => Problem {
            code: code(kind),
            ..problem
        },
    }
}

const fn code(kind: &DocumentErrorKind) -> &'static str {
    match kind {
        DocumentErrorKind::UnknownKey { .. } => "unknown_key",
        DocumentErrorKind::MissingKey { .. } => "missing_key",
        DocumentErrorKind::WrongType { .. } => "wrong_type",
        DocumentErrorKind::UnknownName { .. } => "unknown_name",
        DocumentErrorKind::BadId(_) => "bad_id",
        DocumentErrorKind::BadTime(_) => "bad_time",
        DocumentErrorKind::UnknownZone(_) => "unknown_zone",
        DocumentErrorKind::BadPattern(_) => "bad_pattern",
        DocumentErrorKind::BadPin(_) => "bad_pin",
        DocumentErrorKind::BadArgPath(_) => "bad_arg_path",
        DocumentErrorKind::ToolAndPattern
        | DocumentErrorKind::ArgAndArgPath
        | DocumentErrorKind::ClassOrPattern
        | DocumentErrorKind::RedactWithoutAction { .. }
        | DocumentErrorKind::BesideResponse { .. } => "exclusive_keys",
        DocumentErrorKind::BadRedactionName(_) => "bad_redaction_name",
        DocumentErrorKind::MatchesNothing => "matches_nothing",
        DocumentErrorKind::Twice { .. } => "duplicate",
        DocumentErrorKind::Refused(_) => "refused",
        DocumentErrorKind::Unsupported { .. } => "unsupported",
        DocumentErrorKind::TooMany { .. } => "too_many",
    }
}

/// An error about the value a path leads to.
pub(super) fn at_value(file: &Path, yaml: &Yaml, path: &policy::Path, message: String) -> Problem {
    let span = yaml.root.value_span(steps(path));
    Problem {
        place: Some(place(yaml, span)),
        ..Problem::in_file(file, message)
    }
}

fn place(yaml: &Yaml, span: Span) -> Place {
    Place {
        span,
        text: Arc::clone(&yaml.text),
    }
}

fn steps(path: &policy::Path) -> impl Iterator<Item = Step<'_>> {
    path.segments().iter().map(|segment| match segment {
        Segment::Key(key) => Step::Key(key),
        Segment::Index(index) => Step::Index(*index),
    })
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
