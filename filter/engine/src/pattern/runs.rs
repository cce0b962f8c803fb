//! Runs of plain text: where case is ignored, several letters may stand for one.

use regex_syntax::ast::{Ast, ClassSet, ClassSetItem, GroupKind};

use super::error::{PatternError, refused};
use super::letters::Flags;
use super::translate::{Walker, range};
use super::{fold, sets};

impl Walker<'_> {
    /// The letters `part` stands for, if it is plain text in which case is ignored.
    pub(super) fn letters(
        &self,
        part: &Ast,
        flags: Flags,
    ) -> Result<Option<Vec<char>>, PatternError> {
        Ok(match part {
            Ast::Literal(letter) => flags.fold.then(|| vec![letter.c]),
            Ast::ClassBracketed(set) if flags.fold && !set.negated => match &set.kind {
                ClassSet::Item(ClassSetItem::Literal(letter)) => Some(vec![letter.c]),
                _ => None,
            },
            Ast::Group(group) if matches!(group.kind, GroupKind::NonCapturing(_)) => {
                let flags = self.inside(group, flags)?;
                match &*group.ast {
                    Ast::Literal(letter) => flags.fold.then(|| vec![letter.c]),
                    Ast::Concat(concat) if flags.fold => {
                        let plain = concat.asts.iter().map(|part| match part {
                            Ast::Literal(letter) => Some(letter.c),
                            _ => None,
                        });
                        plain.collect()
                    }
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// A run of plain text. Where case is ignored, several letters may stand for one.
    pub(super) fn run(&mut self, run: &[&Ast], flags: Flags) -> Result<(), PatternError> {
        // Which part of the run each letter comes from.
        let mut letters = Vec::new();
        let mut sources = Vec::new();
        for (at, part) in run.iter().enumerate() {
            check_letters(self.text, part)?;
            let own = self.letters(part, flags)?.unwrap_or_default();
            sources.extend(own.iter().map(|_| at));
            letters.extend(own);
        }
        // Whole parts are replaced: stretches that meet in one part are one.
        let source = |at: usize| sources.get(at).copied().unwrap_or_default();
        let stretches = fold::stretches(&letters).into_iter().map(|(start, end)| {
            (
                source(start),
                source(end.saturating_sub(1)).saturating_add(1),
            )
        });
        let stretches = fold::merge(stretches.collect());
        for (start, end) in &stretches {
            let parts = run.get(*start..*end).unwrap_or_default();
            let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
                continue;
            };
            let span = first.span().start.offset..last.span().end.offset;
            let stretch = letters.iter().zip(&sources);
            let stretch = stretch.filter(|(_, at)| (*start..*end).contains(at));
            let stretch: Vec<char> = stretch.map(|(letter, _)| *letter).collect();
            let Some(ways) = fold::every_way(&stretch) else {
                let what = "text with too many spellings when case is ignored";
                let hint = "shorten it, or break it up with a repetition such as `s{2}`";
                return Err(refused(self.text, span, what, hint));
            };
            self.edit(span, ways);
        }
        for (at, part) in run.iter().enumerate() {
            if !stretches
                .iter()
                .any(|(start, end)| (*start..*end).contains(&at))
            {
                self.plain(part, flags)?;
            }
        }
        Ok(())
    }

    /// Plain text that no fold joins: only the letters i are special.
    fn plain(&mut self, part: &Ast, flags: Flags) -> Result<(), PatternError> {
        match part {
            Ast::Literal(letter) if flags.fold => {
                if let Some(text) = fold::letter_pattern(letter.c) {
                    self.edit(range(&letter.span), text);
                }
                Ok(())
            }
            Ast::ClassBracketed(set) => {
                if let Some(text) = sets::set(self.text, set, flags)? {
                    self.edit(range(&set.span), text);
                }
                Ok(())
            }
            Ast::Group(group) => {
                let inside = self.inside(group, flags)?;
                match &*group.ast {
                    Ast::Concat(concat) => concat
                        .asts
                        .iter()
                        .try_for_each(|part| self.plain(part, inside)),
                    part => self.plain(part, inside),
                }
            }
            _ => Ok(()),
        }
    }
}

/// Refuses letters in `part`, plain text, that are written in a way only we know.
fn check_letters(text: &str, part: &Ast) -> Result<(), PatternError> {
    match part {
        Ast::Literal(letter) => sets::check_letter(text, letter),
        Ast::Group(group) => check_letters(text, &group.ast),
        Ast::Concat(concat) => concat
            .asts
            .iter()
            .try_for_each(|part| check_letters(text, part)),
        _ => Ok(()),
    }
}
