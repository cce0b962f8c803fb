//! What is known of a conversation before a call is judged, and how what is new is kept.

use super::Rules;
use super::cell::{self, Found, Lost};
use super::places::Places;
use super::start::start;
use super::vouched::{Prompt, Vouched};
use crate::exchange::query::{Change, Query, Remembered, Told};
use crate::exchange::world::World;
use crate::limits;
use crate::taint::flow::{self, Fingerprints};
use crate::taint::label::Endorsed;
use crate::taint::{Conversation, Level, UnknownConversation};
use crate::time::UnixMillis;
use std::collections::BTreeMap;

/// How far the clock of a host may be ahead, in milliseconds: by more, its tokens do not count yet.
const LEEWAY_MS: i64 = limits::TOKEN_LEEWAY_SECONDS * 1_000;

/// Where states come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exchange) enum States {
    /// The cells of this proxy.
    Cells,
    /// The control plane has told these, by name; what is missing could not be had.
    Told(BTreeMap<String, Remembered>),
}

impl States {
    /// What the control plane has told about these names.
    pub(in crate::exchange) fn told(keys: Vec<String>, told: Told) -> Self {
        match told {
            Told::States(states) if states.len() == keys.len() => {
                Self::Told(keys.into_iter().zip(states).collect())
            }
            _ => Self::Told(BTreeMap::new()),
        }
    }
}

/// What is known of a conversation, and of what restricts the caller besides.
#[derive(Debug, Clone)]
pub(in crate::exchange) struct Standing {
    pub(super) own: Conversation,
    pub(super) other: Conversation,
}

impl Standing {
    /// What is known when a message arrives.
    pub(super) fn of(
        places: &Places,
        vouched: &Vouched,
        states: &States,
        rules: &Rules<'_>,
        world: &World<'_>,
    ) -> Self {
        let known = |key: &str| match states {
            States::Cells => match cell::read(key, world) {
                Found::State(bytes) => read(&bytes, world.now),
                Found::Nothing(lost) => begin(lost, vouched.started, rules, world),
            },
            States::Told(told) => match told.get(key) {
                Some(Remembered::State(bytes)) => read(bytes, world.now),
                Some(Remembered::Never) => Conversation::fresh(world.now),
                Some(Remembered::Forgotten) | None => Conversation::unknown(world.now),
            },
        };
        Self {
            own: known(&places.own),
            other: known(&places.other),
        }
    }
}

/// The state in some bytes; unknown if they are none.
fn read(bytes: &[u8], now: UnixMillis) -> Conversation {
    Conversation::decode(bytes).unwrap_or_else(|_| Conversation::unknown(now))
}

/// The state of a conversation that is not in its cell: nothing has happened in it if it began after
/// everything that may have been lost; otherwise anything may have.
fn begin(
    lost: Lost,
    started: Option<UnixMillis>,
    rules: &Rules<'_>,
    world: &World<'_>,
) -> Conversation {
    let now = world.now;
    let recorded_since = start(rules.settings, world.cells);
    let is_younger = started.is_some_and(|began| {
        // The host's clock may be ahead of this one.
        let earliest = began.0.saturating_sub(LEEWAY_MS);
        earliest > lost.until && recorded_since.is_some_and(|since| began.0 > since)
    });
    let settings = &rules.trust.registry().settings;
    // Who wants unknown conversations taken for new still does not want one that had to make room.
    let had_room = lost.crowded_until < now.0.saturating_sub(limits::TRUST_IDLE_MS);
    let is_taken_for_new = settings.unknown_conversation == UnknownConversation::Fresh && had_room;
    if is_younger || is_taken_for_new {
        Conversation::fresh(now)
    } else {
        Conversation::unknown(now)
    }
}

/// What a message brings with it that counts from now on: the user's words, approvals, labels of what
/// the client has been given elsewhere, and what is wrong with its tokens.
pub(super) fn brought(
    vouched: &Vouched,
    fingerprints: &Fingerprints,
    world: &World<'_>,
) -> Option<Conversation> {
    let brings = !(vouched.prompts.is_empty()
        && vouched.endorsements.is_empty()
        && vouched.given.is_empty()
        && vouched.anomalies.is_empty());
    brings.then(|| {
        let now = world.now;
        let mut brought = Conversation::fresh(now);
        for prompt in &vouched.prompts {
            let Prompt {
                text,
                said,
                expires,
            } = prompt;
            // Words that come with every call are the same words: they were said when they were signed.
            flow::record_prompt(&mut brought, fingerprints, text, *expires, *said);
        }
        for given in &vouched.given {
            brought.context.add(&given.segment());
        }
        for anomaly in &vouched.anomalies {
            brought.context.add_anomaly(anomaly);
        }
        for endorsement in &vouched.endorsements {
            let level = Level::from(endorsement.level);
            let expires = endorsement.stamp.expires;
            match &endorsement.endorsed {
                Endorsed::Value(value) => {
                    flow::endorse_value(&mut brought, fingerprints, value, level, expires);
                }
                Endorsed::Result(result) => {
                    flow::endorse_result(&mut brought, fingerprints, result, level, expires);
                }
            }
        }
        brought
    })
}

/// What is new in some conversations and has to be kept before what made it new is let through.
#[derive(Debug, Clone, Default)]
pub(in crate::exchange) struct Unkept {
    scope: String,
    changes: BTreeMap<String, New>,
}

#[derive(Debug, Clone)]
struct New {
    delta: Conversation,
    started: Option<UnixMillis>,
}

/// It could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exchange) struct Lossy;

impl Unkept {
    /// Whether there is nothing new.
    pub(in crate::exchange) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Adds what is new in the conversation at some places, and what of it restricts others.
    pub(super) fn add(
        &mut self,
        places: &Places,
        started: Option<UnixMillis>,
        delta: &Conversation,
    ) {
        self.scope.clone_from(&places.scope);
        self.merge(&places.own, started, delta);
        if let Some(all) = &places.all {
            self.merge(all, None, &delta.restrictions());
        }
    }

    fn merge(&mut self, key: &str, started: Option<UnixMillis>, delta: &Conversation) {
        match self.changes.get_mut(key) {
            Some(new) => new.delta.merge(delta),
            None => {
                let delta = delta.clone();
                self.changes.insert(key.to_owned(), New { delta, started });
            }
        }
    }

    /// Keeps it in the cells of this proxy.
    pub(in crate::exchange) fn keep(
        &self,
        rules: &Rules<'_>,
        world: &World<'_>,
    ) -> Result<(), Lossy> {
        for (key, new) in &self.changes {
            let kept = cell::update(key, world, |found| {
                let mut state = match found {
                    Found::State(bytes) => read(&bytes, world.now),
                    Found::Nothing(lost) => begin(lost, new.started, rules, world),
                };
                state.merge(&new.delta);
                state.encode()
            });
            kept.map_err(|_| Lossy)?;
        }
        Ok(())
    }

    /// Has the control plane keep it.
    pub(in crate::exchange) fn query(&self) -> Query {
        let change = |(key, new): (&String, &New)| Change {
            key: key.clone(),
            delta: new.delta.encode(),
        };
        Query::Merge {
            scope: self.scope.clone(),
            changes: self.changes.iter().map(change).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::memory::{Memory, world};
    use crate::exchange::settings::ReferenceFormats;
    use crate::exchange::trust::{Recording, follow_start};
    use crate::exchange::{StateKept, TrustSettings};
    use crate::policy::Bundle;
    use crate::taint::keys::{KeyRing, MasterKey};

    #[test]
    fn a_conversation_that_may_have_begun_before_something_was_lost_is_unknown() {
        let wire = r#"{"format":"tessera.bundle/1","settings":{"default_action":"allow"},"policies":[],
            "trust":{"settings":{"flow":"ask"}}}"#;
        let bundle = Bundle::from_wire(wire.as_bytes()).unwrap();
        let settings = TrustSettings {
            audience: "gate".to_owned(),
            keys: KeyRing::new([MasterKey::new("k", &[1; 32]).unwrap()], Vec::new()).unwrap(),
            state: StateKept::Local,
            label_seconds: 600,
            reference_formats: ReferenceFormats::default(),
        };
        let rules = Rules {
            settings: &settings,
            trust: bundle.trust().unwrap(),
        };
        let memory = Memory::default();
        follow_start(&settings, Recording::Begins, UnixMillis(0), &memory);
        let lost = Lost {
            until: 1_000_000,
            crowded_until: 1_000_000,
        };
        for (began, is_unknown) in [
            (1_000_000, true),
            (1_000_001, true),
            (1_000_000 + LEEWAY_MS, true),
            (1_000_001 + LEEWAY_MS, false),
        ] {
            let state = begin(lost, Some(UnixMillis(began)), &rules, &world(&memory));
            assert_eq!(state.context.is_unknown(), is_unknown, "{began}");
        }
    }
}
