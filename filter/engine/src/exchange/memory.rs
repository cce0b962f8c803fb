//! Cells in memory, for tests.

use super::world::{Cells, Written};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Cells in memory; `rivals` writes by somebody else come in between.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) cells: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    pub(super) rivals: RefCell<u32>,
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
