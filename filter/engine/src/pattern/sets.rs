//! Sets of characters (`[...]`) and properties (`\p{...}`): where the dialects disagree about them.

use core::ops::Range;

use regex_syntax::ast::{
    Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassSet, ClassSetItem, ClassUnicode, Literal,
    LiteralKind, Span,
};

use super::error::{PatternError, refused};
use super::folded_set::folded_set;
use super::letters::Flags;

/// Checks and translates one set; `None` if it can stay as it is.
pub(super) fn set(
    written: &str,
    set: &ClassBracketed,
    flags: Flags,
) -> Result<Option<String>, PatternError> {
    let span = set.span.start.offset..set.span.end.offset;
    let text = written.get(span.clone()).unwrap_or_default();
    let inside = text
        .strip_prefix("[^")
        .or_else(|| text.strip_prefix('['))
        .unwrap_or(text);
    if inside.starts_with("--") {
        let hint = r"write `\-` for the character";
        return Err(refused(written, span, "a set that begins with `--`", hint));
    }
    if flags.spaced && has_bare_space(text) {
        let hint = r"write `\x20` for a space, `\#` for `#`";
        return Err(refused(
            written,
            span,
            "a set with a space under `(?x)`",
            hint,
        ));
    }
    let mut checks = Checks {
        fold: flags.fold,
        nested: false,
        replaced: Vec::new(),
    };
    check_set(written, &set.kind, &mut checks)?;
    let mut translated = String::new();
    let mut done = span.start;
    for (part, text) in &checks.replaced {
        translated.push_str(written.get(done..part.start).unwrap_or_default());
        translated.push_str(text);
        done = part.end;
    }
    translated.push_str(written.get(done..span.end).unwrap_or_default());
    let changed = !checks.replaced.is_empty();
    if flags.fold {
        let folded = folded_set(&translated, flags, checks.nested);
        let folded = folded.map_err(|hint| {
            refused(
                written,
                span,
                "a set that depends on how case is ignored",
                hint,
            )
        })?;
        return Ok(folded.or(changed.then_some(translated)));
    }
    Ok(changed.then_some(translated))
}

/// Refuses a character written with braces: in the reference braces mean a repetition.
pub(super) fn check_letter(written: &str, letter: &Literal) -> Result<(), PatternError> {
    if matches!(letter.kind, LiteralKind::HexBrace(_)) {
        let hint = r"write `\x41`, `\u0041` or `\U00000041`";
        return Err(refused(
            written,
            offsets(&letter.span),
            "a code in braces",
            hint,
        ));
    }
    Ok(())
}

/// Refuses properties only one of the dialects knows.
pub(super) fn check_property(written: &str, property: &ClassUnicode) -> Result<(), PatternError> {
    let text = written.get(offsets(&property.span)).unwrap_or_default();
    if text.contains("!=") {
        let hint = r"write `\P{...=...}`";
        return Err(refused(
            written,
            offsets(&property.span),
            "a negated property",
            hint,
        ));
    }
    Ok(())
}

/// A property outside a set where case is ignored; `None` if it can stay as it is.
pub(super) fn folded_property(
    written: &str,
    property: &ClassUnicode,
    flags: Flags,
) -> Result<Option<String>, PatternError> {
    let text = written.get(offsets(&property.span)).unwrap_or_default();
    if let Some(both) = both_cases(text) {
        check_one_case(written, offsets(&property.span), property.is_negated())?;
        return Ok(Some(format!("(?-i:[{both}])")));
    }
    let ast = Ast::class_unicode(property.clone());
    let as_is = Flags {
        fold: false,
        ..flags
    }
    .read(&ast, written)?;
    let folded = Flags {
        fold: true,
        ..flags
    }
    .read(&ast, written)?;
    Ok((as_is != folded).then(|| format!("(?-i:{text})")))
}

/// What a property that names one case means where case is ignored.
fn both_cases(property: &str) -> Option<&'static str> {
    let name: String = property
        .chars()
        .skip(2)
        .filter(char::is_ascii_alphanumeric)
        .collect();
    match name.to_ascii_lowercase().as_str() {
        "lu" | "ll" | "lt" | "uppercaseletter" | "lowercaseletter" | "titlecaseletter" => {
            Some(r"\p{Lu}\p{Ll}\p{Lt}")
        }
        "upper" | "lower" | "uppercase" | "lowercase" => Some(r"\p{Cased}"),
        _ => None,
    }
}

/// Refuses "not upper case" where case is ignored.
fn check_one_case(written: &str, span: Range<usize>, negated: bool) -> Result<(), PatternError> {
    if negated {
        let what = "the opposite of one case where case is ignored";
        let hint = r"write `\P{L}`, or take it out of `(?i)` with `(?-i:...)`";
        return Err(refused(written, span, what, hint));
    }
    Ok(())
}

fn offsets(span: &Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

/// Whether a space or `#` stands in `text` without a backslash.
fn has_bare_space(text: &str) -> bool {
    let mut escaped = false;
    text.chars().any(|letter| {
        let bare = !escaped && (letter.is_whitespace() || letter == '#');
        escaped = !escaped && letter == '\\';
        bare
    })
}

/// What checking the members of a set has found.
struct Checks {
    /// Whether case is ignored.
    fold: bool,
    /// Whether there are sets in the set.
    nested: bool,
    /// Members to write in another way.
    replaced: Vec<(Range<usize>, String)>,
}

fn check_set(written: &str, set: &ClassSet, checks: &mut Checks) -> Result<(), PatternError> {
    let op = match set {
        ClassSet::Item(item) => return check_item(written, item, checks),
        ClassSet::BinaryOp(op) => op,
    };
    checks.nested = true;
    for side in [&op.lhs, &op.rhs] {
        match &**side {
            ClassSet::Item(ClassSetItem::Empty(_)) => {
                let hint = r"write the characters with a backslash";
                let what = "a set operator with nothing on one side";
                return Err(refused(written, offsets(&op.span), what, hint));
            }
            ClassSet::BinaryOp(inner) if inner.kind != op.kind => {
                let what = "two different set operators side by side";
                let hint = "put one of them into its own brackets";
                return Err(refused(written, offsets(&op.span), what, hint));
            }
            _ => check_set(written, side, checks)?,
        }
    }
    Ok(())
}

fn check_item(written: &str, item: &ClassSetItem, checks: &mut Checks) -> Result<(), PatternError> {
    match item {
        ClassSetItem::Empty(_) | ClassSetItem::Perl(_) => Ok(()),
        ClassSetItem::Literal(letter) => check_letter(written, letter),
        ClassSetItem::Range(range) => {
            check_letter(written, &range.start)?;
            check_letter(written, &range.end)
        }
        ClassSetItem::Unicode(property) => {
            check_property(written, property)?;
            let span = offsets(&property.span);
            let text = written.get(span.clone()).unwrap_or_default();
            if checks.fold
                && let Some(both) = both_cases(text)
            {
                check_one_case(written, span.clone(), property.is_negated())?;
                checks.replaced.push((span, both.to_owned()));
            }
            Ok(())
        }
        ClassSetItem::Ascii(class) => {
            let span = offsets(&class.span);
            let cased = matches!(class.kind, ClassAsciiKind::Lower | ClassAsciiKind::Upper);
            if checks.fold && cased {
                check_one_case(written, span.clone(), class.negated)?;
                checks.replaced.push((span, r"\p{Cased}".to_owned()));
            } else {
                checks.replaced.push((span, posix_class(class)));
            }
            Ok(())
        }
        ClassSetItem::Bracketed(inner) => {
            checks.nested = true;
            let text = written.get(offsets(&inner.span)).unwrap_or_default();
            if text.starts_with("[--") || text.starts_with("[^--") {
                let hint = r"write `\-` for the character";
                let span = offsets(&inner.span);
                return Err(refused(written, span, "a set that begins with `--`", hint));
            }
            check_set(written, &inner.kind, checks)
        }
        ClassSetItem::Union(union) => {
            for pair in union.items.windows(2) {
                if let [ClassSetItem::Literal(left), ClassSetItem::Literal(right)] = pair
                    && is_bar(left)
                    && is_bar(right)
                {
                    let span = left.span.start.offset..right.span.end.offset;
                    let hint = r"write `[ab]` for both, `\|` for the character";
                    return Err(refused(written, span, "a union of sets", hint));
                }
            }
            union
                .items
                .iter()
                .try_for_each(|item| check_item(written, item, checks))
        }
    }
}

fn is_bar(letter: &Literal) -> bool {
    letter.c == '|' && letter.kind == LiteralKind::Verbatim
}

/// The Unicode meaning a POSIX class has in the reference.
fn posix_class(class: &ClassAscii) -> String {
    let members = match class.kind {
        ClassAsciiKind::Alnum => r"\p{Alphabetic}0-9",
        ClassAsciiKind::Alpha => r"\p{Alphabetic}",
        ClassAsciiKind::Ascii => r"\x00-\x7F",
        ClassAsciiKind::Blank => r"\t\p{Zs}",
        ClassAsciiKind::Cntrl => r"\p{Cc}",
        ClassAsciiKind::Digit => r"0-9",
        ClassAsciiKind::Graph => r"[^\s\p{Cc}\p{Cn}]",
        ClassAsciiKind::Lower => r"\p{Lowercase}",
        ClassAsciiKind::Print => r"[^\s\p{Cc}\p{Cn}]\p{Zs}",
        ClassAsciiKind::Punct => r"\p{P}\p{S}",
        ClassAsciiKind::Space => r"\s",
        ClassAsciiKind::Upper => r"\p{Uppercase}",
        ClassAsciiKind::Word => r"\w",
        ClassAsciiKind::Xdigit => r"0-9A-Fa-f",
    };
    format!("[{}{members}]", if class.negated { "^" } else { "" })
}
