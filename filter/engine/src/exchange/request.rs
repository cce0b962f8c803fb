//! A request while it arrives: route, caller, protocol, session, policies; then it is forwarded or
//! answered.

use super::answer::{Answering, Asked, Carrier};
use super::judge::{self, Bench, Verdict, judge};
use super::query::{Query, Told};
use super::response;
use super::route::Route;
use super::sessions::{Owner, Session, Waiting};
use super::settings::{AuditRoom, Unmapped};
use super::stamp::Stamp;
use super::state::{Exchange, Head, Judged, Phase};
use super::strip;
use super::trust::{self, Rules, Sight, States, Trace};
use super::world::{Step, World};
use crate::mcp::{self, Admitted, Headers, Kind, Message, One, Posted, Refusal, RefusalCode};
use crate::policy::{Action, Check, Outcome, ReasonCode, Stage};
use std::rc::Rc;

/// What is known of the request since its head.
#[derive(Debug)]
pub(super) struct Request {
    headers: Headers,
    stamp: Stamp,
}

/// A request that is judged as soon as the control plane has told the state of its conversations.
#[derive(Debug)]
pub(super) struct Asking {
    request: Request,
    posted: Posted,
    keys: Vec<String>,
}

impl Exchange {
    /// The head has arrived.
    pub fn request_head(&mut self, head: Head, world: &World<'_>) -> Judged {
        let settings = Rc::clone(&self.settings);
        let edits = response::request_edits(
            head.headers.iter().map(|(name, _)| name),
            settings.forward_credentials,
            settings.token_headers(),
        );
        let mut stamp = Stamp::of(&head.headers);
        stamp.upstream = self.upstream(&head);
        stamp.verified.clone_from(&head.verified);
        if stamp.upstream.is_none() {
            if settings.unmapped == Unmapped::Forward {
                self.phase = Phase::Unjudged;
                return Judged::edited(Step::Forward, edits);
            }
            let text = "no upstream is mapped to this route";
            return self.refuse(&stamp, &Refusal::new(RefusalCode::NoUpstream, text), world);
        }
        match settings
            .callers
            .identify(&head.headers, head.peer.as_deref())
        {
            Ok(caller) => stamp.caller = Some(caller.clone()),
            Err(error) => {
                let refusal = Refusal::new(RefusalCode::NotAuthenticated, error.text());
                return self.refuse(&stamp, &refusal, world);
            }
        }
        match mcp::admit_head(&head.headers, head.end_of_stream, &settings.protocol) {
            Err(refusal) => self.refuse(&stamp, &refusal, world),
            Ok(Admitted::NoBody) => self.without_body(&head.headers, stamp, edits, world),
            Ok(Admitted::Body) => {
                let headers = head.headers;
                self.phase = Phase::Body(Box::new(Request { headers, stamp }));
                Judged::edited(Step::Hold, edits)
            }
        }
    }

    /// `buffered` bytes of the body have arrived so far; more will.
    pub fn request_body(&mut self, buffered: usize, world: &World<'_>) -> Judged {
        match std::mem::replace(&mut self.phase, Phase::Answered) {
            Phase::Body(request) => match mcp::admit_size(buffered, &self.settings.protocol) {
                Ok(()) => {
                    self.phase = Phase::Body(request);
                    Judged::step(Step::Hold)
                }
                Err(refusal) => self.refuse(&request.stamp, &refusal, world),
            },
            phase => self.keep_phase(phase),
        }
    }

    /// The request is complete, by its last byte or by trailers: judges it.
    pub fn request_end(&mut self, body: &[u8], world: &World<'_>) -> Judged {
        match std::mem::replace(&mut self.phase, Phase::Answered) {
            Phase::Body(request) => self.judge_body(*request, body, world),
            phase => self.keep_phase(phase),
        }
    }

    /// A request that is decided already goes on or waits for its answer.
    fn keep_phase(&mut self, phase: Phase) -> Judged {
        let step = match phase {
            Phase::Forwarded(_) | Phase::Unjudged => Step::Forward,
            Phase::New | Phase::Body(_) | Phase::Asking(_) | Phase::Answered => Step::Hold,
        };
        self.phase = phase;
        Judged::step(step)
    }

    fn upstream(&self, head: &Head) -> Option<String> {
        let text = |name| match head.headers.one(name) {
            One::Text(text) => text,
            _ => "",
        };
        let route = Route {
            path: text(":path"),
            authority: text(":authority"),
            cluster: head.cluster.as_deref(),
        };
        let mapped = self
            .settings
            .upstreams
            .iter()
            .find(|known| known.holds(&route))?;
        Some(mapped.name.clone())
    }

    /// A stream is opened, a session ended, or the endpoint looked at.
    fn without_body(
        &mut self,
        headers: &Headers,
        stamp: Stamp,
        edits: Vec<super::HeaderEdit>,
        world: &World<'_>,
    ) -> Judged {
        let session = session_of(headers, &stamp);
        if let Err(refusal) = enter(session.as_ref(), world) {
            return self.refuse(&stamp, &refusal, world);
        }
        let carrier = match headers.one(":method") {
            One::Text("GET") => Carrier::Stream,
            One::Text("DELETE") => Carrier::Farewell,
            _ => Carrier::Nothing,
        };
        let mut answering = Answering::new(stamp, carrier, session);
        let trace = self.trace_of_stream(headers, &answering.stamp, world);
        answering.traces.extend(trace);
        self.phase = Phase::Forwarded(Box::new(answering));
        Judged::edited(Step::Forward, edits)
    }

    /// Where what comes on a stream of its own belongs.
    fn trace_of_stream(
        &self,
        headers: &Headers,
        stamp: &Stamp,
        world: &World<'_>,
    ) -> Option<Trace> {
        let rules = Rules::of(&self.settings, self.bundle.as_deref())?;
        Trace::of_stream(headers, stamp, &rules, world)
    }

    fn judge_body(&mut self, request: Request, body: &[u8], world: &World<'_>) -> Judged {
        match mcp::admit_body(&request.headers, body, &self.settings.protocol) {
            Ok(posted) => self.judge_or_ask(request, posted, world),
            Err(refusal) => self.refuse(&request.stamp, &refusal, world),
        }
    }

    /// Judges what was posted, or asks first for what has to be known of its conversations.
    fn judge_or_ask(&mut self, request: Request, posted: Posted, world: &World<'_>) -> Judged {
        let rules = Rules::of(&self.settings, self.bundle.as_deref());
        let messages = match &posted {
            Posted::One(message) => std::slice::from_ref(message.as_ref()),
            Posted::Batch(messages) => messages,
        };
        let asked = rules.and_then(|rules| {
            trust::asks(&request.headers, messages, &request.stamp, &rules, world)
        });
        let Some((scope, keys)) = asked else {
            return self.judge_posted(request, posted, &States::Cells, world);
        };
        let asking = Asking {
            request,
            posted,
            keys: keys.clone(),
        };
        self.phase = Phase::Asking(Box::new(asking));
        Judged::step(Step::Ask(Query::Read { scope, keys }))
    }

    /// The control plane has told the states, or has not.
    pub(super) fn told_states(&mut self, asking: Asking, told: Told, world: &World<'_>) -> Judged {
        let Asking {
            request,
            posted,
            keys,
        } = asking;
        let states = States::told(keys, told);
        self.judge_posted(request, posted, &states, world)
    }

    fn judge_posted(
        &mut self,
        request: Request,
        posted: Posted,
        states: &States,
        world: &World<'_>,
    ) -> Judged {
        let Request { headers, stamp } = request;
        match posted {
            Posted::One(message) => self.judge_one(&headers, stamp, *message, states, world),
            Posted::Batch(messages) => self.judge_batch(&headers, stamp, messages, states, world),
        }
    }

    fn judge_one(
        &mut self,
        headers: &Headers,
        stamp: Stamp,
        message: Message,
        states: &States,
        world: &World<'_>,
    ) -> Judged {
        let session = message
            .session
            .as_ref()
            .and_then(|_| session_of(headers, &stamp));
        if let Err(refusal) = enter(session.as_ref(), world) {
            return self.refuse(&stamp, &refusal.with_id(message.request_id()), world);
        }
        let answers = match answered(&message, session.as_ref(), world) {
            Ok(answers) => answers,
            Err(refusal) => return self.refuse(&stamp, &refusal, world),
        };
        let verdict = self.verdict(headers, &message, answers.as_deref(), &stamp, states, world);
        self.carry_out(message, answers, stamp, session, verdict, world)
    }

    pub(super) fn verdict(
        &self,
        headers: &Headers,
        message: &Message,
        answers: Option<&str>,
        stamp: &Stamp,
        states: &States,
        world: &World<'_>,
    ) -> Verdict {
        if world.room == AuditRoom::Full {
            let text = "the audit outbox is full and its records have not been acknowledged";
            let decision = judge::plain(Action::Block, ReasonCode::AuditFull, text);
            return Verdict::of(decision, self.mode(), true);
        }
        let bundle = self.bundle.as_deref();
        let sight = Rules::of(&self.settings, bundle).and_then(|rules| {
            let names = trust::names(headers, message.meta(), stamp, &rules, world)?;
            Some(Sight::of(names, stamp, states, rules, world))
        });
        let bench = Bench {
            stamp,
            bundle,
            settings: &self.settings,
            sight: sight.as_ref(),
            world,
        };
        judge(message, answers, &bench)
    }

    fn carry_out(
        &mut self,
        mut message: Message,
        answers: Option<String>,
        stamp: Stamp,
        session: Option<Session>,
        verdict: Verdict,
        world: &World<'_>,
    ) -> Judged {
        let mut record = stamp.record("message", self.bundle.as_deref(), world, 0);
        record.describe(&message, answers.as_deref(), &verdict);
        let decision = &verdict.decision;
        let headers = response::decision_headers(verdict.mode, Some(decision), &record.id);
        if !verdict.stops {
            let mut answering = Answering::new(stamp, Carrier::Post, session);
            answering.era = message.era;
            answering.headers = headers;
            let step = strip::forward(&mut message, &self.settings);
            answering.ask(asked(message, verdict));
            self.phase = Phase::Forwarded(Box::new(answering));
            return Judged::recorded(step, record);
        }
        let denial = judge::denial(decision, &record.id);
        let mut reply = mcp::deny(&message, &denial, self.settings.denials);
        record.status = Some(reply.status);
        response::add_headers(&mut reply, headers);
        Judged::recorded(Step::Reply(reply), record)
    }

    /// Answers with a protocol refusal and records it.
    pub(super) fn refuse(&mut self, stamp: &Stamp, refusal: &Refusal, world: &World<'_>) -> Judged {
        self.phase = Phase::Answered;
        let mut reply = mcp::refuse(refusal);
        let mut record = stamp.record("message", self.bundle.as_deref(), world, 0);
        record.code = refusal.word.as_str();
        record.reason.clone_from(&refusal.text);
        record.status = Some(reply.status);
        let stage = if stamp.caller.is_none() {
            Stage::Caller
        } else {
            Stage::Protocol
        };
        record.checks = vec![Check {
            stage,
            outcome: Outcome::Refused,
            tried: 0,
        }];
        let headers = response::decision_headers(self.mode(), None, &record.id);
        response::add_headers(&mut reply, headers);
        Judged::recorded(Step::Reply(reply), record)
    }
}

/// The session the headers name, as the caller's at this upstream.
pub(super) fn session_of(headers: &Headers, stamp: &Stamp) -> Option<Session> {
    stamp.session()?;
    let owner = Owner::of(stamp.caller.as_ref()?, stamp.upstream());
    Session::named(headers, &owner)
}

/// Refuses a session that somebody else has opened, or that was opened at another upstream. 404 is
/// how a client is told to open one of its own.
pub(super) fn enter(session: Option<&Session>, world: &World<'_>) -> Result<(), Refusal> {
    if session.is_none_or(|session| session.enter(world)) {
        return Ok(());
    }
    let text = "the session belongs to another caller or another upstream; open a new one";
    Err(Refusal::new(RefusalCode::ForeignSession, text))
}

/// The method of the server's request that a client's answer answers; `None` for what is no answer.
pub(super) fn answered(
    message: &Message,
    session: Option<&Session>,
    world: &World<'_>,
) -> Result<Option<String>, Refusal> {
    let Kind::Response { id } = &message.kind else {
        return Ok(None);
    };
    let method = session.and_then(|session| session.answered(id, world));
    method.map(Some).ok_or_else(|| {
        let text = "the message answers a request that the server has not made in this session";
        Refusal::new(RefusalCode::UnexpectedResponse, text)
    })
}

/// What the answer to a message will be an answer to; `None` if it wants none.
pub(super) fn asked(message: Message, verdict: Verdict) -> Option<Asked> {
    let tool = message.tool().map(str::to_owned);
    let task = message.params().and_then(|params| params.get("taskId"));
    let task = task.and_then(crate::json::Value::as_str).map(str::to_owned);
    let Kind::Request { id, method } = message.kind else {
        return None;
    };
    let tool = tool.unwrap_or_else(|| method.clone());
    Some(Asked {
        id,
        task,
        request: Waiting {
            method,
            tool,
            inner: verdict.inner_tools,
            trace: verdict.trace,
        },
    })
}
