//! What every scope needs for a name, and the strictest of it.
//!
//! Not a merge of scopes into one table: each scope answers for itself, by an exact name before a
//! glob and by the first glob of several, and the strictest answer wins, field by field. So no scope
//! loosens what another says (defects B4 and B5 of `trust-engine.md` section 11).

use std::collections::BTreeMap;

use super::requirement::{Needed, Requirement, ResourceType, Tier};
use super::steps::Steps;
use crate::glob::Glob;
use crate::limits;
use crate::taint::{Sensitivity, TrustLevel, Verdict};

/// What a name needs that no scope says anything about.
const UNSAID: TrustLevel = TrustLevel::User;

/// One scope of requirements as an operator writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FloorScope {
    /// Who wrote it.
    pub tier: Tier,
    /// What a name needs that this scope has no requirement for. `None` says nothing to what another
    /// scope lists, and is [`TrustLevel::User`] for what nobody lists.
    pub default_required: Option<TrustLevel>,
    /// The requirements, in the order that decides between globs.
    pub requirements: Vec<Requirement>,
    /// Names, or globs over names, a human has to agree to every use of.
    pub human_approval: Vec<String>,
}

/// What holds for all scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorSettings {
    /// The floor of a conversation nobody remembers, or in which nothing has happened yet.
    pub unknown_floor: TrustLevel,
    /// How age and anomalies lower a level.
    pub steps: Steps,
    /// What a floor below the requirement is answered with; [`Verdict::Allow`] turns the stage off.
    pub below: Verdict,
    /// What a recipient outside the readers is answered with.
    pub readers: Verdict,
    /// What a conversation more sensitive than a call may take out is answered with.
    pub sensitivity: Verdict,
    /// What a call may take out that leaves by a tool nobody gave a ceiling.
    pub unlisted_ceiling: Sensitivity,
}

impl Default for FloorSettings {
    fn default() -> Self {
        Self {
            unknown_floor: TrustLevel::Untrusted,
            steps: Steps::default(),
            below: Verdict::Block,
            readers: Verdict::Block,
            sensitivity: Verdict::Block,
            unlisted_ceiling: Sensitivity::Internal,
        }
    }
}

/// Whether what a call is given leaves the organisation's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The tool only reads, or works inside.
    Stays,
    /// The tool sends, executes or pays, or nobody knows what it does.
    Leaves,
}

impl FloorSettings {
    /// How sensitive a conversation may be at the most for a call: what the registry declares, else
    /// the default for what leaves. `None` is no bound.
    #[must_use]
    pub const fn ceiling(
        &self,
        declared: Option<Sensitivity>,
        leaving: Leaving,
    ) -> Option<Sensitivity> {
        match (declared, leaving) {
            (Some(declared), _) => Some(declared),
            (None, Leaving::Leaves) => Some(self.unlisted_ceiling),
            (None, Leaving::Stays) => None,
        }
    }
}

/// Why scopes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FloorsError {
    /// A scope has two requirements for one name.
    #[error("{0} {1:?} has two requirements in one scope")]
    Duplicate(&'static str, String),
    /// A requirement without a name.
    #[error("a requirement has no name")]
    Nameless,
    /// More than [`limits::FLOOR_SCOPES`].
    #[error("more than {} scopes", limits::FLOOR_SCOPES)]
    TooManyScopes,
    /// More than [`limits::FLOOR_REQUIREMENTS`].
    #[error("more than {} requirements", limits::FLOOR_REQUIREMENTS)]
    TooManyRequirements,
    /// More than [`limits::TRUST_STEPS`], or one that asks for more than
    /// [`limits::FOLD_ANOMALIES`].
    #[error(
        "more than {} trust steps, or one that asks for more than {} anomalies",
        limits::TRUST_STEPS,
        limits::FOLD_ANOMALIES
    )]
    Steps,
}

/// The compiled scopes with their settings: one object, never taken apart (defect B3).
#[derive(Debug, Clone, Default)]
pub struct Floors {
    settings: FloorSettings,
    scopes: Vec<Scope>,
}

#[derive(Debug, Clone)]
struct Scope {
    default_required: Option<TrustLevel>,
    exact: BTreeMap<(ResourceType, String), Row>,
    globs: Vec<(ResourceType, Glob, Row)>,
    human_approval: Vec<Glob>,
}

#[derive(Debug, Clone)]
struct Row {
    required: TrustLevel,
    has_side_effects: bool,
    critical_args: Vec<String>,
}

impl Floors {
    /// Compiles scopes.
    ///
    /// # Errors
    /// [`FloorsError`] if there are too many, or a scope contradicts itself.
    pub fn compile(
        mut scopes: Vec<FloorScope>,
        settings: FloorSettings,
    ) -> Result<Self, FloorsError> {
        super::steps::check(&settings.steps)?;
        if scopes.len() > limits::FLOOR_SCOPES {
            return Err(FloorsError::TooManyScopes);
        }
        let sizes = scopes.iter().map(|scope| scope.requirements.len());
        if sizes.fold(0, usize::saturating_add) > limits::FLOOR_REQUIREMENTS {
            return Err(FloorsError::TooManyRequirements);
        }
        scopes.sort_by_key(|scope| scope.tier);
        let scopes = scopes.into_iter().map(Scope::compile);
        Ok(Self {
            settings,
            scopes: scopes.collect::<Result<_, _>>()?,
        })
    }

    /// The settings they were compiled with.
    #[must_use]
    pub const fn settings(&self) -> &FloorSettings {
        &self.settings
    }

    /// Whether no scope is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    /// What a name needs that no scope lists: the greatest of the defaults.
    fn default_required(&self) -> TrustLevel {
        let defaults = self.scopes.iter().map(|scope| scope.default_required);
        let defaults = defaults.map(|default| default.unwrap_or(UNSAID));
        defaults.max().unwrap_or(UNSAID)
    }

    /// What all scopes together need for `name`: the greatest level, side effects if anybody sees
    /// any, every critical argument. A scope that has no requirement for the name answers with its
    /// default, if it states one.
    #[must_use]
    pub fn needed(&self, name: &str, resource: ResourceType) -> Needed {
        let mut stated = None;
        let mut is_listed = false;
        let mut has_side_effects = false;
        let mut critical_args = Vec::new();
        for scope in &self.scopes {
            match scope.find(name, resource) {
                Some(row) => {
                    is_listed = true;
                    stated = stated.max(Some(row.required));
                    has_side_effects |= row.has_side_effects;
                    critical_args.extend(row.critical_args.iter().cloned());
                }
                None => {
                    stated = stated.max(scope.default_required);
                    has_side_effects |= scope.default_required.is_some();
                }
            }
        }
        critical_args.sort_unstable();
        critical_args.dedup();
        let level = if is_listed {
            stated.unwrap_or(UNSAID)
        } else {
            has_side_effects = true;
            self.default_required()
        };
        Needed {
            level: if has_side_effects {
                level
            } else {
                TrustLevel::Untrusted
            },
            has_side_effects,
            critical_args,
            needs_approval: self.scopes.iter().any(|scope| scope.asks_human(name)),
        }
    }
}

impl Scope {
    fn compile(scope: FloorScope) -> Result<Self, FloorsError> {
        let mut compiled = Self {
            default_required: scope.default_required,
            exact: BTreeMap::new(),
            globs: Vec::new(),
            human_approval: scope
                .human_approval
                .iter()
                .map(|name| Glob::new(name))
                .collect(),
        };
        let mut written = std::collections::BTreeSet::new();
        for requirement in scope.requirements {
            if requirement.name.is_empty() {
                return Err(FloorsError::Nameless);
            }
            let resource = requirement.resource;
            if !written.insert((resource, requirement.name.clone())) {
                return Err(FloorsError::Duplicate(resource.as_str(), requirement.name));
            }
            compiled.add(requirement);
        }
        Ok(compiled)
    }

    fn add(&mut self, requirement: Requirement) {
        let glob = Glob::new(&requirement.name);
        let row = Row {
            required: requirement.required,
            has_side_effects: requirement.has_side_effects,
            critical_args: requirement.critical_args,
        };
        match glob.as_literal() {
            Some(name) => {
                self.exact.insert((requirement.resource, name), row);
            }
            None => self.globs.push((requirement.resource, glob, row)),
        }
    }

    /// The requirement for a name: the exact one, else the first glob.
    fn find(&self, name: &str, resource: ResourceType) -> Option<&Row> {
        let exact = self.exact.get(&(resource, name.to_owned()));
        let glob = || {
            let mut globs = self.globs.iter();
            globs.find(|(kind, glob, _)| *kind == resource && glob.matches(name))
        };
        exact.or_else(|| glob().map(|(_, _, row)| row))
    }

    fn asks_human(&self, name: &str) -> bool {
        self.human_approval.iter().any(|glob| glob.matches(name))
    }
}
