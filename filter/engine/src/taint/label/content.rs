//! What a label's digest is computed over.

use super::{ANNOTATIONS_KEY, LABEL_KEY};
use crate::digest::Digest;
use crate::json::{self, Object, Value};

/// SHA-256 of a result's canonical JSON text ([`json::canonical`]), without the members of its
/// `_meta` that we write: so a labelled result has the digest its label states. A `_meta` that holds
/// nothing else, or is no object, counts as absent.
#[must_use]
pub fn digest_of_content(result: &Value) -> Digest {
    let Some(meta) = result.get("_meta") else {
        return Digest::of(json::canonical(result).as_bytes());
    };
    let ours = |key: &str| key == LABEL_KEY || key == ANNOTATIONS_KEY;
    let others = match meta {
        Value::Object(meta) => {
            let kept = meta.iter().filter(|(key, _)| !ours(key));
            let kept: Vec<_> = kept.map(owned).collect();
            (!kept.is_empty()).then(|| Value::Object(Object::from_unique(kept)))
        }
        // No object: a label takes its place.
        _ => None,
    };
    let members = result.as_object().into_iter().flat_map(Object::iter);
    let mut bare: Vec<_> = members
        .filter(|(key, _)| *key != "_meta")
        .map(owned)
        .collect();
    bare.extend(others.map(|meta| ("_meta".to_owned(), meta)));
    let bare = Value::Object(Object::from_unique(bare));
    Digest::of(json::canonical(&bare).as_bytes())
}

fn owned((key, value): (&str, &Value)) -> (String, Value) {
    (key.to_owned(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::super::{mark, tests::label};
    use super::*;

    #[test]
    fn a_labelled_result_has_the_digest_of_the_bare_one() {
        for text in [
            r#"{"content":[{"type":"text","text":"a"}]}"#,
            r#"{"_meta":{"other":1,"a":[]},"content":[]}"#,
            r#"{"_meta":{}}"#,
            r#"{"_meta":"no object"}"#,
        ] {
            let bare = json::parse(text.as_bytes()).unwrap();
            let mut marked = bare.as_object().unwrap().clone();
            mark(&mut marked, &label(), "token");
            assert_ne!(Value::Object(marked.clone()), bare);
            assert_eq!(
                digest_of_content(&marked.into()),
                digest_of_content(&bare),
                "{text}"
            );
        }
    }

    #[test]
    fn every_other_change_has_another_digest() {
        let digest = |text: &str| digest_of_content(&json::parse(text.as_bytes()).unwrap());
        let results = [
            "{}",
            "[]",
            "null",
            r#"{"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"_meta":{"a":1}}"#,
            r#"{"_meta":{"a":{"tessera/label":1}}}"#,
            r#"{"content":{"_meta":{"tessera/label":1}}}"#,
        ];
        let mut digests: Vec<_> = results.into_iter().map(digest).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), results.len());
        assert_eq!(
            digest(r#"{"a":1,"b":"\u0041"}"#),
            digest(r#"{ "b":"A", "a":1}"#)
        );
    }
}
