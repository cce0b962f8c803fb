//! The tools that are known without asking a server: those with an approved definition, and those that
//! rows of the trust document name.

use std::collections::BTreeMap;

use tessera_engine::mcp::Definition;
use tessera_engine::taint::flow::SourceRules;
use tessera_engine::taint::{ArgumentProfile, By, Registry, Role, ToolProfile};

use crate::policy_dir::Approved;

/// A tool and what is made of it.
pub(super) struct Known {
    /// The upstream; empty for a row about any.
    pub(super) upstream: String,
    /// Its name.
    pub(super) tool: String,
    /// What is made of it.
    pub(super) profile: ToolProfile,
    /// How its results are recorded.
    pub(super) results: SourceRules,
}

/// The tools known to a document and to the pins beside it, by upstream and name.
pub(super) fn tools(registry: &Registry, approved: &[Approved]) -> Vec<Known> {
    let mut definitions: BTreeMap<(String, String), Option<Definition>> = BTreeMap::new();
    for tool in approved {
        let key = (tool.upstream.clone(), tool.tool.clone());
        definitions.insert(key, tool.definition.clone());
    }
    for rows in &registry.upstreams {
        let Some(upstream) = rows.upstream.as_literal() else {
            continue;
        };
        for row in &rows.tools {
            if let Some(tool) = row.name.as_literal() {
                let key = (upstream.clone(), tool.to_owned());
                definitions.entry(key).or_insert(None);
            }
        }
    }
    for row in &registry.tools {
        let Some(tool) = row.name.as_literal() else {
            continue;
        };
        if !definitions.keys().any(|(_, known)| known == tool) {
            definitions.insert((String::new(), tool.to_owned()), None);
        }
    }
    let known = |((upstream, tool), definition): ((String, String), Option<Definition>)| {
        let mut profile = registry.profile(&upstream, &tool, definition.as_ref());
        let rows = said_arguments(registry, &upstream, &tool);
        let is_new = |row: &ArgumentProfile| profile.arguments.iter().all(|it| it.name != row.name);
        let rows: Vec<_> = rows.into_iter().filter(is_new).collect();
        profile.arguments.extend(rows);
        Known {
            results: registry.source_rules(&upstream, &tool),
            upstream,
            tool,
            profile,
        }
    };
    definitions.into_iter().map(known).collect()
}

/// The arguments that rows speak of: no schema has to name them.
fn said_arguments(registry: &Registry, upstream: &str, tool: &str) -> Vec<ArgumentProfile> {
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    for row in registry.rows(upstream, tool).flat_map(|row| &row.arguments) {
        let role = roles.entry(row.place.to_string()).or_insert(row.role);
        *role = row.role.max(*role);
    }
    let said = |(name, role)| ArgumentProfile {
        name,
        role,
        by: By::Registry,
    };
    roles.into_iter().map(said).collect()
}

impl Known {
    /// Whether something about it is only told from names.
    pub(super) fn relies_on_names(&self) -> bool {
        is_guessed(self.profile.effects_by)
            || self.profile.arguments.iter().any(|it| is_guessed(it.by))
    }
}

/// Whether nobody said so.
pub(super) const fn is_guessed(by: By) -> bool {
    matches!(by, By::Name | By::Nobody)
}

/// Who says so, for people.
pub(super) const fn word(by: By) -> &'static str {
    match by {
        By::Registry => "document",
        By::Server => "server",
        By::Method => "protocol",
        By::Name => "name",
        By::Nobody => "default",
    }
}
