//! The fingerprints of a trust document's secrets, made once for each key and not once for each call.
//!
//! Not the secrets, and nothing that can be seen: a call is judged the same with and without it.

use crate::limits;
use crate::taint::Registry;
use crate::taint::flow::{Fingerprints, Secrets};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What has been made so far.
#[derive(Default)]
pub(super) struct Registered(Mutex<BTreeMap<[u8; 16], Arc<Secrets>>>);

impl Registered {
    /// The fingerprints under a key.
    pub(super) fn of(&self, registry: &Registry, key: [u8; 16]) -> Arc<Secrets> {
        // What is in there is whole at any time.
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secrets) = made.get(&key) {
            return Arc::clone(secrets);
        }
        let secrets = Arc::new(registry.registered_secrets(&Fingerprints::new(key)));
        if made.len() < limits::REGISTERED_KEYS {
            made.insert(key, Arc::clone(&secrets));
        }
        secrets
    }
}

/// A copy makes its own.
impl Clone for Registered {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Registered")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taint::Secret;

    #[test]
    fn each_key_has_its_own_fingerprints_and_they_are_made_once() {
        let secrets = vec![Secret::new("corp-0451-zulu".to_owned())];
        let registry = Registry {
            secrets,
            ..Registry::default()
        };
        let registered = Registered::default();
        let holds = |at: u8, key: u8| {
            let secrets = registered.of(&registry, [at; 16]);
            secrets.are_in(&Fingerprints::new([key; 16]), "the code CORP0451ZULU")
        };
        assert!(holds(1, 1) && holds(2, 2) && !holds(1, 2));
        let again = || registered.of(&registry, [1; 16]);
        assert!(Arc::ptr_eq(&again(), &again()));
    }

    #[test]
    fn beyond_the_limit_they_are_made_each_time() {
        let registry = Registry::default();
        let registered = Registered::default();
        let keys = u8::try_from(limits::REGISTERED_KEYS).unwrap();
        for key in 0..keys {
            registered.of(&registry, [key; 16]);
        }
        let again = || registered.of(&registry, [keys; 16]);
        assert!(!Arc::ptr_eq(&again(), &again()));
    }
}
