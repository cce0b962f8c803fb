//! Since when this proxy has recorded everything: a conversation that began later and is not known
//! here has not been here.

use crate::exchange::world::{Cells, Written};
use crate::limits;
use crate::time::UnixMillis;

const CELL: &str = "tessera.trust.start";

/// Notes the instant from which on everything is recorded, unless it is noted already; or, while no
/// trust document is in force ([`Recording::Ends`]), that nothing is. The shell calls this when a
/// bundle comes into force, in every VM.
pub fn follow_start(recording: Recording, now: UnixMillis, cells: &dyn Cells) {
    for _ in 0..limits::TRUST_TRIES {
        let (bytes, version) = cells.read(CELL);
        let value = match (recording, bytes.is_empty()) {
            (Recording::Begins, true) => now.0.to_be_bytes().to_vec(),
            (Recording::Ends, false) => Vec::new(),
            _ => return,
        };
        // What cannot be noted is not known: that trusts nobody more.
        if cells.write(CELL, &value, version) != Written::Moved {
            return;
        }
    }
}

/// Whether conversations are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// From now on, if not before.
    Begins,
    /// No more.
    Ends,
}

/// The instant from which on everything is recorded; `None` if it is not known.
pub(super) fn start(cells: &dyn Cells) -> Option<i64> {
    let (bytes, _) = cells.read(CELL);
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::memory::Memory;

    #[test]
    fn the_first_start_stands_until_recording_ends() {
        let memory = Memory::default();
        let follow = |recording, now| {
            follow_start(recording, UnixMillis(now), &memory);
            start(&memory)
        };
        assert_eq!(start(&memory), None);
        assert_eq!(follow(Recording::Ends, 1), None);
        memory.rival(2);
        assert_eq!(follow(Recording::Begins, 5), Some(5));
        assert_eq!(follow(Recording::Begins, 9), Some(5));
        assert_eq!(follow(Recording::Ends, 10), None);
        assert_eq!(follow(Recording::Begins, 11), Some(11));
    }
}
