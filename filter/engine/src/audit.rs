//! What was decided, provably: records and the chain that links them.
//!
//! It is not a store: the filter keeps sealed records until the control plane has acknowledged
//! them, the ledger keeps them for good.

mod chain;
mod field;
mod record;

pub use chain::{Chain, Sealed, record_id};
pub use field::Field;
pub use record::{BundleRef, Record};
