//! Policy files as text: YAML in, a JSON value with the place of every key and value out.
//! It knows nothing of policies: what the values must be is the engine's to say.
//!
//! The reading is that of the YAML 1.1 loader policy files were written for (`yes` is a boolean,
//! `010` is eight, `17:00` is 1020), with what loses meaning refused instead of guessed at: a key
//! given twice, keys that are no strings, dates, language tags, several documents, tabs as
//! indentation, text that is not UTF-8, and aliases that would unfold without bound.

mod integer;
mod node;
mod scalar;
mod tree;

pub(crate) use node::{Data, Node, Span, Step};

use std::sync::Arc;

use tessera_engine::limits;

/// A file read: its text and the tree of its only document.
#[derive(Debug, Clone)]
pub(crate) struct Yaml {
    /// The text without byte order mark; spans index into it.
    pub(crate) text: Arc<str>,
    /// The tree.
    pub(crate) root: Node,
}

/// Why a text is no policy file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// Where; `None` if the text as a whole is at fault.
    pub(crate) span: Option<Span>,
    /// What is wrong.
    pub(crate) kind: YamlErrorKind,
}

/// What is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum YamlErrorKind {
    /// The file is larger than [`limits::POLICY_FILE_BYTES`].
    #[error("the file has more than {} bytes", limits::POLICY_FILE_BYTES)]
    TooLarge,
    /// Some bytes are not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// Not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// A tab where indentation belongs.
    #[error("a tab is used as indentation: use spaces")]
    TabIndentation,
    /// Nothing but white space and comments.
    #[error("the file is empty: expected a mapping")]
    Empty,
    /// More than one document in the file.
    #[error("a second document starts here: expected one policy per file")]
    SecondDocument,
    /// A key that was given before in the same mapping.
    #[error("the key `{key}` was given before, on line {first_line}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first one, counted from 1.
        first_line: usize,
    },
    /// A key that is not a string.
    #[error("expected a string as key, got {0}: quote it if it is meant as text")]
    KeyNotString(&'static str),
    /// `<<` with something that cannot be merged.
    #[error("expected a mapping, or a list of mappings, to merge with `<<`")]
    NotMergeable,
    /// A tag that makes more than plain data.
    #[error("the tag `{0}` is not allowed: policy files hold plain data")]
    Tag(String),
    /// A value that does not have the form its tag asks for.
    #[error("`{text}` is not {expected}, which its tag asks for")]
    TagMismatch {
        /// The value as written.
        text: String,
        /// What the tag asks for.
        expected: &'static str,
    },
    /// A date or time stamp.
    #[error("`{0}` is read as a date, which no field takes: quote it")]
    Date(String),
    /// A number that is no JSON number: infinite, not a number, or too long.
    #[error("`{0}` is a number no field takes: quote it if it is meant as text")]
    Number(String),
    /// The plain scalar `=`.
    #[error("a plain `=` has a special meaning in YAML: quote it")]
    PlainEquals,
    /// An alias that contains itself.
    #[error("the alias refers to the value it is part of")]
    Cycle,
    /// More nodes than [`limits::YAML_NODES`], aliases unfolded.
    #[error("more than {} values, aliases unfolded", limits::YAML_NODES)]
    TooManyNodes,
    /// Nested deeper than [`limits::YAML_DEPTH`], aliases unfolded.
    #[error("nested deeper than {} levels", limits::YAML_DEPTH)]
    TooDeep,
}

impl YamlErrorKind {
    /// The error at a place.
    pub(crate) const fn at(self, span: Span) -> YamlError {
        YamlError {
            span: Some(span),
            kind: self,
        }
    }
}

/// Reads the bytes of a policy file.
///
/// # Errors
/// The first thing wrong with the text, and where.
pub(crate) fn read(bytes: &[u8]) -> Result<Yaml, YamlError> {
    if bytes.len() > limits::POLICY_FILE_BYTES {
        return Err(YamlError {
            span: None,
            kind: YamlErrorKind::TooLarge,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| YamlError {
        span: None,
        kind: YamlErrorKind::NotUtf8,
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = tree::build(text)?;
    Ok(Yaml {
        text: Arc::from(text),
        root,
    })
}

#[cfg(test)]
mod tests;
