//! What becomes of one message of the server.

use super::{Answering, Asked, Carrier};
use crate::audit::Record;
use crate::exchange::response::HeaderEdit;
use crate::exchange::sessions::{Claim, Waiting};
use crate::exchange::settings::Settings;
use crate::exchange::stamp::mode_of;
use crate::exchange::state::{ActiveBundle, Judged};
use crate::exchange::trust::{Rules, Unkept};
use crate::exchange::world::{Step, World};
use crate::json::Value;
use crate::mcp::{self, Ambiguous, Id, ServerMessage};
use crate::policy::{Check, Decision, Mode, Outcome, Stage};
use std::cell::RefCell;

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fate {
    /// It goes on as it came.
    Keep,
    /// This goes on in its place.
    Swap(Value),
    /// Nothing goes on.
    Drop,
    /// This goes on in its place, and nothing after it.
    Last(Value),
}

/// What judging one piece of an answer needs, and the records that come of it.
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) bundle: Option<&'a ActiveBundle>,
    pub(super) world: &'a World<'a>,
    /// What judging by trust works with, where it is done.
    pub(super) rules: Option<Rules<'a>>,
    records: RefCell<Vec<Record>>,
    unkept: RefCell<Unkept>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        bundle: Option<&'a ActiveBundle>,
        world: &'a World<'a>,
    ) -> Self {
        Self {
            settings,
            bundle,
            world,
            rules: Rules::of(settings, bundle),
            records: RefCell::default(),
            unkept: RefCell::default(),
        }
    }

    /// Notes what is new in conversations.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Unkept) -> T) -> T {
        change(&mut self.unkept.borrow_mut())
    }

    /// Takes what is new in conversations.
    pub(super) fn take_changes(&self) -> Unkept {
        self.unkept.take()
    }

    /// Whether text that comes with an error is read.
    pub(super) fn reads_text(&self) -> bool {
        self.rules.is_some() || self.judges_answers()
    }

    /// Whether any policy is about answers.
    pub(super) fn judges_answers(&self) -> bool {
        self.bundle
            .is_some_and(|active| active.bundle.has_response_policies())
    }

    /// A record about an answer, not kept yet.
    pub(super) fn record(&self, answering: &Answering, about: Option<&Waiting>) -> Record {
        let ahead = self.records.borrow().len();
        let mut record = answering
            .stamp
            .record("answer", self.bundle, self.world, ahead);
        let about = about.or_else(|| answering.open.first().map(|asked| &asked.request));
        if let Some(about) = about {
            record.method = Some(about.method.clone());
            record.tool = (about.tool != about.method).then(|| about.tool.clone());
        }
        record
    }

    /// The id that the next record will have.
    pub(super) fn next_id(&self) -> String {
        self.world.ids.id(self.records.borrow().len())
    }

    /// The mode in force.
    pub(super) fn mode(&self) -> Mode {
        mode_of(self.bundle)
    }

    /// Whether a decision is carried out against the message.
    pub(super) fn stops(&self, decision: &Decision) -> bool {
        !decision.action.lets_pass()
            && (self.mode() == Mode::Enforcement || decision.code.binds_in_every_mode())
    }

    /// Keeps a record.
    pub(super) fn keep(&self, record: Record) {
        self.records.borrow_mut().push(record);
    }

    /// Records that a message was kept from the client for a reason of the protocol; the id of the
    /// record.
    pub(super) fn note(
        &self,
        answering: &Answering,
        about: Option<&Waiting>,
        code: &'static str,
        text: &str,
    ) -> String {
        let mut record = self.record(answering, about);
        record.code = code;
        text.clone_into(&mut record.reason);
        record.checks = vec![Check {
            stage: Stage::Protocol,
            outcome: Outcome::Refused,
            tried: 0,
        }];
        let id = record.id.clone();
        self.keep(record);
        id
    }

    /// What the phase hands back.
    pub(super) fn judged(self, step: Step, edits: Vec<HeaderEdit>) -> Judged {
        Judged {
            step,
            edits,
            records: self.records.into_inner(),
        }
    }
}

/// Whether the body of an error claims to be JSON-RPC. Others are for people or for the
/// authorization dance, and no client takes them for an answer.
pub(super) fn is_json_rpc(bytes: &[u8]) -> bool {
    let Ok(value) = crate::json::parse(bytes) else {
        return bytes.windows(9).any(|window| window == b"\"jsonrpc\"");
    };
    value.as_object().is_none_or(|object| {
        ["jsonrpc", "result", "method"]
            .iter()
            .any(|key| object.get(key).is_some())
    })
}

impl Answering {
    /// The fate of a message on a stream. `is_old` says that the stream is of the old transport,
    /// whose requests are not known here.
    pub(super) fn fate_on_stream(
        &mut self,
        bytes: &[u8],
        is_old: bool,
        context: &Context<'_>,
    ) -> Fate {
        if !is_old {
            return self.fate(bytes, context);
        }
        match mcp::read_server_message(bytes) {
            Ok(ServerMessage::Result { root, .. } | ServerMessage::Error { root, .. }) => {
                let unknown = Waiting {
                    method: "tools/call".to_owned(),
                    tool: "*".to_owned(),
                    inner: Vec::new(),
                    trace: None,
                };
                self.judge_outcome(None, &unknown, root, context)
            }
            _ => self.fate(bytes, context),
        }
    }

    /// The fate of one message.
    pub(super) fn fate(&mut self, bytes: &[u8], context: &Context<'_>) -> Fate {
        if self.is_batch {
            return self.batch_fate(bytes, context);
        }
        match mcp::read_server_message(bytes) {
            Err(ambiguous) => self.no_single_reading(&ambiguous, context),
            Ok(message) => self.fate_of(message, context),
        }
    }

    /// The fate of one message that has been read.
    pub(super) fn fate_of(&mut self, message: ServerMessage, context: &Context<'_>) -> Fate {
        match message {
            ServerMessage::Request { id, method, root } => {
                self.server_asks(&id, &method, &root, context)
            }
            ServerMessage::Notification { method, root } => {
                self.server_tells(&method, root, context)
            }
            ServerMessage::Result { id, root } => self.answer_to(&id, root, context),
            ServerMessage::Error { id: Some(id), root } => self.answer_to(&id, root, context),
            ServerMessage::Error { id: None, root } => self.error_to_nobody(root, context),
        }
    }

    /// What two clients could read differently: the open requests end with an error.
    pub(super) fn no_single_reading(
        &mut self,
        ambiguous: &Ambiguous,
        context: &Context<'_>,
    ) -> Fate {
        let code = ambiguous.word.as_str();
        let text = format!("the server's message is refused: {}", ambiguous.text);
        let audit_id = context.note(self, None, code, &text);
        let open = self.end_open(context).into_iter();
        let error = |asked: Asked| mcp::replacement_error(Some(&asked.id), code, &text, &audit_id);
        self.last(open.map(error).collect())
    }

    /// A result or error of the request `id`.
    fn answer_to(&mut self, id: &Id, root: Value, context: &Context<'_>) -> Fate {
        match self.claim(id, context) {
            Some(asked) => {
                self.answered.push((Some(id.clone()), asked.clone()));
                self.judge_outcome(Some(id), &asked, root, context)
            }
            None => {
                let text = "the server answers a request that is not open: it was never made, or \
                            has been answered";
                context.note(self, None, "foreign_answer", text);
                Fate::Drop
            }
        }
    }

    /// Takes the request `id` off the open ones, wherever it waits.
    fn claim(&mut self, id: &Id, context: &Context<'_>) -> Option<Waiting> {
        let at = self.open.iter().position(|asked| asked.id == *id);
        let own: Option<Asked> = at.map(|at| self.open.remove(at));
        let parked = match (&self.session, self.is_stream) {
            (Some(session), true) => session.claim(id, context.world),
            _ => Claim::NoSession,
        };
        match (own, parked) {
            (Some(asked), Claim::Waited(_) | Claim::NoSession) => {
                Some(self.behind_task(asked, context))
            }
            // It has been answered on another stream.
            (Some(_), Claim::NotWaiting) => None,
            (None, Claim::Waited(waiting)) if self.carrier == Carrier::Stream => Some(*waiting),
            (None, _) => None,
        }
    }

    /// An error without id: only a refusal of the whole request can be one.
    fn error_to_nobody(&mut self, root: Value, context: &Context<'_>) -> Fate {
        if self.is_stream {
            let text = "the server's error names no request";
            context.note(self, None, "foreign_answer", text);
            return Fate::Drop;
        }
        let request = self.open.first().map(|asked| asked.request.clone());
        let request = request.unwrap_or_default();
        self.answered.push((None, request.clone()));
        self.judge_outcome(None, &request, root, context)
    }

    /// Takes every open request off, as answered.
    pub(super) fn end_open(&mut self, context: &Context<'_>) -> Vec<Asked> {
        let open = std::mem::take(&mut self.open);
        if let (Some(session), true) = (&self.session, self.is_stream) {
            for asked in &open {
                session.claim(&asked.id, context.world);
            }
        }
        open
    }

    /// These are the last answers; without any the message is dropped.
    pub(super) fn last(&self, answers: Vec<Value>) -> Fate {
        if answers.is_empty() {
            return Fate::Drop;
        }
        Fate::Last(self.together(answers))
    }
}
