//! One cell: a few entries of JSON, found by key, changed by compare-and-swap.

use super::Waiting;
use crate::exchange::trust::Trace;
use crate::exchange::world::{World, Written};
use crate::json::{self, Number, Object, Value};
use crate::limits;

/// One session, or one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    key: String,
    pub(super) owner: String,
    /// When it expires, in milliseconds of the epoch.
    pub(super) until: i64,
    /// Client requests by id.
    waiting: Vec<(String, Waiting)>,
    /// Server requests by id, with their method.
    asked: Vec<(String, String)>,
}

/// What becomes of an entry after it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Update {
    /// Nothing has changed.
    Leave,
    /// It has changed.
    Write,
    /// It is no longer needed.
    Remove,
}

impl Entry {
    pub(super) fn new(key: &str, owner: &str) -> Self {
        Self {
            key: key.to_owned(),
            owner: owner.to_owned(),
            until: 0,
            waiting: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Adds a request; the oldest goes when there are too many. A request with a longer name than
    /// is kept does not wait: its answer on another stream is dropped.
    pub(super) fn park(&mut self, id: String, request: &Waiting) {
        if request
            .tools()
            .any(|tool| tool.len() > limits::SESSION_NAME_BYTES)
        {
            return;
        }
        self.waiting.retain(|(known, _)| *known != id);
        if self.waiting.len() >= limits::SESSION_REQUESTS {
            self.waiting.remove(0);
        }
        self.waiting.push((id, request.clone()));
    }

    pub(super) fn parked(&self, id: &str) -> Option<Waiting> {
        let found = self.waiting.iter().find(|(known, _)| known == id);
        found.map(|(_, waiting)| waiting.clone())
    }

    pub(super) fn unpark(&mut self, id: &str) -> Option<Waiting> {
        let at = self.waiting.iter().position(|(known, _)| known == id)?;
        Some(self.waiting.remove(at).1)
    }

    /// Notes a request of the server; `false` if too many are open or this one is already.
    pub(super) fn ask(&mut self, id: String, method: &str) -> bool {
        let is_new = self.asked.iter().all(|(known, _)| *known != id);
        let has_room = self.asked.len() < limits::SESSION_REQUESTS;
        if is_new && has_room {
            self.asked.push((id, method.to_owned()));
        }
        is_new && has_room
    }

    pub(super) fn answered(&mut self, id: &str) -> Option<String> {
        let at = self.asked.iter().position(|(known, _)| known == id)?;
        Some(self.asked.remove(at).1)
    }

    fn to_value(&self) -> Value {
        let waiting = self.waiting.iter().map(|(id, request)| {
            let names = [id.as_str(), &request.method].into_iter();
            let names = names.chain(request.tools()).map(Value::from);
            Value::Array(
                names
                    .chain(request.trace.as_ref().map(Trace::to_value))
                    .collect(),
            )
        });
        let asked = self
            .asked
            .iter()
            .map(|(id, method)| Value::Array(vec![id.as_str().into(), method.as_str().into()]));
        Object::new()
            .with("key", self.key.as_str())
            .with("owner", self.owner.as_str())
            .with("until", self.until)
            .with("waiting", waiting.collect::<Vec<_>>())
            .with("asked", asked.collect::<Vec<_>>())
            .into()
    }

    fn of_value(value: &Value) -> Option<Self> {
        let text = |key| Some(value.get(key)?.as_str()?.to_owned());
        let rows = |key| value.get(key).and_then(Value::as_array).unwrap_or_default();
        let waiting = rows("waiting").iter().filter_map(|row| {
            let mut names = texts(row)?.into_iter();
            let (id, method, tool) = (names.next()?, names.next()?, names.next()?);
            let waiting = Waiting {
                method,
                tool,
                inner: names.collect(),
                trace: row.as_array()?.last().and_then(Trace::of_value),
            };
            Some((id, waiting))
        });
        let asked = rows("asked").iter().filter_map(|row| {
            let [id, method] = texts(row)?.try_into().ok()?;
            Some((id, method))
        });
        let Value::Number(until) = value.get("until")? else {
            return None;
        };
        Some(Self {
            key: text("key")?,
            owner: text("owner")?,
            until: Number::as_i64(until)?,
            waiting: waiting.collect(),
            asked: asked.collect(),
        })
    }
}

fn texts(row: &Value) -> Option<Vec<String>> {
    let texts = row.as_array()?.iter();
    Some(
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
    )
}

/// Looks at the entry `key` and writes back what `change` makes of it. An entry that is not there
/// is what `fresh` gives; `None` if it gives none, or if the cell could not be written.
pub(super) fn update<T>(
    world: &World<'_>,
    key: &str,
    mut change: impl FnMut(&mut Entry, i64) -> (Update, T),
    fresh: impl Fn() -> Option<Entry>,
) -> Option<T> {
    let name = cell_of(key);
    let now = world.now.0;
    for _ in 0..limits::SESSION_TRIES {
        let (bytes, version) = world.cells.read(&name);
        let mut entries = decode(&bytes, now);
        let at = entries.iter().position(|entry| entry.key == key);
        let is_new = at.is_none();
        let mut entry = match at {
            Some(at) => entries.remove(at),
            None => fresh()?,
        };
        let (update, outcome) = change(&mut entry, now);
        if update == Update::Leave && !is_new {
            return Some(outcome);
        }
        if update != Update::Remove {
            entry.until = now.saturating_add(limits::SESSION_IDLE_MS);
            entries.push(entry);
        }
        match world.cells.write(&name, &encode(&mut entries), version) {
            Written::Done => return Some(outcome),
            Written::Moved => {}
            Written::Failed => return None,
        }
    }
    None
}

/// The cell an entry lives in. Keys are digests, so their beginning spreads evenly.
fn cell_of(key: &str) -> String {
    let head = key.get(..4).unwrap_or_default();
    let number = usize::from_str_radix(head, 16).unwrap_or_default();
    format!("tessera.session.{}", number % limits::SESSION_CELLS)
}

/// The entries of a cell that have not expired; one that nobody could have written is none.
fn decode(bytes: &[u8], now: i64) -> Vec<Entry> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let Ok(Value::Array(entries)) = json::parse(bytes) else {
        return Vec::new();
    };
    let entries = entries.iter().filter_map(Entry::of_value);
    entries.filter(|entry| entry.until > now).collect()
}

/// The cell's bytes; the entries that were longest idle go when there are too many.
fn encode(entries: &mut Vec<Entry>) -> Vec<u8> {
    entries.sort_by_key(|entry| entry.until);
    loop {
        let value = Value::Array(entries.iter().map(Entry::to_value).collect());
        let bytes = json::to_text(&value).into_bytes();
        let fits = bytes.len() <= limits::SESSION_CELL_BYTES
            && entries.len() <= limits::SESSION_CELL_ENTRIES;
        if fits || entries.len() <= 1 {
            return bytes;
        }
        entries.remove(0);
    }
}
