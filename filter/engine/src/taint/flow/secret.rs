//! Secrets that must not leave, and whether a text holds one: whatever its case, whatever separates
//! its characters, whatever it is encoded in (`taint-flow.md` sections 3 and 5).

use super::Fingerprints;
use super::element::push_folded;
use super::views::views_and_rest;
use crate::limits;
use crate::taint::conversation::{Item, Kept, Secret};
use std::cell::Cell;
use unicode_normalization::UnicodeNormalization;

/// A set of secrets, as fingerprints. The empty one finds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    kept: Kept<Secret>,
}

impl Secrets {
    /// The fingerprints of these secrets, the registry's for example. Those of fewer than
    /// [`limits::SECRET_CHARS`] letters and digits are left out: they would be found anywhere. More
    /// than [`limits::CONVERSATION_SECRETS`]: [`Secrets::has_dropped`].
    #[must_use]
    pub fn of<'t>(fingerprints: &Fingerprints, secrets: impl IntoIterator<Item = &'t str>) -> Self {
        let mut all = Self::default();
        for secret in secrets {
            all.add(fingerprints, secret);
        }
        all.settle();
        all
    }

    pub(in crate::taint) const fn of_kept(kept: Kept<Secret>) -> Self {
        Self { kept }
    }

    pub(in crate::taint) const fn kept(&self) -> &Kept<Secret> {
        &self.kept
    }

    /// Whether there were more secrets than are kept: any text may hold one.
    #[must_use]
    pub const fn has_dropped(&self) -> bool {
        self.kept.has_dropped()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.items().is_empty() && !self.has_dropped()
    }

    /// Adds a value that is one, in pieces if it is long; how many pieces that is.
    pub(super) fn add(&mut self, fingerprints: &Fingerprints, value: &str) -> usize {
        let compact = compact(value);
        if compact.len() < limits::SECRET_CHARS {
            return 0;
        }
        if compact.len() <= limits::SECRET_WHOLE {
            return self.add_compact(fingerprints, &compact);
        }
        let pieces = compact.chunks(limits::SECRET_PIECE);
        // Of a text larger than the store every piece more is one too many: one is enough to tell.
        let pieces = pieces.take(Secret::MOST + 1);
        let pieces = pieces.filter(|piece| piece.len() >= limits::SECRET_CHARS);
        pieces
            .map(|piece| self.add_compact(fingerprints, piece))
            .sum()
    }

    /// Adds a text whose parts are secrets: what stands between line ends, commas and the like, and
    /// every word with a digit: the number in a sentence.
    pub(super) fn add_text(&mut self, fingerprints: &Fingerprints, text: &str) -> usize {
        let parts = text.split(['\n', '\r', '\t', ',', ';', ':', '|', '=', '"']);
        let parts = parts.filter(|part| part.len() < text.len());
        let has_digit = |word: &&str| word.contains(|c: char| c.is_ascii_digit());
        let words = text.split_whitespace().filter(has_digit);
        let words = words.filter(|word| word.len() < text.len());
        let parts = parts.take(Secret::MOST + 1);
        let parts = parts.chain(words.take(Secret::MOST + 1));
        let added: usize = parts.map(|part| self.add(fingerprints, part)).sum();
        added + self.add(fingerprints, text)
    }

    fn add_compact(&mut self, fingerprints: &Fingerprints, compact: &[u8]) -> usize {
        let (Some(head), Ok(length)) = (compact.first_chunk(), u8::try_from(compact.len())) else {
            return 0;
        };
        self.kept.push(Secret {
            head: head_print(fingerprints, *head),
            length,
            print: fingerprints.secret(compact),
        });
        1
    }

    pub(super) fn settle(&mut self) {
        self.kept.settle();
    }

    pub(in crate::taint) fn merge(&mut self, other: &Self) {
        self.kept.merge(&other.kept);
    }

    /// Whether a text, or anything encoded in it, holds one of them. Case and separators do not
    /// count. A text with more encoded in it than is decoded counts as holding one.
    #[must_use]
    pub fn are_in(&self, fingerprints: &Fingerprints, text: &str) -> bool {
        if self.kept.items().is_empty() {
            return false;
        }
        let left = Cell::new(limits::SECRET_COMPARISONS);
        let holds = |text: &str| self.are_in_compact(fingerprints, &compact(text), &left);
        let (views, is_cut) = views_and_rest(text);
        is_cut || holds(text) || views.iter().any(|view| holds(view))
    }

    /// Whether texts put one behind the other hold one of them: a secret cut in pieces.
    #[must_use]
    pub fn are_across<'t>(
        &self,
        fingerprints: &Fingerprints,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> bool {
        if self.kept.items().is_empty() {
            return false;
        }
        let texts = texts.into_iter().map(compact);
        let all: Vec<u8> = texts.flatten().collect();
        let left = Cell::new(limits::SECRET_COMPARISONS);
        self.are_in_compact(fingerprints, &all, &left)
    }

    fn are_in_compact(&self, fingerprints: &Fingerprints, text: &[u8], left: &Cell<usize>) -> bool {
        let multiplier = multiplier(fingerprints);
        let secrets = self.kept.items();
        // One bit for each possible beginning of a fingerprint: most places need no look at the list.
        let mut begins = [0_u64; 64];
        for secret in secrets {
            let (slot, bit) = slot(secret.head);
            if let Some(slot) = begins.get_mut(slot) {
                *slot |= bit;
            }
        }
        for at in 0..text.len() {
            let Some(rest) = text.get(at..) else { break };
            let Some(head) = rest.first_chunk() else {
                break;
            };
            let head = head_of(*head, multiplier);
            let (slot, bit) = slot(head);
            if begins.get(slot).is_none_or(|slot| slot & bit == 0) {
                continue;
            }
            let from = secrets.partition_point(|secret| secret.head < head);
            let alike = secrets
                .iter()
                .skip(from)
                .take_while(|secret| secret.head == head);
            for secret in alike {
                let Some(value) = rest.get(..usize::from(secret.length)) else {
                    continue;
                };
                let Some(fewer) = left.get().checked_sub(1) else {
                    return true;
                };
                left.set(fewer);
                if fingerprints.secret(value) == secret.print {
                    return true;
                }
            }
        }
        false
    }
}

/// Letters and digits only, in lower case and compatibility form.
fn compact(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
        return letters.map(|byte| byte.to_ascii_lowercase()).collect();
    }
    let mut out = String::with_capacity(text.len());
    let letters = text.nfkc().filter(|c| c.is_alphanumeric());
    letters.for_each(|c| push_folded(&mut out, c));
    out.into_bytes()
}

fn multiplier(fingerprints: &Fingerprints) -> u64 {
    fingerprints.secret(b"beginnings") | 1
}

fn head_print(fingerprints: &Fingerprints, head: [u8; limits::SECRET_CHARS]) -> u32 {
    head_of(head, multiplier(fingerprints))
}

/// A fingerprint that is quick to make: it says where to look closer, and no more.
fn head_of([a, b, c, d, e]: [u8; limits::SECRET_CHARS], multiplier: u64) -> u32 {
    let bytes = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
    u32::try_from(bytes.wrapping_add(multiplier).wrapping_mul(multiplier) >> 32).unwrap_or(0)
}

fn slot(head: u32) -> (usize, u64) {
    let place = head >> 20;
    (usize::try_from(place >> 6).unwrap_or(0), 1 << (place & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(fingerprints: &Fingerprints) -> Secrets {
        Secrets::of(
            fingerprints,
            [
                "XK4411927",
                "4111 2222 3333 4444",
                "corp-0451-zulu",
                "abcd",
                &"k3y".repeat(40),
            ],
        )
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let prints = Fingerprints::new([1; 16]);
        let secrets = secrets(&prints);
        for (text, expected) in [
            ("Her passport is XK4411927.", true),
            ("xk-4411-927", true),
            ("ref UGFzc3BvcnQ6IFhLNDQxMTkyNw==", true),
            ("www.corp.com/?d=XK4411927", true),
            ("XK%34411927", true),
            ("X\u{200b}K4411927", true),
            ("ＸＫ4411927", true),
            ("584b34343131393237584b3434313139", true),
            ("4111222233334444", true),
            ("key CORP 0451 Zulu!", true),
            ("XK441192", false),
            ("abcd", false),
            ("", false),
            (&"k3y".repeat(20), true),
        ] {
            assert_eq!(secrets.are_in(&prints, text), expected, "{text}");
        }
    }

    #[test]
    fn a_secret_in_pieces_is_found_across_them() {
        let prints = Fingerprints::new([1; 16]);
        let secrets = secrets(&prints);
        assert!(secrets.are_across(&prints, ["41112222", "33334444"]));
        assert!(!secrets.are_across(&prints, ["33334444", "41112222"]));
    }

    #[test]
    fn the_number_in_a_secret_sentence_is_a_secret() {
        let prints = Fingerprints::new([1; 16]);
        let mut secrets = Secrets::default();
        secrets.add_text(&prints, "Her passport is XK4411927.");
        secrets.settle();
        assert!(secrets.are_in(&prints, "ref xk-4411927"));
        assert!(!secrets.are_in(&prints, "a passport"));
    }

    #[test]
    fn another_key_finds_nothing() {
        let secrets = secrets(&Fingerprints::new([1; 16]));
        assert!(!secrets.are_in(&Fingerprints::new([2; 16]), "XK4411927"));
    }

    #[test]
    fn too_many_secrets_are_noticed() {
        let prints = Fingerprints::new([1; 16]);
        let many: Vec<_> = (0..=limits::CONVERSATION_SECRETS)
            .map(|at| format!("secret{at}"))
            .collect();
        assert!(Secrets::of(&prints, many.iter().map(String::as_str)).has_dropped());
    }

    #[test]
    fn a_text_that_always_begins_like_a_secret_ends_the_comparisons() {
        let prints = Fingerprints::new([1; 16]);
        let like: Vec<_> = (0..200).map(|at| format!("aaaaa{at}")).collect();
        let secrets = Secrets::of(&prints, like.iter().map(String::as_str));
        assert!(secrets.are_in(&prints, &"a".repeat(100_000)));
    }
}
