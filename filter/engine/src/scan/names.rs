//! Names of tools that can be taken for one another.

use super::letters::latin;

/// How much alike two different tools' names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// One word of several characters differs by a slip of the pen.
    Near,
    /// The same to the byte.
    Same,
    /// Other characters that look the same, or differ in case or in separators only.
    Confusable,
}

/// A name, taken apart for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    written: String,
    skeleton: String,
    words: Vec<Vec<char>>,
}

/// Characters of a word that may hold one slip, and two. Shorter words are different words: `get`
/// and `set`, `read` and `send`.
const ONE_SLIP: usize = 5;
const TWO_SLIPS: usize = 8;

impl Name {
    /// Takes a name apart.
    #[must_use]
    pub fn new(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            skeleton: skeleton(written),
            words: words(written),
        }
    }

    /// The name as written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What names that look the same have in common.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }

    /// How much alike two names are; `None` if they are not.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        if self.written == other.written {
            return Some(Likeness::Same);
        }
        if self.skeleton == other.skeleton {
            return Some(Likeness::Confusable);
        }
        self.is_near(other).then_some(Likeness::Near)
    }

    fn is_near(&self, other: &Self) -> bool {
        if self.words.len() != other.words.len() {
            return false;
        }
        let mut differing = self.words.iter().zip(&other.words).filter(|(a, b)| a != b);
        match (differing.next(), differing.next()) {
            (Some((a, b)), None) => is_slip(a, b),
            _ => false,
        }
    }
}

/// Whether a name has only the characters MCP wants in one (2025-11-25: letters, digits, `_`, `-`,
/// `.` and `/`).
pub(super) fn is_usual(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
}

/// Look-alikes made one, after UTS 39; separators and case do not count.
fn skeleton(name: &str) -> String {
    let letters = name.chars().filter(|c| !super::hidden::is_ignorable(*c));
    let letters = letters.map(latin).filter(|c| c.is_alphanumeric());
    let one = |c: char| match c {
        'i' | '1' => 'l',
        '0' => 'o',
        other => other,
    };
    let skeleton: String = letters.map(one).collect();
    skeleton.replace("rn", "m").replace("vv", "w")
}

/// The words of a name: between separators, and where capitals begin.
fn words(name: &str) -> Vec<Vec<char>> {
    let mut words = vec![Vec::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (was_lower && c.is_uppercase());
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(Vec::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.push(latin(c));
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_slip(a: &[char], b: &[char]) -> bool {
    let allowed = match a.len().min(b.len()) {
        TWO_SLIPS.. => 2,
        ONE_SLIP.. => 1,
        _ => return false,
    };
    a.len().abs_diff(b.len()) <= allowed && distance(a, b) <= allowed
}

/// Characters added, left out, replaced, or swapped with their neighbour (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut older: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut left = None;
    for (at, c) in a.iter().enumerate() {
        let mut next = vec![at + 1];
        for (column, d) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let replaced = cell(&row, column) + usize::from(c != d);
            let mut best = replaced
                .min(cell(&row, column + 1) + 1)
                .min(cell(&next, column) + 1);
            let before = column.checked_sub(1);
            if let Some(before) =
                before.filter(|before| left == Some(d) && b.get(*before) == Some(c))
            {
                best = best.min(cell(&older, before) + 1);
            }
            next.push(best);
        }
        older = std::mem::replace(&mut row, next);
        left = Some(c);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> Option<Likeness> {
        let (a, b) = (Name::new(a), Name::new(b));
        assert_eq!(a.likeness(&b), b.likeness(&a));
        a.likeness(&b)
    }

    #[test]
    fn names_that_look_the_same_are_confusable() {
        for (a, b) in [
            ("send_email", "send_emai1"),
            ("send_email", "SEND_EMAIL"),
            ("send_emai1", "SEND_EMAIL"),
            ("send_email", "sendEmail"),
            ("send_email", "sеnd_email"),
            ("read_file", "read-file"),
            ("read_file", "read_fi\u{200b}le"),
            ("modern", "modem"),
            ("login", "Iogin"),
        ] {
            assert_eq!(likeness(a, b), Some(Likeness::Confusable), "{a} {b}");
        }
    }

    #[test]
    fn a_slip_in_a_long_word_is_near() {
        for (a, b) in [
            ("create_issue", "create_isssue"),
            ("search_repositories", "search_repositroies"),
            ("transfer_funds", "tranfser_funds"),
            ("list_documents", "list_dokumnents"),
        ] {
            assert_eq!(likeness(a, b), Some(Likeness::Near), "{a} {b}");
        }
    }

    #[test]
    fn short_words_that_differ_are_different_tools() {
        for (a, b) in [
            ("get", "set"),
            ("get_item", "set_item"),
            ("read_mail", "send_mail"),
            ("push", "pull"),
            ("user_v1", "user_v2"),
            ("start_server", "stop_server"),
            ("create_issue", "update_issue"),
            ("lock", "unlock"),
            ("list_files", "list_files_recursive"),
        ] {
            assert_eq!(likeness(a, b), None, "{a} {b}");
        }
        assert_eq!(likeness("search", "search"), Some(Likeness::Same));
    }
}
