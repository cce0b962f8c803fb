//! One HTTP exchange, phase by phase: the only place that knows the order of things.
//!
//! It is a state machine without I/O. The shell hands in what arrived (head, body, end) and
//! performs the [`Step`] that comes out; it owns no rule and no flag about phases.
//!
//! Order of judgement (`design.md` section 5): route, caller, protocol, bundle, then what
//! [`crate::policy::Bundle::decide`] does. Every refusal and every judged message yields a
//! [`crate::audit::Record`] before anything is forwarded.

mod answer;
mod batch;
mod caller;
mod definitions;
mod judge;
#[cfg(test)]
mod memory;
mod query;
mod request;
mod response;
mod route;
mod sessions;
mod settings;
mod stamp;
mod state;
mod strip;
mod trust;
mod world;

pub use answer::Reading;
pub use caller::{BearerCaller, Callers, SpiffeCaller};
pub use query::{Change, Query, Remembered, Told};
pub use response::HeaderEdit;
pub use route::{Route, UpstreamRoute};
pub use settings::{
    AuditRoom, NoBundle, ReferenceFormats, Settings, StateKept, TrustSettings, Unmapped,
};
pub use state::{ActiveBundle, Exchange, Head, Judged};
pub use trust::{Recording, follow_start};
pub use world::{Cells, NoCells, RecordIds, Step, World, Written};

#[cfg(test)]
mod tests;
