//! What one exchange leaves behind for the next: whose a session is, which requests wait for their
//! answer on another stream, what the server has asked, and which tool a task runs.
//!
//! Not a cache of messages: only names and ids, bounded, expiring, shared by all workers. A request
//! without a session has nothing to do with any of this, so it never inherits anything.

mod cell;

use super::trust::Trace;
use super::world::World;
use crate::digest::Digest;
use crate::limits;
use crate::mcp::{Headers, Id, One};
use crate::policy::Caller;
use cell::{Entry, Update};

/// Who a session belongs to: one caller at one upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner(String);

impl Owner {
    /// The owner of what this caller opens at this upstream.
    pub(super) fn of(caller: &Caller, upstream: &str) -> Self {
        Self(key_of("owner", &[&caller.scope, &caller.name, upstream]))
    }
}

/// One session of one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    key: String,
    owner: Owner,
}

/// A request whose answer may come on another stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Waiting {
    /// Its method.
    pub(super) method: String,
    /// What policies call its tool.
    pub(super) tool: String,
    /// The tools that the tool runs, for one that runs others.
    pub(super) inner: Vec<String>,
    /// What its answer has to know, where that is recorded.
    pub(super) trace: Option<Trace>,
}

impl Waiting {
    /// Something that is called after its method.
    pub(super) fn of_method(method: &str) -> Self {
        Self {
            method: method.to_owned(),
            tool: method.to_owned(),
            inner: Vec::new(),
            trace: None,
        }
    }

    /// Whether its result is that of a tool nobody remembers: that of a task that is forgotten, or
    /// of the old transport.
    pub(super) fn is_of_unknown_tool(&self) -> bool {
        let looks_at_task = matches!(self.method.as_str(), "tasks/result" | "tasks/get");
        self.tool == "*" || (looks_at_task && self.tool == self.method)
    }

    /// Everything policies call its tool, the outermost first.
    pub(super) fn tools(&self) -> impl Iterator<Item = &str> {
        let inner = self.inner.iter().map(String::as_str);
        std::iter::once(self.tool.as_str()).chain(inner)
    }
}

/// What is known of an answer that arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// The request waited; now it does no more.
    Waited(Box<Waiting>),
    /// The session is known and no such request waits: it was never made, or has been answered.
    NotWaiting,
    /// Nothing is known of the session.
    NoSession,
}

impl Session {
    /// The session of that id.
    pub(super) fn of(id: &str, owner: &Owner) -> Self {
        Self {
            key: key_of("session", &[id]),
            owner: owner.clone(),
        }
    }

    /// The session that headers name, if they name one.
    pub(super) fn named(headers: &Headers, owner: &Owner) -> Option<Self> {
        match headers.one("mcp-session-id") {
            One::Text(id) => Some(Self::of(id, owner)),
            _ => None,
        }
    }

    /// A request enters the session: whether it is its owner's. A session nobody knows (it was
    /// opened before this proxy started, or at another replica) is from now on the first comer's.
    pub(super) fn enter(&self, world: &World<'_>) -> bool {
        let outcome = cell::update(
            world,
            &self.key,
            |entry, now| {
                if entry.owner != self.owner.0 {
                    return (Update::Leave, false);
                }
                // Written again only now and then: a request that changes nothing writes nothing.
                let due = entry.until.saturating_sub(now) < limits::SESSION_IDLE_MS - REFRESH_MS;
                (if due { Update::Write } else { Update::Leave }, true)
            },
            || Some(Entry::new(&self.key, &self.owner.0)),
        );
        outcome.unwrap_or(true)
    }

    /// The session has ended.
    pub(super) fn forget(&self, world: &World<'_>) {
        self.change(world, |_| (Update::Remove, ()));
    }

    /// These requests may be answered on another stream.
    pub(super) fn park(&self, requests: &[(&Id, Waiting)], world: &World<'_>) {
        self.change(world, |entry| {
            for (id, waiting) in requests {
                entry.park(id_key(id), waiting);
            }
            (Update::Write, ())
        });
    }

    /// An answer to `id` has arrived.
    pub(super) fn claim(&self, id: &Id, world: &World<'_>) -> Claim {
        let claimed = self.change(world, |entry| match entry.unpark(&id_key(id)) {
            Some(waiting) => (Update::Write, Claim::Waited(Box::new(waiting))),
            None => (Update::Leave, Claim::NotWaiting),
        });
        claimed.unwrap_or(Claim::NoSession)
    }

    /// The server asks the client something; whether that could be noted.
    pub(super) fn ask(&self, id: &Id, method: &str, world: &World<'_>) -> bool {
        let noted = self.change(world, |entry| {
            let noted = entry.ask(id_key(id), method);
            (if noted { Update::Write } else { Update::Leave }, noted)
        });
        noted == Some(true)
    }

    /// The client answers `id`: the method the server had asked, if it had.
    pub(super) fn answered(&self, id: &Id, world: &World<'_>) -> Option<String> {
        self.change(world, |entry| match entry.answered(&id_key(id)) {
            Some(method) => (Update::Write, Some(method)),
            None => (Update::Leave, None),
        })
        .flatten()
    }

    fn change<T>(
        &self,
        world: &World<'_>,
        mut change: impl FnMut(&mut Entry) -> (Update, T),
    ) -> Option<T> {
        cell::update(
            world,
            &self.key,
            |entry, _| {
                if entry.owner == self.owner.0 {
                    let (update, outcome) = change(entry);
                    (update, Some(outcome))
                } else {
                    (Update::Leave, None)
                }
            },
            || None,
        )
        .flatten()
    }
}

/// Sessions are written again when this much of their idle time has passed, in milliseconds.
const REFRESH_MS: i64 = 60 * 60 * 1000;

/// Remembers which tool a task runs, so that its result is judged as that tool's.
pub(super) fn note_task(owner: &Owner, task: &str, waiting: &Waiting, world: &World<'_>) {
    let key = task_key(owner, task);
    cell::update(
        world,
        &key,
        |entry, _| {
            entry.park(String::new(), waiting);
            (Update::Write, ())
        },
        || Some(Entry::new(&key, &owner.0)),
    );
}

/// The request that a task was made by; it stays known until it expires.
pub(super) fn task(owner: &Owner, task: &str, world: &World<'_>) -> Option<Waiting> {
    let key = task_key(owner, task);
    cell::update(
        world,
        &key,
        |entry, _| (Update::Leave, entry.parked("")),
        || None,
    )
    .flatten()
}

fn task_key(owner: &Owner, task: &str) -> String {
    key_of("task", &[&owner.0, task])
}

/// Ids may be long: their digest stands for them. `1` and `"1"` are two.
fn id_key(id: &Id) -> String {
    key_of("id", &[&id.to_json()])
}

/// A short name for several texts; lengths keep them apart.
fn key_of(kind: &str, parts: &[&str]) -> String {
    const DIGITS: usize = 32;
    let mut bytes = kind.as_bytes().to_vec();
    for part in parts {
        bytes.extend(part.len().to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    let mut key = Digest::of(&bytes).to_hex();
    key.truncate(DIGITS);
    key
}

#[cfg(test)]
mod tests;
