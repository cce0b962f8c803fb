//! The response: performs the engine's steps on its headers and its body.

use super::Http;
use super::asking::Held;
use crate::host;
use proxy_wasm::types::Action;
use tessera_engine::exchange::{Judged, Query, Step};
use tessera_engine::limits;
use tessera_engine::mcp::Reply;

impl Http {
    /// Does what the engine decided about the response's head.
    pub(super) fn perform_head(&mut self, judged: Judged) -> Action {
        if !host::edit_response(&judged.edits) {
            return self.fail("a response header could not be changed");
        }
        match judged.step {
            Step::Forward => Action::Continue,
            Step::Hold if self.shared.settings.hold_headers => Action::Pause,
            // Where the host cannot hold headers they go ahead, without the length of a body that
            // may yet change; the body is held all the same.
            Step::Hold => {
                if !host::remove_response_length() {
                    return self.fail("the response's length could not be removed");
                }
                Action::Continue
            }
            Step::Reply(reply) => self.answer(&reply),
            Step::Ask(_) | Step::Replace(_) | Step::Last(_) | Step::Cut => self.cut(),
        }
    }

    /// A body that is judged as a whole; `size` bytes of it are there.
    pub(super) fn whole(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !end_of_stream {
            let judged = self.judge(|exchange, world| exchange.response_waits(size, world));
            return self.perform_whole(size, judged);
        }
        let Some(body) = host::response_body(size) else {
            return self.cut();
        };
        let judged = if body.len() > limits::RESPONSE_BYTES {
            self.judge(|exchange, world| exchange.response_waits(body.len(), world))
        } else {
            self.judge(|exchange, world| exchange.response_body(&body, true, world))
        };
        self.perform_whole(size, judged)
    }

    /// Does what the engine decided about a body of `size` bytes that is judged as a whole.
    pub(super) fn perform_whole(&mut self, size: usize, judged: Judged) -> Action {
        match judged.step {
            Step::Forward => Action::Continue,
            Step::Hold => Action::Pause,
            Step::Replace(body) | Step::Last(body) => self.replace(size, &body),
            Step::Reply(reply) if self.shared.settings.hold_headers => self.answer(&reply),
            Step::Reply(Reply { body, .. }) => self.replace(size, &body),
            Step::Ask(query) => self.ask(query, Held::Body),
            Step::Cut => self.cut(),
        }
    }

    fn replace(&mut self, size: usize, body: &[u8]) -> Action {
        let is_length_set =
            !self.shared.settings.hold_headers || host::set_response_length(body.len());
        if is_length_set && host::replace_response_body(size, body) {
            Action::Continue
        } else {
            self.cut()
        }
    }

    /// A piece of a stream.
    pub(super) fn piece(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some(bytes) = host::response_body(size) else {
            return self.cut();
        };
        let judged =
            self.judge(|exchange, world| exchange.response_body(&bytes, end_of_stream, world));
        self.perform_piece(size, end_of_stream, judged)
    }

    /// Does what the engine decided about `size` bytes of a stream.
    pub(super) fn perform_piece(
        &mut self,
        size: usize,
        end_of_stream: bool,
        judged: Judged,
    ) -> Action {
        let (bytes, is_last) = match judged.step {
            Step::Forward => return Action::Continue,
            Step::Replace(bytes) => (bytes, false),
            Step::Last(bytes) => (bytes, true),
            Step::Ask(query) => return self.hold_piece(size, end_of_stream, Some(query)),
            Step::Hold => return self.hold_piece(size, end_of_stream, None),
            Step::Reply(_) | Step::Cut => return self.cut(),
        };
        if !host::replace_response_body(size, &bytes) {
            return self.cut();
        }
        if is_last && !end_of_stream {
            self.shared.cut_later(self.context);
        }
        Action::Continue
    }

    /// The engine has these bytes and keeps them until the control plane has answered.
    fn hold_piece(&mut self, size: usize, has_ended: bool, query: Option<Query>) -> Action {
        if !host::replace_response_body(size, &[]) {
            return self.cut();
        }
        match query {
            Some(query) => self.ask(query, Held::Piece { has_ended }),
            None => self.hold_on(has_ended),
        }
    }

    /// Ends the response: what cannot be judged goes no further.
    pub(super) fn cut(&mut self) -> Action {
        self.has_answered = true;
        host::cut_response();
        Action::Pause
    }
}
