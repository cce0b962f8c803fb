//! Whether a text mentions a value: the value's elements stand in it, and nothing beside them makes
//! them part of something longer.
//!
//! Elements are compared one by one, so no two pieces of a text can be put together.

use super::Fingerprints;
use super::element::{Element, Signs, elements, word};
use crate::limits;

/// Words that make a short number after them an identifier.
const ID_WORDS: [&str; 8] = ["id", "ids", "no", "nos", "nr", "num", "number", "numbers"];

/// Words that may stand between such a word and the number.
const BETWEEN: [&str; 3] = ["and", "or", "is"];

/// Elements between such a word and the number: `files 7, 9 and 13`.
const BETWEEN_ELEMENTS: usize = 16;

/// Digits of the longest number that needs such a word.
const SHORT_NUMBER: usize = 3;

/// What is looked for.
pub(super) struct Needle {
    elements: Vec<Element>,
    shape: Shape,
    /// Words that make a short number after them an identifier; empty if this is none.
    id_words: Vec<Element>,
    between: Vec<Element>,
}

/// Whether something beside a value can make it part of something longer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// It can: where a value counts for more the more it is said.
    Closed,
    /// It cannot: where all that is asked is whether it may have come from there.
    Open,
}

/// What must not stand beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Words: anything but letters may.
    Words,
    /// An address or path: nothing that would make it longer.
    Address,
    /// A number: no further digits behind a separator.
    Number,
    /// Signs only: nothing at all.
    Signs,
}

impl Needle {
    /// What to look for to find `value`; `None` if there is nothing to look for, or more than
    /// [`limits::VALUE_ELEMENTS`].
    pub(super) fn new(fingerprints: &Fingerprints, value: &str, nouns: &[&str]) -> Option<Self> {
        let mut elements = elements(fingerprints, value);
        let first = elements.first_mut()?;
        *first = first.apart();
        if elements.len() > limits::VALUE_ELEMENTS {
            return None;
        }
        let is_short_number =
            elements.len() == 1 && value.trim().len() <= SHORT_NUMBER && is_number(&elements);
        let mut needle = Self {
            shape: shape(&elements, fingerprints.signs()),
            elements,
            id_words: Vec::new(),
            between: Vec::new(),
        };
        if is_short_number {
            needle.need_id_word(fingerprints, nouns);
        }
        Some(needle)
    }

    fn need_id_word(&mut self, fingerprints: &Fingerprints, nouns: &[&str]) {
        let known = ID_WORDS.iter().map(|known| word(fingerprints, known));
        self.id_words = known.collect();
        for noun in nouns.iter().map(|noun| noun.to_lowercase()) {
            self.id_words.push(word(fingerprints, &noun));
            self.id_words.push(word(fingerprints, &format!("{noun}s")));
        }
        let between = BETWEEN.iter().map(|word_| word(fingerprints, word_));
        self.between = between.collect();
    }

    /// The same, to be looked for among short elements.
    pub(super) fn short(&self) -> Self {
        let short = |elements: &[Element]| elements.iter().map(|e| e.short()).collect();
        Self {
            elements: short(&self.elements),
            shape: self.shape,
            id_words: short(&self.id_words),
            between: short(&self.between),
        }
    }

    /// Whether a text mentions it.
    pub(super) fn is_in(&self, text: &[Element], signs: &Signs, edges: Edges) -> bool {
        let Some((first, rest)) = self.elements.split_first() else {
            return false;
        };
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|text| {
            let mut elements = text.iter();
            elements.position(|element| element.apart() == *first)
        }) {
            let start = from + found;
            let end = start + self.elements.len();
            let is_there = text.get(start + 1..end) == Some(rest);
            let is_open = edges == Edges::Open && self.shape != Shape::Signs;
            if is_there && (is_open || self.stands_alone(text, start, end, signs)) {
                return true;
            }
            from = start + 1;
        }
        false
    }

    /// Whether what stands at `start..end` is not part of something longer.
    fn stands_alone(&self, text: &[Element], start: usize, end: usize, signs: &Signs) -> bool {
        let before = Beside::before(text, start);
        let after = Beside::after(text, end);
        let is_free = match self.shape {
            Shape::Words => true,
            Shape::Address => !before.lengthens(signs) && !after.lengthens(signs),
            Shape::Number => !before.counts_on(signs) && !after.counts_on(signs),
            Shape::Signs => before.is_empty() && after.is_empty(),
        };
        is_free && (self.id_words.is_empty() || self.is_identifier(text, start, signs))
    }

    /// Whether the number at `start` follows a word that makes it an identifier.
    fn is_identifier(&self, text: &[Element], start: usize, signs: &Signs) -> bool {
        let before = text.get(..start).unwrap_or_default().iter().rev();
        let mut after_stop = false;
        for element in before.take(BETWEEN_ELEMENTS) {
            let plain = element.apart();
            if Signs::is(*element, signs.number) {
                return true;
            }
            if self.id_words.contains(&plain) {
                // `file. 13 people` begins a sentence; `no. 13` does not.
                return !after_stop
                    || self
                        .id_words
                        .iter()
                        .take(ID_WORDS.len())
                        .any(|w| *w == plain);
            }
            let is_stop = Signs::is(*element, signs.dot);
            let goes_on = if element.is_word() {
                element.is_digits() || self.between.contains(&plain)
            } else {
                is_stop || !signs.joins(*element)
            };
            if !goes_on {
                return false;
            }
            after_stop = is_stop;
        }
        false
    }
}

/// What is written right beside a value, without white space between, from the value outwards.
struct Beside {
    elements: [Option<Element>; BESIDE],
}

/// Signs beside a value that are looked at: a scheme has three.
const BESIDE: usize = 4;

impl Beside {
    fn before(text: &[Element], start: usize) -> Self {
        let mut elements = [None; BESIDE];
        let inner = text.get(..=start).unwrap_or_default().iter().rev();
        let outer = text.get(..start).unwrap_or_default().iter().rev();
        let beside = inner.zip(outer).take_while(|(inner, _)| !inner.is_apart());
        for (slot, (_, element)) in elements.iter_mut().zip(beside) {
            *slot = Some(*element);
        }
        Self { elements }
    }

    fn after(text: &[Element], end: usize) -> Self {
        let mut elements = [None; BESIDE];
        let beside = text.get(end..).unwrap_or_default().iter();
        let beside = beside.take_while(|element| !element.is_apart());
        for (slot, element) in elements.iter_mut().zip(beside) {
            *slot = Some(*element);
        }
        Self { elements }
    }

    const fn is_empty(&self) -> bool {
        matches!(self.elements, [None, ..])
    }

    /// Whether that makes an address longer: `.au` or `/?x` behind it, `x.` before it. The `://` of a
    /// scheme does not.
    fn lengthens(&self, signs: &Signs) -> bool {
        if let [Some(next), Some(second), ..] = self.elements
            && Signs::is(next, signs.colon)
        {
            return second.is_digits();
        }
        let beside = self.elements.iter().flatten();
        let mut rest = beside.skip_while(|element| signs.joins(**element));
        let first = self.elements.first().copied().flatten();
        let is_joined = first.is_some_and(|next| signs.joins(next));
        is_joined && rest.next().is_some_and(|element| element.is_word())
    }

    /// Whether that makes a number longer: `2024-` before it, `.5` behind it.
    fn counts_on(&self, signs: &Signs) -> bool {
        let [Some(next), Some(second), ..] = self.elements else {
            return false;
        };
        let separates =
            signs.joins(next) || Signs::is(next, signs.colon) || Signs::is(next, signs.comma);
        separates && second.is_word() && !Signs::is(next, signs.number)
    }
}

fn is_number(elements: &[Element]) -> bool {
    let mut words = elements.iter().filter(|element| element.is_word());
    words.clone().next().is_some() && words.all(|word| word.is_digits())
}

fn shape(elements: &[Element], signs: &Signs) -> Shape {
    if !elements.iter().any(|element| element.is_word()) {
        return Shape::Signs;
    }
    if is_number(elements) {
        return Shape::Number;
    }
    // A sign that joins two words without white space.
    let joined = elements.windows(3).any(|three| match three {
        [left, join, right] => {
            let is_tight = !join.is_apart() && !right.is_apart();
            let is_address = [signs.dot, signs.at, signs.slash];
            let is_address = is_address.iter().any(|sign| Signs::is(*join, *sign));
            is_tight && is_address && (left.is_word() || right.is_word())
        }
        _ => false,
    });
    if joined { Shape::Address } else { Shape::Words }
}

#[cfg(test)]
mod tests;
