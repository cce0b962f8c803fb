//! The form a bundle travels in: one canonical JSON text. No YAML here: the filter reads this.

use super::{Bundle, CompileError, CompileOptions, Source};
use crate::json::{self, Object, ParseError, Value};
use crate::limits;
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::document::{Document, DocumentError, DocumentErrorKind};
use crate::policy::meta_tool::{MetaTool, decode_list};
use crate::policy::pins::Pins;
use crate::policy::place::Path;
use crate::policy::settings::{PolicySettings, decode_mappings};
use crate::policy::trust;
use std::collections::BTreeMap;
use thiserror::Error;

/// Names the form; another form has another name.
const FORMAT: &str = "tessera.bundle/1";

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BundleError {
    /// More bytes than [`limits::BUNDLE_BYTES`].
    #[error("the bundle has {bytes} bytes, at most {limit} are allowed", limit = limits::BUNDLE_BYTES)]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// Not strict JSON.
    #[error("the bundle is not JSON: {0}")]
    Json(ParseError),
    /// JSON, but not of a bundle.
    #[error("the bundle is malformed: {}", first(.0))]
    Malformed(Vec<DocumentError>),
    /// A bundle whose policies do not go together.
    #[error("the bundle does not compile: {}", first(.0))]
    Compile(Vec<CompileError>),
}

/// The first of several errors, and how many more there are.
fn first<E: std::fmt::Display>(errors: &[E]) -> String {
    match errors {
        [] => String::new(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

impl Bundle {
    /// Reads a bundle's wire form and compiles it; unknown time zones are refused.
    ///
    /// # Errors
    /// If it is too large, not JSON, not a bundle, or does not compile.
    pub fn from_wire(bytes: &[u8]) -> Result<Self, BundleError> {
        Self::from_wire_with(bytes, &CompileOptions::default())
    }

    /// [`Bundle::from_wire`] with other options.
    ///
    /// # Errors
    /// As [`Bundle::from_wire`].
    pub fn from_wire_with(bytes: &[u8], options: &CompileOptions) -> Result<Self, BundleError> {
        if bytes.len() > limits::BUNDLE_BYTES {
            return Err(BundleError::TooLarge { bytes: bytes.len() });
        }
        let value = json::parse(bytes).map_err(BundleError::Json)?;
        let source = decode(&value).map_err(BundleError::Malformed)?;
        Self::compile(source, options).map_err(BundleError::Compile)
    }
}

/// The wire form of policies that are already in order.
pub(super) fn encode(
    documents: &[Document],
    action_verbs: &BTreeMap<String, Vec<String>>,
    meta_tools: &[MetaTool],
    settings: &PolicySettings,
    pins: Option<&Pins>,
    trust: Option<&trust::Document>,
) -> Vec<u8> {
    let names = |verbs: &Vec<String>| {
        Value::Array(
            verbs
                .iter()
                .map(|verb| Value::from(verb.as_str()))
                .collect(),
        )
    };
    let mappings: Object = action_verbs
        .iter()
        .map(|(tool, verbs)| (tool.clone(), names(verbs)))
        .collect();
    let mut bundle = Object::new()
        .with("format", FORMAT)
        .with("settings", settings.to_object())
        .with("action_verbs", mappings)
        .with(
            "policies",
            documents.iter().map(Document::to_value).collect::<Vec<_>>(),
        );
    if let Some(pins) = pins {
        bundle.set("tools", pins.to_object());
    }
    if !meta_tools.is_empty() {
        let meta_tools: Vec<_> = meta_tools.iter().map(MetaTool::to_value).collect();
        bundle.set("meta_tools", meta_tools);
    }
    if let Some(trust) = trust {
        bundle.set("trust", trust.to_object());
    }
    json::canonical(&Value::Object(bundle)).into_bytes()
}

fn decode(value: &Value) -> Result<Source, Vec<DocumentError>> {
    let mut errors = Errors::new();
    let source = decode_source(value, &mut errors);
    match source {
        Some(source) if errors.is_empty() => Ok(source),
        _ => Err(errors),
    }
}

fn decode_source(value: &Value, errors: &mut Errors) -> Option<Source> {
    let mut fields = Fields::of(value, Path::root(), errors)?;
    let format = fields.text("format", errors);
    if let Some(other) = format.filter(|format| *format != FORMAT) {
        errors.push(unknown_name(
            fields.place("format"),
            "bundle format",
            other,
            vec![FORMAT],
        ));
    }
    let settings = match fields.optional("settings") {
        Some(value) => PolicySettings::decode(value, fields.place("settings"), errors),
        None => PolicySettings::default(),
    };
    let action_verbs = match fields.optional("action_verbs") {
        Some(value) => decode_mappings(value, fields.place("action_verbs"), errors),
        None => BTreeMap::new(),
    };
    let tools = fields.optional("tools");
    let pins = tools.map(|value| Pins::decode(value, fields.place("tools"), errors));
    let meta_tools = match fields.optional("meta_tools") {
        Some(value) => decode_list(value, &fields.place("meta_tools"), errors),
        None => Vec::new(),
    };
    let trust = match fields.optional("trust") {
        Some(value) => trust::Document::decode_at(value, &fields.place("trust"), errors),
        None => None,
    };
    let policies = fields.required("policies", errors);
    let place = fields.place("policies");
    fields.finish(errors);
    let documents = decode_policies(policies?, &place, errors);
    Some(Source {
        documents,
        action_verbs,
        meta_tools,
        settings,
        pins,
        trust,
    })
}

fn decode_policies(value: &Value, place: &Path, errors: &mut Errors) -> Vec<Document> {
    let Value::Array(elements) = value else {
        errors.push(wrong_type(place.clone(), "a list", value));
        return Vec::new();
    };
    if elements.len() > limits::BUNDLE_POLICIES {
        let limit = limits::BUNDLE_POLICIES;
        let kind = DocumentErrorKind::TooMany {
            what: "policies",
            limit,
        };
        errors.push(DocumentError {
            path: place.clone(),
            kind,
        });
        return Vec::new();
    }
    let mut documents = Vec::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        match Document::decode(element) {
            Ok(document) => documents.push(document),
            Err(found) => errors.extend(found.into_iter().map(|error| DocumentError {
                path: error.path.inside(&place.index(at)),
                kind: error.kind,
            })),
        }
    }
    documents
}
