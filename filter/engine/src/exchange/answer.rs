//! The answer to a forwarded request while it arrives: one JSON body, a stream of events, or
//! something that is neither.
//!
//! Bodies are judged whole, events one by one; nothing reaches the client unjudged, and an event
//! waits for nothing but its own end.

mod batch;
mod content;
mod definitions;
mod events;
mod fate;
mod head;
mod keep;
mod lists;
mod server;
mod traces;

use super::response;
use super::sessions::{Session, Waiting};
use super::stamp::Stamp;
use super::state::{Exchange, Judged, Phase};
use super::trust::Trace;
use super::world::{Step, World};
use crate::json::Value;
use crate::mcp::{self, Era, Headers, Id};
use fate::{Context, Fate};

/// How the request was carried, which says what its answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A message: the answer is JSON, events, or an empty acknowledgement.
    Post,
    /// GET: the answer is a stream of events.
    Stream,
    /// DELETE: the session ends.
    Farewell,
    /// Anything else without a body; nothing of the answer is MCP.
    Nothing,
}

/// A request that has not been answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) id: Id,
    /// The task it looks at.
    pub(super) task: Option<String>,
    pub(super) request: Waiting,
}

/// How the body of a response wants to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Not at all: it passes.
    Nothing,
    /// At its end, all of it; meanwhile [`Exchange::response_waits`] is asked.
    Whole,
    /// Piece by piece.
    Stream,
}

/// What is known of a forwarded request, and how far its answer has come.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) stamp: Stamp,
    pub(super) carrier: Carrier,
    pub(super) session: Option<Session>,
    pub(super) era: Era,
    /// The requests that want an answer.
    pub(super) open: Vec<Asked>,
    /// Whether they came in one array: then their answers may too.
    pub(super) is_batch: bool,
    /// Headers for the answer that tell of the decision.
    pub(super) headers: Vec<(&'static str, String)>,
    body: Body,
    /// Whether the body is a stream of events.
    is_stream: bool,
    /// Where what comes belongs that answers no request.
    pub(super) traces: Vec<Trace>,
    /// What the piece that is being read has answered.
    answered: Vec<(Option<Id>, Waiting)>,
    /// What waits until the control plane has kept what is new.
    held: Option<keep::Held>,
}

/// What the body of the answer is.
#[derive(Debug)]
enum Body {
    /// Not known yet, or of no interest: it passes.
    Passing,
    /// One JSON text, judged whole; whether the status says that all went well.
    Json { succeeded: bool },
    /// Text for people that comes with an error.
    Text,
    /// Events.
    Events(events::Events),
    /// Whatever comes now is swallowed: the last word has been said.
    Over,
}

impl Answering {
    pub(super) const fn new(stamp: Stamp, carrier: Carrier, session: Option<Session>) -> Self {
        Self {
            stamp,
            carrier,
            session,
            era: Era::Legacy,
            open: Vec::new(),
            is_batch: false,
            headers: Vec::new(),
            body: Body::Passing,
            is_stream: false,
            traces: Vec::new(),
            answered: Vec::new(),
            held: None,
        }
    }
}

impl Answering {
    /// A request that wants an answer went on.
    pub(super) fn ask(&mut self, asked: Option<Asked>) {
        let trace = asked
            .as_ref()
            .and_then(|asked| asked.request.trace.as_ref());
        if let Some(trace) = trace.filter(|trace| !self.traces.iter().any(|it| it.is_beside(trace)))
        {
            self.traces.push(trace.clone());
        }
        self.open.extend(asked);
    }
}

impl Exchange {
    /// The head of the response has arrived; `end_of_stream` says that no body follows.
    pub fn response_head(
        &mut self,
        headers: &Headers,
        end_of_stream: bool,
        world: &World<'_>,
    ) -> Judged {
        let bundle = self.bundle.clone();
        let settings = std::rc::Rc::clone(&self.settings);
        match &mut self.phase {
            Phase::Forwarded(answering) => {
                let context = Context::new(&settings, bundle.as_deref(), world);
                let mut edits = response::response_edits(headers, &answering.headers);
                let step = answering.head(headers, end_of_stream, &context, &mut edits);
                context.judged(step, edits)
            }
            Phase::Unjudged => {
                Judged::edited(Step::Forward, response::response_edits(headers, &[]))
            }
            Phase::New | Phase::Body(_) | Phase::Asking(_) | Phase::Answered => {
                Judged::step(Step::Forward)
            }
        }
    }

    /// How the body of the response wants to be read.
    #[must_use]
    pub const fn response_reading(&self) -> Reading {
        match &self.phase {
            Phase::Forwarded(answering) => match answering.body {
                Body::Passing => Reading::Nothing,
                Body::Json { .. } | Body::Text => Reading::Whole,
                Body::Events(_) | Body::Over => Reading::Stream,
            },
            _ => Reading::Nothing,
        }
    }

    /// `buffered` bytes of a response that is judged whole are there; more will come.
    pub fn response_waits(&mut self, buffered: usize, world: &World<'_>) -> Judged {
        if buffered <= crate::limits::RESPONSE_BYTES {
            return Judged::step(Step::Hold);
        }
        let bundle = self.bundle.clone();
        let settings = std::rc::Rc::clone(&self.settings);
        let Phase::Forwarded(answering) = &mut self.phase else {
            return Judged::step(Step::Forward);
        };
        let context = Context::new(&settings, bundle.as_deref(), world);
        let step = answering.too_large(&context);
        context.judged(step, Vec::new())
    }

    /// A piece of the response's body, or all of it if it is judged whole; `end` says that no more
    /// comes.
    pub fn response_body(&mut self, bytes: &[u8], end: bool, world: &World<'_>) -> Judged {
        let bundle = self.bundle.clone();
        let settings = std::rc::Rc::clone(&self.settings);
        let Phase::Forwarded(answering) = &mut self.phase else {
            return Judged::step(Step::Forward);
        };
        let context = Context::new(&settings, bundle.as_deref(), world);
        let step = answering.arrived(bytes, end, &context);
        context.judged(step, Vec::new())
    }
}

impl Answering {
    fn piece(&mut self, bytes: &[u8], end: bool, context: &Context<'_>) -> Step {
        match std::mem::replace(&mut self.body, Body::Over) {
            Body::Passing => {
                self.body = Body::Passing;
                Step::Forward
            }
            Body::Json { succeeded } => self.json(bytes, succeeded, context),
            Body::Text => self.text(bytes, context),
            Body::Events(events) => self.events(events, bytes, end, context),
            Body::Over => Step::Replace(Vec::new()),
        }
    }

    /// One JSON body.
    fn json(&mut self, bytes: &[u8], succeeded: bool, context: &Context<'_>) -> Step {
        if bytes.is_empty() {
            return Step::Forward;
        }
        if !succeeded && !fate::is_json_rpc(bytes) {
            return self.text(bytes, context);
        }
        match self.fate(bytes, context) {
            Fate::Keep => Step::Forward,
            Fate::Swap(value) | Fate::Last(value) => self.with_the_unanswered(value, context),
            // Nothing is left that could be the answer.
            Fate::Drop => {
                let (code, text) = NO_ANSWER;
                let audit_id = context.note(self, None, code, text);
                Step::Replace(text_of(&self.failure(code, text, &audit_id)))
            }
        }
    }

    /// An error for every request that is open, as a whole body.
    fn failure(&self, code: &str, text: &str, audit_id: &str) -> Value {
        let error = |id| mcp::replacement_error(id, code, text, audit_id);
        if self.open.is_empty() {
            return error(None);
        }
        let open = self.open.iter();
        self.together(open.map(|asked| error(Some(&asked.id))).collect())
    }
}

/// What the client is told when nothing the server said answers its request.
const NO_ANSWER: (&str, &str) = (
    "foreign_answer",
    "the server's answer is not one to this request",
);

fn text_of(value: &Value) -> Vec<u8> {
    crate::json::to_text(value).into_bytes()
}

#[cfg(test)]
mod tests;
