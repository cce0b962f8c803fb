//! Who listens: every filter VM with an open stream, and which bundle it runs. Not the streams.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tessera_api::convert::Hello;
use tessera_engine::audit::BundleRef;
use tessera_engine::limits::SUBSCRIBERS;

/// One filter VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Subscriber {
    /// Its identity, the same as in its audit records.
    pub(crate) vm_id: String,
    /// Envoy's node id.
    pub(crate) node_id: String,
    /// Envoy's cluster.
    pub(crate) cluster: String,
    /// Version of the filter.
    pub(crate) filter_version: String,
    /// Version of the bundle it runs; `None` if it has none.
    pub(crate) version: Option<u64>,
    /// Digest of that bundle, hexadecimal.
    pub(crate) digest: Option<String>,
    /// The last refusal since it subscribed, until a bundle is accepted.
    pub(crate) refused: Option<Refused>,
}

/// A bundle a VM refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    /// Version of the bundle.
    pub(crate) version: u64,
    /// Why, in the filter's words.
    pub(crate) reason: String,
}

/// The table of all subscribers. Clones are the same table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subscribers {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    rows: BTreeMap<u64, Subscriber>,
}

/// A subscriber's place in the table; dropping it takes the subscriber out.
#[derive(Debug)]
pub(crate) struct Place {
    table: Arc<Mutex<Table>>,
    number: u64,
}

impl Subscribers {
    /// Takes a place; `None` if the table is full.
    pub(crate) fn join(&self, hello: Hello) -> Option<Place> {
        let Hello {
            vm_id,
            node_id,
            cluster,
            filter_version,
            running,
        } = hello;
        let mut table = lock(&self.table);
        if table.rows.len() >= SUBSCRIBERS {
            return None;
        }
        let number = table.next;
        table.next = number.wrapping_add(1);
        let row = Subscriber {
            vm_id,
            node_id,
            cluster,
            filter_version,
            version: running.map(|bundle| bundle.version),
            digest: running.map(|bundle| bundle.digest.to_string()),
            refused: None,
        };
        table.rows.insert(number, row);
        Some(Place {
            table: Arc::clone(&self.table),
            number,
        })
    }

    /// Everyone, in the order they came.
    pub(crate) fn list(&self) -> Vec<Subscriber> {
        lock(&self.table).rows.values().cloned().collect()
    }
}

impl Place {
    /// The subscriber runs `bundle`.
    pub(crate) fn runs(&self, bundle: BundleRef) {
        if let Some(row) = lock(&self.table).rows.get_mut(&self.number) {
            row.version = Some(bundle.version);
            row.digest = Some(bundle.digest.to_string());
            row.refused = None;
        }
    }

    /// The subscriber refused a bundle and runs what it ran.
    pub(crate) fn refused(&self, version: u64, reason: String) {
        if let Some(row) = lock(&self.table).rows.get_mut(&self.number) {
            row.refused = Some(Refused { version, reason });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.table).rows.remove(&self.number);
    }
}

/// A panic elsewhere leaves the table whole: every change of it is one step.
fn lock(table: &Mutex<Table>) -> std::sync::MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_engine::digest::Digest;

    fn hello(vm_id: &str) -> Hello {
        Hello {
            vm_id: vm_id.to_owned(),
            node_id: "node".to_owned(),
            cluster: String::new(),
            filter_version: "0".to_owned(),
            running: None,
        }
    }

    #[test]
    fn the_table_follows_what_a_subscriber_says() {
        let subscribers = Subscribers::default();
        let place = subscribers.join(hello("a")).unwrap();
        let other = subscribers.join(hello("b")).unwrap();
        place.refused(2, "too new".to_owned());
        let refused = Refused {
            version: 2,
            reason: "too new".to_owned(),
        };
        assert_eq!(subscribers.list()[0].refused, Some(refused));
        assert_eq!(subscribers.list()[0].version, None);
        place.runs(BundleRef {
            version: 3,
            digest: Digest::ZERO,
        });
        assert_eq!(subscribers.list()[0].version, Some(3));
        assert_eq!(subscribers.list()[0].refused, None);
        drop(place);
        assert_eq!(subscribers.list().len(), 1);
        drop(other);
    }

    #[test]
    fn a_vm_that_comes_back_before_its_old_stream_is_gone_stays_in_the_table() {
        let subscribers = Subscribers::default();
        let old = subscribers.join(hello("a")).unwrap();
        let new = subscribers.join(hello("a")).unwrap();
        drop(old);
        assert_eq!(subscribers.list().len(), 1);
        drop(new);
        assert!(subscribers.list().is_empty());
    }
}
