//! Walks a pattern and rewrites the places where the dialects disagree.
//!
//! Places are found by the parser of the `regex` crate, never by looking for text.

use core::ops::Range;

use regex_syntax::ast::{
    Assertion, AssertionKind, Ast, Concat, ErrorKind, Group, GroupKind, Span, parse::ParserBuilder,
};

use super::edges::{Edge, End};
use super::error::{PatternError, refused};
use super::letters::Flags;
use super::repeats::vanishes;
use super::{hints, sets};
use crate::limits;

/// A pattern in the dialect of the `regex` crate.
pub(super) struct Translation {
    /// Matches a text exactly if the written pattern does.
    pub(super) exact: String,
    /// The same without word boundaries and without large counts.
    pub(super) scan: String,
    /// The same as `exact` without word boundaries only: what it matches is longer by a character at
    /// either end, or matches in other texts too. `None` if there are no boundaries.
    pub(super) unbounded: Option<String>,
    /// Whether `scan` also matches other texts.
    pub(super) scan_is_wider: bool,
    /// Whether `scan` counts far.
    pub(super) scan_counts: bool,
    /// Whether the pattern asks for an end of the text or of a line.
    pub(super) anchored: bool,
}

/// Translates `written`, to ask whether it matches.
pub(super) fn translate(written: &str) -> Result<Translation, PatternError> {
    translate_as(written, false)
}

/// Translates `written`, to ask where it matches: its ends are left as long as they are written.
pub(super) fn translate_whole(written: &str) -> Result<Translation, PatternError> {
    translate_as(written, true)
}

fn translate_as(written: &str, whole: bool) -> Result<Translation, PatternError> {
    if written.len() > limits::PATTERN_BYTES {
        return Err(PatternError::TooLong {
            length: written.len(),
        });
    }
    let (text, ast) = parse(written)?;
    let mut walker = Walker {
        text: &text,
        edits: Vec::new(),
        wider: false,
        anchored: false,
        counts: false,
        whole,
        edges: text.contains(['$', '\\']),
    };
    let place = Place {
        head: true,
        tail: true,
        before: Edge::NOTHING,
        after: Edge::NOTHING,
        fenced: false,
    };
    walker.walk(&ast, &mut Flags::default(), place)?;
    walker.edits.sort_by_key(|edit| edit.span.start);
    let is_boundary = |edit: &Edit| matches!(edit.exact.as_str(), r"\b" | r"\B");
    let unbounded = walker.edits.iter().any(is_boundary).then(|| {
        apply(&text, &walker.edits, |edit| match &edit.scan {
            Some(scan) if is_boundary(edit) => scan,
            _ => &edit.exact,
        })
    });
    Ok(Translation {
        exact: apply(&text, &walker.edits, |edit| &edit.exact),
        scan: apply(&text, &walker.edits, |edit| {
            edit.scan.as_ref().unwrap_or(&edit.exact)
        }),
        unbounded,
        scan_is_wider: walker.wider,
        scan_counts: walker.counts,
        anchored: walker.anchored,
    })
}

/// Parses, reading `\Z` (the end of the text) as the `\z` it is here.
fn parse(written: &str) -> Result<(String, Ast), PatternError> {
    let parse = |text: &str| {
        let mut parser = ParserBuilder::new();
        parser
            .nest_limit(limits::PATTERN_DEPTH)
            .build()
            .parse(text)
            .map_err(Box::new)
    };
    let error = match parse(written) {
        Ok(ast) => return Ok((written.to_owned(), ast)),
        Err(error) => error,
    };
    if *error.kind() == ErrorKind::EscapeUnrecognized && written.contains(r"\Z") {
        let mut escaped = false;
        let text: String = written
            .chars()
            .map(|letter| {
                let ends = escaped && letter == 'Z';
                escaped = !escaped && letter == '\\';
                if ends { 'z' } else { letter }
            })
            .collect();
        return match parse(&text) {
            Ok(ast) => Ok((text, ast)),
            Err(error) => Err(hints::explain(written, &error)),
        };
    }
    Err(hints::explain(written, &error))
}

/// A piece of text to put in place of another.
pub(super) struct Edit {
    pub(super) span: Range<usize>,
    pub(super) exact: String,
    /// For [`Translation::scan`], where that differs.
    pub(super) scan: Option<String>,
}

fn apply(text: &str, edits: &[Edit], choose: impl Fn(&Edit) -> &String) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut done = 0;
    for edit in edits {
        out.push_str(text.get(done..edit.span.start).unwrap_or_default());
        out.push_str(choose(edit));
        done = edit.span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Where a part stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Nothing of the pattern comes before it.
    pub(super) head: bool,
    /// Nothing of the pattern comes after it.
    pub(super) tail: bool,
    /// What can come right before it.
    pub(super) before: Edge,
    /// What can come right after it.
    pub(super) after: Edge,
    /// It cannot begin again while it is being repeated: its counts do not multiply.
    pub(super) fenced: bool,
}

/// The walk: what has been found so far.
pub(super) struct Walker<'a> {
    pub(super) text: &'a str,
    pub(super) edits: Vec<Edit>,
    pub(super) wider: bool,
    pub(super) counts: bool,
    pub(super) anchored: bool,
    /// Whether the ends of the pattern are kept as long as they are written.
    pub(super) whole: bool,
    /// Whether any assertion needs to know its neighbours.
    edges: bool,
}

impl Walker<'_> {
    pub(super) fn edit(&mut self, span: Range<usize>, exact: impl Into<String>) {
        self.edits.push(Edit {
            span,
            exact: exact.into(),
            scan: None,
        });
    }

    pub(super) fn refuse<T>(
        &self,
        span: &Span,
        what: &'static str,
        hint: &'static str,
    ) -> Result<T, PatternError> {
        Err(refused(self.text, range(span), what, hint))
    }

    pub(super) fn walk(
        &mut self,
        ast: &Ast,
        flags: &mut Flags,
        place: Place,
    ) -> Result<(), PatternError> {
        match ast {
            Ast::Empty(_) | Ast::Dot(_) | Ast::ClassPerl(_) => Ok(()),
            Ast::Flags(change) => {
                *flags = flags.after(&change.flags, self.text)?;
                Ok(())
            }
            Ast::Literal(_) => self.run(&[ast], *flags),
            Ast::Assertion(assertion) => self.assertion(assertion, *flags, place),
            Ast::ClassUnicode(property) => {
                sets::check_property(self.text, property)?;
                if flags.fold
                    && let Some(text) = sets::folded_property(self.text, property, *flags)?
                {
                    self.edit(range(&property.span), text);
                }
                Ok(())
            }
            Ast::ClassBracketed(set) => {
                if let Some(text) = sets::set(self.text, set, *flags)? {
                    self.edit(range(&set.span), text);
                }
                Ok(())
            }
            Ast::Repetition(repetition) => self.repetition(repetition, *flags, place),
            Ast::Group(group) => {
                let mut inside = self.inside(group, *flags)?;
                self.walk(&group.ast, &mut inside, place)
            }
            Ast::Alternation(alternation) => alternation
                .asts
                .iter()
                .try_for_each(|branch| self.walk(branch, flags, place)),
            Ast::Concat(concat) => self.concat(concat, flags, place),
        }
    }

    /// The flags inside `group`.
    pub(super) fn inside(&self, group: &Group, flags: Flags) -> Result<Flags, PatternError> {
        match &group.kind {
            GroupKind::NonCapturing(change) => flags.after(change, self.text),
            GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => Ok(flags),
        }
    }

    fn concat(
        &mut self,
        concat: &Concat,
        flags: &mut Flags,
        place: Place,
    ) -> Result<(), PatternError> {
        let parts = &concat.asts;
        let places = self.places(parts, *flags, place)?;
        let mut run: Vec<&Ast> = Vec::new();
        for (at, (part, mut place)) in parts.iter().zip(places).enumerate() {
            place.fenced =
                place.fenced || self.fenced(parts.get(..at).unwrap_or_default(), part, *flags)?;
            if self.letters(part, *flags)?.is_some() {
                run.push(part);
                continue;
            }
            self.run(&core::mem::take(&mut run), *flags)?;
            self.walk(part, flags, place)?;
        }
        self.run(&run, *flags)
    }

    /// The place of each of `parts`, which stand one after the other at `place`.
    fn places(
        &self,
        parts: &[Ast],
        mut flags: Flags,
        place: Place,
    ) -> Result<Vec<Place>, PatternError> {
        let mut places = vec![place; parts.len()];
        let mut ends = Vec::with_capacity(parts.len());
        let mut head = place.head;
        let mut before = place.before;
        for (part, slot) in parts.iter().zip(&mut places) {
            let (first, last) = self.ends(part, flags)?;
            ends.push(first);
            (slot.head, slot.before) = (head, before);
            if let Ast::Flags(change) = part {
                flags = flags.after(&change.flags, self.text)?;
            }
            head = head && vanishes(part);
            before = if head {
                place.before
            } else {
                last.then(before)
            };
        }
        let mut tail = place.tail;
        let mut after = place.after;
        for ((part, first), slot) in parts.iter().zip(ends).zip(&mut places).rev() {
            (slot.tail, slot.after) = (tail, after);
            tail = tail && vanishes(part);
            after = if tail { place.after } else { first.then(after) };
        }
        Ok(places)
    }

    /// What `part` can begin and end with; not worked out where nobody asks.
    pub(super) fn ends(&self, part: &Ast, flags: Flags) -> Result<(Edge, Edge), PatternError> {
        if !self.edges {
            return Ok((Edge::NOTHING, Edge::NOTHING));
        }
        let part = flags.read(part, self.text)?;
        Ok((Edge::of(&part, End::First), Edge::of(&part, End::Last)))
    }

    fn assertion(
        &mut self,
        assertion: &Assertion,
        flags: Flags,
        place: Place,
    ) -> Result<(), PatternError> {
        let span = range(&assertion.span);
        self.anchored |= matches!(
            assertion.kind,
            AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
        );
        match assertion.kind {
            AssertionKind::StartLine | AssertionKind::StartText | AssertionKind::EndText => {}
            AssertionKind::EndLine if flags.lines => {}
            AssertionKind::EndLine if !place.tail && (place.after.newline || place.after.look) => {
                let hint = r"write `\n?\z` where the text has to end";
                let what = "an end with something after it that can match there";
                return self.refuse(&assertion.span, what, hint);
            }
            AssertionKind::EndLine => self.edit(span, r"(?:\n?\z)"),
            AssertionKind::WordBoundary => self.boundary(span, place),
            AssertionKind::NotWordBoundary => self.drop_from_scan(span, r"\B"),
            AssertionKind::WordBoundaryStartAngle => self.edit(span, "<"),
            AssertionKind::WordBoundaryEndAngle => self.edit(span, ">"),
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => {
                return self.refuse(&assertion.span, "a named boundary", r"write `\b`");
            }
        }
        Ok(())
    }

    /// A word boundary. Searching non-ASCII text for one is slow, so [`Translation::scan`] does
    /// without: at an end of the pattern by matching the neighbour, elsewhere where it must hold.
    fn boundary(&mut self, span: Range<usize>, place: Place) {
        let Place {
            head,
            tail,
            before,
            after,
            ..
        } = place;
        let scan = if head && !tail && after.surely_word() {
            r"(?:\A|\W)"
        } else if tail && !head && before.surely_word() {
            r"(?:\W|\z)"
        } else if (head && !tail && after.surely_other())
            || (tail && !head && before.surely_other())
        {
            r"\w"
        } else if (before.surely_word() && after.surely_other())
            || (before.surely_other() && after.surely_word())
        {
            "(?:)"
        } else {
            return self.drop_from_scan(span, r"\b");
        };
        self.edits.push(Edit {
            span,
            exact: r"\b".to_owned(),
            scan: Some(scan.to_owned()),
        });
    }

    fn drop_from_scan(&mut self, span: Range<usize>, exact: &str) {
        self.wider = true;
        self.edits.push(Edit {
            span,
            exact: exact.to_owned(),
            scan: Some("(?:)".to_owned()),
        });
    }
}

pub(super) fn range(span: &Span) -> Range<usize> {
    span.start.offset..span.end.offset
}
