//! Full case folding: letters that fold to several letters, and the Turkic letters i.
//!
//! The `regex` crate folds one character to one character. The reference also lets `ß` and `ss`,
//! `ﬁ` and `fi`, `İ` and `i` match each other in case-insensitive stretches; without that, a
//! caller slips past `(?i)password` by writing `paßword`.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex_syntax::is_meta_character;

use crate::limits;

/// Where letters that fold to several letters live; a test looks at all the others.
const HOMES: [RangeInclusive<char>; 2] = ['\u{80}'..='\u{1fff}', '\u{fb00}'..='\u{fb4f}'];

/// Longest folding of one letter, in letters.
const LONGEST: usize = 3;

/// What several letters are folded from: `ss` from `ß` and `ẞ`.
static TABLE: LazyLock<BTreeMap<Vec<char>, Vec<char>>> = LazyLock::new(|| {
    let mut table = BTreeMap::<Vec<char>, Vec<char>>::new();
    for letter in HOMES.into_iter().flatten() {
        let folded = fold(letter);
        if folded.len() > 1 {
            table.entry(folded).or_default().push(letter);
        }
    }
    table
});

/// Letters that fold to several letters, with what they fold to.
pub(super) fn expanding() -> impl Iterator<Item = (&'static [char], &'static [char])> {
    TABLE
        .iter()
        .map(|(folded, letters)| (folded.as_slice(), letters.as_slice()))
}

/// What `letter` folds to, the Turkic letters i aside: see [`turkic`].
pub(super) fn fold(letter: char) -> Vec<char> {
    if letter.is_ascii() {
        return vec![letter.to_ascii_lowercase()];
    }
    if matches!(letter, 'İ' | 'ı') {
        return vec![letter];
    }
    let upper = letter.to_lowercase().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

/// Which letters i a letter i stands for in the reference when case is ignored.
pub(super) const fn turkic(letter: char) -> Option<&'static [char]> {
    match letter {
        'i' => Some(&['i', 'I', 'İ']),
        'I' => Some(&['i', 'I', 'ı']),
        'İ' => Some(&['i', 'İ']),
        'ı' => Some(&['I', 'ı']),
        _ => None,
    }
}

/// `letter` as a case-insensitive pattern; `None` if the letter itself will do.
pub(super) fn letter_pattern(letter: char) -> Option<String> {
    turkic(letter).map(|all| format!("(?-i:[{}])", all.iter().collect::<String>()))
}

/// The parts of a run of letters in which something may be written as fewer letters, or more.
pub(super) fn stretches(letters: &[char]) -> Vec<(usize, usize)> {
    let folded = folded_with_source(letters);
    let mut found = BTreeSet::new();
    for start in 0..folded.len() {
        for length in 2..=LONGEST {
            let Some(window) = folded.get(start..start.saturating_add(length)) else {
                break;
            };
            let key: Vec<char> = window.iter().map(|(letter, _)| *letter).collect();
            if let (true, Some((_, from)), Some((_, to))) =
                (TABLE.contains_key(&key), window.first(), window.last())
            {
                found.insert((*from, to.saturating_add(1)));
            }
        }
    }
    merge(found)
}

/// Joins ranges that overlap.
pub(super) fn merge(ranges: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// A pattern for every way to write `letters`, whatever the flags around it; `None` if there are
/// more than [`limits`] allows.
pub(super) fn every_way(letters: &[char]) -> Option<String> {
    let folded = folded_with_source(letters);
    if folded.len() > limits::PATTERN_FOLD_CHARS {
        return None;
    }
    // `ways[n]`: the ways to write the last n letters.
    let mut ways: Vec<Vec<String>> = vec![vec![String::new()]];
    for start in (0..folded.len()).rev() {
        let mut here = Vec::new();
        for length in 1..=LONGEST {
            let Some(window) = folded.get(start..start.saturating_add(length)) else {
                break;
            };
            let Some(tile) = tile(letters, window) else {
                continue;
            };
            let rest = folded.len().saturating_sub(start).saturating_sub(length);
            here.extend(ways.get(rest)?.iter().map(|rest| format!("{tile}{rest}")));
        }
        if here.len() > limits::PATTERN_FOLD_WAYS {
            return None;
        }
        ways.push(here);
    }
    Some(format!("(?i-x:{})", ways.last()?.join("|")))
}

/// One step of a way: one letter for itself, or a letter that stands for several.
fn tile(letters: &[char], window: &[(char, usize)]) -> Option<String> {
    if let [(letter, source)] = window {
        // A simple letter keeps the form it was written in: `i` and `I` fold differently.
        let written = letters
            .get(*source)
            .filter(|written| fold(**written).len() == 1);
        let letter = *written.unwrap_or(letter);
        return Some(letter_pattern(letter).unwrap_or_else(|| escaped(letter)));
    }
    let key: Vec<char> = window.iter().map(|(letter, _)| *letter).collect();
    let letters = TABLE.get(&key)?;
    Some(format!("[{}]", letters.iter().collect::<String>()))
}

fn folded_with_source(letters: &[char]) -> Vec<(char, usize)> {
    let pairs = letters.iter().enumerate();
    pairs
        .flat_map(|(at, letter)| fold(*letter).into_iter().map(move |c| (c, at)))
        .collect()
}

/// `letter` so that it stands for itself.
pub(super) fn escaped(letter: char) -> String {
    if is_meta_character(letter) {
        format!("\\{letter}")
    } else {
        letter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_that_folds_to_several_is_in_the_table() {
        let outside = ('\0'..=char::MAX)
            .filter(|letter| fold(*letter).len() > 1)
            .filter(|letter| !HOMES.iter().any(|home| home.contains(letter)));
        assert_eq!(outside.collect::<Vec<_>>(), []);
        // Unicode's CaseFolding.txt has 104 such letters; `İ` is one of the Turkic ones.
        assert_eq!(
            expanding().map(|(_, letters)| letters.len()).sum::<usize>(),
            103
        );
        assert!(expanding().all(|(folded, _)| folded.len() <= LONGEST));
    }

    #[test]
    fn stretches_are_the_places_where_letters_join() {
        for (run, expected) in [
            ("password", vec![(2, 4)]),
            ("ignore", vec![]),
            ("office", vec![(1, 4)]),
            ("straße", vec![(0, 2), (4, 5)]),
            ("first", vec![(0, 2), (3, 5)]),
        ] {
            let letters: Vec<char> = run.chars().collect();
            assert_eq!(stretches(&letters), expected, "{run}");
        }
    }
}
