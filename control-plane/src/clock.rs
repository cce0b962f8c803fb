//! The system's clock as the engine's instants.

use std::time::{SystemTime, UNIX_EPOCH};

use tessera_engine::time::UnixMillis;

/// Now; the epoch if the clock stands before it.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    UnixMillis(i64::try_from(millis).unwrap_or(i64::MAX))
}
