//! A trust document as written: its parts, and what they come to together.

mod floors;
mod rows;
mod settings;

use super::Document;
use super::values::{members, refuse, texts_of};
use crate::glob::Glob;
use crate::json::Value;
use crate::limits;
use crate::policy::document::fields::{Errors, Fields};
use crate::policy::place::Path;
use crate::taint::context::Floors;
use crate::taint::{Registry, Secret, TrustedValue, UpstreamRows};

/// Letters and digits a registered secret has at least: fewer would be found anywhere.
const SECRET_CHARS: usize = limits::SECRET_CHARS;

/// Reads a trust document; `None` if it is no mapping.
pub(super) fn document(value: &Value, place: &Path, errors: &mut Errors) -> Option<Document> {
    let before = errors.len();
    let mut fields = Fields::of(value, place.clone(), errors)?;
    let settings = match fields.optional("settings") {
        Some(value) => settings::decode(value, fields.place("settings"), errors),
        None => settings::Decoded::default(),
    };
    let trusted_values = trusted_values(&mut fields, errors);
    let secrets = secrets(&mut fields, errors);
    let trusted_servers = globs(&mut fields, "trusted_servers", errors);
    let delegation = match fields.optional("delegation") {
        Some(value) => floors::delegation(value, fields.place("delegation"), errors),
        None => None,
    };
    let steps = floors::steps(&mut fields, errors);
    let scopes = floors::scopes(&mut fields, errors);
    let tools = rows::tools(&mut fields, errors);
    let upstreams = upstreams(&mut fields, errors);
    fields.finish(errors);
    let floor_settings = settings.floor_settings(steps.clone(), !scopes.is_empty());
    // A conflict inside a scope is reported where it stands, before.
    let floors = match Floors::compile(scopes.clone(), floor_settings) {
        Ok(floors) => floors,
        Err(error) => {
            if errors.len() == before {
                refuse(place.key("floor"), error.to_string(), errors);
            }
            Floors::default()
        }
    };
    Some(Document {
        registry: Registry {
            settings: settings.settings,
            trusted_values,
            secrets,
            trusted_servers,
            delegation,
            floors,
            tools,
            upstreams,
        },
        floors: scopes,
        steps,
    })
}

fn trusted_values(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<TrustedValue> {
    let key = "trusted_values";
    let place = fields.place(key);
    let Some(written) = texts_of(fields, key, "value", limits::TRUST_VALUES, errors) else {
        return Vec::new();
    };
    let mut values = Vec::with_capacity(written.len());
    for text in written {
        match TrustedValue::new(&text) {
            Some(value) => values.push(value),
            None => refuse(
                place.clone(),
                format!(
                    "`{text}` would trust almost anything: beside wildcards it needs letters or \
                     digits, in an address after the `@`, in a URL in the host"
                ),
                errors,
            ),
        }
    }
    values
}

fn secrets(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<Secret> {
    let key = "secrets";
    let place = fields.place(key);
    let Some(written) = texts_of(fields, key, "secret", limits::TRUST_VALUES, errors) else {
        return Vec::new();
    };
    let letters = |text: &String| text.chars().filter(|c| c.is_alphanumeric()).count();
    if written.iter().any(|text| letters(text) < SECRET_CHARS) {
        let why = format!("a secret has at least {SECRET_CHARS} letters or digits");
        refuse(place, why, errors);
    }
    written.into_iter().map(Secret::new).collect()
}

fn globs(fields: &mut Fields<'_>, key: &'static str, errors: &mut Errors) -> Vec<Glob> {
    let written = texts_of(fields, key, "name", limits::TRUST_VALUES, errors);
    let written = written.unwrap_or_default();
    written.iter().map(|text| Glob::new(text)).collect()
}

fn upstreams(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<UpstreamRows> {
    let mut upstreams = Vec::new();
    for (name, value, place) in members(fields, "upstreams", limits::TRUST_ROWS, errors) {
        let Some(mut fields) = Fields::of(value, place, errors) else {
            continue;
        };
        let tools = rows::tools(&mut fields, errors);
        fields.finish(errors);
        upstreams.push(UpstreamRows {
            upstream: Glob::new(name),
            tools,
        });
    }
    upstreams
}
