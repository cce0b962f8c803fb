//! One HTTP exchange: hands what arrives to the engine and performs its steps.

mod asking;
mod response;

use crate::host;
use crate::mirror::Mirrored;
use crate::shared::Shared;
use asking::{Asked, Held};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use std::rc::Rc;
use tessera_engine::exchange::{Exchange, Head, Judged, Reading, Step, World};
use tessera_engine::limits;
use tessera_engine::mcp::{One, Reply};

/// The HTTP context.
pub(crate) struct Http {
    context: u32,
    shared: Rc<Shared>,
    exchange: Exchange,
    mirrored: Mirrored,
    /// We have answered ourselves: what else the host reports is our own answer.
    has_answered: bool,
    /// The request says how long its body is.
    has_length: bool,
    /// The control plane has been asked, and everything waits for its answer.
    asked: Option<Asked>,
}

impl Http {
    pub(crate) fn new(context: u32, shared: Rc<Shared>) -> Self {
        let exchange = shared.exchange();
        Self {
            context,
            shared,
            exchange,
            mirrored: Mirrored::default(),
            has_answered: false,
            has_length: false,
            asked: None,
        }
    }

    /// Lets the engine judge with what only the host knows, and keeps the records: first of all, so
    /// that nothing happens unrecorded.
    fn judge(&mut self, phase: impl FnOnce(&mut Exchange, &World<'_>) -> Judged) -> Judged {
        let world = World {
            now: host::now(),
            ids: self.shared.ids(),
            room: self.shared.room(),
            cells: &host::SharedData,
        };
        let mut judged = phase(&mut self.exchange, &world);
        for record in judged.records.drain(..) {
            self.shared.keep(record, &mut self.mirrored);
        }
        judged
    }

    /// Does what the engine decided about the request.
    fn perform(&mut self, judged: Judged) -> Action {
        if !host::edit_request(&judged.edits) {
            return self.fail("a request header could not be changed");
        }
        match judged.step {
            Step::Forward => Action::Continue,
            Step::Hold => Action::Pause,
            Step::Reply(reply) => self.answer(&reply),
            Step::Ask(query) => self.ask(query, Held::Request),
            Step::Replace(body) => self.replace_request(&body),
            Step::Last(_) | Step::Cut => {
                self.fail("a step of the response was asked for in the request")
            }
        }
    }

    /// Lets the request, which is complete, go on with another body.
    fn replace_request(&mut self, body: &[u8]) -> Action {
        // Headers that have gone ahead went without a length.
        let has_length = self.shared.settings.hold_headers && self.has_length;
        if has_length && !host::set_request_length(body.len()) {
            return self.fail("the request's length could not be set");
        }
        // More than there can be: all of it.
        if !host::replace_request_body(limits::BODY_BYTES + 1, body) {
            return self.fail("the request's body could not be replaced");
        }
        Action::Continue
    }

    /// Lets the headers go ahead of a body that is held, where the host cannot hold them: without the
    /// length of a body that tokens may have to be taken out of.
    fn go_ahead(&mut self) -> Action {
        let may_change = self.shared.settings.exchange.trust.is_some();
        if may_change && !host::remove_request_length() {
            return self.fail("the request's length could not be removed");
        }
        Action::Continue
    }

    /// Answers the client. If the host does not take the answer the request stays held.
    fn answer(&mut self, reply: &Reply) -> Action {
        self.has_answered = true;
        if !host::reply(reply) {
            log::error!("the host did not take an answer: the request is held until it times out");
        }
        Action::Pause
    }

    /// Fails closed when the host does not do what is asked of it.
    fn fail(&mut self, what: &str) -> Action {
        log::error!("{what}: the request is refused");
        self.answer(&Reply {
            status: 503,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    /// The request has ended; `size` bytes of its body are buffered.
    fn end(&mut self, size: usize) -> Action {
        let Some(body) = host::request_body(size) else {
            return self.fail("the request's body could not be read");
        };
        let judged = self.judge(|exchange, world| exchange.request_end(&body, world));
        self.perform(judged)
    }
}

impl Context for Http {
    fn on_grpc_call_response(&mut self, token: u32, status: u32, size: usize) {
        self.returned(token, status, size);
    }

    // The host still knows an exchange that has ended for a moment; cutting its response then
    // would end it twice.
    fn on_done(&mut self) -> bool {
        self.shared.cut_no_more(self.context);
        true
    }
}

impl HttpContext for Http {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        let settings = &self.shared.settings;
        let head = Head {
            headers: host::request_headers(),
            peer: settings.asks_peer.then(host::peer_uri).flatten(),
            cluster: settings.asks_cluster.then(host::cluster).flatten(),
            verified: settings.asks_claims.as_deref().and_then(host::claims),
            end_of_stream,
        };
        self.has_length = head.headers.one("content-length") != One::Missing;
        let judged = self.judge(|exchange, world| exchange.request_head(head, world));
        // Where the host cannot hold headers they go ahead; the body is held all the same.
        let goes_ahead = judged.step == Step::Hold && !self.shared.settings.hold_headers;
        let action = self.perform(judged);
        if goes_ahead && !self.has_answered {
            self.go_ahead()
        } else {
            action
        }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        // A body that is too large is refused before it is copied.
        if end_of_stream && size <= limits::BODY_BYTES {
            return self.end(size);
        }
        let judged = self.judge(|exchange, world| exchange.request_body(size, world));
        self.perform(judged)
    }

    // A request that ends in trailers never reports its end to the body callback: judging only
    // there would let it through (`envoy-host.md` section 1, finding 2).
    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        let edits = self.exchange.trailer_edits(&host::request_trailers());
        if !host::edit_request_trailers(&edits) {
            return self.fail("a request trailer could not be removed");
        }
        self.end(limits::BODY_BYTES + 1)
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        if self.has_answered {
            return Action::Continue;
        }
        let headers = host::response_headers();
        let judged =
            self.judge(|exchange, world| exchange.response_head(&headers, end_of_stream, world));
        self.perform_head(judged)
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if self.has_answered {
            return Action::Continue;
        }
        match self.exchange.response_reading() {
            Reading::Nothing => Action::Continue,
            Reading::Whole => self.whole(size, end_of_stream),
            Reading::Stream => self.piece(size, end_of_stream),
        }
    }

    // Like a request, a response that ends in trailers never reports its end to the body callback.
    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        if self.has_answered {
            return Action::Continue;
        }
        let edits = self.exchange.trailer_edits(&host::response_trailers());
        if !host::edit_response_trailers(&edits) {
            return self.cut();
        }
        if self.asked.is_some() {
            return Action::Pause;
        }
        if self.exchange.response_reading() != Reading::Whole {
            return Action::Continue;
        }
        self.whole(limits::RESPONSE_BYTES + 1, true)
    }
}
