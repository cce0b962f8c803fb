//! Builds the tree of one document from the parser's events. What scalars mean is next door.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use tessera_engine::limits;

use super::node::{Data, Member, Node, Span};
use super::scalar::resolve;
use super::{YamlError, YamlErrorKind};

/// The tag namespace of YAML's own types.
const CORE: &str = "tag:yaml.org,2002:";

/// A tag as its prefix and its name.
type WrittenTag = Option<(String, String)>;

/// Reads the only document of `text`.
pub(super) fn build(text: &str) -> Result<Node, YamlError> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: limits::YAML_DEPTH,
        block_nesting_limit: limits::YAML_DEPTH,
    };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| syntax(&error, text))?;
        let tag = span.tag_span().map(placed);
        builder.take(event, placed(span), tag)?;
    }
    builder.root.ok_or(YamlError {
        span: None,
        kind: YamlErrorKind::Empty,
    })
}

fn placed(span: granit_parser::Span) -> Span {
    Span {
        line: span.start.line(),
        column: span.start.col().saturating_add(1),
        start: span.start.byte_offset().unwrap_or(0),
        end: span.end.byte_offset().unwrap_or(0),
    }
}

fn syntax(error: &ScanError, text: &str) -> YamlError {
    let marker = error.marker();
    // A tab that ends a multi-line scalar is reported on the line before it.
    let indented_by_tab = text
        .lines()
        .skip(marker.line().saturating_sub(1))
        .take(2)
        .any(|line| {
            line.chars()
                .take_while(|c| c.is_whitespace())
                .any(|c| c == '\t')
        });
    let kind = if indented_by_tab {
        YamlErrorKind::TabIndentation
    } else {
        YamlErrorKind::Syntax(error.info().to_owned())
    };
    let start = marker.byte_offset().unwrap_or(0).min(text.len());
    kind.at(Span {
        line: marker.line(),
        column: marker.col().saturating_add(1),
        start,
        end: start,
    })
}

/// A collection that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    parts: Parts,
}

enum Parts {
    Elements(Vec<Node>),
    Members {
        members: Vec<Member>,
        /// Mappings named by `<<`, in order.
        merged: Vec<Member>,
        /// The key whose value comes next.
        key: Option<Key>,
        /// Where `<<` was given.
        merge_span: Option<Span>,
    },
}

/// Whether a node stands in the text or is unfolded from an alias.
#[derive(Clone, Copy)]
enum Origin {
    Written,
    Alias,
}

enum Key {
    Name(String, Span),
    Merge(Span),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// Finished anchored nodes; an anchor that is missing here is still open.
    anchors: BTreeMap<usize, Node>,
    documents: usize,
    nodes: usize,
}

impl Builder {
    /// Takes one event, which stands at `span`, and its tag, which stands at `tag_span`.
    fn take(
        &mut self,
        event: Event<'_>,
        span: Span,
        tag_span: Option<Span>,
    ) -> Result<(), YamlError> {
        let here = |kind: YamlErrorKind| match kind {
            YamlErrorKind::Tag(_) => kind.at(tag_span.unwrap_or(span)),
            kind => kind.at(span),
        };
        match event {
            Event::DocumentStart(..) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    return Err(here(YamlErrorKind::SecondDocument));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| written(&tag));
                if self.is_merge_key(&text, style, tag.as_ref()) {
                    return self.open_merge(span);
                }
                let data = scalar(&text, style, tag).map_err(here)?;
                return self.add(Node { span, data }, anchor, Origin::Written);
            }
            Event::SequenceStart(_, anchor, tag) => {
                plain_collection(tag.map(|tag| written(&tag)), "seq").map_err(here)?;
                self.push(span, anchor, Parts::Elements(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                plain_collection(tag.map(|tag| written(&tag)), "map").map_err(here)?;
                let parts = Parts::Members {
                    members: Vec::new(),
                    merged: Vec::new(),
                    key: None,
                    merge_span: None,
                };
                self.push(span, anchor, parts)?;
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(span),
            Event::Alias(id) => {
                let known = self.anchors.get(&id).cloned();
                let mut node = known.ok_or_else(|| here(YamlErrorKind::Cycle))?;
                node.span = span;
                return self.add(node, 0, Origin::Alias);
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, span: Span, anchor: usize, parts: Parts) -> Result<(), YamlError> {
        if self.open.len() >= limits::YAML_DEPTH {
            return Err(YamlErrorKind::TooDeep.at(span));
        }
        self.open.push(Open {
            span,
            anchor,
            parts,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let data = match open.parts {
            Parts::Elements(nodes) => Data::Array(nodes),
            Parts::Members {
                mut members,
                merged,
                ..
            } => {
                for member in merged {
                    if !members.iter().any(|own| own.key == member.key) {
                        members.push(member);
                    }
                }
                Data::Object(members)
            }
        };
        let span = Span {
            end: end.end.max(open.span.end),
            ..open.span
        };
        self.add(Node { span, data }, open.anchor, Origin::Written)
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, anchor: usize, origin: Origin) -> Result<(), YamlError> {
        self.charge(&node, origin)
            .map_err(|kind| kind.at(node.span))?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.root = Some(node),
            Some(Parts::Elements(nodes)) => nodes.push(node),
            Some(Parts::Members {
                members,
                merged,
                key,
                ..
            }) => match key.take() {
                None => *key = Some(name(node, members)?),
                Some(Key::Name(name, key_span)) => {
                    members.push(Member {
                        key: name,
                        key_span,
                        value: node,
                    });
                }
                Some(Key::Merge(span)) => {
                    merge(node, merged).map_err(|kind| kind.at(span))?;
                }
            },
        }
        Ok(())
    }

    /// Counts what a node adds: a written collection's parts were counted one by one already.
    fn charge(&mut self, node: &Node, origin: Origin) -> Result<(), YamlErrorKind> {
        let fresh = match origin {
            Origin::Alias => node.count(),
            Origin::Written => 1,
        };
        self.nodes = self.nodes.saturating_add(fresh);
        if self.nodes > limits::YAML_NODES {
            return Err(YamlErrorKind::TooManyNodes);
        }
        if self.open.len().saturating_add(node.depth()) > limits::YAML_DEPTH {
            return Err(YamlErrorKind::TooDeep);
        }
        Ok(())
    }

    fn is_merge_key(&self, text: &str, style: ScalarStyle, tag: Option<&(String, String)>) -> bool {
        let awaits_key = matches!(
            self.open.last().map(|open| &open.parts),
            Some(Parts::Members { key: None, .. })
        );
        awaits_key && text == "<<" && style == ScalarStyle::Plain && tag.is_none()
    }

    fn open_merge(&mut self, span: Span) -> Result<(), YamlError> {
        if let Some(Parts::Members {
            key, merge_span, ..
        }) = self.open.last_mut().map(|open| &mut open.parts)
        {
            if let Some(first) = merge_span {
                let first_line = first.line;
                let kind = YamlErrorKind::DuplicateKey {
                    key: "<<".to_owned(),
                    first_line,
                };
                return Err(kind.at(span));
            }
            *merge_span = Some(span);
            *key = Some(Key::Merge(span));
        }
        Ok(())
    }
}

fn name(node: Node, members: &[Member]) -> Result<Key, YamlError> {
    let Data::String(key) = node.data else {
        return Err(YamlErrorKind::KeyNotString(node.data.kind()).at(node.span));
    };
    if let Some(first) = members.iter().find(|member| member.key == key) {
        let first_line = first.key_span.line;
        return Err(YamlErrorKind::DuplicateKey { key, first_line }.at(node.span));
    }
    Ok(Key::Name(key, node.span))
}

/// Takes over the members of a mapping, or of a list of mappings; the first to name a key wins.
fn merge(node: Node, merged: &mut Vec<Member>) -> Result<(), YamlErrorKind> {
    let mappings = match node.data {
        Data::Array(nodes) => nodes,
        data => vec![Node {
            span: node.span,
            data,
        }],
    };
    for mapping in mappings {
        let Data::Object(members) = mapping.data else {
            return Err(YamlErrorKind::NotMergeable);
        };
        for member in members {
            if !merged.iter().any(|known| known.key == member.key) {
                merged.push(member);
            }
        }
    }
    Ok(())
}

fn written(tag: &Tag) -> (String, String) {
    (tag.handle().to_owned(), tag.suffix().to_owned())
}

fn scalar(text: &str, style: ScalarStyle, tag: WrittenTag) -> Result<Data, YamlErrorKind> {
    let Some((handle, suffix)) = tag else {
        return match style {
            ScalarStyle::Plain => resolve(text),
            _ => Ok(Data::String(text.to_owned())),
        };
    };
    let tag = format!("{handle}{suffix}");
    let expected = match tag.strip_prefix(CORE) {
        Some("str") => return Ok(Data::String(text.to_owned())),
        Some("bool") => "a boolean",
        Some("int" | "float") => "a number",
        Some("null") => "null",
        _ if tag == "!" => return Ok(Data::String(text.to_owned())),
        _ => return Err(YamlErrorKind::Tag(shown(&tag))),
    };
    let data = resolve(text)?;
    if data.kind() == expected {
        return Ok(data);
    }
    Err(YamlErrorKind::TagMismatch {
        text: text.to_owned(),
        expected,
    })
}

fn plain_collection(tag: WrittenTag, kind: &str) -> Result<(), YamlErrorKind> {
    let Some((handle, suffix)) = tag else {
        return Ok(());
    };
    let tag = format!("{handle}{suffix}");
    if tag == "!" || tag.strip_prefix(CORE) == Some(kind) {
        return Ok(());
    }
    Err(YamlErrorKind::Tag(shown(&tag)))
}

/// A tag as people write it.
fn shown(tag: &str) -> String {
    tag.strip_prefix(CORE)
        .map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}
