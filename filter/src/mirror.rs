//! The records of one request in filter state, where Envoy's own access log can print them: one per
//! line, in their order. Not the way to the ledger.

use crate::host;
use tessera_engine::limits;

/// The lines so far.
#[derive(Debug, Default)]
pub(crate) struct Mirrored(Vec<u8>);

impl Mirrored {
    /// Adds a record, unless a stream has left so many already that the log could not take them.
    pub(crate) fn add(&mut self, record: &[u8]) {
        let length = self.0.len().saturating_add(record.len());
        if !self.0.is_empty() && length >= limits::MIRROR_BYTES {
            return;
        }
        if !self.0.is_empty() {
            self.0.push(b'\n');
        }
        self.0.extend_from_slice(record);
        host::mirror(&self.0);
    }
}
