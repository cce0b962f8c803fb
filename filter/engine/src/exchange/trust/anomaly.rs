//! What counts as an anomaly of a conversation, and under which name: what has one name counts once,
//! however often it is told and whichever proxy tells it.
//!
//! Not what follows from it: the trust document's steps say that.

use crate::digest::Digest;

/// Content of a server that looks like instructions, in the answer to the request of a record. Content
/// that nobody asked for has no record: the same counts once.
pub(super) fn instructions(audit_id: &str, content: Digest) -> String {
    format!("instructions {audit_id} {content}")
}

/// A token that is not believed. Shown again it is the same one.
pub(super) fn token(refusal: &str, shown: &[String]) -> String {
    let length = |text: &String| u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
    // Lengths before texts: no two lists have the same bytes.
    let texts = shown.iter();
    let bytes: Vec<u8> = texts
        .flat_map(|text| length(text).into_iter().chain(text.bytes()))
        .collect();
    format!("token {refusal} {}", Digest::of(&bytes))
}

/// A call that delegation, floor or flow do not let pass.
pub(super) fn refusal(audit_id: &str) -> String {
    format!("refused {audit_id}")
}
