//! Text cut into words and signs, each a keyed fingerprint: what a value is looked for in.
//!
//! A word is a run of letters, digits and marks, in lower case and compatibility form; a sign is any
//! other character that shows. White space is no element: an element remembers whether some stands
//! before it. So two texts are the same elements exactly if they differ in case, in forms of
//! characters and in amounts of white space only.

use super::Fingerprints;
use siphasher::sip::SipHasher13;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word or a sign: bit 0 says that white space (or nothing) stands before it, bits 1 and 2 what it
/// is, the rest is its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::taint) struct Element(u64);

const SPACE: u64 = 1;
const WORD: u64 = 1 << 1;
const DIGITS: u64 = 1 << 2;
const FLAGS: u64 = SPACE | WORD | DIGITS;

/// Bits that a short element leaves out: it keeps 37 bits of fingerprint.
const SHORT: u32 = 27;

impl Element {
    /// Makes one of a fingerprint.
    const fn new(print: u64, kind: u64, space: u64) -> Self {
        Self((print & !FLAGS) | kind | space)
    }

    /// The element with fewer bits, for text whose level is low.
    #[must_use]
    pub(in crate::taint) const fn short(self) -> Self {
        Self((self.0 >> SHORT << SHORT) | (self.0 & FLAGS))
    }

    /// The element as if nothing stood before it.
    #[must_use]
    pub(super) const fn apart(self) -> Self {
        Self(self.0 | SPACE)
    }

    /// Whether white space, or nothing, stands before it.
    pub(super) const fn is_apart(self) -> bool {
        self.0 & SPACE != 0
    }

    /// Whether it is a word; digits are one.
    pub(super) const fn is_word(self) -> bool {
        self.0 & (WORD | DIGITS) != 0
    }

    /// Whether it is a word of digits only.
    pub(super) const fn is_digits(self) -> bool {
        self.0 & DIGITS != 0
    }

    /// All bits.
    pub(in crate::taint) const fn to_bits(self) -> u64 {
        self.0
    }

    /// The element of these bits.
    pub(in crate::taint) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits of a short element, 40 of them.
    pub(in crate::taint) const fn to_short_bits(self) -> u64 {
        (self.0 >> SHORT << 3) | (self.0 & FLAGS)
    }

    /// The short element of these bits.
    pub(in crate::taint) const fn from_short_bits(bits: u64) -> Self {
        Self((bits >> 3 << SHORT) | (bits & FLAGS))
    }
}

/// Signs that join what stands on their two sides into one address or number.
const JOINS: [char; 13] = [
    '.', '-', '_', '@', '/', '\\', '+', '%', '=', '?', '&', '#', '~',
];

/// The fingerprints of signs that matter at the edges of a value.
#[derive(Clone)]
pub(super) struct Signs {
    joins: [Element; 13],
    pub(super) dot: Element,
    pub(super) at: Element,
    pub(super) slash: Element,
    pub(super) colon: Element,
    pub(super) comma: Element,
    pub(super) number: Element,
}

impl Signs {
    /// The signs under a key.
    pub(super) fn of(words: &SipHasher13) -> Self {
        let of = |c| sign(words, c, SPACE);
        Self {
            joins: JOINS.map(of),
            dot: of('.'),
            at: of('@'),
            slash: of('/'),
            colon: of(':'),
            comma: of(','),
            number: of('#'),
        }
    }

    /// Whether a sign joins; both in the short form.
    pub(super) fn joins(&self, element: Element) -> bool {
        let element = element.apart().short();
        self.joins.iter().any(|join| join.short() == element)
    }

    /// Whether an element is that sign, short or not.
    pub(super) fn is(element: Element, sign: Element) -> bool {
        element.apart().short() == sign.short()
    }
}

/// An element, and what is lost in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// The element.
    pub(super) element: Element,
    /// Characters of the word; a sign has one.
    pub(super) chars: usize,
    /// Whether the word is from a script that does not part words: each character is one.
    pub(super) is_ideograph: bool,
}

/// The elements of a text, in order.
pub(super) fn elements(fingerprints: &Fingerprints, text: &str) -> Vec<Element> {
    let mut elements = Vec::with_capacity(text.len() / 4);
    each_piece(fingerprints, text, &mut |piece| {
        elements.push(piece.element);
    });
    elements
}

/// The first element of a text that is ASCII, as if nothing stood before it.
pub(super) fn first_of_ascii(fingerprints: &Fingerprints, text: &str) -> Option<Element> {
    let text = text.trim_start();
    let end = text.find(|c| !is_in_word(c)).unwrap_or(text.len());
    match text.get(..end).filter(|first| !first.is_empty()) {
        Some(first) => Some(word(fingerprints, &first.to_ascii_lowercase())),
        None => Some(sign(fingerprints.words(), text.chars().next()?, SPACE)),
    }
}

/// Hands the pieces of a text to `look`, in order.
pub(super) fn each_piece(fingerprints: &Fingerprints, text: &str, look: &mut impl FnMut(Piece)) {
    let text: Cow<'_, str> = if text.is_ascii() {
        text.into()
    } else {
        text.nfkc().collect::<String>().into()
    };
    let mut cutter = Cutter::new(fingerprints.words());
    for c in text.chars() {
        cutter.take(c, look);
    }
    cutter.end_word(look);
}

/// A text that is being cut.
struct Cutter<'a> {
    words: &'a SipHasher13,
    /// The word so far, folded.
    word: String,
    chars: usize,
    is_digits: bool,
    /// Whether the last character is a small letter.
    is_small: bool,
    /// How the word so far begins: with a capital, and then a small letter.
    begins: Begins,
    /// [`SPACE`] if white space stands before what comes next.
    space: u64,
    /// How far the end of a sentence without a space after it has come.
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Nowhere,
    Capital,
    Sentence,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    SmallLetter,
    FullStop,
}

impl<'a> Cutter<'a> {
    const fn new(words: &'a SipHasher13) -> Self {
        Self {
            words,
            word: String::new(),
            chars: 0,
            is_digits: true,
            is_small: false,
            begins: Begins::Nowhere,
            space: SPACE,
            end: End::None,
        }
    }

    fn take(&mut self, c: char, look: &mut impl FnMut(Piece)) {
        if is_ideograph(c) {
            self.end_word(look);
            self.letter(c);
            self.end_word(look);
        } else if is_in_word(c) {
            self.letter(c);
        } else {
            self.end_word(look);
            if c.is_whitespace() {
                self.space = SPACE;
                self.end = End::None;
            } else {
                self.sign(c, look);
            }
        }
    }

    fn letter(&mut self, c: char) {
        self.begins = match self.begins {
            Begins::Nowhere if c.is_uppercase() => Begins::Capital,
            Begins::Capital if c.is_lowercase() => Begins::Sentence,
            Begins::Nowhere | Begins::Capital => Begins::Other,
            begun => begun,
        };
        self.chars += 1;
        self.is_digits &= c.is_ascii_digit();
        self.is_small = c.is_lowercase();
        push_folded(&mut self.word, c);
        if self.end != End::FullStop {
            self.end = End::None;
        }
    }

    fn sign(&mut self, c: char, look: &mut impl FnMut(Piece)) {
        self.end = match c {
            '.' | '!' | '?' if self.end == End::SmallLetter => End::FullStop,
            _ => End::None,
        };
        let element = sign(self.words, c, self.space);
        self.space = 0;
        look(Piece {
            element,
            chars: 1,
            is_ideograph: false,
        });
    }

    fn end_word(&mut self, look: &mut impl FnMut(Piece)) {
        if self.word.is_empty() {
            return;
        }
        // `example.com.They`: a sentence ends there, whether or not a space was typed.
        let begins_sentence = self.end == End::FullStop && self.begins == Begins::Sentence;
        let space = if begins_sentence { SPACE } else { self.space };
        let kind = if self.is_digits { DIGITS } else { WORD };
        let print = self.words.hash(self.word.as_bytes());
        let last = self.word.chars().next_back();
        look(Piece {
            element: Element::new(print, kind, space),
            chars: self.chars,
            is_ideograph: self.chars == 1 && last.is_some_and(is_ideograph),
        });
        self.end = if self.is_small {
            End::SmallLetter
        } else {
            End::None
        };
        self.word.clear();
        self.chars = 0;
        self.is_digits = true;
        self.begins = Begins::Nowhere;
        self.space = 0;
    }
}

/// A word's element, for words that are looked for. `word` is in lower case.
pub(super) fn word(fingerprints: &Fingerprints, word: &str) -> Element {
    let kind = if word.bytes().all(|byte| byte.is_ascii_digit()) {
        DIGITS
    } else {
        WORD
    };
    Element::new(fingerprints.words().hash(word.as_bytes()), kind, SPACE)
}

fn sign(words: &SipHasher13, c: char, space: u64) -> Element {
    let mut bytes = [0; 4];
    Element::new(words.hash(c.encode_utf8(&mut bytes).as_bytes()), 0, space)
}

/// Whether a character is part of a word.
fn is_in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether a character is of a script that puts no spaces between words.
const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{3134f}')
}

/// Adds a character in lower case. The two small forms of sigma are one.
pub(super) fn push_folded(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if c == 'ς' {
        out.push('σ');
    } else {
        out.extend(c.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Element> {
        elements(&Fingerprints::new([1; 16]), text)
    }

    #[test]
    fn texts_that_differ_in_case_form_and_space_only_are_the_same() {
        for (a, b) in [
            ("Bob@Corp.com", "bob@CORP.COM"),
            ("Quarterly  reports\n2024", "quarterly\u{a0}reports 2024"),
            ("ＡＢＣ", "abc"),
            ("cafe\u{301}", "café"),
            ("ΟΔΟΣ", "οδος"),
            ("site.com.They", "site.com. They"),
        ] {
            assert_eq!(of(a), of(b), "{a} {b}");
        }
    }

    #[test]
    fn texts_that_differ_in_anything_else_are_not() {
        for (a, b) in [
            ("bob@corp.com", "bob\u{200b}@corp.com"),
            ("alice", "\u{430}lice"),
            ("a b", "ab"),
            ("a.b", "a. b"),
            ("site.com.they", "site.com. they"),
            ("U.S.Army", "U.S. Army"),
            ("1.5", "1 5"),
            ("ı", "i"),
        ] {
            assert_ne!(of(a), of(b), "{a} {b}");
        }
    }

    #[test]
    fn an_element_knows_what_it_is() {
        let text = of("to v2 13, 北京");
        let kinds: Vec<_> = text.iter().map(|e| (e.is_word(), e.is_digits())).collect();
        let (word, digits, sign) = ((true, false), (true, true), (false, false));
        assert_eq!(kinds, [word, word, digits, sign, word, word]);
        let apart: Vec<_> = text.iter().map(|e| e.is_apart()).collect();
        assert_eq!(apart, [true, true, true, false, true, false]);
    }

    #[test]
    fn the_first_element_alone_is_the_first_of_all() {
        let prints = Fingerprints::new([1; 16]);
        for text in [
            "Bob@Corp.com",
            " 13 x",
            "13th",
            "@x",
            "\u{b}\t.a",
            "\u{1f}a",
            "",
            "  ",
            "_a",
        ] {
            let first = of(text).first().map(|element| element.apart());
            assert_eq!(first_of_ascii(&prints, text), first, "{text:?}");
        }
    }

    #[test]
    fn a_short_element_survives_its_bits() {
        for element in of("a, 1 b") {
            let short = element.short();
            assert_eq!(Element::from_short_bits(short.to_short_bits()), short);
            assert_eq!(Element::from_bits(element.to_bits()), element);
            assert!(short.to_short_bits() < 1 << 40);
        }
    }
}
