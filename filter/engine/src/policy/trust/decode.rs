//! A trust document as written.

use super::Document;
use crate::json::Value;
use crate::policy::document::DocumentError;
use crate::policy::document::fields::{Errors, Fields};
use crate::policy::place::Path;

/// Reads a trust document.
pub(super) fn document(value: &Value) -> Result<Document, Vec<DocumentError>> {
    let mut errors = Errors::new();
    let document = Document::default();
    if let Some(fields) = Fields::of(value, Path::root(), &mut errors) {
        fields.finish(&mut errors);
    }
    if errors.is_empty() {
        Ok(document)
    } else {
        Err(errors)
    }
}
