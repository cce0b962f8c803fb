//! The values of data: identifiers, and what is free text all the same.

use super::Recorder;
use crate::json::Value;
use crate::limits;
use crate::taint::Level;
use crate::taint::flow::normal::mixes_scripts;
use crate::taint::flow::{FieldKind, FieldRule, Secrecy};

/// Fields that hold free text when nothing else is said (`taint-flow.md` section 3).
const TEXT_FIELDS: [&str; 23] = [
    "body",
    "subject",
    "content",
    "contents",
    "text",
    "message",
    "messages",
    "title",
    "description",
    "location",
    "comment",
    "comments",
    "note",
    "notes",
    "summary",
    "review",
    "reviews",
    "reason",
    "snippet",
    "html",
    "bio",
    "about",
    "error",
];

/// What holds for a field.
#[derive(Clone, Copy)]
struct Field {
    kind: FieldKind,
    level: Option<Level>,
    secrecy: Secrecy,
}

impl Recorder<'_> {
    /// Records data from its outermost value.
    pub(super) fn walk(&mut self, data: &Value) {
        self.member(data, &mut Vec::new(), limits::RESULT_DEPTH);
    }

    /// Records a text that stands alone in its wrapping.
    pub(super) fn wrapped_text(&mut self, _data: &Value, text: &str) {
        let path = ["result".to_owned()];
        let field = match self.rule(&path) {
            Some(rule) => self.field_of(rule, FieldKind::Text),
            None => self.field_of_name("text"),
        };
        self.string(text, field);
    }

    /// Records every string of a value, keys too, as free text; strings that spell JSON as well.
    pub(super) fn all(&mut self, value: &Value) {
        let level = self.text_level();
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.free(&number.to_text(), level, self.facts.rules.secrecy),
            Value::String(text) => self.free(text, level, self.facts.rules.secrecy),
            Value::Array(values) => values.iter().for_each(|value| self.all(value)),
            Value::Object(object) => {
                for (key, member) in object.iter() {
                    self.free(key, level, Secrecy::Open);
                    self.all(member);
                }
            }
        }
    }

    fn member(&mut self, value: &Value, path: &mut Vec<String>, depth: usize) {
        let Some(below) = depth.checked_sub(1) else {
            self.all(value);
            return;
        };
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                let field = self.field(path);
                let text = number.to_text();
                self.secret(&text, field.secrecy);
                self.leaf(&text, field.level.unwrap_or_else(|| self.leaf_level()));
            }
            Value::String(text) => {
                let field = self.field(path);
                self.string(text, field);
            }
            Value::Array(values) => {
                for value in values {
                    self.member(value, path, below);
                }
            }
            Value::Object(object) => {
                for (key, member) in object.iter() {
                    self.key(key);
                    path.push(key.to_lowercase());
                    self.member(member, path, below);
                    path.pop();
                }
            }
        }
    }

    /// Records the key of an object: once, however many objects have it.
    fn key(&mut self, key: &str) {
        if !self.keys.contains(key) {
            self.keys.insert(key.to_owned());
            let open = Field {
                secrecy: Secrecy::Open,
                ..self.field_of_name("")
            };
            self.string(key, open);
        }
    }

    /// Records a string of a field.
    fn string(&mut self, text: &str, field: Field) {
        if field.kind == FieldKind::Leaf && is_identifier(text) {
            self.secret(text, field.secrecy);
            let level = field.level.unwrap_or_else(|| self.leaf_level());
            self.leaf(text, level.min(Level::Tool));
            return;
        }
        let level = match (field.kind, field.level) {
            (FieldKind::Text, Some(level)) => level.min(Level::Tool),
            // What is too long for an identifier is no more than text.
            (FieldKind::Leaf, Some(level)) => level.min(self.text_level()),
            (_, None) => self.text_level(),
        };
        self.free(text, level, field.secrecy);
    }

    fn free(&mut self, text: &str, level: Level, secrecy: Secrecy) {
        self.secret(text, secrecy);
        self.text(text, level);
    }

    fn field(&self, path: &[String]) -> Field {
        let name = path.last().map_or("", String::as_str);
        match self.rule(path) {
            Some(rule) => self.field_of(rule, kind_of_name(name)),
            None => self.field_of_name(name),
        }
    }

    fn field_of_name(&self, name: &str) -> Field {
        Field {
            kind: kind_of_name(name),
            level: None,
            secrecy: self.facts.rules.secrecy,
        }
    }

    const fn field_of(&self, rule: &FieldRule, fallback: FieldKind) -> Field {
        let is_secret = matches!(rule.secrecy, Secrecy::Secret)
            || matches!(self.facts.rules.secrecy, Secrecy::Secret);
        Field {
            kind: match rule.kind {
                Some(kind) => kind,
                None => fallback,
            },
            level: rule.level,
            secrecy: if is_secret {
                Secrecy::Secret
            } else {
                Secrecy::Open
            },
        }
    }

    /// The first rule whose path the end of this path is.
    fn rule(&self, path: &[String]) -> Option<&FieldRule> {
        self.facts.rules.fields.iter().find(|rule| {
            let names = rule.field.split('.').rev();
            let mut ends = path.iter().rev();
            let mut names = names.map(str::to_lowercase);
            names.all(|name| ends.next() == Some(&name))
        })
    }
}

fn kind_of_name(name: &str) -> FieldKind {
    let last = name.rsplit(['_', '-', ' ', '.']).next().unwrap_or_default();
    let is_text = TEXT_FIELDS.contains(&name) || TEXT_FIELDS.contains(&last);
    if is_text {
        FieldKind::Text
    } else {
        FieldKind::Leaf
    }
}

/// Whether a text has the form of an identifier: short, in one line, in one script.
fn is_identifier(text: &str) -> bool {
    text.chars().take(limits::LEAF_CHARS + 1).count() <= limits::LEAF_CHARS
        && text.split_whitespace().take(limits::LEAF_WORDS + 1).count() <= limits::LEAF_WORDS
        && !text.trim().contains(['\n', '\r'])
        && !mixes_scripts(text)
}
