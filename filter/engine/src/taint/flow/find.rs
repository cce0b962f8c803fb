//! Where a value was seen before, and how far it is trusted for that (`taint-flow.md` section 4).

use super::element::Signs;
use super::entity::entities;
use super::normal::{canonical, without_end};
use super::sequence::{Edges, Needle};
use super::views::{views, views_and_rest};
use super::{EntityKind, Fingerprints, Found, FoundEntity, SourceRef, Via};
use crate::limits;
use crate::taint::Level;
use crate::taint::conversation::{Conversation, SourceId, Vouched};
use crate::time::UnixMillis;

/// A conversation that is searched.
pub(super) struct Finder<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) fingerprints: &'a Fingerprints,
    pub(super) now: UnixMillis,
}

/// Where a value is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Everywhere,
    ResultsOnly,
}

/// A value, ready to be looked for.
struct Value {
    print: u64,
    needle: Option<Needle>,
}

/// Places a value was seen in, the best of them.
struct Seen {
    level: Level,
    via: Via,
    sources: Vec<(Level, SourceId)>,
}

impl Seen {
    fn add(&mut self, level: Level, via: Via, source: SourceId) {
        if level > self.level {
            (self.level, self.via) = (level, via);
        }
        if !self.sources.contains(&(level, source)) {
            self.sources.push((level, source));
        }
    }
}

impl<'a> Finder<'a> {
    /// Looks a value up, and what is encoded in it if the value itself is nowhere.
    pub(super) fn value(&self, value: &str, nouns: &[&str]) -> Found<'a> {
        let found = self.plain(value, nouns, Where::Everywhere);
        if found.level > Level::Unknown {
            return found;
        }
        let views = views(value);
        let decoded = views
            .iter()
            .map(|view| self.plain(view, nouns, Where::ResultsOnly));
        let decoded = decoded.filter(|found| found.level > Level::Unknown);
        decoded.map(lowered).next().unwrap_or(found)
    }

    fn plain(&self, value: &str, nouns: &[&str], place: Where) -> Found<'a> {
        let canonical = canonical(value);
        let value = Value {
            print: self.fingerprints.value(&canonical),
            needle: Needle::new(self.fingerprints, bare(value), nouns),
        };
        let mut seen = Seen {
            level: Level::Unknown,
            via: Via::Nothing,
            sources: Vec::new(),
        };
        if !canonical.is_empty() {
            self.look(&value, place, &mut seen);
        }
        self.found(seen)
    }

    fn look(&self, value: &Value, place: Where, seen: &mut Seen) {
        if place == Where::Everywhere {
            if self.is_said(value) {
                (seen.level, seen.via) = (Level::User, Via::Prompt);
            }
            if let Some(level) = self
                .vouched(value.print, Vouched::Value)
                .filter(|l| *l > seen.level)
            {
                (seen.level, seen.via) = (level, Via::Endorsement);
            }
        }
        let leaves = self.conversation.leaves.items();
        let from = leaves.partition_point(|leaf| leaf.print < value.print);
        let leaves = leaves.iter().skip(from);
        for leaf in leaves.take_while(|leaf| leaf.print == value.print) {
            let level = leaf.level.max(self.endorsed(leaf.source));
            seen.add(level, Via::Leaf, leaf.source);
        }
        let Some(needle) = value.needle.as_ref().map(Needle::short) else {
            return;
        };
        let signs = self.fingerprints.signs();
        for text in self.conversation.texts.iter() {
            if !needle.is_in(&text.elements, signs, Edges::Open) {
                continue;
            }
            // What somebody vouches for must stand there itself, not as a part of something.
            let endorsed = self.endorsed(text.source);
            let is_whole = || needle.is_in(&text.elements, signs, Edges::Closed);
            let level = if endorsed > text.level && is_whole() {
                endorsed
            } else {
                text.level
            };
            seen.add(level, Via::Text, text.source);
        }
    }

    /// Whether the user said it.
    fn is_said(&self, value: &Value) -> bool {
        let prompts = self.conversation.prompts.iter();
        let mut valid = prompts.filter(|prompt| prompt.expires > self.now.0);
        let signs: &Signs = self.fingerprints.signs();
        valid.any(|prompt| {
            let needle = value.needle.as_ref();
            let mentions = needle.is_some_and(|n| n.is_in(&prompt.elements, signs, Edges::Closed));
            mentions || prompt.entities.contains(&value.print)
        })
    }

    /// The level somebody vouches for.
    fn vouched(&self, print: u64, vouched: Vouched) -> Option<Level> {
        let endorsements = self.conversation.endorsements.items().iter();
        let valid = endorsements.filter(|e| e.expires > self.now.0 && e.vouched == vouched);
        valid.filter(|e| e.print == print).map(|e| e.level).max()
    }

    /// The level somebody vouches for everything in a result to have.
    fn endorsed(&self, source: SourceId) -> Level {
        let endorsements = self.conversation.endorsements.items().iter();
        let valid = endorsements.filter(|e| e.expires > self.now.0 && e.vouched == Vouched::Result);
        let of_source = valid.filter(|endorsement| {
            let mut of_digest = self.conversation.sources.of_digest(endorsement.print);
            SourceId::of(endorsement.print) == source || of_digest.any(|id| id == source)
        });
        of_source.map(|e| e.level).max().unwrap_or(Level::Unknown)
    }

    fn found(&self, mut seen: Seen) -> Found<'a> {
        seen.sources.sort_by(|(a, _), (b, _)| b.cmp(a));
        let mut sources: Vec<&SourceRef> = Vec::new();
        for (_, id) in seen.sources {
            let source = self.conversation.sources.get(id);
            if let Some(source) = source.filter(|source| !sources.contains(source)) {
                sources.push(source);
            }
        }
        sources.truncate(limits::FOUND_SOURCES);
        Found {
            level: seen.level,
            via: seen.via,
            sources,
        }
    }

    /// Looks up the addresses and numbers of content, and of what is encoded in it.
    pub(super) fn content(&self, text: &str) -> Vec<FoundEntity<'a>> {
        let mut found = Vec::new();
        let mut known = Vec::new();
        let plain = entities(text).into_iter().map(|entity| (entity, Via::Text));
        let (views, is_cut) = views_and_rest(text);
        if is_cut {
            found.push(unknown_entity());
        }
        let encoded = views.iter().flat_map(|view| entities(view));
        for (entity, via) in plain.chain(encoded.map(|entity| (entity, Via::Decoded))) {
            if known.contains(&entity) {
                continue;
            }
            if found.len() >= limits::CONTENT_ENTITIES {
                found.push(unknown_entity());
                break;
            }
            let looked_up = match via {
                Via::Decoded => lowered(self.plain(&entity.text, &[], Where::ResultsOnly)),
                _ => self.plain(&entity.text, &[], Where::Everywhere),
            };
            found.push(FoundEntity {
                kind: entity.kind,
                found: looked_up,
            });
            known.push(entity);
        }
        found
    }
}

/// What was found only once it was decoded: at most as far trusted as text anybody wrote.
fn lowered(found: Found<'_>) -> Found<'_> {
    Found {
        level: found.level.min(Level::Web),
        via: match found.via {
            Via::Nothing => Via::Nothing,
            _ => Via::Decoded,
        },
        ..found
    }
}

const fn unknown_entity<'a>() -> FoundEntity<'a> {
    FoundEntity {
        kind: EntityKind::Url,
        found: Found {
            level: Level::Unknown,
            via: Via::Nothing,
            sources: Vec::new(),
        },
    }
}

/// A value as it is looked for in text: without a scheme before it and the end of a sentence after
/// it. Its case stays: it tells where a sentence begins.
fn bare(value: &str) -> &str {
    let trimmed = value.trim();
    let schemes = ["https://", "http://", "mailto:"];
    let rest = schemes.iter().find_map(|scheme| {
        let (head, rest) = trimmed.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let end = without_end(rest.unwrap_or(trimmed));
    if end.is_empty() { trimmed } else { end }
}
