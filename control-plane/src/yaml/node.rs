//! One value of a YAML document and where it stands. Not JSON: conversion drops the places.

use tessera_engine::json::{Number, Object, Value};

/// A stretch of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    /// Line of its first character, counted from 1.
    pub(crate) line: usize,
    /// Column of its first character, counted in characters from 1.
    pub(crate) column: usize,
    /// Byte offset of its first character.
    pub(crate) start: usize,
    /// Byte offset after its last character.
    pub(crate) end: usize,
}

/// One step of a path into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The member with this key.
    Key(&'a str),
    /// The element at this place, counted from 0.
    Index(usize),
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it stands; for an alias, where the alias stands.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) data: Data,
}

/// What a node is: JSON's six kinds, keys unique and in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A sequence.
    Array(Vec<Node>),
    /// A mapping.
    Object(Vec<Member>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) key_span: Span,
    /// The value.
    pub(crate) value: Node,
}

impl Node {
    /// The value without its places.
    #[must_use]
    pub(crate) fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(truth) => Value::Bool(*truth),
            Data::Number(number) => Value::Number(number.clone()),
            Data::String(text) => Value::String(text.clone()),
            Data::Array(nodes) => Value::Array(nodes.iter().map(Self::to_value).collect()),
            Data::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| (member.key.clone(), member.value.to_value()))
                    .collect::<Object>(),
            ),
        }
    }

    /// The place of the value a path leads to; if the path leaves the document (a key that is
    /// missing), the place of the last value on the way.
    #[must_use]
    pub(crate) fn value_span<'a>(&self, path: impl IntoIterator<Item = Step<'a>>) -> Span {
        self.follow(path).1
    }

    /// The place of the key a path leads to; of the value, if the path ends in an element.
    #[must_use]
    pub(crate) fn key_span<'a>(&self, path: impl IntoIterator<Item = Step<'a>>) -> Span {
        self.follow(path).0
    }

    fn follow<'a>(&self, path: impl IntoIterator<Item = Step<'a>>) -> (Span, Span) {
        let mut node = self;
        let mut key = self.span;
        for step in path {
            match (step, &node.data) {
                (Step::Key(name), Data::Object(members)) => {
                    let Some(member) = members.iter().find(|member| member.key == name) else {
                        break;
                    };
                    key = member.key_span;
                    node = &member.value;
                }
                (Step::Index(index), Data::Array(nodes)) => {
                    let Some(element) = nodes.get(index) else {
                        break;
                    };
                    key = element.span;
                    node = element;
                }
                _ => break,
            }
        }
        (key, node.span)
    }

    /// How many values the node holds, itself included.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        match &self.data {
            Data::Array(nodes) => nodes.iter().map(Self::count).fold(1, usize::saturating_add),
            Data::Object(members) => members
                .iter()
                .map(|member| member.value.count())
                .fold(1, usize::saturating_add),
            _ => 1,
        }
    }

    /// How many levels the node has: 1 for a scalar.
    #[must_use]
    pub(crate) fn depth(&self) -> usize {
        let below = match &self.data {
            Data::Array(nodes) => nodes.iter().map(Self::depth).max(),
            Data::Object(members) => members.iter().map(|member| member.value.depth()).max(),
            _ => None,
        };
        below.unwrap_or(0).saturating_add(1)
    }
}

impl Data {
    /// What kind of value this is, for messages.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "a mapping",
        }
    }
}
