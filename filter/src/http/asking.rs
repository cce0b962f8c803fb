//! The exchange waits for the control plane: what is held meanwhile, and how it goes on.

use super::Http;
use crate::{host, state};
use proxy_wasm::types::Action;
use tessera_engine::exchange::{Query, Told};
use tessera_engine::limits;

/// A query under way.
pub(super) struct Asked {
    token: u32,
    query: Query,
    held: Held,
}

/// What waits for the answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    /// The request, complete.
    Request,
    /// The body of the response, complete.
    Body,
    /// A piece of a stream, which the engine has; whether the stream has ended with it.
    Piece { has_ended: bool },
}

impl Http {
    /// Asks the control plane. If it cannot be asked that is the answer, at once.
    pub(super) fn ask(&mut self, query: Query, held: Held) -> Action {
        match state::ask(&self.shared, &query) {
            Some(token) => {
                self.asked = Some(Asked { token, query, held });
                Action::Pause
            }
            None => self.told(Told::Failed, held),
        }
    }

    /// More of a stream has come, while the control plane is being asked.
    pub(super) fn hold_on(&mut self, ended: bool) -> Action {
        let Some(asked) = &mut self.asked else {
            return self.cut();
        };
        if let Held::Piece { has_ended } = &mut asked.held {
            *has_ended |= ended;
        }
        Action::Pause
    }

    /// A call has returned.
    pub(super) fn returned(&mut self, token: u32, status: u32, size: usize) {
        let Some(asked) = self.asked.take_if(|asked| asked.token == token) else {
            return;
        };
        let told = state::told(&asked.query, status, size);
        if self.told(told, asked.held) == Action::Pause {
            return;
        }
        let has_resumed = match asked.held {
            Held::Request => host::resume_request(),
            Held::Body | Held::Piece { .. } => host::resume_response(),
        };
        if !has_resumed {
            log::error!("the host did not let an exchange go on: it is held until it times out");
        }
    }

    fn told(&mut self, told: Told, held: Held) -> Action {
        let judged = self.judge(|exchange, world| exchange.told(told, world));
        match held {
            Held::Request => self.perform(judged),
            // More than there can be: all of it.
            Held::Body => self.perform_whole(limits::RESPONSE_BYTES + 1, judged),
            // The engine has what was there.
            Held::Piece { has_ended } => self.perform_piece(0, has_ended, judged),
        }
    }
}
