//! Text behind backslash escapes, as JSON and most programming languages write them.
//!
//! Texts that hold JSON which does not stand alone, or has no single reading, are searched as a
//! reader would see their strings. How often an escape was escaped again does not matter: a whole
//! run of backslashes counts as one.

use core::ops::Range;

/// A stretch of a text and what it stands for.
enum Piece {
    /// Itself.
    Plain(Range<usize>),
    /// A character.
    Escape(Range<usize>, char),
}

/// The text with its escapes undone; `None` if there are none.
pub(in crate::policy) fn unescaped(text: &str) -> Option<String> {
    text.contains('\\').then_some(())?;
    let mut out = String::with_capacity(text.len());
    let mut escapes = false;
    each_piece(text, &mut |piece| match piece {
        Piece::Plain(range) => out.push_str(text.get(range).unwrap_or_default()),
        Piece::Escape(_, c) => {
            escapes = true;
            out.push(c);
        }
    });
    escapes.then_some(out)
}

/// Turns places in the text with its escapes undone into places of `text` itself. The ranges must be
/// in order and apart from each other.
pub(in crate::policy) fn map_back(text: &str, ranges: &mut [Range<usize>]) {
    let mut left = ranges.iter_mut().peekable();
    let mut begun = None;
    let mut at = 0;
    each_piece(text, &mut |piece| {
        let (here, length, is_plain) = match piece {
            Piece::Plain(range) => (range.clone(), range.len(), true),
            Piece::Escape(range, c) => (range, c.len_utf8(), false),
        };
        let end = at + length;
        while let Some(range) = left.peek_mut() {
            match begun {
                None if range.start < end => {
                    let within = if is_plain { range.start - at } else { 0 };
                    begun = Some(here.start + within);
                }
                Some(start) if range.end <= end => {
                    let within = if is_plain { range.end - at } else { here.len() };
                    **range = start..here.start + within;
                    begun = None;
                    left.next();
                }
                _ => break,
            }
        }
        at = end;
    });
}

fn each_piece(text: &str, look: &mut impl FnMut(Piece)) {
    let mut done = 0;
    while let Some(found) = text.get(done..).and_then(|rest| rest.find('\\')) {
        let start = done + found;
        let rest = text.get(start..).unwrap_or_default();
        let run = rest.bytes().take_while(|byte| *byte == b'\\').count();
        let (length, c) = escape(rest, run);
        if done < start {
            look(Piece::Plain(done..start));
        }
        done = start + length;
        look(match c {
            Some(c) => Piece::Escape(start..done, c),
            None => Piece::Plain(start..done),
        });
    }
    if done < text.len() {
        look(Piece::Plain(done..text.len()));
    }
}

/// How long the escape is that `text` begins with, and what it stands for. `text` begins with `run`
/// backslashes.
fn escape(text: &str, run: usize) -> (usize, Option<char>) {
    let after = text.get(run..).unwrap_or_default();
    let short = |c| (run + 1, Some(c));
    match after.as_bytes().first() {
        Some(b'n') => short('\n'),
        Some(b'r') => short('\r'),
        Some(b't') => short('\t'),
        Some(b'b') => short('\u{8}'),
        Some(b'f') => short('\u{c}'),
        Some(b @ (b'"' | b'\'' | b'/')) => short(char::from(*b)),
        Some(b'u') => match unicode(after) {
            Some((length, c)) => (run + length, Some(c)),
            None => unknown(run),
        },
        Some(b'x') => match code(after, 2).and_then(char::from_u32) {
            Some(c) => (run + 3, Some(c)),
            None => unknown(run),
        },
        _ => unknown(run),
    }
}

/// Several backslashes before nothing in particular are one.
const fn unknown(run: usize) -> (usize, Option<char>) {
    (run, if run > 1 { Some('\\') } else { None })
}

/// How long `uXXXX`, or such a pair, at the beginning of a text is, and its character; half of a pair
/// stands for none there is.
fn unicode(text: &str) -> Option<(usize, char)> {
    let first = code(text, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((5, c));
    }
    let rest = text.get(5..).unwrap_or_default();
    let run = rest.bytes().take_while(|byte| *byte == b'\\').count();
    let second = rest
        .get(run..)
        .filter(|rest| run > 0 && rest.starts_with('u'))
        .and_then(|rest| code(rest, 4));
    let pair = second.and_then(|second| {
        let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
        char::decode_utf16(units).next()?.ok()
    });
    Some(match pair {
        Some(c) => (10 + run, c),
        None => (5, char::REPLACEMENT_CHARACTER),
    })
}

/// The number that `digits` hexadecimal digits after the first letter of a text spell.
fn code(text: &str, digits: usize) -> Option<u32> {
    let digits = text.get(1..1 + digits)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}
