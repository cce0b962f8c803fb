//! What all rows of one tool say together, field by field: the stricter answer counts.

use super::{ArgumentRow, Effects, FieldRow, FieldRule, Hints, Role, ToolRow};
use crate::json::Value;
use crate::taint::{Level, Sensitivity};

/// What all rows of one tool say together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolRules<'a> {
    /// Whether there is any row at all.
    pub listed: bool,
    /// What it does, as all rows say; `None` if none does.
    pub effects: Option<Effects>,
    /// What its arguments are, as single rows say.
    arguments: Vec<&'a ArgumentRow>,
    /// The most secret content that may leave by it.
    pub outbound: Option<Sensitivity>,
    /// Its input schema, of the most particular row that has one.
    pub schema: Option<&'a Value>,
    /// What its server says, of the most particular rows.
    pub annotations: Hints,
    /// How its results are recorded.
    pub result: ResultRules<'a>,
}

/// How results are recorded, as all rows of a tool say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultRules<'a> {
    /// The lowest level of identifiers.
    pub level: Option<Level>,
    /// The lowest level of free text.
    pub text_level: Option<Level>,
    /// What single fields are, as single rows say.
    pub fields: Vec<&'a FieldRow>,
    /// Whether every value is secret.
    pub secret: bool,
    /// Whether text that is JSON is structure; false if one row says so.
    pub structured: Option<bool>,
    /// Who may read them: those every row allows; `None` is everybody.
    pub readers: Option<Vec<&'a str>>,
    /// How secret they are at least.
    pub sensitivity: Option<Sensitivity>,
}

impl<'a> ToolRules<'a> {
    /// Reads rows together, the most particular first.
    pub(super) fn of(rows: impl Iterator<Item = &'a ToolRow>) -> Self {
        rows.fold(Self::default(), Self::and)
    }

    fn and(mut self, row: &'a ToolRow) -> Self {
        self.listed = true;
        self.effects = both(self.effects, row.effects, Effects::and);
        self.arguments.extend(&row.arguments);
        self.outbound = both(self.outbound, row.outbound, Ord::min);
        self.schema = self.schema.or(row.schema.as_ref());
        self.annotations = self.annotations.or(row.annotations);
        if let Some(result) = &row.result {
            let rules = &mut self.result;
            rules.level = both(rules.level, result.level, Ord::min);
            rules.text_level = both(rules.text_level, result.text_level, Ord::min);
            rules.fields.extend(&result.fields);
            rules.secret |= result.secret == Some(true);
            rules.structured = both(rules.structured, result.structured, Ord::min);
            rules.readers = both(
                rules.readers.take(),
                result.readers.as_deref().map(names),
                in_both,
            );
            rules.sensitivity = both(rules.sensitivity, result.sensitivity, Ord::max);
        }
        self
    }

    /// The strictest role the rows give the value reached through these keys; `None` if none does.
    #[must_use]
    pub fn role(&self, keys: &[&str]) -> Option<Role> {
        self.roles(keys).max()
    }

    /// Every role the rows give the value reached through these keys.
    pub fn roles(&self, keys: &[&str]) -> impl Iterator<Item = Role> {
        let at = |row: &&&'a ArgumentRow| row.place.is_at(keys);
        self.arguments.iter().filter(at).map(|row| row.role)
    }
}

impl ResultRules<'_> {
    /// The strictest rules for a field; none if no row has one.
    #[must_use]
    pub fn field(&self, name: &str) -> FieldRules {
        let of_field = self.fields.iter().filter(|row| row.name == name);
        of_field.fold(FieldRules::default(), |rules, row| rules.and(row.rule))
    }
}

/// What all rows say of one field of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldRules {
    /// Free text, as one row says.
    pub text: bool,
    /// Identifiers, as every row about that says.
    pub leaf: bool,
    /// The lowest level a row gives it.
    pub level: Option<Level>,
    /// Secret, as one row says.
    pub secret: bool,
}

impl FieldRules {
    pub(super) fn and(mut self, rule: FieldRule) -> Self {
        match rule {
            FieldRule::Text => self.text = true,
            FieldRule::Leaf => self.leaf = true,
            FieldRule::Level(level) => self.level = both(self.level, Some(level), Ord::min),
            FieldRule::Secret => self.secret = true,
        }
        self.leaf &= !self.text;
        self
    }
}

impl Hints {
    /// These, and where they say nothing, the others.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        const fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
            if one.is_some() { one } else { other }
        }
        Self {
            read_only: or(self.read_only, other.read_only),
            destructive: or(self.destructive, other.destructive),
            open_world: or(self.open_world, other.open_world),
            idempotent: or(self.idempotent, other.idempotent),
        }
    }
}

fn both<T>(one: Option<T>, other: Option<T>, stricter: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(stricter(one, other)),
        (one, other) => one.or(other),
    }
}

fn names(readers: &[String]) -> Vec<&str> {
    readers.iter().map(String::as_str).collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "handed to `both`, which gives both lists away"
)]
fn in_both<'a>(one: Vec<&'a str>, other: Vec<&'a str>) -> Vec<&'a str> {
    one.into_iter()
        .filter(|reader| other.contains(reader))
        .collect()
}
