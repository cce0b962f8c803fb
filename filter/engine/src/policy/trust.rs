//! The trust document of a bundle, `_trust.yaml`: what an operator says about tools, sources and
//! floors, read, given back, and compiled. What follows from it is [`crate::taint`]'s.
//!
//! | module | what it knows |
//! |---|---|
//! | `decode` | reading: every mistake with its place |
//! | `encode` | the normal form, which travels in the bundle |
//! | `values` | words, levels and lists, read strictly |
//! | `registered` | the fingerprints of its secrets |
//! | `lint` | what is allowed but can hardly be meant |

mod decode;
mod encode;
mod lint;
mod registered;
mod values;

pub use lint::{KnownTool, TrustWarning, lint};

use super::document::DocumentError;
use super::document::fields::Errors;
use super::place::Path;
use crate::json::{Object, Value};
use crate::taint::Registry;
use crate::taint::context::{FloorScope, Floors, Steps};
use crate::taint::flow::Secrets;
use registered::Registered;
use std::sync::Arc;

/// A trust document as written.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// What it says about tools, values and settings.
    pub registry: Registry,
    /// What it says about floors, scope by scope.
    pub floors: Vec<FloorScope>,
    /// How age and anomalies lower a level.
    pub steps: Steps,
}

/// A trust document as a filter uses it.
#[derive(Debug, Clone)]
pub struct Trust {
    document: Document,
    registered: Registered,
}

impl Document {
    /// Reads a trust document.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first.
    pub fn decode(value: &Value) -> Result<Self, Vec<DocumentError>> {
        let mut errors = Errors::new();
        let document = decode::document(value, &Path::root(), &mut errors);
        match document {
            Some(document) if errors.is_empty() => Ok(document),
            _ => Err(errors),
        }
    }

    /// [`Document::decode`] of a part of something larger.
    pub(in crate::policy) fn decode_at(
        value: &Value,
        place: &Path,
        errors: &mut Errors,
    ) -> Option<Self> {
        decode::document(value, place, errors)
    }

    /// The document in its normal form, defaults left out. Reading it gives an equal document.
    #[must_use]
    pub fn to_object(&self) -> Object {
        encode::document(self)
    }

    /// The document as a filter uses it.
    #[must_use]
    pub fn compile(self) -> Trust {
        Trust {
            document: self,
            registered: Registered::default(),
        }
    }
}

impl PartialEq for Document {
    /// Two documents are equal if they are written the same.
    fn eq(&self, other: &Self) -> bool {
        self.to_object() == other.to_object()
    }
}

impl Trust {
    /// What it says about tools, values and settings.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.document.registry
    }

    /// The fingerprints of the values that must never leave, under the key of a scope's fingerprints.
    #[must_use]
    pub fn registered_secrets(&self, key: [u8; 16]) -> Arc<Secrets> {
        self.registered.of(self.registry(), key)
    }

    /// What calls need of their context.
    #[must_use]
    pub const fn floors(&self) -> &Floors {
        &self.document.registry.floors
    }

    /// The document as written.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }
}

#[cfg(test)]
mod tests;
