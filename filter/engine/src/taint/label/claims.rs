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

#[cfg(test)]
mod tests {
    use super::super::tests::label;
    use super::*;
    use crate::json;
    use crate::taint::level::Origin;

    #[test]
    fn only_what_holds_is_stated() {
        let trusted = Label {
            origin: Origin::Tool,
            level: TrustLevel::Tool,
            ..label()
        };
        let secret = Label {
            sensitivity: Sensitivity::Confidential,
            ..trusted.clone()
        };
        let shared = Label {
            readers: Some(["a".to_owned()].into()),
            ..trusted.clone()
        };
        for (label, untrusted, sensitive) in [
            (label(), true, false),
            (trusted, false, false),
            (secret, false, true),
            (shared, false, true),
        ] {
            let stated = annotations(&label);
            let says = |name| stated.get(name) == Some(&true.into());
            assert_eq!(
                (says("untrusted"), says("sensitive")),
                (untrusted, sensitive)
            );
            assert_eq!(stated.get("untrusted").is_some(), untrusted);
            let evidence = stated.get("evidenceRef").unwrap();
            let digest = evidence.get("digest").and_then(Value::as_str).unwrap();
            assert_eq!(digest, format!("sha256:{}", label.evidence()));
        }
    }

    #[test]
    fn a_claim_of_a_server_can_only_lower() {
        let key = ANNOTATIONS_KEY;
        let (untrusted, sensitive) = (r#"{"untrusted":true}"#, r#"{"sensitive":"yes"}"#);
        for (result, expected) in [
            ("{}".to_owned(), Claims::default()),
            (
                format!(r#"{{"_meta":{{"{key}":{{"untrusted":false}}}}}}"#),
                Claims::default(),
            ),
            (
                format!(r#"{{"_meta":{{"{key}":{untrusted}}}}}"#),
                Claims {
                    untrusted: true,
                    ..Claims::default()
                },
            ),
            (
                format!(
                    r#"{{"_meta":{{"{key}":{{"untrusted":false}}}},"content":[{{"_meta":{{"{key}":{untrusted}}}}}]}}"#
                ),
                Claims {
                    untrusted: true,
                    ..Claims::default()
                },
            ),
            (
                format!(r#"{{"content":[{{"resource":{{"_meta":{{"{key}":{sensitive}}}}}}}]}}"#),
                Claims {
                    sensitive: true,
                    ..Claims::default()
                },
            ),
            (
                format!(r#"{{"messages":[{{"content":{{"_meta":{{"{key}":{sensitive}}}}}}}]}}"#),
                Claims {
                    sensitive: true,
                    ..Claims::default()
                },
            ),
            (
                r#"{"_meta":{"tessera/label":"x"}}"#.to_owned(),
                Claims {
                    labelled: true,
                    ..Claims::default()
                },
            ),
        ] {
            let value = json::parse(result.as_bytes()).unwrap();
            assert_eq!(Claims::of_result(&value), expected, "{result}");
        }
    }
}
