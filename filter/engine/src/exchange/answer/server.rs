//! What the server says of its own accord: requests to the client, and notifications.

use super::fate::{Context, Fate};
use super::{Answering, Asked};
use crate::exchange::judge;
use crate::exchange::sessions::Waiting;
use crate::json::Value;
use crate::limits;
use crate::mcp::{self, Era, Id};
use crate::policy::{Action, Call, Decision, ReasonCode, Sender};

impl Answering {
    /// The server asks the client for something.
    pub(super) fn server_asks(
        &mut self,
        id: &Id,
        method: &str,
        root: &Value,
        context: &Context<'_>,
    ) -> Fate {
        if self.era == Era::Modern {
            let text = "the server sends a request; in this revision it must answer with one";
            context.note(self, None, "unexpected_request", text);
            return Fate::Drop;
        }
        let asks = Waiting::of_method(method);
        let (mut decision, stops) = self.judge_ask(method, root.get("params"), context);
        let noted = stops
            || self
                .session
                .as_ref()
                .is_some_and(|session| session.ask(id, method, context.world));
        if !noted {
            let text = "the answer could not be told from a foreign one: there is no session, the \
                        id is in use, or too many requests are open";
            decision = judge::plain(Action::Block, ReasonCode::UnknownSession, text);
        }
        let audit_id = self.record_ask(&asks, &decision, stops || !noted, context);
        if !stops && noted {
            if let Some(params) = root.get("params") {
                self.leave_text(method, params, context);
            }
            return Fate::Keep;
        }
        let open = self.end_open(context);
        let denied =
            |asked: &Asked| self.denied(Some(&asked.id), &asked.request, &decision, &audit_id);
        self.last(open.iter().map(denied).collect())
    }

    /// Judges what the server asks for; whether it is kept from the client.
    pub(super) fn judge_ask(
        &self,
        method: &str,
        params: Option<&Value>,
        context: &Context<'_>,
    ) -> (Decision, bool) {
        let Some(active) = context.bundle else {
            return judge::without_bundle(context.settings);
        };
        let arguments = params
            .and_then(Value::as_object)
            .and_then(|params| judge::without_meta(Some(params)));
        let call = Call {
            upstream: self.stamp.upstream(),
            caller: self.stamp.caller.as_ref(),
            sender: Sender::Server,
            trust: None,
            method,
            tool: method,
            arguments: arguments.as_ref(),
            meta: params.and_then(|params| params.get("_meta")),
            now: context.world.now,
            audit_id: &context.next_id(),
        };
        let decision = active.bundle.decide(&call);
        let stops = context.stops(&decision);
        (decision, stops)
    }

    /// Judges what a result asks the client for (`resultType` `input_required`); the refusal of the
    /// first that may not be asked, with the id of its record.
    pub(super) fn refused_input(
        &self,
        result: &Value,
        context: &Context<'_>,
    ) -> Option<(Decision, String)> {
        for (at, ask) in mcp::input_requests(result).enumerate() {
            let about = Waiting::of_method(ask.method);
            let is_too_many = at == limits::INPUTS;
            let (decision, stops) = if is_too_many {
                let text = "the result asks for more than can be judged";
                let decision = judge::plain(Action::Block, ReasonCode::BudgetExceeded, text);
                let stops = context.stops(&decision);
                (decision, stops)
            } else {
                self.judge_ask(ask.method, ask.params, context)
            };
            let audit_id = self.record_ask(&about, &decision, stops, context);
            if stops || is_too_many {
                return stops.then_some((decision, audit_id));
            }
        }
        None
    }

    /// Records a judged request of the server; the id of the record.
    fn record_ask(
        &self,
        about: &Waiting,
        decision: &Decision,
        stops: bool,
        context: &Context<'_>,
    ) -> String {
        let mut record = context.record(self, Some(about));
        record.kind = "server_request";
        record.decide(decision, context.mode(), stops);
        let audit_id = record.id.clone();
        context.keep(record);
        audit_id
    }
}
