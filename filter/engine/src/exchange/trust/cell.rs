//! The cells that keep the state of conversations: found by key, changed by compare-and-swap, bounded
//! as a whole. Not what the states say: here they are bytes.
//!
//! A cell never forgets that it has forgotten: it keeps the last instant at which something that is
//! gone was used, so a conversation that began later cannot have been it.
//!
//! ```text
//! cell  = version, gone until (8), crowded out until (8), entry*
//! entry = key (32), used at (8), length (4), state
//! ```

use crate::exchange::world::{World, Written};
use crate::limits;
use std::borrow::Cow;

const VERSION: u8 = 1;
/// Bytes of a key: hexadecimal digits.
const KEY: usize = limits::STATE_KEY_CHARS;
/// Bytes before the entries.
const HEAD: usize = 1 + 8 + 8;
/// Bytes of an entry without its state.
const ROW: usize = KEY + 8 + 4;
/// Entries are written again when this much of their idle time has passed, in milliseconds.
const REFRESH_MS: i64 = 60 * 60 * 1000;

/// What a cell has lost. Instants are milliseconds of the epoch; the least of all is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    /// Nothing that is gone, for whatever reason, was used later.
    pub(super) until: i64,
    /// Nothing that had to make room for others was used later.
    pub(super) crowded_until: i64,
}

impl Lost {
    const NOTHING: Self = Self {
        until: i64::MIN,
        crowded_until: i64::MIN,
    };

    /// Of a cell that cannot be read: anything may have been in it until now.
    const fn everything(now: i64) -> Self {
        Self {
            until: now,
            crowded_until: now,
        }
    }
}

/// What is known of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Its state.
    State(Vec<u8>),
    /// Nothing.
    Nothing(Lost),
}

/// The state could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unkept;

/// A conversation of a cell. The others are not copied to read or change one.
struct Entry<'a> {
    key: [u8; KEY],
    used: i64,
    state: Cow<'a, [u8]>,
}

struct Cell<'a> {
    lost: Lost,
    entries: Vec<Entry<'a>>,
}

/// What is known of a conversation. One that is in use does not expire.
pub(super) fn read(key: &str, world: &World<'_>) -> Found {
    let (bytes, _) = world.cells.read(&name_of(key));
    let mut cell = Cell::decode(&bytes, world.now.0);
    let Some(at) = cell.position(key.as_bytes()) else {
        return Found::Nothing(cell.lost);
    };
    let entry = cell.entries.swap_remove(at);
    if world.now.0.saturating_sub(entry.used) > REFRESH_MS {
        // If this fails it expires early, which trusts nobody more.
        let _ = update(key, world, |found| match found {
            Found::State(state) => state,
            Found::Nothing(_) => entry.state.to_vec(),
        });
    }
    Found::State(entry.state.into_owned())
}

/// Keeps what `change` makes of a conversation. It may be asked several times, each time with what
/// is known then.
pub(super) fn update(
    key: &str,
    world: &World<'_>,
    mut change: impl FnMut(Found) -> Vec<u8>,
) -> Result<(), Unkept> {
    let name = name_of(key);
    let Ok(key) = <[u8; KEY]>::try_from(key.as_bytes()) else {
        return Err(Unkept);
    };
    let now = world.now.0;
    for _ in 0..limits::TRUST_TRIES {
        let (bytes, version) = world.cells.read(&name);
        let mut cell = Cell::decode(&bytes, now);
        let found = match cell.position(&key) {
            Some(at) => Found::State(cell.entries.remove(at).state.into_owned()),
            None => Found::Nothing(cell.lost),
        };
        let state = change(found);
        if state.len() > limits::CONVERSATION_BYTES {
            return Err(Unkept);
        }
        cell.make_room(state.len());
        cell.entries.push(Entry {
            key,
            used: now,
            state: state.into(),
        });
        match world.cells.write(&name, &cell.encode(), version) {
            Written::Done => return Ok(()),
            Written::Moved => {}
            Written::Failed => return Err(Unkept),
        }
    }
    Err(Unkept)
}

/// The cell a conversation lives in. Keys are digests, so their beginning spreads evenly.
fn name_of(key: &str) -> String {
    let head = key.get(..4).unwrap_or_default();
    let number = usize::from_str_radix(head, 16).unwrap_or_default();
    format!("tessera.trust.{}", number % limits::TRUST_CELLS)
}

impl<'a> Cell<'a> {
    /// The cell with what has not expired.
    fn decode(bytes: &'a [u8], now: i64) -> Self {
        if bytes.is_empty() {
            return Self {
                lost: Lost::NOTHING,
                entries: Vec::new(),
            };
        }
        let mut cell = Self::decode_all(bytes).unwrap_or_else(|| Self {
            lost: Lost::everything(now),
            entries: Vec::new(),
        });
        let oldest = now.saturating_sub(limits::TRUST_IDLE_MS);
        for entry in cell.entries.extract_if(.., |entry| entry.used < oldest) {
            cell.lost.until = cell.lost.until.max(entry.used);
        }
        cell
    }

    fn decode_all(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Reader(bytes);
        if rest.take(1)? != [VERSION] {
            return None;
        }
        let lost = Lost {
            until: rest.instant()?,
            crowded_until: rest.instant()?,
        };
        let mut entries = Vec::new();
        while !rest.0.is_empty() {
            let key = rest.take(KEY)?.try_into().ok()?;
            let used = rest.instant()?;
            let length = u32::from_be_bytes(rest.take(4)?.try_into().ok()?);
            let state = rest.take(usize::try_from(length).ok()?)?.into();
            entries.push(Entry { key, used, state });
        }
        Some(Self { lost, entries })
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length());
        bytes.push(VERSION);
        bytes.extend(self.lost.until.to_be_bytes());
        bytes.extend(self.lost.crowded_until.to_be_bytes());
        for entry in &self.entries {
            // A state is far shorter than what four bytes can count.
            let length = u32::try_from(entry.state.len()).unwrap_or(u32::MAX);
            bytes.extend(entry.key);
            bytes.extend(entry.used.to_be_bytes());
            bytes.extend(length.to_be_bytes());
            bytes.extend(&*entry.state);
        }
        bytes
    }

    fn length(&self) -> usize {
        let entries = self.entries.iter();
        HEAD + entries.map(|entry| ROW + entry.state.len()).sum::<usize>()
    }

    fn position(&self, key: &[u8]) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// Makes room for another entry: the longest idle go.
    fn make_room(&mut self, length: usize) {
        // Latest first, so that those to go are at the end.
        self.entries
            .sort_by_key(|entry| std::cmp::Reverse(entry.used));
        let is_full = |cell: &Self| {
            cell.entries.len() >= limits::TRUST_CELL_ENTRIES
                || cell.length() + ROW + length > limits::TRUST_CELL_BYTES
        };
        while is_full(self) {
            let Some(gone) = self.entries.pop() else {
                return;
            };
            self.lost.until = self.lost.until.max(gone.used);
            self.lost.crowded_until = self.lost.crowded_until.max(gone.used);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn instant(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::memory::{Memory, world};
    use crate::time::UnixMillis;

    /// Keys of one cell.
    fn key(number: u8) -> String {
        format!("{number:032x}")
    }

    fn at(memory: &Memory, now: i64) -> World<'_> {
        World {
            now: UnixMillis(now),
            ..world(memory)
        }
    }

    fn put(memory: &Memory, number: u8, state: &[u8], now: i64) {
        let kept = update(&key(number), &at(memory, now), |_| state.to_vec());
        assert_eq!(kept, Ok(()));
    }

    #[test]
    fn a_state_is_found_again_and_changed_by_whoever_comes_next() {
        let memory = Memory::default();
        assert_eq!(
            read(&key(1), &at(&memory, 5)),
            Found::Nothing(Lost::NOTHING)
        );
        put(&memory, 1, b"a", 5);
        put(&memory, 2, b"x", 6);
        memory.rival(3);
        let appended = update(&key(1), &at(&memory, 7), |found| match found {
            Found::State(state) => [state.as_slice(), b"b"].concat(),
            Found::Nothing(_) => b"lost".to_vec(),
        });
        assert_eq!(appended, Ok(()));
        assert_eq!(read(&key(1), &at(&memory, 8)), Found::State(b"ab".to_vec()));
        assert_eq!(read(&key(2), &at(&memory, 8)), Found::State(b"x".to_vec()));
    }

    #[test]
    fn a_cell_that_others_never_stop_writing_keeps_nothing() {
        let memory = Memory::default();
        memory.rival(1_000);
        assert_eq!(
            update(&key(1), &at(&memory, 0), |_| Vec::new()),
            Err(Unkept)
        );
    }

    #[test]
    fn what_is_idle_for_too_long_is_gone_and_not_forgotten_to_be() {
        let memory = Memory::default();
        put(&memory, 1, b"a", 5);
        let last = 5 + limits::TRUST_IDLE_MS;
        put(&memory, 2, b"x", last);
        assert_eq!(
            read(&key(1), &at(&memory, last)),
            Found::State(b"a".to_vec())
        );
        // That look was a use.
        let later = last + limits::TRUST_IDLE_MS;
        assert_eq!(
            read(&key(1), &at(&memory, later)),
            Found::State(b"a".to_vec())
        );
        let never_used = later + limits::TRUST_IDLE_MS + 1;
        let lost = Lost {
            until: later,
            crowded_until: i64::MIN,
        };
        assert_eq!(
            read(&key(1), &at(&memory, never_used)),
            Found::Nothing(lost)
        );
    }

    #[test]
    fn in_a_full_cell_the_longest_idle_goes_and_the_cell_remembers_when_it_was_used() {
        let memory = Memory::default();
        let count = u8::try_from(limits::TRUST_CELL_ENTRIES).unwrap();
        for number in 0..=count {
            put(&memory, number, b"s", 100 + i64::from(number));
        }
        let lost = Lost {
            until: 100,
            crowded_until: 100,
        };
        assert_eq!(read(&key(0), &at(&memory, 200)), Found::Nothing(lost));
        assert_eq!(
            read(&key(1), &at(&memory, 200)),
            Found::State(b"s".to_vec())
        );
    }

    #[test]
    fn a_cell_stays_within_its_bytes() {
        let memory = Memory::default();
        let large = vec![1; limits::CONVERSATION_BYTES];
        for number in 0..5 {
            put(&memory, number, &large, i64::from(number));
            assert!(memory.largest() <= limits::TRUST_CELL_BYTES);
        }
        assert!(matches!(read(&key(4), &at(&memory, 9)), Found::State(_)));
        let too_large = vec![1; limits::CONVERSATION_BYTES + 1];
        let kept = update(&key(4), &at(&memory, 9), |_| too_large.clone());
        assert_eq!(kept, Err(Unkept));
    }

    #[test]
    fn in_a_cell_that_cannot_be_read_anything_may_have_been() {
        let memory = Memory::default();
        put(&memory, 1, b"a", 5);
        memory.spoil();
        let everything = Lost::everything(9);
        assert_eq!(read(&key(1), &at(&memory, 9)), Found::Nothing(everything));
        put(&memory, 2, b"x", 10);
        let lost = Lost::everything(10);
        assert_eq!(read(&key(1), &at(&memory, 11)), Found::Nothing(lost));
        assert_eq!(read(&key(2), &at(&memory, 11)), Found::State(b"x".to_vec()));
    }
}
