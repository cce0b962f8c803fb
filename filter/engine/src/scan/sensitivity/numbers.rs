//! Personal numbers: known by how their digits are grouped, and by their check digit.

use super::Sensitive;

/// Digits that stand together, and what parts them from the digits before.
struct Group<'a> {
    digits: &'a str,
    /// `-` or a blank if only that is between; `None` if anything else is.
    joint: Option<char>,
}

/// Digits a window over groups may have at the most: those of the longest card.
const WINDOW_DIGITS: usize = 19;

/// Kinds of numbers there are.
const KINDS: usize = 3;

pub(super) fn find(text: &str, found: &mut Vec<Sensitive>) {
    let says_aadhaar = has_word(text, "aadhaar") || has_word(text, "aadhar");
    let mut window = Window::default();
    let mut groups = Groups::of(text);
    while let Some(first) = groups.next() {
        if found.len() >= KINDS {
            return;
        }
        if may_begin(&first) {
            window.clear();
            window.grow(&first, groups.clone(), says_aadhaar, &mut |kind, _| {
                if !found.contains(&kind) {
                    found.push(kind);
                }
            });
        }
    }
}

/// The digits of the first `most` numbers.
pub(super) fn values(text: &str, most: usize) -> Vec<String> {
    let says_aadhaar = has_word(text, "aadhaar") || has_word(text, "aadhar");
    let mut values = Vec::new();
    let mut window = Window::default();
    let mut groups = Groups::of(text);
    while let Some(first) = groups.next() {
        if values.len() >= most {
            break;
        }
        if may_begin(&first) {
            window.clear();
            window.grow(&first, groups.clone(), says_aadhaar, &mut |_, digits| {
                values.push(digits.to_owned());
            });
        }
    }
    values.truncate(most);
    values
}

/// Nothing begins with another number of digits.
const fn may_begin(first: &Group<'_>) -> bool {
    matches!(first.digits.len(), 3 | 4 | 12..=WINDOW_DIGITS)
}

/// Groups that follow one another with the same joint between.
#[derive(Default)]
struct Window {
    digits: String,
    lengths: Vec<usize>,
}

impl Window {
    fn clear(&mut self) {
        self.digits.clear();
        self.lengths.clear();
    }

    /// Adds groups as long as they belong together, and the numbers that begin with the first.
    fn grow(
        &mut self,
        first: &Group<'_>,
        mut rest: Groups<'_>,
        says_aadhaar: bool,
        found: &mut impl FnMut(Sensitive, &str),
    ) {
        self.add(first);
        let mut joint = None;
        loop {
            let next = rest.next();
            let after = next.as_ref().and_then(|next| next.joint);
            let is_whole = joint.is_none() || (first.joint != joint && after != joint);
            for kind in self.kinds(joint, says_aadhaar) {
                // A card is known by its check digit among other groups, too.
                if is_whole || kind == Sensitive::CreditCard {
                    found(kind, &self.digits);
                }
            }
            let Some(next) = next.filter(|_| after.is_some()) else {
                return;
            };
            let is_apart = joint.is_some() && joint != after;
            let length = self.digits.len().saturating_add(next.digits.len());
            if is_apart || length > WINDOW_DIGITS {
                return;
            }
            joint = after;
            self.add(&next);
        }
    }

    fn add(&mut self, group: &Group<'_>) {
        self.digits.push_str(group.digits);
        self.lengths.push(group.digits.len());
    }

    /// The numbers that the groups are, taken together.
    fn kinds(&self, joint: Option<char>, says_aadhaar: bool) -> impl Iterator<Item = Sensitive> {
        let lengths = self.lengths.as_slice();
        let is_ssn = lengths == [3, 2, 4] && joint == Some('-') && is_ssn(&self.digits);
        let may_be_aadhaar = lengths == [4, 4, 4] || (lengths == [12] && says_aadhaar);
        [
            is_ssn.then_some(Sensitive::Ssn),
            (may_be_aadhaar && is_aadhaar(&self.digits)).then_some(Sensitive::Aadhaar),
            (is_card_grouping(lengths) && is_card(&self.digits)).then_some(Sensitive::CreditCard),
        ]
        .into_iter()
        .flatten()
    }
}

/// Every group of ASCII digits that no letter touches.
#[derive(Clone)]
struct Groups<'a> {
    rest: &'a str,
    /// Whether a group stands before the rest.
    follows: bool,
}

impl<'a> Groups<'a> {
    const fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            follows: false,
        }
    }
}

impl<'a> Iterator for Groups<'a> {
    type Item = Group<'a>;

    fn next(&mut self) -> Option<Group<'a>> {
        loop {
            let start = self.rest.find(|c: char| c.is_ascii_digit())?;
            let (between, from) = self.rest.split_at_checked(start)?;
            let end = from.find(|c: char| !c.is_ascii_digit());
            let (digits, after) = from.split_at_checked(end.unwrap_or(from.len()))?;
            let touches = between.ends_with(is_letter) || after.starts_with(is_letter);
            let joint = single(between).filter(|_| self.follows);
            self.rest = after;
            self.follows = !touches;
            if !touches {
                return Some(Group { digits, joint });
            }
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
}

/// The one character between two groups, if it is one that joins digits.
fn single(between: &str) -> Option<char> {
    let mut chars = between.chars();
    match (chars.next(), chars.next()) {
        (Some(c @ ('-' | ' ')), None) => Some(c),
        _ => None,
    }
}

/// Whether the parts of a social security number are ones that are given out.
fn is_ssn(digits: &str) -> bool {
    let area = digits.get(..3).unwrap_or_default();
    let is_area = !matches!(area, "000" | "666") && !area.starts_with('9');
    is_area && digits.get(3..5) != Some("00") && digits.get(5..) != Some("0000")
}

/// How issuers print card numbers.
fn is_card_grouping(lengths: &[usize]) -> bool {
    matches!(
        lengths,
        [13..=19] | [4, 4, 4, 4] | [4, 4, 4, 4, 3] | [4, 6, 5] | [4, 6, 4]
    )
}

/// Whether digits are a card's: an issuer's prefix with a length of its cards, and the check digit of
/// ISO/IEC 7812.
fn is_card(digits: &str) -> bool {
    let prefix = |length: usize| {
        let first = digits.get(..length);
        first
            .and_then(|first| first.parse::<u32>().ok())
            .unwrap_or(0)
    };
    let is_known = match digits.len() {
        13 => prefix(1) == 4,
        14 => matches!(prefix(3), 300..=305) || matches!(prefix(2), 36 | 38 | 39),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 35 | 51..=55 | 60 | 62 | 64 | 65)
                || matches!(prefix(4), 2_221..=2_720)
        }
        17 | 18 => matches!(prefix(2), 62),
        19 => matches!(prefix(1), 4) || matches!(prefix(2), 62),
        _ => false,
    };
    is_known && is_luhn(digits)
}

fn is_luhn(digits: &str) -> bool {
    let digits = digits.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit.saturating_mul(2)) {
            (0, _) => digit,
            (_, twice @ 0..=9) => twice,
            (_, twice) => twice.saturating_sub(9),
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether twelve digits are an Aadhaar number: the first is 2 to 9, the last is Verhoeff's check
/// digit of the others.
fn is_aadhaar(digits: &str) -> bool {
    let digits: Vec<u8> = digits.bytes().map(|byte| byte.wrapping_sub(b'0')).collect();
    if digits.first().is_none_or(|first| *first < 2) {
        return false;
    }
    let check = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |check, (at, digit)| multiply(check, permute(*digit, at)));
    check == 0
}

/// The product in the dihedral group of ten elements.
const fn multiply(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Verhoeff's permutation, applied `times` times.
fn permute(digit: u8, times: usize) -> u8 {
    const ONCE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let step = |digit: u8, _| ONCE.get(usize::from(digit)).copied().unwrap_or(digit);
    (0..times % 8).fold(digit, step)
}

/// Whether a word occurs, in any letter case.
fn has_word(text: &str, word: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|found| found.eq_ignore_ascii_case(word))
}
