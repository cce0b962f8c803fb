//! One cell: the sightings of some tools of one upstream, in rows of fixed length.
//!
//! Cells belong to one upstream, so a server that lists tools without end fills its own and no
//! other's. A full cell takes nobody in and says so: whoever is not in it is not known.

use crate::digest::Digest;
use crate::exchange::world::{World, Written};
use crate::limits;

/// What was seen of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) first: Digest,
    pub(super) last: Digest,
    pub(super) is_grave: bool,
}

/// The cell is full, or not one of ours: nothing can be said of a tool that is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown;

const DIGEST: usize = 32;
const ROW: usize = 3 * DIGEST + 1;
const HAS_ROOM: u8 = b'1';
const IS_FULL: u8 = b'f';

/// A cell, read.
struct Cell {
    is_full: bool,
    rows: Vec<(Digest, Sighting)>,
}

impl Cell {
    fn decode(bytes: &[u8]) -> Result<Self, Unknown> {
        let (head, body) = match bytes.split_first() {
            None => (HAS_ROOM, bytes),
            Some((head, body)) => (*head, body),
        };
        let (rows, rest) = body.as_chunks::<ROW>();
        if !rest.is_empty() || !matches!(head, HAS_ROOM | IS_FULL) {
            return Err(Unknown);
        }
        Ok(Self {
            is_full: head == IS_FULL,
            rows: rows.iter().map(row).collect::<Option<_>>().ok_or(Unknown)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![if self.is_full { IS_FULL } else { HAS_ROOM }];
        for (key, sighting) in &self.rows {
            bytes.extend(key.0);
            bytes.extend(sighting.first.0);
            bytes.extend(sighting.last.0);
            bytes.push(u8::from(sighting.is_grave));
        }
        bytes
    }

    fn find(&self, key: Digest) -> Option<&Sighting> {
        let found = self.rows.iter().find(|(known, _)| *known == key);
        found.map(|(_, sighting)| sighting)
    }

    /// Puts a sighting in; whether there was room.
    fn put(&mut self, key: Digest, sighting: Sighting) -> bool {
        if let Some(row) = self.rows.iter_mut().find(|(known, _)| *known == key) {
            row.1 = sighting;
            return true;
        }
        if self.rows.len() >= limits::DEFINITION_CELL_TOOLS {
            self.is_full = true;
            return false;
        }
        self.rows.push((key, sighting));
        true
    }
}

fn row(bytes: &[u8; ROW]) -> Option<(Digest, Sighting)> {
    let digest = |at: usize| {
        let bytes = bytes.get(at * DIGEST..(at + 1) * DIGEST)?;
        Some(Digest(bytes.try_into().ok()?))
    };
    let sighting = Sighting {
        first: digest(1)?,
        last: digest(2)?,
        is_grave: *bytes.last()? != 0,
    };
    Some((digest(0)?, sighting))
}

/// What was seen of a tool.
pub(super) fn read(
    world: &World<'_>,
    upstream: &str,
    tool: &str,
) -> Result<Option<Sighting>, Unknown> {
    let key = Digest::of(tool.as_bytes());
    let (bytes, _) = world.cells.read(&cell_of(upstream, key));
    let cell = Cell::decode(&bytes)?;
    match cell.find(key) {
        None if cell.is_full => Err(Unknown),
        found => Ok(found.copied()),
    }
}

/// Looks at what was seen of a tool and keeps what `change` makes of it; `None` if it could not be
/// kept.
pub(super) fn update<T>(
    world: &World<'_>,
    upstream: &str,
    tool: &str,
    change: impl Fn(Option<&Sighting>) -> (Option<Sighting>, T),
) -> Option<T> {
    let key = Digest::of(tool.as_bytes());
    let name = cell_of(upstream, key);
    for _ in 0..limits::DEFINITION_TRIES {
        let (bytes, version) = world.cells.read(&name);
        let mut cell = Cell::decode(&bytes).ok()?;
        let (kept, outcome) = change(cell.find(key));
        let Some(sighting) = kept else {
            return Some(outcome);
        };
        let was_full = cell.is_full;
        let fits = cell.put(key, sighting);
        if !fits && was_full {
            return None;
        }
        match world.cells.write(&name, &cell.encode(), version) {
            Written::Done => return fits.then_some(outcome),
            Written::Moved => {}
            Written::Failed => return None,
        }
    }
    None
}

/// The cell a tool lives in. Names of upstreams come from the configuration and are few.
fn cell_of(upstream: &str, key: Digest) -> String {
    let upstream = Digest::of(upstream.as_bytes()).to_hex();
    let upstream = upstream.get(..16).unwrap_or_default();
    let number = usize::from(key.0[0]) % limits::DEFINITION_CELLS;
    format!("tessera.definitions.{upstream}.{number}")
}
