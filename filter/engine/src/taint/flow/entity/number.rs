//! Account numbers and telephone numbers in a text.

use super::Entity;
use crate::taint::flow::EntityKind;
use crate::taint::flow::normal::{is_date, is_iban_shaped};

/// Words of the longest number.
const WORDS: usize = 9;

/// Adds those of a text.
pub(super) fn find(text: &str, found: &mut Vec<Entity>) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        // A number begins in a word with a digit in it.
        if !rest
            .first()
            .is_some_and(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
        {
            at += 1;
            continue;
        }
        let rest: Vec<&str> = rest.iter().take(WORDS).map(|word| bare(word)).collect();
        let number = account(&rest).or_else(|| phone(&rest));
        let (count, entity) = number.unwrap_or((1, None));
        found.extend(entity);
        at += count;
    }
}

/// A word without the signs of a sentence around it.
fn bare(word: &str) -> &str {
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '\'', '>', ']', '*']);
    word.trim_start_matches(['"', '\'', '<', '[', '*'])
}

/// How many words it takes, and what they are.
type Taken = (usize, Option<Entity>);

/// An account number: one word, or groups of four and a shorter last one.
fn account(words: &[&str]) -> Option<Taken> {
    let first = words.first()?;
    let label = first
        .rsplit([':', '=', '/', '('])
        .next()
        .unwrap_or_default();
    let head = label.as_bytes();
    let begins = head.len() >= 4
        && head.iter().take(2).all(u8::is_ascii_alphabetic)
        && head.iter().skip(2).take(2).all(u8::is_ascii_digit);
    if !begins {
        return None;
    }
    let alone = label.trim_end_matches(')');
    if alone.len() > 4 {
        let compact = alone.replace('-', "");
        return is_account(&compact).then(|| (1, Some(Entity::new(EntityKind::Iban, &compact))));
    }
    let mut compact = label.to_owned();
    let mut best = None;
    for (at, group) in words.iter().enumerate().skip(1).take(8) {
        if group.is_empty() || group.len() > 4 || !group.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            break;
        }
        compact.push_str(group);
        if is_account(&compact) {
            best = Some((at + 1, Some(Entity::new(EntityKind::Iban, &compact))));
            if is_checked(&compact) {
                break;
            }
        }
        if group.len() < 4 {
            break;
        }
    }
    best
}

/// Whether this is an account number: written in capitals as they are, or with the right check
/// digits. A hash has neither.
fn is_account(compact: &str) -> bool {
    let digits = compact.bytes().filter(u8::is_ascii_digit).count();
    let is_capital = !compact.bytes().any(|byte| byte.is_ascii_lowercase()) && digits >= 12;
    is_iban_shaped(&compact.to_lowercase()) && (is_capital || is_checked(compact))
}

/// Whether the check digits are right (ISO 7064, MOD 97-10).
fn is_checked(compact: &str) -> bool {
    let Some((head, rest)) = compact.split_at_checked(4) else {
        return false;
    };
    let mut digits = rest.chars().chain(head.chars());
    let remainder = digits.try_fold(0, |remainder: u32, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((remainder * shift + value) % 97)
    });
    remainder == Some(1)
}

/// A telephone number: with a plus, with an area in brackets, or in groups as they are usual.
fn phone(words: &[&str]) -> Option<Taken> {
    let is_group = |word: &&&str| {
        let is_written =
            |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'(' | b')' | b'+' | b'.');
        !word.is_empty() && word.bytes().all(is_written) && word.bytes().any(|b| b.is_ascii_digit())
    };
    let count = words.iter().take(6).take_while(is_group).count();
    // As many groups as make a number; further ones belong to something else.
    (1..=count).rev().find_map(|count| {
        let number = words.get(..count)?.join(" ");
        is_phone(&number).then(|| {
            let entity = Entity::new(EntityKind::Phone, &number.replace('.', "-"));
            (count, Some(entity))
        })
    })
}

fn is_phone(number: &str) -> bool {
    let groups: Vec<usize> = number
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .filter(|length| *length > 0)
        .collect();
    let digits: usize = groups.iter().sum();
    if !(7..=15).contains(&digits) || is_date(number) || number.contains("..") {
        return false;
    }
    let is_grouped = matches!(
        groups.as_slice(),
        [3, 4] | [3, 3, 4] | [1..=2, 3, 3, 4] | [3, 3, 3] | [2, 2, 2, 2, 2]
    );
    let is_national = number.starts_with('0') && groups.len() > 1 && digits >= 9;
    number.starts_with('+') || number.starts_with('(') || is_grouped || is_national
}
