//! Keyed fingerprints: what is kept instead of values.
//!
//! Not a proof of anything: whoever has the key can make one of any value.

use super::element::Signs;
use siphasher::sip::SipHasher13;
use std::fmt;

/// The key of all fingerprints of one filter. Two filters that share it read each other's
/// conversations.
#[derive(Clone)]
pub struct Fingerprints {
    words: SipHasher13,
    values: SipHasher13,
    secrets: SipHasher13,
    signs: Signs,
}

impl Fingerprints {
    /// Fingerprints of that key, which is derived for nothing else.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        let master = SipHasher13::new_with_key(&key);
        // A key for each use: equal texts of different uses have nothing in common.
        let hasher = |low: &[u8], high: &[u8]| {
            SipHasher13::new_with_keys(master.hash(low), master.hash(high))
        };
        let words = hasher(b"words.0", b"words.1");
        Self {
            signs: Signs::of(&words),
            words,
            values: hasher(b"values.0", b"values.1"),
            secrets: hasher(b"secrets.0", b"secrets.1"),
        }
    }

    /// Of a word or sign.
    pub(super) const fn words(&self) -> &SipHasher13 {
        &self.words
    }

    /// Of a whole value in normal form, of the id of a record, of a digest.
    pub(in crate::taint) fn value(&self, value: &str) -> u64 {
        self.values.hash(value.as_bytes())
    }

    /// Of a secret, or a part of one, in compact form.
    pub(super) fn secret(&self, secret: &[u8]) -> u64 {
        self.secrets.hash(secret)
    }

    /// The signs that matter at the edges of a value.
    pub(super) const fn signs(&self) -> &Signs {
        &self.signs
    }
}

impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprints")
    }
}
