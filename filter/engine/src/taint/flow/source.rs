//! What is said about the results of a tool: which of their values are identifiers, which are free
//! text, and which are secret. Compiled from the registry; the reading of documents is elsewhere.

use crate::taint::{Level, Origin};

/// The result a value was seen in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRef {
    /// The id of the audit record of the result. Cut to [`crate::limits::SOURCE_TEXT_BYTES`] when it
    /// is recorded, like the names below.
    pub audit_id: String,
    /// The upstream it came from.
    pub upstream: String,
    /// The tool (or prompt, or resource) it came from.
    pub tool: String,
    /// Who its content came from.
    pub origin: Origin,
}

/// How the content of a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// As data: values have fields; a text that spells JSON is data too.
    #[default]
    Structured,
    /// As text that people wrote: a page, a file. Nothing in it is an identifier, whatever it looks
    /// like.
    Text,
}

/// Whether values may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrecy {
    /// They may.
    #[default]
    Open,
    /// They may not: what holds one asks.
    Secret,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Identifiers.
    Leaf,
    /// Free text.
    Text,
}

/// What is said about one field of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// The name of the member, or a path of names with dots, from the outermost one or from any
    /// below it. Case does not count; elements of lists have the path of their list.
    pub field: String,
    /// What it holds; `None`: as its name suggests.
    pub kind: Option<FieldKind>,
    /// The level of its values; `None`: that of the result's leaves or texts.
    pub level: Option<Level>,
    /// Whether its values may leave.
    pub secrecy: Secrecy,
}

/// What is said about the results of one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRules {
    /// How they are written.
    pub shape: Shape,
    /// The level of identifiers: [`Level::Tool`] at most, whatever is said.
    pub leaves: Level,
    /// The level of free text: [`Level::Tool`] at most, whatever is said.
    pub texts: Level,
    /// Whether values may leave.
    pub secrecy: Secrecy,
    /// Fields with rules of their own; the first that fits counts.
    pub fields: Vec<FieldRule>,
}

impl Default for SourceRules {
    fn default() -> Self {
        Self {
            shape: Shape::Structured,
            leaves: Level::Tool,
            texts: Level::Web,
            secrecy: Secrecy::Open,
            fields: Vec::new(),
        }
    }
}

/// Words in the names of tools whose results are pages and files (`taint-flow.md` section 3).
const TEXT_WORDS: [&str; 16] = [
    "page", "webpage", "web", "website", "html", "url", "fetch", "browse", "browser", "scrape",
    "crawl", "download", "cat", "readfile", "curl", "wget",
];

impl SourceRules {
    /// The rules of a tool nothing is said about, from its name: pages and files are text, anything
    /// else is data.
    #[must_use]
    pub fn of_name(tool: &str) -> Self {
        let words = words(tool);
        let has = |word: &&str| words.split('_').any(|part| part == *word);
        let reads_file = words.contains("read_file") || words.contains("file_content");
        if TEXT_WORDS.iter().any(has) || reads_file {
            return Self::text();
        }
        Self::default()
    }

    /// The rules of a server nobody lists: free text only.
    #[must_use]
    pub fn text() -> Self {
        Self {
            shape: Shape::Text,
            ..Self::default()
        }
    }
}

/// The words of a name in lower case with `_` between them; `fetchPage` has two.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if was_lower && c.is_uppercase() {
                words.push('_');
            }
            words.extend(c.to_lowercase());
        } else {
            words.push('_');
        }
        was_lower = c.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_files_are_text_by_their_name() {
        for (tool, shape) in [
            ("get_webpage", Shape::Text),
            ("fetchPage", Shape::Text),
            ("read_file", Shape::Text),
            ("get-file-content", Shape::Text),
            ("list_files", Shape::Structured),
            ("search_contacts_by_name", Shape::Structured),
            ("read_inbox", Shape::Structured),
            ("webinar_list", Shape::Structured),
        ] {
            assert_eq!(SourceRules::of_name(tool).shape, shape, "{tool}");
        }
    }
}
