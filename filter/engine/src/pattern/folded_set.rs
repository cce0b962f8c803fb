//! Sets of characters where case is ignored.

use regex_syntax::ast::{Ast, ClassBracketed, parse::ParserBuilder};
use regex_syntax::hir;

use super::fold;
use super::letters::{Flags, class_of};
use crate::limits;

/// Sets with more letters than this that fold to several letters are taken to mean "any letter"
/// (`[\w-]`); the several letters are in them anyway.
const LISTED: usize = 16;

/// `text`, one set, where case is ignored; `None` if it can stay as it is.
///
/// The `regex` crate ignores case inside each nested set, the reference outside them all; and only
/// the reference knows the Turkic letters i and letters that fold to several.
pub(super) fn folded_set(
    text: &str,
    flags: Flags,
    nested: bool,
) -> Result<Option<String>, &'static str> {
    const APART: &str = "write the set without nesting, or both cases without `(?i)`";
    let mut parser = ParserBuilder::new();
    let parsed = parser
        .nest_limit(limits::PATTERN_DEPTH)
        .ignore_whitespace(flags.spaced)
        .build()
        .parse(text)
        .map_err(|_| APART)?;
    let Ast::ClassBracketed(ref set) = parsed else {
        return Err(APART);
    };
    let mut set = set.clone();
    let read = |set: &ClassBracketed, fold| {
        let flags = Flags { fold, ..flags };
        let hir = flags.read(&Ast::class_bracketed(set.clone()), text).ok();
        // A class with no member is not a class any more.
        hir.map(|hir| class_of(&hir).unwrap_or_else(hir::ClassUnicode::empty))
            .ok_or(APART)
    };
    let as_run = read(&set, true)?;
    let negated = core::mem::take(&mut set.negated);
    let members = read(&set, false)?;
    if nested {
        let mut meant = members.clone();
        meant.try_case_fold_simple().map_err(|_| APART)?;
        if negated {
            meant.negate();
        }
        if meant != as_run {
            return Err(APART);
        }
    }
    let mut meant = as_run.clone();
    for letter in ['i', 'I', 'İ', 'ı'] {
        let forms = fold::turkic(letter).unwrap_or_default();
        let single = hir::ClassUnicode::new([hir::ClassUnicodeRange::new(letter, letter)]);
        if forms.iter().any(|form| contains(&members, *form)) != negated {
            meant.union(&single);
        } else {
            meant.difference(&single);
        }
    }
    let several = if negated {
        Vec::new()
    } else {
        several_letters(&meant)
    };
    if meant == as_run && several.is_empty() {
        return Ok(None);
    }
    let mut more = meant.clone();
    more.difference(&as_run);
    let mut fewer = as_run.clone();
    fewer.difference(&meant);
    let set = if meant == as_run {
        text.to_owned()
    } else if fewer.ranges().is_empty() {
        format!("(?:{text}|{})", listed(&more))
    } else {
        listed(&meant)
    };
    if several.is_empty() {
        return Ok(Some(set));
    }
    Ok(Some(format!("(?:{set}|{})", several.join("|"))))
}

/// What the members of a set that fold to several letters fold to, as patterns.
fn several_letters(set: &hir::ClassUnicode) -> Vec<String> {
    let found: Vec<&[char]> = fold::expanding()
        .filter(|(_, letters)| letters.iter().any(|letter| contains(set, *letter)))
        .map(|(folded, _)| folded)
        .collect();
    if found.len() > LISTED {
        return Vec::new();
    }
    found.into_iter().filter_map(fold::every_way).collect()
}

fn contains(set: &hir::ClassUnicode, letter: char) -> bool {
    set.ranges()
        .iter()
        .any(|range| (range.start()..=range.end()).contains(&letter))
}

/// `set` as a list of ranges, whatever the flags around it.
fn listed(set: &hir::ClassUnicode) -> String {
    let one = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_string()
        } else {
            format!("\\x{{{:X}}}", u32::from(letter))
        }
    };
    let ranges = set.ranges().iter().map(|range| {
        if range.start() == range.end() {
            one(range.start())
        } else {
            format!("{}-{}", one(range.start()), one(range.end()))
        }
    });
    let ranges: String = ranges.collect();
    // A set without members has to be written as the opposite of everything.
    if ranges.is_empty() {
        r"[^\x00-\x{10FFFF}]".to_owned()
    } else {
        format!("(?-i:[{ranges}])")
    }
}
