//! Trust annotations: what we state about a result for clients that know no labels, and what servers
//! claim about their own.
//!
//! A server's claim may lower the trust in its content, never raise it: an annotation is a claim,
//! not a guarantee (`mcp-wire.md`, trust annotations).

use super::{ANNOTATIONS_KEY, LABEL_KEY, Label};
use crate::json::{Object, Value};
use crate::taint::level::{Sensitivity, TrustLevel};

/// What a label comes to for clients that read annotations only. Absence is no claim, so only what
/// holds is stated.
#[must_use]
pub fn annotations(label: &Label) -> Object {
    let mut stated = Object::new();
    if label.level == TrustLevel::Untrusted {
        stated.set("untrusted", true);
    }
    if label.sensitivity >= Sensitivity::Confidential || label.readers.is_some() {
        stated.set("sensitive", true);
    }
    let evidence = Object::new()
        .with("type", "tessera-label")
        .with("digest", format!("sha256:{}", label.evidence()))
        .with("canonicalization", "jcs/rfc8785")
        .with("ref", label.stamp.nonce.as_str());
    stated.with("evidenceRef", evidence)
}

/// What a server says about its own content, as far as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claims {
    /// The server says that the content is not to be trusted.
    pub untrusted: bool,
    /// The server says that the content is sensitive.
    pub sensitive: bool,
    /// The server put a label there, which only proxies mint: a forgery, or another gateway's.
    pub labelled: bool,
}

impl Claims {
    /// What a result claims, in its own `_meta` and in that of its content blocks: one that says so
    /// is enough. What is not strictly boolean is read as the worse of the two.
    #[must_use]
    pub fn of_result(result: &Value) -> Self {
        let blocks = ["content", "contents", "messages"].into_iter();
        let blocks = blocks.filter_map(|name| result.get(name)?.as_array());
        let blocks = blocks.flatten().flat_map(|block| {
            let inner = ["resource", "content"].map(|name| block.get(name));
            std::iter::once(Some(block)).chain(inner).flatten()
        });
        std::iter::once(result)
            .chain(blocks)
            .filter_map(|part| part.get("_meta"))
            .fold(Self::default(), |claims, meta| {
                claims.union(Self::of_meta(meta))
            })
    }

    fn of_meta(meta: &Value) -> Self {
        let annotations = meta.get(ANNOTATIONS_KEY);
        let says = |name| {
            let value = annotations.and_then(|stated| stated.get(name));
            value.is_some_and(|value| *value != Value::Bool(false))
        };
        Self {
            untrusted: says("untrusted"),
            sensitive: says("sensitive"),
            labelled: meta.get(LABEL_KEY).is_some(),
        }
    }

    const fn union(self, other: Self) -> Self {
        Self {
            untrusted: self.untrusted || other.untrusted,
            sensitive: self.sensitive || other.sensitive,
            labelled: self.labelled || other.labelled,
        }
    }
}
