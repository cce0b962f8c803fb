//! A pattern where a policy uses it, and where in the bundle's pattern sets its answer stands.

use super::document::error::{DocumentError, DocumentErrorKind};
use super::document::fields::Errors;
use super::place::Path;
use crate::pattern::Pattern;

/// A pattern and the slot of its answer. Two are equal if they are written alike.
#[derive(Debug, Clone)]
pub struct Search {
    pattern: Pattern,
    pub(in crate::policy) slot: Slot,
}

/// Which bit of which set answers for a pattern. Given out when a bundle is compiled.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::policy) struct Slot {
    /// Which set.
    pub(in crate::policy) set: usize,
    /// Which pattern of the set.
    pub(in crate::policy) bit: usize,
}

impl Search {
    /// Compiles a pattern; `None`, and an error, if it is refused.
    pub(in crate::policy) fn decode(
        written: &str,
        place: impl FnOnce() -> Path,
        errors: &mut Errors,
    ) -> Option<Self> {
        match Pattern::compile(written) {
            Ok(pattern) => Some(Self {
                pattern,
                slot: Slot::default(),
            }),
            Err(error) => {
                let kind = DocumentErrorKind::BadPattern(error);
                errors.push(DocumentError {
                    path: place(),
                    kind,
                });
                None
            }
        }
    }

    /// The pattern as written.
    #[must_use]
    pub fn written(&self) -> &str {
        self.pattern.written()
    }

    /// The compiled pattern.
    #[must_use]
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.written() == other.written()
    }
}
