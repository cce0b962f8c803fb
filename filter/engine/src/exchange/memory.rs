//! Cells in memory, for tests.

use super::settings::AuditRoom;
use super::world::{Cells, RecordIds, World, Written};
use crate::time::UnixMillis;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Cells in memory; `rivals` writes by somebody else come in between.
#[derive(Debug, Default)]
pub(super) struct Memory {
    cells: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    rivals: RefCell<u32>,
}

impl Memory {
    /// The next `count` writes come too late.
    pub(super) fn rival(&self, count: u32) {
        *self.rivals.borrow_mut() = count;
    }

    /// Every cell gets a byte too many.
    pub(super) fn spoil(&self) {
        for (bytes, _) in self.cells.borrow_mut().values_mut() {
            bytes.push(0);
        }
    }

    /// Bytes of the largest cell.
    pub(super) fn largest(&self) -> usize {
        let cells = self.cells.borrow();
        cells
            .values()
            .map(|(bytes, _)| bytes.len())
            .max()
            .unwrap_or(0)
    }
}

impl Cells for Memory {
    fn read(&self, name: &str) -> (Vec<u8>, Option<u32>) {
        match self.cells.borrow().get(name) {
            Some((value, version)) => (value.clone(), Some(*version)),
            None => (Vec::new(), None),
        }
    }

    fn write(&self, name: &str, value: &[u8], version: Option<u32>) -> Written {
        let mut cells = self.cells.borrow_mut();
        let known = cells.get(name).map(|(_, version)| *version);
        let mut rivals = self.rivals.borrow_mut();
        if *rivals > 0 {
            *rivals -= 1;
            let (bytes, at) = cells.get(name).cloned().unwrap_or_default();
            cells.insert(name.to_owned(), (bytes, at + 1));
            return Written::Moved;
        }
        if known != version {
            return Written::Moved;
        }
        cells.insert(name.to_owned(), (value.to_vec(), known.unwrap_or(0) + 1));
        Written::Done
    }
}

/// A world at time 0 with these cells.
pub(super) fn world(cells: &Memory) -> World<'_> {
    World {
        now: UnixMillis(0),
        ids: RecordIds { vm: "vm", next: 1 },
        room: AuditRoom::Room,
        cells,
    }
}
