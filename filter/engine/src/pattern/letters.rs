//! The flags in force at a point of a pattern, and sub-patterns read under them.

use regex_syntax::ast::{self, Ast, FlagsItemKind};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, translate::TranslatorBuilder};

use super::error::{PatternError, refused};

/// The flags in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// `i`: upper and lower case are the same.
    pub(super) fold: bool,
    /// `m`: `^` and `$` match at every line.
    pub(super) lines: bool,
    /// `s`: `.` matches a newline.
    pub(super) dot_all: bool,
    /// `x`: spaces and comments are ignored.
    pub(super) spaced: bool,
}

impl Flags {
    /// These flags after `change`, which stands in `written`.
    ///
    /// # Errors
    /// [`PatternError::Refused`] for flags that are not the reference's.
    pub(super) fn after(
        mut self,
        change: &ast::Flags,
        written: &str,
    ) -> Result<Self, PatternError> {
        let mut on = true;
        for item in &change.items {
            let flag = match &item.kind {
                FlagsItemKind::Negation => {
                    on = false;
                    continue;
                }
                FlagsItemKind::Flag(flag) => flag,
            };
            match flag {
                ast::Flag::CaseInsensitive => self.fold = on,
                ast::Flag::MultiLine => self.lines = on,
                ast::Flag::DotMatchesNewLine => self.dot_all = on,
                ast::Flag::IgnoreWhitespace => self.spaced = on,
                ast::Flag::Unicode if on => {}
                ast::Flag::Unicode | ast::Flag::SwapGreed | ast::Flag::CRLF => {
                    let span = item.span.start.offset..item.span.end.offset;
                    let hint = "use the flags `i`, `m`, `s` and `x` only";
                    return Err(refused(
                        written,
                        span,
                        "a flag that means nothing here",
                        hint,
                    ));
                }
            }
        }
        Ok(self)
    }

    /// `ast`, a part of `written`, as the `regex` crate understands it under these flags.
    ///
    /// # Errors
    /// [`PatternError::Malformed`], for example for a property that does not exist.
    pub(super) fn read(self, ast: &Ast, written: &str) -> Result<Hir, PatternError> {
        TranslatorBuilder::new()
            .case_insensitive(self.fold)
            .multi_line(self.lines)
            .dot_matches_new_line(self.dot_all)
            .build()
            .translate(written, ast)
            .map_err(|error| PatternError::Malformed {
                problem: error.kind().to_string(),
                span: error.span().start.offset..error.span().end.offset,
            })
    }
}

/// The characters `hir` stands for, if it is a single class or character.
pub(super) fn class_of(hir: &Hir) -> Option<ClassUnicode> {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class.clone()),
        HirKind::Class(Class::Bytes(class)) => class.to_unicode_class(),
        HirKind::Literal(literal) => {
            let mut chars = core::str::from_utf8(&literal.0).ok()?.chars();
            let only = chars.next().filter(|_| chars.next().is_none())?;
            Some(ClassUnicode::new([
                regex_syntax::hir::ClassUnicodeRange::new(only, only),
            ]))
        }
        _ => None,
    }
}
