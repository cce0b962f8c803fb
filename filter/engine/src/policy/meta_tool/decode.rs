//! Meta-tools as written: a list of mappings.

use super::MetaTool;
use crate::glob::Glob;
use crate::json::Value;
use crate::limits;
use crate::policy::argument::{ArgPath, ArgPathError};
use crate::policy::document::error::{DocumentError, DocumentErrorKind};
use crate::policy::document::fields::{Errors, Fields, wrong_type};
use crate::policy::place::Path;

/// Reads a file of meta-tools: one mapping, `meta_tools`, with a list of mappings of `tool`, `name`
/// and, if there are any, `arguments` and `upstream`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn decode_meta_tools(value: &Value) -> Result<Vec<MetaTool>, Vec<DocumentError>> {
    let mut errors = Errors::new();
    let mut meta_tools = Vec::new();
    if let Some(mut fields) = Fields::of(value, Path::root(), &mut errors) {
        if let Some(value) = fields.required("meta_tools", &mut errors) {
            meta_tools = decode_list(value, &fields.place("meta_tools"), &mut errors);
        }
        fields.finish(&mut errors);
    }
    if errors.is_empty() {
        Ok(meta_tools)
    } else {
        Err(errors)
    }
}

/// Reads the list.
pub(in crate::policy) fn decode_list(
    value: &Value,
    path: &Path,
    errors: &mut Errors,
) -> Vec<MetaTool> {
    let Value::Array(elements) = value else {
        errors.push(wrong_type(path.clone(), "a list", value));
        return Vec::new();
    };
    if elements.len() > limits::META_TOOLS {
        let kind = DocumentErrorKind::TooMany {
            what: "meta-tools",
            limit: limits::META_TOOLS,
        };
        let path = path.clone();
        errors.push(DocumentError { path, kind });
        return Vec::new();
    }
    let elements = elements.iter().enumerate();
    elements
        .filter_map(|(at, element)| decode_one(element, path.index(at), errors))
        .collect()
}

fn decode_one(value: &Value, path: Path, errors: &mut Errors) -> Option<MetaTool> {
    let mut fields = Fields::of(value, path, errors)?;
    let upstream = fields.text_or("upstream", "*", errors);
    let tool = fields.text("tool", errors);
    let name = fields.text("name", errors);
    let name = name.and_then(|text| one_place(text, fields.place("name"), errors));
    let arguments = match fields.optional("arguments") {
        Some(value) => {
            let text = fields.as_text("arguments", value, errors)?;
            Some(one_place(text, fields.place("arguments"), errors)?)
        }
        None => None,
    };
    fields.finish(errors);
    Some(MetaTool {
        upstream: (upstream != "*").then(|| Glob::new(upstream)),
        tool: Glob::new(tool?),
        name: name?,
        arguments,
    })
}

/// A path that reaches one place only: of several names, which one a server takes is not known.
fn one_place(text: &str, path: Path, errors: &mut Errors) -> Option<ArgPath> {
    let kind = match ArgPath::parse(text) {
        Ok(found) if !found.is_plural() => return Some(found),
        Ok(_) => DocumentErrorKind::BadArgPath(ArgPathError::Plural),
        Err(error) => DocumentErrorKind::BadArgPath(error),
    };
    errors.push(DocumentError { path, kind });
    None
}
