//! All policies of a filter, compiled: immutable, ordered, with one wire form and one digest.

mod compile;
mod wire;

pub use compile::{CompileError, CompileOptions, UnknownZone};
pub use wire::BundleError;

use super::classes::Classes;
use super::document::Document;
use super::facts::Sets;
use super::lint::Warning;
use super::meta_tool::MetaTool;
use super::pins::{Catalogue, Pins};
use super::redaction::Finders;
use super::settings::PolicySettings;
use super::template::Template;
use super::trust::{self, Trust};
use crate::digest::Digest;
use std::collections::BTreeMap;

/// What a bundle is made of, as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// The policies, in any order.
    pub documents: Vec<Document>,
    /// The user's mapping of tools to verbs; an entry replaces the built-in one of that name.
    pub action_verbs: BTreeMap<String, Vec<String>>,
    /// The tools that run other tools; of several for one tool the first counts.
    pub meta_tools: Vec<MetaTool>,
    /// What holds for all of them.
    pub settings: PolicySettings,
    /// The approved definitions of tools; without any, no definition is judged.
    pub pins: Option<Pins>,
    /// Where content may come from, and what may follow; without one, nothing of it is judged.
    pub trust: Option<trust::Document>,
}

/// One policy, ready to judge.
#[derive(Debug, Clone)]
pub(in crate::policy) struct Rule {
    pub(in crate::policy) document: Document,
    pub(in crate::policy) reason: Template,
}

/// All policies of a filter, compiled. Made by [`Bundle::compile`] or [`Bundle::from_wire`].
#[derive(Debug, Clone)]
pub struct Bundle {
    pub(in crate::policy) settings: PolicySettings,
    pub(in crate::policy) classes: Classes,
    pub(in crate::policy) meta_tools: Vec<MetaTool>,
    /// In the order of judgement: priority descending, then id ascending.
    pub(in crate::policy) rules: Vec<Rule>,
    pub(in crate::policy) sets: Sets,
    pub(in crate::policy) pins: Option<Pins>,
    pub(in crate::policy) catalogue: Catalogue,
    pub(in crate::policy) finders: Finders,
    trust: Option<Trust>,
    wire: Vec<u8>,
    digest: Digest,
    warnings: Vec<Warning>,
}

impl Bundle {
    /// What holds for all policies.
    #[must_use]
    pub const fn settings(&self) -> &PolicySettings {
        &self.settings
    }

    /// The policies in the order they are looked at.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &Document> {
        self.rules.iter().map(|rule| &rule.document)
    }

    /// The tools that run other tools.
    #[must_use]
    pub fn meta_tools(&self) -> &[MetaTool] {
        &self.meta_tools
    }

    /// Where content may come from, and what may follow; `None` if nothing of it is judged.
    #[must_use]
    pub const fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// SHA-256 of the wire form: two bundles with one digest judge alike.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// What was accepted although it can hardly be meant.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

#[cfg(test)]
pub(in crate::policy) mod properties;
#[cfg(test)]
pub(in crate::policy) mod tests;
