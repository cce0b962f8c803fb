//! Patterns of policies: written in the reference's dialect, run in linear time.
//!
//! Not a regex engine: a pattern is translated (`translate`) into the dialect of the `regex`
//! crate, which never backtracks, and refused where the two would disagree. Conditions only ask
//! *whether* a pattern matches, and the translation makes use of that; redactions also ask where.

mod edges;
mod error;
mod fold;
mod folded_set;
mod hints;
mod letters;
mod repeats;
mod runs;
mod set;
mod sets;
mod translate;

pub use error::PatternError;
pub use set::{Hits, PatternSet};

use regex::{Regex, RegexBuilder};

use crate::limits;

/// One compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    translated: String,
    regex: Regex,
    /// What a [`PatternSet`] searches with: no word boundary and no large count, so that any text
    /// is searched fast.
    scan: String,
    /// Whether `scan` finds too much, so that a find has to be confirmed with `regex`.
    scan_is_wider: bool,
    /// Whether `scan` counts so far that it should not share an automaton.
    scan_counts: bool,
    /// Whether the pattern asks for an end of the text or of a line.
    anchored: bool,
    /// Bytes a text must have at the least to match.
    least_bytes: usize,
    /// How many places of the pattern a search can be at once, in 64ths.
    places: u64,
}

/// A pattern whose ends are as long as they are written.
pub(crate) struct Whole {
    pub(crate) exact: Regex,
    /// In the dialect of the `regex` crate.
    pub(crate) translated: String,
    /// The same without word boundaries: it finds something wherever `exact` does, and begins and
    /// ends at most one character before and after it. `None` if there are no boundaries.
    pub(crate) unbounded: Option<String>,
}

impl Pattern {
    /// Compiles `written`, a pattern in the dialect of the reference: Python's `regex` module,
    /// version 1, searched anywhere in a text (`condition-engine.md` section 3.4).
    ///
    /// # Errors
    /// [`PatternError`] if it is malformed, too large, or uses a construct that has no equal here.
    pub fn compile(written: &str) -> Result<Self, PatternError> {
        let translation = translate::translate(written)?;
        let regex = RegexBuilder::new(&translation.exact)
            .nest_limit(limits::PATTERN_DEPTH.saturating_mul(4))
            .size_limit(limits::PATTERN_COMPILED_BYTES)
            .dfa_size_limit(limits::PATTERN_CACHE_BYTES)
            .build()
            .map_err(|error| error::from_regex(written, &error))?;
        let least_bytes = edges::least_bytes(&translation.exact);
        let places = edges::places(&translation.exact);
        Ok(Self {
            written: written.to_owned(),
            translated: translation.exact,
            regex,
            scan: translation.scan,
            scan_is_wider: translation.scan_is_wider,
            scan_counts: translation.scan_counts,
            anchored: translation.anchored,
            least_bytes,
            places,
        })
    }

    /// Whether the pattern matches somewhere in `text`.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern for asking where it matches, not only whether.
    pub(crate) fn whole(&self) -> Result<Whole, PatternError> {
        let translation = translate::translate_whole(&self.written)?;
        let exact = RegexBuilder::new(&translation.exact)
            .nest_limit(limits::PATTERN_DEPTH.saturating_mul(4))
            .size_limit(limits::PATTERN_COMPILED_BYTES)
            .dfa_size_limit(limits::PATTERN_CACHE_BYTES)
            .build()
            .map_err(|error| error::from_regex(&self.written, &error))?;
        Ok(Whole {
            exact,
            translated: translation.exact,
            unbounded: translation.unbounded,
        })
    }

    /// How many places of the pattern a search can be at once, in 64ths.
    pub(crate) const fn places(&self) -> u64 {
        self.places
    }

    /// Whether the pattern matches nothing at all, as `a*` does.
    pub(crate) fn matches_nothing(&self) -> bool {
        self.least_bytes == 0 || self.is_match("")
    }

    /// The pattern as the policy has it.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The pattern as it runs, in the dialect of the `regex` crate.
    #[must_use]
    pub fn translated(&self) -> &str {
        &self.translated
    }
}

#[cfg(test)]
mod tests;
