//! Whether content repeats text that looked like instructions (`taint-flow.md` section 5).
//!
//! Kept and compared are pairs of words that follow each other, the commonest words left out. Two
//! pairs that overlap, three words in a row, are a copy: a name or a topic of two words is in the
//! answer to any request, and carries no message.

use super::element::{Element, Piece, each_piece};
use super::{Copied, Fingerprints};
use crate::limits;
use crate::taint::conversation::{Conversation, Pair, SourceId};
use crate::time::UnixMillis;

/// Words that are in any text.
const COMMON: [&str; 48] = [
    "the", "and", "for", "you", "your", "with", "that", "this", "from", "have", "has", "had",
    "are", "was", "were", "will", "not", "but", "all", "can", "our", "its", "their", "they",
    "been", "would", "there", "which", "about", "into", "more", "when", "what", "who", "also",
    "than", "then", "them", "his", "her", "she", "him", "here", "some", "any", "out", "one",
    "please",
];

/// The words of a text that count, with where they stand among all.
struct Words {
    elements: Vec<Element>,
    counted: Vec<(usize, Piece)>,
}

impl Words {
    fn of(fingerprints: &Fingerprints, text: &str) -> Self {
        let common = COMMON.map(|word| super::element::word(fingerprints, word));
        let mut words = Self {
            elements: Vec::new(),
            counted: Vec::new(),
        };
        each_piece(fingerprints, text, &mut |piece| {
            let is_long = piece.chars >= limits::COPY_WORD_CHARS || piece.is_ideograph;
            // Names with a number behind each are a table, not the sentence that asked for it.
            let is_long = is_long || piece.element.is_digits();
            let is_common = || common.contains(&piece.element.apart());
            if piece.element.is_word() && is_long && !is_common() {
                words.counted.push((words.elements.len(), piece));
            }
            words.elements.push(piece.element);
        });
        words
    }

    /// Every pair: its fingerprint, and where it begins and ends.
    fn pairs(&self) -> impl Iterator<Item = (u32, usize, usize)> {
        let pairs = self.counted.windows(2);
        pairs.filter_map(|pair| match pair {
            [(start, left), (end, right)] if is_long_enough(left, right) => {
                Some((print(left.element, Some(right.element)), *start, *end))
            }
            _ => None,
        })
    }

    /// Every three words in a row: the fingerprints of both pairs, and where they begin and end.
    fn runs(&self) -> impl Iterator<Item = ([u32; 2], usize, usize)> {
        let runs = self.counted.windows(3);
        runs.filter_map(|run| match run {
            [(start, first), (_, second), (end, third)] => {
                let pair = |left: &Piece, right: &Piece| print(left.element, Some(right.element));
                Some(([pair(first, second), pair(second, third)], *start, *end))
            }
            _ => None,
        })
    }

    /// Every word that is long enough alone.
    fn singles(&self) -> impl Iterator<Item = (u32, usize, usize)> {
        let long = self.counted.iter();
        let long = long.filter(|(_, piece)| piece.chars >= limits::COPY_WORD_ALONE_CHARS);
        long.map(|(at, piece)| (print(piece.element, None), *at, *at))
    }
}

/// Whether two words and a space between them are more than chance. A character of a script without
/// spaces says as much as half a word.
const fn is_long_enough(left: &Piece, right: &Piece) -> bool {
    if left.is_ideograph && right.is_ideograph {
        return true;
    }
    left.chars + 1 + right.chars >= limits::COPY_CHARS
}

/// The fingerprint of a pair, made of those of its words.
fn print(left: Element, right: Option<Element>) -> u32 {
    let right = right.map_or(0, |right| right.apart().to_bits());
    let mixed = left.apart().to_bits().rotate_left(17) ^ right;
    u32::try_from(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).unwrap_or(0)
}

/// Keeps the pairs of a text.
pub(super) fn record(
    conversation: &mut Conversation,
    fingerprints: &Fingerprints,
    text: &str,
    source: SourceId,
) {
    let words = Words::of(fingerprints, text);
    for (print, _, _) in words.pairs().chain(words.singles()) {
        conversation.flags.push(Pair { print, source });
    }
}

/// Looks for a copy of what is flagged in `flagged` and was not typed in `typed`.
pub(super) fn find<'a>(
    flagged: &'a Conversation,
    typed: &Conversation,
    fingerprints: &Fingerprints,
    text: &str,
    now: UnixMillis,
) -> Option<Copied<'a>> {
    let words = Words::of(fingerprints, text);
    // A single word counts only if it is all there is.
    let singles = words.singles().filter(|_| words.counted.len() == 1);
    let singles = singles.map(|(print, start, end)| ([print, print], start, end));
    words
        .runs()
        .chain(singles)
        .find_map(|(prints, start, end)| {
            let [first, second] = prints.map(|print| flag(flagged, print));
            let pair = first.filter(|_| second.is_some())?;
            let copied = words.elements.get(start..=end)?;
            let is_typed = typed
                .prompts
                .iter()
                .filter(|prompt| prompt.expires > now.0)
                .any(|prompt| holds(&prompt.elements, copied));
            (!is_typed).then(|| Copied {
                source: flagged.sources.get(pair.source),
            })
        })
}

fn flag(flagged: &Conversation, print: u32) -> Option<&Pair> {
    let pairs = flagged.flags.items();
    let at = pairs.partition_point(|pair| pair.print < print);
    pairs.get(at).filter(|pair| pair.print == print)
}

/// Whether elements stand in a text, however spaced.
fn holds(text: &[Element], elements: &[Element]) -> bool {
    text.windows(elements.len().max(1)).any(|window| {
        let pairs = window.iter().zip(elements);
        pairs.fold(true, |same, (a, b)| same && a.apart() == b.apart())
    })
}
