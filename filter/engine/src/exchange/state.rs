//! The state machine of one exchange: head, body, end, response.

use super::judge::{self, Verdict, judge};
use super::response::{self, HeaderEdit};
use super::route::Route;
use super::settings::{AuditRoom, Settings, Unmapped};
use crate::audit::{BundleRef, Record};
use crate::digest::Digest;
use crate::mcp::{self, Admitted, Denial, Headers, Message, One, Refusal, RefusalCode, Reply};
use crate::policy::{Action, Bundle, Caller, Check, Decision, Mode, Outcome, ReasonCode, Stage};
use crate::time::UnixMillis;
use std::rc::Rc;

/// The scope of records of requests nobody could be named for.
const NO_SCOPE: &str = "unauthenticated";

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
    /// Whether nothing follows the head.
    pub end_of_stream: bool,
}

/// What the engine cannot know by itself at the moment of judgement.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The time.
    pub now: UnixMillis,
    /// Id of the record this judgement will be kept in.
    pub audit_id: &'a str,
    /// Whether it can be kept.
    pub room: AuditRoom,
}

/// What the shell has to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Let the request go on.
    Forward,
    /// Keep everything that has arrived and wait for more.
    Hold,
    /// Answer the client; the server sees nothing.
    Reply(Reply),
}

/// The outcome of one phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What to do.
    pub step: Step,
    /// Changes to the request's headers, to be made before anything is forwarded.
    pub edits: Vec<HeaderEdit>,
    /// The record of a judged message.
    pub record: Option<Record>,
}

impl Judged {
    const fn step(step: Step) -> Self {
        Self {
            step,
            edits: Vec::new(),
            record: None,
        }
    }
}

/// One HTTP exchange. It keeps the settings and the bundle it began with.
#[derive(Debug)]
pub struct Exchange {
    settings: Rc<Settings>,
    bundle: Option<Rc<ActiveBundle>>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// Nothing has arrived.
    New,
    /// The head has been admitted, the body is to be judged.
    Body(Box<Request>),
    /// The request went on; these headers go on the response.
    Forwarded(Vec<(&'static str, String)>),
    /// We answered ourselves.
    Answered,
}

/// What is known of the request since its head.
#[derive(Debug)]
struct Request {
    headers: Headers,
    upstream: String,
    caller: Caller,
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

    /// The head has arrived.
    pub fn request_head(&mut self, head: Head, world: &World<'_>) -> Judged {
        let settings = Rc::clone(&self.settings);
        let edits = response::request_edits(
            head.headers.iter().map(|(name, _)| name),
            settings.forward_credentials,
        );
        let text = |name| match head.headers.one(name) {
            One::Text(text) => text,
            _ => "",
        };
        let route = Route {
            path: text(":path"),
            authority: text(":authority"),
            cluster: head.cluster.as_deref(),
        };
        let mapped = settings
            .upstreams
            .iter()
            .find(|upstream| upstream.holds(&route));
        let Some(upstream) = mapped.map(|upstream| upstream.name.clone()) else {
            if settings.unmapped == Unmapped::Forward {
                self.phase = Phase::Forwarded(Vec::new());
                return Judged {
                    step: Step::Forward,
                    edits,
                    record: None,
                };
            }
            let refusal = Refusal::new(
                RefusalCode::NoUpstream,
                "no upstream is mapped to this route",
            );
            return self.refuse(&head.headers, None, None, &refusal, world);
        };
        let caller = match settings
            .callers
            .identify(&head.headers, head.peer.as_deref())
        {
            Ok(caller) => caller.clone(),
            Err(error) => {
                let refusal = Refusal::new(RefusalCode::NotAuthenticated, error.text());
                return self.refuse(&head.headers, Some(&upstream), None, &refusal, world);
            }
        };
        match mcp::admit_head(&head.headers, head.end_of_stream, &settings.protocol) {
            Err(refusal) => self.refuse(
                &head.headers,
                Some(&upstream),
                Some(&caller),
                &refusal,
                world,
            ),
            Ok(Admitted::NoBody) => {
                self.phase = Phase::Forwarded(Vec::new());
                Judged {
                    step: Step::Forward,
                    edits,
                    record: None,
                }
            }
            Ok(Admitted::Body) => {
                let request = Request {
                    headers: head.headers,
                    upstream,
                    caller,
                };
                self.phase = Phase::Body(Box::new(request));
                if head.end_of_stream {
                    return Judged {
                        edits,
                        ..self.request_end(b"", world)
                    };
                }
                Judged {
                    step: Step::Hold,
                    edits,
                    record: None,
                }
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
                Err(refusal) => {
                    let Request {
                        headers,
                        upstream,
                        caller,
                    } = *request;
                    self.refuse(&headers, Some(&upstream), Some(&caller), &refusal, world)
                }
            },
            Phase::Forwarded(headers) => {
                self.phase = Phase::Forwarded(headers);
                Judged::step(Step::Forward)
            }
            phase => {
                self.phase = phase;
                Judged::step(Step::Hold)
            }
        }
    }

    /// The request is complete, by its last byte or by trailers: judges it.
    pub fn request_end(&mut self, body: &[u8], world: &World<'_>) -> Judged {
        match std::mem::replace(&mut self.phase, Phase::Answered) {
            Phase::Body(request) => self.judge_body(&request, body, world),
            Phase::Forwarded(headers) => {
                self.phase = Phase::Forwarded(headers);
                Judged::step(Step::Forward)
            }
            phase @ (Phase::New | Phase::Answered) => {
                self.phase = phase;
                Judged::step(Step::Hold)
            }
        }
    }

    /// Changes to the headers of the response to a forwarded request. An answer of our own needs
    /// none.
    #[must_use]
    pub fn response_head(&self) -> Vec<HeaderEdit> {
        match &self.phase {
            Phase::Forwarded(headers) => response::response_edits(headers),
            _ => Vec::new(),
        }
    }

    fn judge_body(&mut self, request: &Request, body: &[u8], world: &World<'_>) -> Judged {
        let settings = Rc::clone(&self.settings);
        let message = match mcp::admit_body(&request.headers, body, &settings.protocol) {
            Ok(message) => message,
            Err(refusal) => {
                let Request {
                    headers,
                    upstream,
                    caller,
                } = request;
                return self.refuse(headers, Some(upstream), Some(caller), &refusal, world);
            }
        };
        let verdict = if world.room == AuditRoom::Full {
            let decision = judge::plain(
                Action::Block,
                ReasonCode::AuditFull,
                "the audit outbox is full and its records have not been acknowledged",
            );
            Verdict {
                decision,
                mode: self.mode(),
                stops: true,
            }
        } else {
            let bundle = self.bundle.clone();
            judge(
                &message,
                &request.upstream,
                bundle.as_deref(),
                &settings,
                world.now,
                world.audit_id,
            )
        };
        let Verdict {
            decision,
            mode,
            stops,
        } = verdict;
        let headers = response::decision_headers(mode, Some(&decision), world.audit_id);
        let mut record = self.record(
            &request.headers,
            Some(&request.upstream),
            Some(&request.caller),
            world,
        );
        record.describe(&message, &decision, mode, stops);
        if !stops {
            self.phase = Phase::Forwarded(headers);
            return Judged {
                step: Step::Forward,
                edits: Vec::new(),
                record: Some(record),
            };
        }
        let denial = Denial {
            code: decision.code.as_str(),
            policy_id: decision.policy_id.as_deref(),
            reason: &decision.reason,
            audit_id: world.audit_id,
            approval: decision.action == Action::RequireApproval,
        };
        let mut reply = mcp::deny(&message, &denial, settings.denials);
        record.status = Some(reply.status);
        add_headers(&mut reply, headers);
        Judged {
            step: Step::Reply(reply),
            edits: Vec::new(),
            record: Some(record),
        }
    }

    /// Answers with a protocol refusal and records it.
    fn refuse(
        &mut self,
        headers: &Headers,
        upstream: Option<&str>,
        caller: Option<&Caller>,
        refusal: &Refusal,
        world: &World<'_>,
    ) -> Judged {
        self.phase = Phase::Answered;
        let mut reply = mcp::refuse(refusal);
        let mut record = self.record(headers, upstream, caller, world);
        record.code = refusal.word.as_str();
        record.reason.clone_from(&refusal.text);
        record.status = Some(reply.status);
        let stage = if caller.is_none() {
            Stage::Caller
        } else {
            Stage::Protocol
        };
        record.checks = vec![Check {
            stage,
            outcome: Outcome::Refused,
            tried: 0,
        }];
        add_headers(
            &mut reply,
            response::decision_headers(self.mode(), None, world.audit_id),
        );
        Judged {
            step: Step::Reply(reply),
            edits: Vec::new(),
            record: Some(record),
        }
    }

    fn mode(&self) -> Mode {
        self.bundle
            .as_ref()
            .map_or(Mode::Enforcement, |active| active.bundle.settings().mode)
    }

    /// A record of what is known so far, as a refusal.
    fn record(
        &self,
        headers: &Headers,
        upstream: Option<&str>,
        caller: Option<&Caller>,
        world: &World<'_>,
    ) -> Record {
        let text = |name| match headers.one(name) {
            One::Text(text) => Some(text.to_owned()),
            _ => None,
        };
        Record {
            id: world.audit_id.to_owned(),
            time: world.now,
            scope: caller.map_or(NO_SCOPE, |caller| &caller.scope).to_owned(),
            caller: caller.map(|caller| caller.name.clone()),
            upstream: upstream.map(str::to_owned),
            http_method: text(":method").unwrap_or_default(),
            method: None,
            tool: None,
            action: Action::Block.as_str(),
            stopped: true,
            code: ReasonCode::Default.as_str(),
            reason: String::new(),
            policy_id: None,
            mode: self.mode(),
            checks: Vec::new(),
            bundle: self.bundle.as_ref().map(|active| BundleRef {
                version: active.version,
                digest: active.bundle.digest(),
            }),
            session: text("mcp-session-id").map(|session| Digest::of(session.as_bytes())),
            request_id: text("x-request-id"),
            status: None,
            lost_before: 0,
        }
    }
}

impl Record {
    /// Fills in what a judged message and its decision say.
    fn describe(&mut self, message: &Message, decision: &Decision, mode: Mode, stops: bool) {
        self.method = message.method().map(str::to_owned);
        self.tool = message.tool().map(str::to_owned);
        self.action = decision.action.as_str();
        self.stopped = stops;
        self.code = decision.code.as_str();
        self.reason.clone_from(&decision.reason);
        self.policy_id.clone_from(&decision.policy_id);
        self.mode = mode;
        self.checks = [Stage::Caller, Stage::Protocol]
            .into_iter()
            .map(|stage| Check {
                stage,
                outcome: Outcome::Passed,
                tried: 0,
            })
            .chain(decision.checks.iter().copied())
            .collect();
    }
}

fn add_headers(reply: &mut Reply, headers: Vec<(&'static str, String)>) {
    reply.headers.extend(
        headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value)),
    );
}
