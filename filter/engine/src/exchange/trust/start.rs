//! Since when this proxy has recorded everything for one gateway: a conversation that began later and
//! is not known here has not been here.

use super::TrustSettings;
use crate::exchange::world::{Cells, Written};
use crate::limits;
use crate::taint::keys::{ConversationKind, ConversationPlace};
use crate::time::UnixMillis;

/// Notes the instant from which on everything is recorded for a gateway, unless it is noted already;
/// or, while no trust document is in force ([`Recording::Ends`]), that not everything is. The shell
/// calls this when a bundle comes into force, in every VM.
pub fn follow_start(
    settings: &TrustSettings,
    recording: Recording,
    now: UnixMillis,
    cells: &dyn Cells,
) {
    let name = name_of(settings);
    for _ in 0..limits::TRUST_TRIES {
        let (bytes, version) = cells.read(&name);
        let value = match (recording, bytes.is_empty()) {
            (Recording::Begins, true) => now.0.to_be_bytes().to_vec(),
            (Recording::Ends, false) => Vec::new(),
            _ => return,
        };
        // What cannot be noted is not known: that trusts nobody more.
        if cells.write(&name, &value, version) != Written::Moved {
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
pub(super) fn start(settings: &TrustSettings, cells: &dyn Cells) -> Option<i64> {
    let (bytes, _) = cells.read(&name_of(settings));
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

/// The cell of a gateway and its signing key: with another key every conversation has another name,
/// so what was recorded before is not found. Audiences and keys come from configurations and are few.
fn name_of(settings: &TrustSettings) -> String {
    let name = settings.keys.conversation_key(&ConversationPlace {
        scope: "",
        caller: "",
        kind: ConversationKind::All,
        conversation: &settings.audience,
    });
    format!("tessera.trust.start.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::ReferenceFormats;
    use crate::exchange::StateKept;
    use crate::exchange::memory::Memory;
    use crate::taint::keys::{KeyRing, MasterKey};

    #[test]
    fn the_first_start_stands_until_recording_ends() {
        let memory = Memory::default();
        let gateway = |audience: &str| TrustSettings {
            audience: audience.to_owned(),
            keys: KeyRing::new([MasterKey::new("k", &[1; 32]).unwrap()], Vec::new()).unwrap(),
            state: StateKept::Local,
            label_seconds: 1,
            reference_formats: ReferenceFormats::default(),
        };
        let (ours, other) = (gateway("ours"), gateway("other"));
        let follow = |recording, now| {
            follow_start(&ours, recording, UnixMillis(now), &memory);
            start(&ours, &memory)
        };
        assert_eq!(start(&ours, &memory), None);
        follow_start(&other, Recording::Begins, UnixMillis(1), &memory);
        assert_eq!(follow(Recording::Ends, 1), None);
        memory.rival(2);
        assert_eq!(follow(Recording::Begins, 5), Some(5));
        assert_eq!(follow(Recording::Begins, 9), Some(5));
        assert_eq!(follow(Recording::Ends, 10), None);
        assert_eq!(follow(Recording::Begins, 11), Some(11));
        assert_eq!(start(&other, &memory), Some(1));
    }

    #[test]
    fn with_another_signing_key_recording_begins_anew() {
        let memory = Memory::default();
        let gateway = |key: u8| TrustSettings {
            audience: "ours".to_owned(),
            keys: KeyRing::new([MasterKey::new("k", &[key; 32]).unwrap()], Vec::new()).unwrap(),
            state: StateKept::Local,
            label_seconds: 1,
            reference_formats: ReferenceFormats::default(),
        };
        follow_start(&gateway(1), Recording::Begins, UnixMillis(5), &memory);
        assert_eq!(start(&gateway(2), &memory), None);
        follow_start(&gateway(2), Recording::Begins, UnixMillis(9), &memory);
        assert_eq!(start(&gateway(2), &memory), Some(9));
    }
}
