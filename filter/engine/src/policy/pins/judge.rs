//! Judges a definition that a server lists against the pins.

use super::{Pins, Unapproved};
use crate::digest::Digest;
use crate::limits;
use crate::mcp::Definition;
use crate::policy::bundle::Bundle;
use crate::scan::{self, Flag, FlagKind, Name};
use std::collections::{BTreeMap, BTreeSet};

/// What a definition is to the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefinitionVerdict {
    /// It is the approved one.
    Pinned,
    /// Another one has been approved.
    Changed {
        /// The approved one.
        expected: Digest,
        /// This one.
        got: Digest,
    },
    /// No definition of the tool has been approved, and this one may be used.
    FirstSight(Vec<Flag>),
    /// The same, but it has a grave flag and such are not to be used.
    Flagged(Vec<Flag>),
    /// No definition of the tool has been approved, and others are not to be used.
    Unpinned(Vec<Flag>),
}

impl DefinitionVerdict {
    /// Whether the tool is to be kept from clients.
    #[must_use]
    pub const fn quarantines(&self) -> bool {
        !matches!(self, Self::Pinned | Self::FirstSight(_))
    }

    /// What is suspicious about the definition.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        match self {
            Self::Pinned | Self::Changed { .. } => &[],
            Self::FirstSight(flags) | Self::Flagged(flags) | Self::Unpinned(flags) => flags,
        }
    }
}

/// The names of one list, which say what else a tool can be taken for, and what is gone.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    names: BTreeSet<String>,
    /// How many names look like this.
    skeletons: BTreeMap<String, usize>,
    /// Comparisons of names left.
    budget: usize,
}

impl Listed {
    /// The names of a list.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        let mut skeletons = BTreeMap::new();
        for name in &names {
            let skeleton = Name::new(name).skeleton().to_owned();
            *skeletons.entry(skeleton).or_default() += 1;
        }
        Self {
            names,
            skeletons,
            budget: limits::NAME_COMPARISONS,
        }
    }
}

impl Bundle {
    /// The pins, if the bundle has any.
    #[must_use]
    pub const fn pins(&self) -> Option<&Pins> {
        self.pins.as_ref()
    }

    /// Judges a definition that `upstream` lists among `listed`. A bundle without pins has no
    /// objection to any.
    #[must_use]
    pub fn judge_definition(
        &self,
        upstream: &str,
        definition: &Definition,
        listed: &mut Listed,
    ) -> DefinitionVerdict {
        let Some(pins) = &self.pins else {
            return DefinitionVerdict::Pinned;
        };
        let got = definition.digest();
        match pins.pin(upstream, definition.name()) {
            Some(pin) if pin.digest == got => DefinitionVerdict::Pinned,
            Some(pin) => DefinitionVerdict::Changed {
                expected: pin.digest,
                got,
            },
            None => {
                let flags = self.flags(upstream, definition, listed);
                let is_grave = flags.iter().any(|flag| flag.is_grave);
                match (pins.unpinned, pins.flagged) {
                    (Unapproved::Quarantine, _) => DefinitionVerdict::Unpinned(flags),
                    (_, Unapproved::Quarantine) if is_grave => DefinitionVerdict::Flagged(flags),
                    _ => DefinitionVerdict::FirstSight(flags),
                }
            }
        }
    }

    /// Everything that is suspicious about a definition: in itself, beside the pinned tools, and
    /// among the listed ones. [`limits::DEFINITION_FLAGS`] at most.
    #[must_use]
    pub fn flags(&self, upstream: &str, definition: &Definition, listed: &mut Listed) -> Vec<Flag> {
        let name = Name::new(definition.name());
        let mut flags = self
            .catalogue
            .likenesses(upstream, &name, &mut listed.budget);
        let is_listed = |name: &str| listed.names.contains(name);
        flags.extend(
            self.catalogue
                .renamed(upstream, definition.shape(), is_listed),
        );
        if listed
            .skeletons
            .get(name.skeleton())
            .is_some_and(|count| *count > 1)
        {
            flags.push(Flag::new(FlagKind::ConfusableName, true, "name"));
        }
        flags.extend(scan::definition(definition));
        flags.truncate(limits::DEFINITION_FLAGS);
        flags
    }
}
