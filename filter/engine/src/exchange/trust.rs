//! Trust in one exchange: whose words count, what the conversation has seen before, what follows for
//! a call, and what an answer leaves behind.
//!
//! Not the rules: those are [`crate::taint`]'s. This is only the order of things, what travels how,
//! and where state is kept. Without a trust document in the bundle none of it happens.
//!
//! | module | its job |
//! |---|---|
//! | `vouched` | the tokens of a request: which are believed, and what they say |
//! | `places` | under which names the state of its conversations is kept |
//! | `cell`, `start` | where it is kept in one proxy, and since when |
//! | `standing` | what is known before a call is judged; what is new after it |
//! | `asks` | which states a message has to be told of first |
//! | `judge`, `stage` | the stages delegation, floor and flow of a decision |
//! | `trace` | what an answer has to know of its request |
//! | `anomaly` | what counts as an anomaly |
//! | `record` | what an answer leaves behind, and its label |

mod anomaly;
mod asks;
mod cell;
mod judge;
mod places;
mod record;
mod stage;
mod standing;
mod start;
mod trace;
mod vouched;

pub use start::{Recording, follow_start};

pub(super) use asks::{asks, names};
pub(super) use judge::{Seen, Sight};
pub(super) use record::{Content, Form, Request, record, unmark};
pub(super) use standing::{States, Unkept};
pub(super) use trace::Trace;

use super::settings::{Settings, StateKept, TrustSettings};
use super::state::ActiveBundle;
use crate::policy::trust::Trust;

/// What judging by trust works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) settings: &'a TrustSettings,
    pub(super) trust: &'a Trust,
}

impl<'a> Rules<'a> {
    /// The rules, if the bundle has a trust document and the filter has keys.
    pub(super) fn of(settings: &'a Settings, bundle: Option<&'a ActiveBundle>) -> Option<Self> {
        Some(Self {
            settings: settings.trust.as_ref()?,
            trust: bundle?.bundle.trust()?,
        })
    }
}

#[cfg(test)]
mod tests;
