//! The state machine of one exchange: what the phases are and what each hands back.

use super::answer::Answering;
use super::query::Told;
use super::request::{Asking, Request};
use super::response::{self, HeaderEdit};
use super::settings::Settings;
use super::stamp::mode_of;
use super::world::{Step, World};
use crate::audit::Record;
use crate::json::Object;
use crate::mcp::Headers;
use crate::policy::{Bundle, Mode};
use std::rc::Rc;

/// The bundle in force, with the version it came with.
#[derive(Debug)]
pub struct ActiveBundle {
    /// The compiled bundle.
    pub bundle: Bundle,
    /// Version given by the control plane; 0 for one from the plugin configuration.
    pub version: u64,
}

/// What arrived with the request's head.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Every header, pseudo headers included.
    pub headers: Headers,
    /// First URI of the client's verified TLS certificate.
    pub peer: Option<String>,
    /// The cluster Envoy's route chose.
    pub cluster: Option<String>,
    /// The claims of a token whose signature Envoy has verified, from Envoy's own metadata.
    pub verified: Option<Object>,
    /// Whether nothing follows the head.
    pub end_of_stream: bool,
}

/// The outcome of one phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What to do.
    pub step: Step,
    /// Changes to the headers of the request, or of the response in its phases, to be made before
    /// anything is forwarded.
    pub edits: Vec<HeaderEdit>,
    /// The records of what was judged, in the order of their ids.
    pub records: Vec<Record>,
}

impl Judged {
    pub(super) const fn step(step: Step) -> Self {
        Self::edited(step, Vec::new())
    }

    pub(super) const fn edited(step: Step, edits: Vec<HeaderEdit>) -> Self {
        Self {
            step,
            edits,
            records: Vec::new(),
        }
    }

    pub(super) fn recorded(step: Step, record: Record) -> Self {
        Self {
            step,
            edits: Vec::new(),
            records: vec![record],
        }
    }
}

/// One HTTP exchange. It keeps the settings and the bundle it began with.
#[derive(Debug)]
pub struct Exchange {
    pub(super) settings: Rc<Settings>,
    pub(super) bundle: Option<Rc<ActiveBundle>>,
    pub(super) phase: Phase,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing has arrived.
    New,
    /// The head has been admitted, the body is to be judged.
    Body(Box<Request>),
    /// The request is complete; what is known of its conversations is being asked.
    Asking(Box<Asking>),
    /// The request went on; its answer is to be judged.
    Forwarded(Box<Answering>),
    /// The request is none of ours and went on.
    Unjudged,
    /// We answered ourselves.
    Answered,
}

impl Exchange {
    /// A new exchange under these settings and this bundle, if there is one.
    #[must_use]
    pub const fn new(settings: Rc<Settings>, bundle: Option<Rc<ActiveBundle>>) -> Self {
        Self {
            settings,
            bundle,
            phase: Phase::New,
        }
    }

    /// What has to be taken off trailers, of the request or of its response, before they go on.
    #[must_use]
    pub fn trailer_edits(&self, trailers: &Headers) -> Vec<HeaderEdit> {
        let is_judged = !matches!(self.phase, Phase::Unjudged);
        response::trailer_edits(trailers, is_judged, self.settings.token_headers())
    }

    /// The control plane has answered the query of the last [`Step::Ask`], or has not: goes on with
    /// what was held. A request then goes on or is answered, as at its end; a response as with the
    /// body or the piece that was handed in; it may ask again.
    ///
    /// Of a stream, what is held is with the exchange: the shell keeps nothing back, and puts what
    /// comes out where the piece was. Pieces that arrive meanwhile give [`Step::Hold`].
    pub fn told(&mut self, told: Told, world: &World<'_>) -> Judged {
        match std::mem::replace(&mut self.phase, Phase::Answered) {
            Phase::Asking(asking) => self.told_states(*asking, told, world),
            Phase::Forwarded(answering) => {
                self.phase = Phase::Forwarded(answering);
                self.told_kept(&told, world)
            }
            phase => {
                self.phase = phase;
                Judged::step(Step::Hold)
            }
        }
    }

    pub(super) fn mode(&self) -> Mode {
        mode_of(self.bundle.as_deref())
    }
}
