//! What the input schema of a tool says about one argument. It comes from the registry or from an
//! approved definition; formats name roles, fixed words are no values.

use super::words::words;
use crate::json::Value;
use crate::taint::Role;

/// Schemas that are held against one value through `anyOf` and its like. More are not looked at: the
/// name decides.
const ALTERNATIVES: usize = 16;

/// A place in a schema, as far as it is known.
#[derive(Clone, Copy, Default)]
pub(super) struct Schema<'a>(Option<&'a Value>);

impl<'a> Schema<'a> {
    pub(super) const fn new(schema: Option<&'a Value>) -> Self {
        Self(schema)
    }

    /// What is said of the member `key`.
    pub(super) fn member(self, key: &str) -> Self {
        let properties = |schema: &'a Value| schema.get("properties")?.get(key);
        Self(self.alternatives().find_map(properties))
    }

    /// What is said of the elements.
    pub(super) fn element(self) -> Self {
        let items = |schema: &'a Value| schema.get("items");
        Self(self.alternatives().find_map(items))
    }

    /// Whether the value is one of the fixed ones.
    pub(super) fn fixes(self, value: &str) -> bool {
        self.alternatives().any(|schema| {
            let is_value = |fixed: &Value| fixed.as_str() == Some(value);
            let listed = schema.get("enum").and_then(Value::as_array);
            listed.is_some_and(|fixed| fixed.iter().any(is_value))
                || schema.get("const").is_some_and(is_value)
        })
    }

    /// The role of a text of its format, and whether that is a place on the web.
    pub(super) fn format(self) -> Option<(Role, bool)> {
        let format = |schema: &'a Value| schema.get("format").and_then(Value::as_str);
        match self.alternatives().find_map(format)? {
            "email" | "idn-email" => Some((Role::Target, false)),
            "uri" | "url" | "iri" | "uri-reference" | "iri-reference" | "uri-template"
            | "hostname" | "idn-hostname" | "ipv4" | "ipv6" => Some((Role::Target, true)),
            "password" => Some((Role::Credential, false)),
            "uuid" => Some((Role::Object, false)),
            "date" | "time" | "date-time" | "duration" => Some((Role::Scalar, false)),
            _ => None,
        }
    }

    /// The role its description suggests. It only ever makes an argument without a telling name
    /// stricter: a description may say anything.
    pub(super) fn described(self) -> Option<Role> {
        let text = |schema: &'a Value| schema.get("description").and_then(Value::as_str);
        let description = self.alternatives().find_map(text)?;
        let words = words(description);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if has(&["password", "secret", "credential", "passphrase"]) {
            return Some(Role::Credential);
        }
        let target = [
            "recipient",
            "email",
            "url",
            "iban",
            "payee",
            "webhook",
            "address",
        ];
        has(&target).then_some(Role::Target)
    }

    /// Whether it has fixed values.
    pub(super) fn is_fixed(self) -> bool {
        let mut known = self.alternatives();
        known.any(|schema| schema.get("enum").is_some() || schema.get("const").is_some())
    }

    /// Whether it is a number or a truth value.
    pub(super) fn is_scalar(self) -> bool {
        let kind = |schema: &'a Value| schema.get("type").and_then(Value::as_str);
        let mut kinds = self.alternatives().filter_map(kind);
        kinds.any(|kind| matches!(kind, "number" | "integer" | "boolean"))
    }

    /// Whether something is said here.
    pub(super) const fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// The schema itself and those it offers to choose from.
    fn alternatives(self) -> impl Iterator<Item = &'a Value> {
        let offered = self.0.into_iter().flat_map(|schema| {
            let lists = ["anyOf", "oneOf", "allOf"].into_iter();
            lists
                .filter_map(|key| schema.get(key)?.as_array())
                .flatten()
        });
        self.0.into_iter().chain(offered).take(ALTERNATIVES)
    }
}
