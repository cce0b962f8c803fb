//! How the results of a tool are recorded, as the flow engine takes it.

use super::{FieldRules, Registry, ResultRules, UnlistedResult};
use crate::taint::flow::{FieldKind, FieldRule, Secrecy, Shape, SourceRules};
use std::collections::BTreeMap;

impl Registry {
    /// How the results of a tool are recorded: what its rows say, and where they say nothing, what
    /// its name suggests.
    #[must_use]
    pub fn source_rules(&self, upstream: &str, tool: &str) -> SourceRules {
        let rules = self.rules(upstream, tool);
        if !rules.listed && self.settings.unlisted_result == UnlistedResult::Text {
            return SourceRules::text();
        }
        with(SourceRules::of_name(tool), &rules.result)
    }
}

fn with(base: SourceRules, rules: &ResultRules<'_>) -> SourceRules {
    let shape = match rules.structured {
        Some(true) => Shape::Structured,
        Some(false) => Shape::Text,
        // Who states a level for identifiers says that there are some.
        None if rules.level.is_some() => Shape::Structured,
        None => base.shape,
    };
    SourceRules {
        shape,
        leaves: rules.level.unwrap_or(base.leaves),
        texts: rules.text_level.unwrap_or(base.texts),
        secrecy: secrecy(rules.secret),
        fields: fields(rules),
    }
}

/// One rule for each field, whatever the case it is written in.
fn fields(rules: &ResultRules<'_>) -> Vec<FieldRule> {
    let mut fields: BTreeMap<String, FieldRules> = BTreeMap::new();
    for row in &rules.fields {
        let field = fields.entry(row.name.to_lowercase()).or_default();
        *field = field.and(row.rule);
    }
    let rule = |(field, rules): (String, FieldRules)| FieldRule {
        field,
        kind: match (rules.text, rules.leaf) {
            (true, _) => Some(FieldKind::Text),
            (false, true) => Some(FieldKind::Leaf),
            (false, false) => None,
        },
        level: rules.level,
        secrecy: secrecy(rules.secret),
    };
    fields.into_iter().map(rule).collect()
}

const fn secrecy(secret: bool) -> Secrecy {
    if secret {
        Secrecy::Secret
    } else {
        Secrecy::Open
    }
}
