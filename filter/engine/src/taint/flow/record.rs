//! What is remembered of the content of a server (`taint-flow.md` section 3).

mod content;
mod leaf;

pub(super) use content::{record_everything, record_tool_result};

use super::element::{Element, elements};
use super::entity::entities;
use super::views::views;
use super::{Fingerprints, Recorded, ResultFacts, Secrecy, copy};
use crate::limits;
use crate::scan::{looks_like_instructions, sensitive_values};
use crate::taint::Level;
use crate::taint::conversation::{Conversation, Leaf, Passage, Seconds, Source, SourceId};
use std::collections::BTreeSet;

/// Content that is being recorded.
struct Recorder<'a> {
    conversation: &'a mut Conversation,
    fingerprints: &'a Fingerprints,
    facts: &'a ResultFacts<'a>,
    source: SourceId,
    at: Seconds,
    recorded: Recorded,
    /// Keys of objects that are recorded: rows have the same.
    keys: BTreeSet<String>,
    /// Words and signs of text that may still be kept of this content.
    room: usize,
    /// Whole values that may still be kept of it.
    values: usize,
}

impl<'a> Recorder<'a> {
    fn begin(
        conversation: &'a mut Conversation,
        fingerprints: &'a Fingerprints,
        facts: &'a ResultFacts<'a>,
    ) -> Self {
        let source = SourceId::of(fingerprints.value(&facts.source.audit_id));
        let at = Seconds::of(facts.now);
        let digest = facts
            .digest
            .map(|digest| fingerprints.value(&digest.to_hex()));
        conversation.sources.add(Source {
            id: source,
            at,
            digest: digest.unwrap_or_default(),
            reference: facts.source.clone(),
        });
        Self {
            conversation,
            fingerprints,
            facts,
            source,
            at,
            recorded: Recorded {
                level: Level::Tool,
                flagged: false,
                secrets: 0,
            },
            // No content pushes out all that was there before.
            keys: BTreeSet::new(),
            room: limits::CONVERSATION_TEXT / 2,
            values: limits::RESULT_VALUES,
        }
    }

    fn finish(self) -> Recorded {
        let conversation = self.conversation;
        conversation.leaves.settle();
        conversation.texts.settle(limits::CONVERSATION_TEXT);
        conversation.flags.settle();
        conversation.secrets_mut().settle();
        conversation.lower_to(self.recorded.level);
        self.recorded
    }

    /// The level of identifiers, whatever is said about them.
    fn leaf_level(&self) -> Level {
        self.facts.rules.leaves.min(Level::Tool)
    }

    /// The level of free text, whatever is said about it.
    fn text_level(&self) -> Level {
        match self.facts.claim {
            super::Claim::Nothing => self.facts.rules.texts.min(Level::Tool),
            super::Claim::Untrusted => self.facts.rules.texts.min(Level::Web),
        }
    }

    /// Records an identifier.
    fn leaf(&mut self, value: &str, level: Level) {
        // What the call brought in is in the context already: it makes the answer no worse.
        self.recorded.level = self.recorded.level.min(level.max(Level::Web));
        let level = self.echoed(value, level);
        self.print(&super::normal::canonical(value), level);
        let views = views(value);
        if !views.is_empty() {
            self.views(&views, level.min(Level::Internal));
        }
    }

    /// The level of a value of that level, given what the call brought in: an answer raises none of
    /// that. What was known of it before still counts, for the best place counts that a value is
    /// found in.
    fn echoed(&self, value: &str, level: Level) -> Level {
        // What is not kept, or cannot be lowered, need not be looked for.
        let matters = level > Level::Web && self.values > 0;
        if matters && self.facts.echo.holds(self.fingerprints, value) {
            return Level::Web;
        }
        level
    }

    fn print(&mut self, canonical: &str, level: Level) {
        if canonical.is_empty() {
            return;
        }
        let Some(values) = self.values.checked_sub(1) else {
            self.conversation.lose(crate::taint::Store::Values);
            return;
        };
        self.values = values;
        self.conversation.leaves.push(Leaf {
            print: self.fingerprints.value(canonical),
            level: level.min(Level::Tool),
            at: self.at,
            source: self.source,
        });
    }

    /// Records free text, with all that is encoded in it.
    fn text(&mut self, text: &str, level: Level) {
        let views = views(text);
        let looks = looks_like_instructions(text);
        self.recorded.flagged |= looks;
        let is_flagged = level < Level::Tool && looks;
        let level = self.views(&views, level.min(flagged_level(level, is_flagged)));
        if is_flagged {
            self.flag(text);
        }
        self.recorded.level = self.recorded.level.min(level);
        self.passage(text, level);
    }

    /// Records what a text stands for once decoded, and gives the level the text has then.
    fn views(&mut self, views: &[String], level: Level) -> Level {
        for view in views {
            self.credentials(view);
        }
        let below = level.min(Level::Internal);
        let flagged = views.iter().filter(|view| looks_like_instructions(view));
        let flagged: Vec<&String> = flagged.collect();
        self.recorded.flagged |= !flagged.is_empty();
        let is_flagged = level < Level::Tool && !flagged.is_empty();
        let level = flagged_level(level, is_flagged);
        if is_flagged {
            flagged.into_iter().for_each(|view| self.flag(view));
            self.recorded.level = Level::Web;
        }
        for view in views {
            self.passage(view, flagged_level(below, is_flagged));
        }
        level
    }

    fn flag(&mut self, text: &str) {
        copy::record(self.conversation, self.fingerprints, text, self.source);
    }

    /// Keeps the words and signs of a text, in pieces if it is long, and its addresses.
    fn passage(&mut self, text: &str, mut level: Level) {
        let best = level;
        for entity in entities(text) {
            let own = self.echoed(&entity.text, best);
            self.print(&entity.text, own);
            // `no mail of eve@evil.example`: the rest of such text is no better.
            level = level.min(own);
        }
        let elements = elements(self.fingerprints, text);
        let step = limits::TEXT_PIECE - limits::TEXT_OVERLAP;
        let mut start = 0;
        while let Some(rest) = elements.get(start..).filter(|rest| !rest.is_empty()) {
            let piece = rest
                .get(..limits::TEXT_PIECE.min(rest.len()))
                .unwrap_or(rest);
            let Some(room) = self.room.checked_sub(piece.len()) else {
                self.conversation.lose(crate::taint::Store::Values);
                return;
            };
            self.room = room;
            self.conversation.texts.push(Passage {
                at: self.at,
                level,
                source: self.source,
                expires: i64::MAX,
                elements: piece.iter().copied().map(Element::short).collect(),
                entities: Vec::new(),
            });
            if piece.len() == rest.len() {
                return;
            }
            start += step;
        }
    }

    /// Content that a model reads and nobody here can: anything may stand in it.
    fn unread(&mut self) {
        let level = self.text_level().max(Level::Web);
        self.recorded.level = self.recorded.level.min(level);
    }

    /// Remembers the credentials and personal numbers in a text, whoever sent it.
    fn credentials(&mut self, text: &str) {
        // One more than are kept is noticed as too many.
        let most = limits::CONVERSATION_SECRETS + 1;
        let secrets = self.conversation.secrets_mut();
        for value in sensitive_values(text, most) {
            secrets.add(self.fingerprints, &value);
        }
    }

    /// Remembers a value that must not leave.
    fn secret(&mut self, value: &str, secrecy: Secrecy) {
        if secrecy == Secrecy::Secret {
            let fingerprints = self.fingerprints;
            let secrets = self.conversation.secrets_mut();
            self.recorded.secrets += secrets.add_text(fingerprints, value);
        }
    }
}

/// A find of the scanner lowers, and never raises.
const fn flagged_level(level: Level, is_flagged: bool) -> Level {
    if is_flagged { Level::Web } else { level }
}
