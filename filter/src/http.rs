//! One HTTP exchange: hands what arrives to the engine and performs its steps.

use crate::host;
use crate::shared::Shared;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use std::rc::Rc;
use tessera_engine::exchange::{Exchange, Head, Judged, Step, World};
use tessera_engine::limits;
use tessera_engine::mcp::Reply;

/// The HTTP context.
pub(crate) struct Http {
    shared: Rc<Shared>,
    exchange: Exchange,
}

impl Http {
    pub(crate) fn new(shared: Rc<Shared>) -> Self {
        let exchange = shared.exchange();
        Self { shared, exchange }
    }

    /// Lets the engine judge with what only the host knows.
    fn judge(&mut self, phase: impl FnOnce(&mut Exchange, &World<'_>) -> Judged) -> Judged {
        let audit_id = self.shared.next_audit_id();
        let world = World {
            now: host::now(),
            audit_id: &audit_id,
            room: self.shared.room(),
        };
        phase(&mut self.exchange, &world)
    }

    /// Does what the engine decided: the record first, so that nothing happens unrecorded.
    fn perform(&self, judged: Judged) -> Action {
        if let Some(record) = judged.record {
            self.shared.keep(record);
        }
        if !host::edit_request(&judged.edits) {
            return fail("a request header could not be changed");
        }
        match judged.step {
            Step::Forward => Action::Continue,
            Step::Hold => Action::Pause,
            Step::Reply(reply) => answer(&reply),
        }
    }

    /// The request has ended; `size` bytes of its body are buffered.
    fn end(&mut self, size: usize) -> Action {
        let Some(body) = host::request_body(size) else {
            return fail("the request's body could not be read");
        };
        let judged = self.judge(|exchange, world| exchange.request_end(&body, world));
        self.perform(judged)
    }
}

/// Answers the client. If the host does not take the answer the request stays held.
fn answer(reply: &Reply) -> Action {
    if !host::reply(reply) {
        log::error!("the host did not take an answer: the request is held until it times out");
    }
    Action::Pause
}

/// Fails closed when the host does not do what is asked of it.
fn fail(what: &str) -> Action {
    log::error!("{what}: the request is refused");
    answer(&Reply {
        status: 503,
        headers: Vec::new(),
        body: Vec::new(),
    })
}

impl Context for Http {}

impl HttpContext for Http {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        let settings = &self.shared.settings;
        let head = Head {
            headers: host::request_headers(),
            peer: settings.asks_peer.then(host::peer_uri).flatten(),
            cluster: settings.asks_cluster.then(host::cluster).flatten(),
            end_of_stream,
        };
        let judged = self.judge(|exchange, world| exchange.request_head(head, world));
        // Where the host cannot hold headers they go ahead; the body is held all the same.
        let goes_ahead = judged.step == Step::Hold && !self.shared.settings.hold_headers;
        let action = self.perform(judged);
        if goes_ahead { Action::Continue } else { action }
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
        self.end(limits::BODY_BYTES + 1)
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let edits = self.exchange.response_head();
        if !host::edit_response(&edits) {
            log::warn!("a response header could not be changed");
        }
        Action::Continue
    }
}
