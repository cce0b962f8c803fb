//! A source made into a bundle: order, pattern sets, wire form.

use super::{Bundle, Rule, Source};
use crate::digest::Digest;
use crate::limits;
use crate::pattern::{Pattern, PatternError, PatternSet};
use crate::policy::argument::Argument;
use crate::policy::classes::{self, Classes};
use crate::policy::condition::Condition;
use crate::policy::decision::Action;
use crate::policy::document::nearest::nearest;
use crate::policy::document::{Document, DocumentError, DocumentErrorKind};
use crate::policy::facts::Sets;
use crate::policy::lint::Warning;
use crate::policy::matching::ToolMatch;
use crate::policy::pins::{Catalogue, Pins};
use crate::policy::place::Path;
use crate::policy::redaction::Finders;
use crate::policy::search::{Search, Slot};
use crate::policy::template::Template;
use crate::policy::texts::Places;
use crate::policy::trust;
use std::collections::BTreeMap;
use thiserror::Error;

/// What to do with a time zone the database does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownZone {
    /// Refuse the bundle: a rule that can never hold is not a rule.
    #[default]
    Refuse,
    /// Let the condition never hold, as the reference does, and warn.
    NeverHolds,
}

/// How to compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileOptions {
    /// What to do with a time zone the database does not know.
    pub unknown_zone: UnknownZone,
}

/// Why a source makes no bundle.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompileError {
    /// Two policies of one id.
    #[error("the id `{id}` stands twice: in `{first}` and in `{second}`")]
    DuplicateId {
        /// The id.
        id: String,
        /// Name of the one.
        first: String,
        /// Name of the other.
        second: String,
    },
    /// Something in a policy.
    #[error("policy `{id}`: {error}")]
    Policy {
        /// Its id.
        id: String,
        /// What and where.
        error: DocumentError,
    },
    /// A mapping to a verb there is none of.
    #[error("the tool `{tool}` is mapped to the unknown verb `{verb}`{}", hint(.nearest.as_deref()))]
    UnknownVerb {
        /// The tool.
        tool: String,
        /// The verb.
        verb: String,
        /// The verb most like it.
        nearest: Option<String>,
    },
    /// A default action other than allow and block.
    #[error("the default action is `{}`, expected `allow` or `block`", .0.as_str())]
    DefaultAction(Action),
    /// More than [`crate::limits`] allows.
    #[error("the bundle has {count} {what}, at most {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// The patterns together are too large.
    #[error("the patterns cannot be searched together: {0}")]
    Patterns(PatternError),
}

fn hint(nearest: Option<&str>) -> String {
    nearest
        .map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}

impl Bundle {
    /// Compiles a source.
    ///
    /// # Errors
    /// Everything that keeps it from being a bundle, not only the first.
    pub fn compile(source: Source, options: &CompileOptions) -> Result<Self, Vec<CompileError>> {
        let Source {
            mut documents,
            action_verbs,
            meta_tools,
            settings,
            pins,
            trust,
        } = source;
        documents.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let mut errors = Vec::new();
        if !matches!(settings.default_action, Action::Allow | Action::Block) {
            errors.push(CompileError::DefaultAction(settings.default_action));
        }
        check_count(
            "policies",
            documents.len(),
            limits::BUNDLE_POLICIES,
            &mut errors,
        );
        check_count(
            "tool mappings",
            action_verbs.len(),
            limits::ACTION_VERB_TOOLS,
            &mut errors,
        );
        check_count(
            "pinned tools",
            pins.as_ref().map_or(0, Pins::len),
            limits::PINNED_TOOLS,
            &mut errors,
        );
        check_count(
            "meta-tools",
            meta_tools.len(),
            limits::META_TOOLS,
            &mut errors,
        );
        check_ids(&documents, &mut errors);
        let warnings = check_zones(&documents, options.unknown_zone, &mut errors);
        let verbs = known_verbs(&action_verbs, &mut errors);
        let wire = super::wire::encode(
            &documents,
            &action_verbs,
            &meta_tools,
            &settings,
            pins.as_ref(),
            trust.as_ref(),
        );
        check_count("bytes", wire.len(), limits::BUNDLE_BYTES, &mut errors);
        let mut slots = Slots::default();
        documents
            .iter_mut()
            .for_each(|document| slots.give_out(document));
        check_count(
            "patterns",
            slots.given,
            limits::BUNDLE_PATTERNS,
            &mut errors,
        );
        if !errors.is_empty() {
            return Err(errors);
        }
        let too_large = |error| vec![CompileError::Patterns(error)];
        let finders = std::mem::take(&mut slots.finders)
            .build()
            .map_err(too_large)?;
        let sets = slots.into_sets().map_err(too_large)?;
        let rule = |document: Document| {
            let reason = Template::new(&document.reason);
            Rule { document, reason }
        };
        Ok(Self {
            settings,
            classes: Classes::new(verbs),
            meta_tools,
            rules: documents.into_iter().map(rule).collect(),
            sets,
            catalogue: pins.as_ref().map(Catalogue::new).unwrap_or_default(),
            pins,
            finders,
            trust: trust.map(trust::Document::compile),
            digest: Digest::of(&wire),
            wire,
            warnings,
        })
    }

    /// The bundle as it travels: canonical JSON, the same bytes for the same policies in whatever
    /// order and form they were written.
    #[must_use]
    pub fn to_wire(&self) -> &[u8] {
        &self.wire
    }
}

fn check_count(what: &'static str, count: usize, limit: usize, errors: &mut Vec<CompileError>) {
    if count > limit {
        errors.push(CompileError::TooMany { what, count, limit });
    }
}

fn check_ids(documents: &[Document], errors: &mut Vec<CompileError>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for document in documents {
        if let Some(first) = seen.insert(&document.id, &document.name) {
            errors.push(CompileError::DuplicateId {
                id: document.id.clone(),
                first: first.to_owned(),
                second: document.name.clone(),
            });
        }
    }
}

fn known_verbs(
    mappings: &BTreeMap<String, Vec<String>>,
    errors: &mut Vec<CompileError>,
) -> BTreeMap<String, Vec<&'static str>> {
    let mut known = BTreeMap::new();
    for (tool, names) in mappings {
        let mut verbs = Vec::with_capacity(names.len());
        for name in names {
            match classes::verb(name) {
                Some(verb) => verbs.push(verb),
                None => errors.push(CompileError::UnknownVerb {
                    tool: tool.clone(),
                    verb: name.clone(),
                    nearest: nearest(name, classes::TAXONOMY),
                }),
            }
        }
        known.insert(tool.clone(), verbs);
    }
    known
}

fn check_zones(
    documents: &[Document],
    unknown: UnknownZone,
    errors: &mut Vec<CompileError>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for document in documents {
        let mut found = Vec::new();
        unknown_zones(&document.when, &document.part_place("when"), &mut found);
        for (path, zone) in found {
            let kind = DocumentErrorKind::UnknownZone(zone);
            match unknown {
                UnknownZone::Refuse => errors.push(CompileError::Policy {
                    id: document.id.clone(),
                    error: DocumentError { path, kind },
                }),
                UnknownZone::NeverHolds => warnings.push(Warning {
                    policy_id: document.id.clone(),
                    path,
                    code: "unknown_zone",
                    message: format!("{kind}; the condition never holds"),
                }),
            }
        }
    }
    warnings
}

fn unknown_zones(conditions: &[Condition], path: &Path, found: &mut Vec<(Path, String)>) {
    for (at, condition) in conditions.iter().enumerate() {
        let here = path.index(at);
        match condition {
            Condition::TimeOfDayOutside(window) if window.zone.is_unknown() => {
                found.push((here.key("tz"), window.zone.name().to_owned()));
            }
            _ => unknown_zones(condition.children(), &here.key("conditions"), found),
        }
    }
}

/// Gives every pattern its place in one of the sets; the same pattern over the same texts has one
/// place.
#[derive(Default)]
struct Slots {
    arguments: Vec<(Argument, Vec<Pattern>)>,
    texts: Vec<(Places, Vec<Pattern>)>,
    tools: Vec<Pattern>,
    purposes: Vec<Pattern>,
    finders: Finders,
    given: usize,
}

impl Slots {
    fn give_out(&mut self, document: &mut Document) {
        if let ToolMatch::Pattern(search) = &mut document.matching.tool {
            self.given += 1;
            search.slot = Slot {
                set: 0,
                bit: place(&mut self.tools, search),
            };
        }
        self.conditions(&mut document.when);
        for redaction in &mut document.redact {
            self.given += 1;
            self.finders.give_out(redaction);
        }
    }

    fn conditions(&mut self, conditions: &mut [Condition]) {
        for condition in conditions {
            match condition {
                Condition::ArgMatchesRegex { arg, pattern }
                | Condition::ArgContainsPattern { arg, pattern }
                | Condition::ArgPathMatchesRegex { arg, pattern } => self.argument(arg, pattern),
                Condition::AnyTextMatchesRegex { places, pattern } => self.text(*places, pattern),
                Condition::IntentPurposeMatches { pattern } => {
                    self.given += 1;
                    pattern.slot = Slot {
                        set: 0,
                        bit: place(&mut self.purposes, pattern),
                    };
                }
                Condition::AnyOf { conditions } | Condition::NoneOf { conditions } => {
                    self.conditions(conditions);
                }
                _ => {}
            }
        }
    }

    fn argument(&mut self, arg: &Argument, search: &mut Search) {
        self.given += 1;
        search.slot = slot(&mut self.arguments, arg, search);
    }

    fn text(&mut self, places: Places, search: &mut Search) {
        self.given += 1;
        search.slot = slot(&mut self.texts, &places, search);
    }

    fn into_sets(self) -> Result<Sets, PatternError> {
        Ok(Sets {
            arguments: sets(self.arguments)?,
            texts: sets(self.texts)?,
            tools: PatternSet::new(&self.tools)?,
            purposes: PatternSet::new(&self.purposes)?,
        })
    }
}

/// The slot of a pattern that is searched in the texts `over` stands for.
fn slot<T: PartialEq + Clone>(
    sets: &mut Vec<(T, Vec<Pattern>)>,
    over: &T,
    search: &Search,
) -> Slot {
    let known = sets.iter().position(|(known, _)| known == over);
    let set = known.unwrap_or_else(|| {
        sets.push((over.clone(), Vec::new()));
        sets.len() - 1
    });
    let bit = sets
        .get_mut(set)
        .map_or(0, |(_, patterns)| place(patterns, search));
    Slot { set, bit }
}

fn sets<T>(sets: Vec<(T, Vec<Pattern>)>) -> Result<Vec<PatternSet>, PatternError> {
    sets.into_iter()
        .map(|(_, patterns)| PatternSet::new(&patterns))
        .collect()
}

fn place(patterns: &mut Vec<Pattern>, search: &Search) -> usize {
    let known = patterns
        .iter()
        .position(|pattern| pattern.written() == search.written());
    known.unwrap_or_else(|| {
        patterns.push(search.pattern().clone());
        patterns.len() - 1
    })
}
