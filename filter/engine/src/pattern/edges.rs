//! What a part of a pattern can begin or end with. Not what it matches in between.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use super::letters::class_of;

/// What the characters at one end of a part can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// A word character.
    pub(super) word: bool,
    /// Another character.
    pub(super) other: bool,
    /// A newline.
    pub(super) newline: bool,
    /// Nothing: what lies beyond shows through.
    pub(super) empty: bool,
    /// An assertion.
    pub(super) look: bool,
}

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The beginning.
    First,
    /// The end.
    Last,
}

impl Edge {
    /// The edge of nothing at all.
    pub(super) const NOTHING: Self = Self {
        word: false,
        other: false,
        newline: false,
        empty: true,
        look: false,
    };
    /// The edge of a part about which nothing is known.
    const ANYTHING: Self = Self {
        word: true,
        other: true,
        newline: true,
        empty: true,
        look: true,
    };
    /// The edge of a part that cannot match.
    const NEVER: Self = Self {
        word: false,
        other: false,
        newline: false,
        empty: false,
        look: false,
    };

    /// Either edge.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            word: self.word || other.word,
            other: self.other || other.other,
            newline: self.newline || other.newline,
            empty: self.empty || other.empty,
            look: self.look || other.look,
        }
    }

    /// This edge, and where it is empty the one `beyond`.
    pub(super) const fn then(self, beyond: Self) -> Self {
        if !self.empty {
            return self;
        }
        let mut both = self.or(beyond);
        both.empty = beyond.empty;
        both
    }

    /// Whether it is a word character for sure.
    pub(super) const fn surely_word(self) -> bool {
        self.word && !self.other && !self.empty && !self.look
    }

    /// Whether it is a character other than a word character for sure.
    pub(super) const fn surely_other(self) -> bool {
        self.other && !self.word && !self.empty && !self.look
    }

    /// The edge of `part` at `end`.
    pub(super) fn of(part: &Hir, end: End) -> Self {
        match part.kind() {
            HirKind::Empty => Self::NOTHING,
            HirKind::Look(_) => Self {
                look: true,
                ..Self::NOTHING
            },
            HirKind::Literal(literal) => Self::of_literal(&literal.0, end),
            HirKind::Class(Class::Unicode(class)) => Self::of_class(class),
            HirKind::Class(Class::Bytes(_)) => {
                class_of(part).map_or(Self::ANYTHING, |class| Self::of_class(&class))
            }
            HirKind::Repetition(repetition) => {
                let inner = Self::of(&repetition.sub, end);
                Self {
                    empty: inner.empty || repetition.min == 0,
                    ..inner
                }
            }
            HirKind::Capture(capture) => Self::of(&capture.sub, end),
            HirKind::Concat(parts) => {
                let joined = |edge: Self, part| {
                    if edge.empty {
                        edge.then(Self::of(part, end))
                    } else {
                        edge
                    }
                };
                match end {
                    End::First => parts.iter().fold(Self::NOTHING, joined),
                    End::Last => parts.iter().rev().fold(Self::NOTHING, joined),
                }
            }
            HirKind::Alternation(parts) => parts
                .iter()
                .fold(Self::NEVER, |edge, part| edge.or(Self::of(part, end))),
        }
    }

    fn of_literal(bytes: &[u8], end: End) -> Self {
        let text = core::str::from_utf8(bytes).unwrap_or_default();
        let letter = match end {
            End::First => text.chars().next(),
            End::Last => text.chars().next_back(),
        };
        letter.map_or(Self::ANYTHING, |letter| {
            let word = regex_syntax::is_word_character(letter);
            Self {
                word,
                other: !word,
                newline: letter == '\n',
                ..Self::NEVER
            }
        })
    }

    fn of_class(class: &ClassUnicode) -> Self {
        let (mut word, mut other) = (class.clone(), class.clone());
        word.intersect(&WORD);
        other.difference(&WORD);
        let newline = class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&'\n'));
        Self {
            word: !word.ranges().is_empty(),
            other: !other.ranges().is_empty(),
            newline,
            ..Self::NEVER
        }
    }
}

/// Whether all characters of `class` are word characters.
pub(super) fn only_word(class: &ClassUnicode) -> bool {
    let mut other = class.clone();
    other.difference(&WORD);
    other.ranges().is_empty()
}

/// Bytes of the shortest text that `pattern` can match; 0 if that is not known.
pub(super) fn least_bytes(pattern: &str) -> usize {
    let hir = regex_syntax::parse(pattern).ok();
    hir.and_then(|hir| hir.properties().minimum_len())
        .unwrap_or(0)
}

/// How many places of `pattern` a search can be at once, in 64ths: each character or set counts as
/// often as it may be repeated, and less the longer the text before it that has to match first.
pub(super) fn places(pattern: &str) -> u64 {
    regex_syntax::parse(pattern).map_or(u64::MAX, |hir| count(&hir, 0).max(1))
}

fn count(part: &Hir, before: u64) -> u64 {
    let one = 64 / before.max(1);
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => one,
        HirKind::Literal(literal) => one.saturating_mul(to_u64(literal.0.len())),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            count(&repetition.sub, before).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => count(&capture.sub, before),
        HirKind::Alternation(parts) => parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(count(part, before))),
        HirKind::Concat(parts) => {
            let (mut sum, mut before) = (0_u64, before);
            for part in parts {
                sum = sum.saturating_add(count(part, before));
                let least = part.properties().minimum_len().unwrap_or(0);
                before = before.saturating_add(to_u64(least));
            }
            sum
        }
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The word characters.
static WORD: LazyLock<ClassUnicode> = LazyLock::new(|| {
    regex_syntax::parse(r"\w")
        .ok()
        .and_then(|hir| class_of(&hir))
        .unwrap_or_else(ClassUnicode::empty)
});
