//! The constraints of a delegation, read strictly: what is not understood is never passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Refusal;
use super::destination::host;
use crate::json::{Number, Object, Value};

/// The constraints of one delegation, as they were stated. They are kept unread, because a token has
/// to be handed on with what this gateway does not understand; every call under such a token is
/// refused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints(BTreeMap<String, Value>);

/// The constraints there are (`trust-engine.md` section 3.1).
pub(super) const ALLOWED_TOOLS: &str = "allowed_tools";
pub(super) const DENIED_TOOLS: &str = "denied_tools";
pub(super) const REQUIRES_HUMAN_FOR: &str = "requires_human_for";
pub(super) const ALLOWED_DOMAINS: &str = "allowed_domains";
pub(super) const DENIED_DOMAINS: &str = "denied_domains";
pub(super) const MAX_COST_USD: &str = "max_cost_usd";
pub(super) const READ_ONLY: &str = "read_only";

const KNOWN: [&str; 7] = [
    ALLOWED_TOOLS,
    DENIED_TOOLS,
    REQUIRES_HUMAN_FOR,
    ALLOWED_DOMAINS,
    DENIED_DOMAINS,
    MAX_COST_USD,
    READ_ONLY,
];

impl Constraints {
    /// The members of a token's `constraints`.
    #[must_use]
    pub fn new(object: &Object) -> Self {
        let members = object.iter();
        Self(
            members
                .map(|(key, value)| (key.to_owned(), value.clone()))
                .collect(),
        )
    }

    /// The constraints as a token states them, sorted by name.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut object = Object::new();
        for (key, value) in &self.0 {
            object.set(key, value.clone());
        }
        object
    }

    /// Whether all of them can be kept to.
    ///
    /// # Errors
    /// [`Refusal`]: a name nobody knows, or a value that is not of its type.
    pub fn check(&self) -> Result<(), Refusal> {
        if let Some(name) = self.0.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Refusal::Unknown(name.clone()));
        }
        for name in [ALLOWED_TOOLS, DENIED_TOOLS, REQUIRES_HUMAN_FOR] {
            self.names(name)?;
        }
        for name in [ALLOWED_DOMAINS, DENIED_DOMAINS] {
            self.hosts(name)?;
        }
        self.cost()?;
        self.read_only().map(drop)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Names and values that no constraint is known by.
    pub(super) fn unknown(&self) -> impl Iterator<Item = (&str, &Value)> {
        let unknown = |(name, _): &(&String, &Value)| !KNOWN.contains(&name.as_str());
        let unknown = self.0.iter().filter(unknown);
        unknown.map(|(name, value)| (name.as_str(), value))
    }

    /// A list of tools.
    pub(super) fn names(&self, name: &'static str) -> Result<Option<BTreeSet<&str>>, Refusal> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let names = value.as_array().map(|list| list.iter().map(Value::as_str));
        let names = names.and_then(Iterator::collect::<Option<_>>);
        names.map(Some).ok_or(Refusal::Invalid(name))
    }

    /// A list of domains, as hosts are compared. One that is no domain (`*.a.com`) would never match,
    /// so it is no list of domains.
    pub(super) fn hosts(&self, name: &'static str) -> Result<Option<BTreeSet<String>>, Refusal> {
        let Some(names) = self.names(name)? else {
            return Ok(None);
        };
        let domain = |name: &&str| {
            let is_bare = !name.contains(['/', '@', ':', '?', '#', '\\']);
            is_bare.then(|| host(name)).flatten()
        };
        let hosts: Option<_> = names.iter().map(domain).collect();
        hosts.map(Some).ok_or(Refusal::Invalid(name))
    }

    /// The most a call may cost.
    pub(super) fn cost(&self) -> Result<Option<&Number>, Refusal> {
        let cost = self.0.get(MAX_COST_USD).map(amount);
        cost.map(|cost| cost.ok_or(Refusal::Invalid(MAX_COST_USD)))
            .transpose()
    }

    /// Whether nothing may be changed.
    pub(super) fn read_only(&self) -> Result<bool, Refusal> {
        match self.0.get(READ_ONLY) {
            None => Ok(false),
            Some(Value::Bool(read_only)) => Ok(*read_only),
            Some(_) => Err(Refusal::Invalid(READ_ONLY)),
        }
    }
}

/// An amount of money: a finite number that is not negative (defect B14).
pub(super) fn amount(value: &Value) -> Option<&Number> {
    let Value::Number(number) = value else {
        return None;
    };
    let double = number.as_f64();
    (double.is_finite() && double >= 0.0).then_some(number)
}
