//! The known word most like an unknown one.

/// The candidate within a third of the word's length in edits (at least one), nearest first, ties
/// in the order of the candidates.
pub(in crate::policy) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Levenshtein distance in characters, letter case ignored.
fn distance(a: &str, b: &str) -> usize {
    // Only short words are like known ones; long input must not cost its square.
    const LONGEST: usize = 64;
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let a: Vec<char> = a.to_lowercase().chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, from) in a.iter().enumerate() {
        let mut next = vec![at + 1];
        let mut left = at + 1;
        for (to, pair) in b.iter().zip(row.windows(2)) {
            let (diagonal, above) = match pair {
                [diagonal, above] => (*diagonal, *above),
                _ => (left, left),
            };
            left = (diagonal + usize::from(from != to))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let words = ["arg_equals", "arg_in_set", "any_of", "action", "reason"];
        assert_eq!(nearest("arg_equal", words).as_deref(), Some("arg_equals"));
        assert_eq!(nearest("Action", words).as_deref(), Some("action"));
        assert_eq!(nearest("acton", words).as_deref(), Some("action"));
        assert_eq!(nearest("bogus", words), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
