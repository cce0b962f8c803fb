//! What the registry makes of one tool, without a call: for the lint and for people.

use super::effects::{By, told};
use super::names::suggested;
use super::schema::Schema;
use crate::json::Value;
use crate::mcp::Definition;
use crate::taint::{Effects, Registry, Role};

/// What is made of one tool, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolProfile {
    /// Whether a row of the registry is about it.
    pub listed: bool,
    /// What it does.
    pub effects: Effects,
    /// Who says so.
    pub effects_by: By,
    /// Its arguments, as its schema names them.
    pub arguments: Vec<ArgumentProfile>,
}

/// What is made of one argument, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentProfile {
    /// Its name.
    pub name: String,
    /// What a text in it would be.
    pub role: Role,
    /// Who says so; [`By::Nobody`] is the rule for names that say nothing.
    pub by: By,
}

impl Registry {
    /// What is made of a tool: `definition` is the approved one, if there is one.
    #[must_use]
    pub fn profile(
        &self,
        upstream: &str,
        tool: &str,
        definition: Option<&Definition>,
    ) -> ToolProfile {
        let rules = self.rules(upstream, tool);
        let told = told(self, &rules, upstream, "tools/call", tool, definition);
        let schema = schema(rules.schema, definition);
        let properties = schema.and_then(|schema| schema.get("properties")?.as_object());
        let names = properties.into_iter().flat_map(|object| object.keys());
        let argument = |name: &str| {
            let (role, by) = role(name, rules.role(&[name]), Schema::new(schema).member(name));
            let name = name.to_owned();
            ArgumentProfile { name, role, by }
        };
        ToolProfile {
            listed: rules.listed,
            effects: told.effects,
            effects_by: told.by,
            arguments: names.map(argument).collect(),
        }
    }
}

/// The input schema of a tool: the registry's, else the approved one.
pub(super) fn schema<'a>(
    said: Option<&'a Value>,
    definition: Option<&'a Definition>,
) -> Option<&'a Value> {
    said.or_else(|| definition?.members().get("inputSchema"))
}

fn role(name: &str, said: Option<Role>, schema: Schema<'_>) -> (Role, By) {
    let named = suggested(name);
    if let Some(role) = said {
        return (role, By::Registry);
    }
    match (schema.format(), named.role) {
        (Some((format, _)), None) => (format, By::Server),
        (Some((format, _)), Some(named)) if format >= named => (format, By::Server),
        (_, Some(named)) => (named, By::Name),
        (None, None) if schema.is_fixed() => (Role::Constant, By::Server),
        (None, None) if schema.is_scalar() => (Role::Scalar, By::Server),
        (None, None) if named.is_scalar => (Role::Scalar, By::Name),
        (None, None) if named.is_constant => (Role::Constant, By::Name),
        (None, None) => (Role::Object, By::Nobody),
    }
}
