//! What follows for a call from the levels of its values (`taint-flow.md` section 5).

mod answer;

pub use answer::judge_answer;

use super::bearings::Bearings;
use super::effects::{By, Told, told};
use super::leaves::{Leaf, Listing};
use super::need::need;
use super::profile::schema;
use super::schema::Schema;
use super::shape::is_name;
use super::weigh::{Scales, Weighed};
use super::{Because, Judged, TrustCall};
use crate::json::{self, Value};
use crate::limits;
use crate::taint::context::ResourceType;
use crate::taint::delegation::{self, Acting, Delegated};
use crate::taint::flow::{self, Fingerprints, Secrets};
use crate::taint::{
    Conversation, Effect, Effects, FlowCode, Level, Registry, Role, Store, ToolRules, Verdict,
};

/// Judges a call against its conversation and, of another one that could have influenced it, the
/// restrictions.
#[must_use]
pub fn judge_call(
    registry: &Registry,
    own: &Conversation,
    other: Option<&Conversation>,
    fingerprints: &Fingerprints,
    call: &TrustCall<'_>,
) -> Judged {
    let registered = registry.registered_secrets(fingerprints);
    judge_call_with(registry, &registered, own, other, fingerprints, call)
}

/// [`judge_call`] with the fingerprints of the registry's secrets
/// ([`Registry::registered_secrets`]), for who judges many calls.
#[must_use]
pub fn judge_call_with(
    registry: &Registry,
    registered: &Secrets,
    own: &Conversation,
    other: Option<&Conversation>,
    fingerprints: &Fingerprints,
    call: &TrustCall<'_>,
) -> Judged {
    let rules = registry.rules(call.upstream, call.tool);
    let told = told(
        registry,
        &rules,
        call.upstream,
        call.method,
        call.tool,
        call.definition,
    );
    let (leaves, is_cut) = leaves(&rules, told.effects, call);
    let mut judging = Judging::new(registry, registered, own, other, fingerprints, call, told);
    judging.delegation();
    let mut is_anchored = false;
    for leaf in &leaves {
        is_anchored |= judging.leaf(leaf);
    }
    judging.secrets(&leaves);
    judging.anchor(is_anchored);
    judging.bearings();
    judging.limits(&leaves, is_cut);
    let targets = leaves.iter().filter(|leaf| leaf.role == Role::Target);
    let targets = targets.map(|leaf| leaf.text.clone()).collect();
    judging.judged(targets)
}

fn leaves<'a>(
    rules: &'a ToolRules<'a>,
    effects: Effects,
    call: &TrustCall<'a>,
) -> (Vec<Leaf>, bool) {
    let schema = Schema::new(schema(rules.schema, call.definition));
    let mut listing = Listing::new(rules, effects);
    if let Some(arguments) = call.arguments {
        listing.arguments(arguments, schema);
    }
    (listing.leaves, listing.is_cut)
}

/// Arguments that have to come from the user, as the requirements of the context say.
fn critical(registry: &Registry, call: &TrustCall<'_>) -> Vec<String> {
    let needed = registry.floors.needed(call.tool, ResourceType::Tool);
    needed.critical_args
}

struct Judging<'a> {
    registry: &'a Registry,
    registered: &'a Secrets,
    own: &'a Conversation,
    other: Option<&'a Conversation>,
    call: &'a TrustCall<'a>,
    effects: Effects,
    by: By,
    scales: Scales<'a>,
    critical: Vec<String>,
    passed: Vec<Because>,
    fell_short: Vec<Because>,
    arguments: Vec<super::ArgumentFacts>,
    bearings: Bearings,
}

impl<'a> Judging<'a> {
    fn new(
        registry: &'a Registry,
        registered: &'a Secrets,
        own: &'a Conversation,
        other: Option<&'a Conversation>,
        fingerprints: &'a Fingerprints,
        call: &'a TrustCall<'a>,
        told: Told,
    ) -> Self {
        Self {
            registry,
            registered,
            own,
            other,
            call,
            effects: told.effects,
            by: told.by,
            scales: Scales {
                registry,
                conversation: own,
                fingerprints,
                tool: call.tool,
                now: call.now,
            },
            critical: critical(registry, call),
            passed: Vec::new(),
            fell_short: Vec::new(),
            arguments: Vec::new(),
            bearings: Bearings::default(),
        }
    }

    fn both(&self) -> impl Iterator<Item = &Conversation> {
        std::iter::once(self.own).chain(self.other)
    }

    /// The second gate: what agents may do at all.
    fn delegation(&mut self) {
        let Some(delegation) = &self.registry.delegation else {
            return;
        };
        let delegated = Delegated {
            delegation,
            identity: None,
            acting: if self.effects.only_reads() {
                Acting::Reads
            } else {
                Acting::Changes
            },
        };
        let arguments = self.call.arguments.and_then(Value::as_object);
        let is_tool = self.call.method == "tools/call";
        let refused = delegation::decide(&delegated, self.call.tool, arguments, self.call.now);
        if is_tool && refused.is_err() {
            let because = Because::of_call(FlowCode::NotDelegated);
            self.fell_short.push(because);
        }
    }

    /// Judges one value. Whether where it came from mattered.
    fn leaf(&mut self, leaf: &Leaf) -> bool {
        if leaf.is_key && leaf.role == Role::Constant {
            return false;
        }
        let weighed = self.scales.leaf(leaf);
        self.arguments.push(Scales::facts(leaf, &weighed));
        self.bearings.take(leaf, &weighed);
        let mut needed = need(leaf, self.effects);
        let named = leaf.place.first();
        if named.is_some_and(|name| self.critical.contains(name)) {
            needed = Some(Level::User);
        }
        if let Some(needed) = needed {
            self.compare(leaf, &weighed, needed);
        }
        if leaf.role == Role::Content && !self.effects.only_reads() {
            self.content(leaf, &weighed);
        }
        needed.is_some()
    }

    fn compare(&mut self, leaf: &Leaf, weighed: &Weighed, need: Level) {
        let code = match weighed.level {
            level if level >= need => FlowCode::Ok,
            Level::Unknown => FlowCode::Unknown,
            Level::Tool | Level::User => FlowCode::NotFromUser,
            _ => FlowCode::Untrusted,
        };
        let because = Because {
            at: pointer(leaf),
            code,
            level: Some(weighed.level),
            need: Some(need),
            source: weighed.sources.first().cloned(),
        };
        if code == FlowCode::Ok {
            self.passed.push(because);
        } else {
            self.fell_short.push(because);
        }
    }

    /// Text for a reader: the addresses in it, what it copies, and what a reader of JSON finds.
    fn content(&mut self, leaf: &Leaf, weighed: &Weighed) {
        // What was seen word for word in a better place brought its addresses from there.
        if weighed.level < Level::Internal {
            self.entities(leaf);
        }
        let text = &leaf.text;
        let copied = std::iter::once(self.own)
            .chain(self.other)
            .find_map(|conversation| {
                flow::find_copy(conversation, self.scales.fingerprints, text, self.call.now)
            });
        if let Some(copied) = copied {
            let source = copied.source.cloned();
            self.fell_short.push(Because {
                at: pointer(leaf),
                source,
                ..Because::of_call(FlowCode::InstructionCopy)
            });
        }
        self.members(leaf);
    }

    fn entities(&mut self, leaf: &Leaf) {
        let found = flow::find_entities(
            self.own,
            self.scales.fingerprints,
            &leaf.text,
            self.call.now,
        );
        let Some(least) = found.into_iter().min_by_key(|entity| entity.found.level) else {
            return;
        };
        let code = match least.found.level {
            Level::Unknown => FlowCode::EntityUnknown,
            Level::Web => FlowCode::EntityUntrusted,
            _ => return,
        };
        let source = least.found.sources.first().map(|source| (*source).clone());
        self.fell_short.push(Because {
            at: pointer(leaf),
            code,
            level: Some(least.found.level),
            need: Some(Level::Internal),
            source,
        });
    }

    /// JSON in content: a server may open it, so what its members name counts as well.
    fn members(&mut self, leaf: &Leaf) {
        if !leaf.text.trim_start().starts_with(['[', '{']) {
            return;
        }
        let Ok(value @ (Value::Object(_) | Value::Array(_))) = json::parse(leaf.text.as_bytes())
        else {
            return;
        };
        let rules = ToolRules::default();
        let mut listing = Listing::new(&rules, self.effects);
        listing.arguments(&value, Schema::default());
        let named = |inner: &Leaf| super::names::suggested(&inner.name).role.is_some();
        let inner = listing.leaves.iter().filter(|inner| named(inner));
        let mut least: Option<(Weighed, Level)> = None;
        for inner in inner {
            let Some(need) = need(inner, self.effects) else {
                continue;
            };
            let weighed = self.scales.leaf(inner);
            let is_least = least
                .as_ref()
                .is_none_or(|(known, _)| weighed.level < known.level);
            if weighed.level < need && is_least {
                least = Some((weighed, need));
            }
        }
        if let Some((weighed, need)) = least {
            self.compare(leaf, &weighed, need);
        }
    }

    /// Whether a secret would leave: by one value, or in pieces by several.
    fn secrets(&mut self, leaves: &[Leaf]) {
        // A search may ask anybody. Only the operator's word keeps what a tool reads where it is.
        let stays = self.effects.only_reads() && self.by == By::Registry;
        let leaving = |leaf: &&Leaf| !stays || need(leaf, self.effects).is_some();
        let leaving: Vec<_> = leaves.iter().filter(leaving).collect();
        if leaving.is_empty() {
            return;
        }
        let fingerprints = self.scales.fingerprints;
        let sets: Vec<&Secrets> = self
            .both()
            .map(Conversation::secrets)
            .chain(std::iter::once(self.registered))
            .collect();
        let mut found = Vec::new();
        for leaf in &leaving {
            if sets.iter().any(|set| set.are_in(fingerprints, &leaf.text)) {
                found.push(Because {
                    at: pointer(leaf),
                    ..Because::of_call(FlowCode::Secret)
                });
            }
        }
        // Pieces stand one behind the other, in either order; keys stand between them.
        let is = |is_key: bool| leaving.iter().filter(move |leaf| leaf.is_key == is_key);
        let texts = || is(false).chain(is(true)).map(|leaf| leaf.text.as_str());
        let back = || texts().collect::<Vec<_>>().into_iter().rev();
        let is_across = |set: &&Secrets| {
            set.are_across(fingerprints, texts()) || set.are_across(fingerprints, back())
        };
        if found.is_empty() && sets.iter().any(is_across) {
            found.push(Because::of_call(FlowCode::Secret));
        }
        self.fell_short.extend(found);
    }

    /// A call that takes away or spends, and names nothing, after text that is not trusted.
    fn anchor(&mut self, is_anchored: bool) {
        let commits = self.effects.has(Effect::Destroy) || self.effects.has(Effect::Pay);
        let is_clean = self.both().all(Conversation::is_clean);
        if commits && !is_anchored && !is_clean {
            let because = Because::of_call(FlowCode::NoAnchor);
            self.fell_short.push(because);
        }
    }

    /// A call that is about nothing but what untrusted text says, although the user has said what to do.
    fn bearings(&mut self) {
        let has_words = self.own.has_words_of_user(self.call.now);
        // What speaks against a single value says more.
        if self.effects.only_reads() || !has_words || !self.fell_short.is_empty() {
            return;
        }
        if let Some((leaf, weighed)) = self.bearings.of_untrusted_text() {
            self.compare(&leaf, &weighed, Level::Tool);
        }
    }

    /// What may have been forgotten: a secret that leaves, text that content repeats.
    fn limits(&mut self, leaves: &[Leaf], is_cut: bool) {
        let reads = self.effects.only_reads();
        let is_content = |leaf: &Leaf| leaf.role == Role::Content && !leaf.text.is_empty();
        let secrets = self.may_hold_forgotten_secrets(leaves);
        let flags = self.has_lost(Store::Flags) && !reads && leaves.iter().any(is_content);
        // What was not looked at may lead out of a tool that only reads, too.
        if secrets || flags || is_cut {
            let because = Because::of_call(FlowCode::Limit);
            self.fell_short.push(because);
        }
    }

    /// Whether a text leaves, and secrets were forgotten that it may hold.
    fn may_hold_forgotten_secrets(&self, leaves: &[Leaf]) -> bool {
        let reads = self.effects.only_reads();
        let leaves_by = |leaf: &Leaf| {
            let is_text = !matches!(leaf.role, Role::Constant | Role::Scalar);
            is_text && !leaf.text.is_empty() && (!reads || need(leaf, self.effects).is_some())
        };
        self.has_lost(Store::Secrets) && leaves.iter().any(leaves_by)
    }

    fn has_lost(&self, store: Store) -> bool {
        self.both().any(|one| one.is_incomplete(store))
    }

    fn judged(self, targets: Vec<String>) -> Judged {
        let settings = &self.registry.settings;
        let answers = self.fell_short.iter();
        let verdict = answers.map(|because| settings.answer(because.code)).max();
        let mut because = if self.fell_short.is_empty() {
            self.passed
        } else {
            self.fell_short
        };
        if because.is_empty() && self.effects.only_reads() {
            because.push(Because::of_call(FlowCode::ReadOnly));
        }
        // What needs the most comes first: people read the first reason only.
        because.sort_by_key(|because| std::cmp::Reverse(because.need));
        because.truncate(limits::FLOW_REASONS);
        let context = &self.own.context;
        let restricted = self
            .other
            .map(|other| context.restricted_by(&other.context));
        let floors = self.registry.floors.settings();
        let floor = restricted
            .as_ref()
            .unwrap_or(context)
            .floor(floors, self.call.now);
        Judged {
            verdict: verdict.unwrap_or(Verdict::Allow),
            because,
            arguments: self.arguments,
            effects: self.effects,
            targets,
            floor,
        }
    }
}

/// The place of a value as a JSON pointer. Keys that are no names may be values: they stand as `*`.
fn pointer(leaf: &Leaf) -> String {
    let mut pointer = String::new();
    let shown = leaf.place.len() - usize::from(leaf.is_key && !leaf.place.is_empty());
    for segment in leaf.place.iter().take(shown) {
        pointer.push('/');
        let is_index = segment.bytes().all(|b| b.is_ascii_digit());
        pointer.push_str(if is_name(segment) || is_index {
            segment
        } else {
            "*"
        });
    }
    pointer
}
