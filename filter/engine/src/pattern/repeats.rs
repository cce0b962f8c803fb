//! Repetitions: what they cost an automaton, and how much of them is needed.

use regex_syntax::ast::{AssertionKind, Ast, Repetition, RepetitionKind, RepetitionRange};

use super::edges;
use super::error::PatternError;
use super::letters::{Flags, class_of};
use super::translate::{Edit, Place, Walker, range};
use crate::limits;

/// A count so small that it hardly multiplies anything.
const FREE_COUNT: u32 = 3;

/// A count that patterns in one automaton can bear.
const SHARED_COUNT: u32 = 16;

impl Walker<'_> {
    /// Whether `part` cannot begin again, after the parts `before` it, while it is being repeated:
    /// something before it is at the start of the text, or cannot be in what is repeated.
    pub(super) fn fenced(
        &self,
        before: &[Ast],
        part: &Ast,
        flags: Flags,
    ) -> Result<bool, PatternError> {
        let starts = |part: &Ast| match part {
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartText => true,
                AssertionKind::StartLine => !flags.lines,
                _ => false,
            },
            _ => false,
        };
        if before.iter().any(starts) {
            return Ok(true);
        }
        let Ast::Repetition(repetition) = part else {
            return Ok(false);
        };
        let (least, most) = bounds(&repetition.op.kind);
        if most.unwrap_or(least) <= FREE_COUNT {
            return Ok(false);
        }
        let flags = Flags {
            fold: true,
            ..flags
        };
        let class = |part| Ok(class_of(&flags.read(part, self.text)?));
        let Some(repeated) = class(&repetition.ast)? else {
            return Ok(false);
        };
        for part in before {
            let apart = match part {
                Ast::Assertion(assertion) if assertion.kind == AssertionKind::WordBoundary => {
                    edges::only_word(&repeated)
                }
                Ast::Literal(_) | Ast::ClassBracketed(_) | Ast::ClassPerl(_) => class(part)?
                    .is_some_and(|mut common| {
                        common.intersect(&repeated);
                        common.ranges().is_empty()
                    }),
                _ => false,
            };
            if apart {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A repetition: at either end of the pattern cut to what is needed, elsewhere counted loosely
    /// in the scan.
    pub(super) fn repetition(
        &mut self,
        repetition: &Repetition,
        mut flags: Flags,
        place: Place,
    ) -> Result<(), PatternError> {
        let written = self
            .text
            .get(range(&repetition.op.span))
            .unwrap_or_default();
        if written.contains(char::is_whitespace) {
            let hint = r"write it without spaces, or `\{` for the character";
            return self.refuse(&repetition.op.span, "a repetition count with spaces", hint);
        }
        if matches!(*repetition.ast, Ast::Repetition(_)) {
            if written == "+" {
                let hint = "leave the `+` out if nothing after it can match the same text; \
                            this engine never backtracks";
                return self.refuse(&repetition.span, "a possessive repetition", hint);
            }
            let hint = "put the inner repetition into a group `(?:...)`";
            return self.refuse(&repetition.span, "a repetition of a repetition", hint);
        }
        let (least, most) = bounds(&repetition.op.kind);
        // At either end of the pattern the least number of times is as good as any more.
        let least_is_enough = !self.whole && (place.head || place.tail);
        let times = if least_is_enough { Some(least) } else { most };
        let (head, fenced) = (place.head, place.fenced);
        let place = if times == Some(1) && least == 1 {
            place
        } else {
            let (first, last) = self.ends(&repetition.ast, flags)?;
            let (before, after) = (place.before.or(last), place.after.or(first));
            Place {
                head: false,
                tail: false,
                before,
                after,
                fenced: place.fenced,
            }
        };
        let mark = (self.edits.len(), self.wider);
        self.walk(&repetition.ast, &mut flags, place)?;
        let cut = least_is_enough && most != Some(least);
        if cut && least == 0 {
            self.edits.truncate(mark.0);
            self.wider = mark.1;
            self.edit(range(&repetition.span), "(?:)");
            return Ok(());
        }
        let exact = match least {
            _ if !cut => written.to_owned(),
            1 => String::new(),
            _ => format!("{{{least}}}"),
        };
        let most = if least_is_enough { Some(least) } else { most };
        // Where a repetition of one character begins the pattern, its counts do not multiply.
        let alone = head && !matches!(*repetition.ast, Ast::Group(_));
        let free = match (alone, fenced) {
            (true, _) => limits::PATTERN_SCAN_COUNT,
            (false, true) => SHARED_COUNT,
            (false, false) => FREE_COUNT,
        };
        let times = most.unwrap_or(least).max(least);
        let scan = (times > free).then(|| loose(least));
        self.counts |= scan.is_none() && times > SHARED_COUNT;
        self.wider |= scan.is_some();
        self.edits.push(Edit {
            span: range(&repetition.op.span),
            exact,
            scan,
        });
        Ok(())
    }
}

/// Least and most repetitions; no most means any number.
const fn bounds(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(times)) => (*times, Some(*times)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    }
}

/// Whether `part` at an end of a pattern might as well not be there.
pub(super) fn vanishes(part: &Ast) -> bool {
    match part {
        Ast::Empty(_) | Ast::Flags(_) => true,
        Ast::Repetition(repetition) => bounds(&repetition.op.kind).0 == 0,
        _ => false,
    }
}

/// At least `least` times, without counting far.
fn loose(least: u32) -> String {
    match least.min(FREE_COUNT) {
        0 => "*".to_owned(),
        least => format!("{{{least},}}"),
    }
}
