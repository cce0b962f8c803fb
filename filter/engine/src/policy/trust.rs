//! The trust document of a bundle, `_trust.yaml`: what an operator says about tools, sources and
//! floors, read, given back, and compiled. What follows from it is [`crate::taint`]'s.

mod decode;
mod encode;

use super::document::DocumentError;
use super::document::fields::Errors;
use super::place::Path;
use crate::json::{Object, Value};
use crate::taint::Registry;

/// A trust document as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// What it says about tools, values and settings.
    pub registry: Registry,
}

/// A trust document as a filter uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    document: Document,
}

impl Document {
    /// Reads a trust document.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first.
    pub fn decode(value: &Value) -> Result<Self, Vec<DocumentError>> {
        decode::document(value)
    }

    /// [`Document::decode`] of a part of something larger; `None` if errors were found.
    pub(in crate::policy) fn decode_at(
        value: &Value,
        place: &Path,
        errors: &mut Errors,
    ) -> Option<Self> {
        let inside = |error: DocumentError| DocumentError {
            path: error.path.inside(place),
            kind: error.kind,
        };
        match Self::decode(value) {
            Ok(document) => Some(document),
            Err(found) => {
                errors.extend(found.into_iter().map(inside));
                None
            }
        }
    }

    /// The document in its normal form, defaults left out. Reading it gives an equal document.
    #[must_use]
    pub fn to_object(&self) -> Object {
        encode::document(self)
    }

    /// The document as a filter uses it.
    #[must_use]
    pub const fn compile(self) -> Trust {
        Trust { document: self }
    }
}

impl Trust {
    /// What it says about tools, values and settings.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.document.registry
    }

    /// The document as written.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }
}
