//! A batch: every message is judged by itself and has its own record; then all of them go on, as
//! the client's own bytes unless tokens had to be taken out, or none does.

use super::answer::{Answering, Carrier};
use super::judge::{self, Verdict};
use super::request::{answered, asked, enter, session_of};
use super::response;
use super::sessions::Session;
use super::stamp::Stamp;
use super::state::{Exchange, Judged, Phase};
use super::strip;
use super::trust::States;
use super::world::{Step, World};
use crate::audit::Record;
use crate::mcp::{self, Headers, Message};
use crate::policy::{Action, ReasonCode};

/// One message of a batch and what was decided about it.
struct Element {
    message: Message,
    /// The method of the server's request that it answers.
    answers: Option<String>,
    verdict: Verdict,
}

impl Exchange {
    /// Judges the messages of a batch.
    pub(super) fn judge_batch(
        &mut self,
        headers: &Headers,
        stamp: Stamp,
        messages: Vec<Message>,
        states: &States,
        world: &World<'_>,
    ) -> Judged {
        let session = session_of(headers, &stamp);
        if let Err(refusal) = enter(session.as_ref(), world) {
            return self.refuse(&stamp, &refusal, world);
        }
        let mut elements = Vec::new();
        for (ahead, message) in messages.into_iter().enumerate() {
            let answers = match answered(&message, session.as_ref(), world) {
                Ok(answers) => answers,
                Err(refusal) => return self.refuse(&stamp, &refusal, world),
            };
            let world = world.ahead(ahead);
            let verdict = self.verdict(
                headers,
                &message,
                answers.as_deref(),
                &stamp,
                states,
                &world,
            );
            elements.push(Element {
                message,
                answers,
                verdict,
            });
        }
        if elements.iter().any(|element| element.verdict.stops) {
            self.stop_batch(&stamp, elements, world)
        } else {
            self.forward_batch(stamp, session, elements, world)
        }
    }

    fn forward_batch(
        &mut self,
        stamp: Stamp,
        session: Option<Session>,
        mut elements: Vec<Element>,
        world: &World<'_>,
    ) -> Judged {
        let records = self.records(&stamp, &elements, world);
        let mut answering = Answering::new(stamp, Carrier::Post, session);
        answering.is_batch = true;
        answering.headers = headers(&elements, &records);
        let messages = elements.iter_mut().map(|element| &mut element.message);
        let step = strip::forward_batch(messages, &self.settings);
        for element in elements {
            answering.ask(asked(element.message, element.verdict));
        }
        self.phase = Phase::Forwarded(Box::new(answering));
        Judged {
            step,
            edits: Vec::new(),
            records,
        }
    }

    /// Answers every request of the batch. What would have passed by itself is refused too: without
    /// the others the client's bytes could not be forwarded as they are.
    fn stop_batch(
        &mut self,
        stamp: &Stamp,
        mut elements: Vec<Element>,
        world: &World<'_>,
    ) -> Judged {
        let told = headers(&elements, &self.records(stamp, &elements, world));
        for Element { verdict, .. } in &mut elements {
            if !verdict.stops {
                let text = "another message of the same batch was refused, so none of it was sent";
                verdict.decision = judge::plain(Action::Block, ReasonCode::BatchDenied, text);
                verdict.stops = true;
            }
        }
        let mut records = self.records(stamp, &elements, world);
        let denials = elements.iter().zip(&records).map(|(element, record)| {
            let denial = judge::denial(&element.verdict.decision, &record.id);
            (&element.message, denial)
        });
        let mut reply = mcp::deny_batch(denials, self.settings.denials);
        for record in &mut records {
            record.status = Some(reply.status);
        }
        response::add_headers(&mut reply, told);
        Judged {
            step: Step::Reply(reply),
            edits: Vec::new(),
            records,
        }
    }

    /// The records of the batch, in its order.
    fn records(&self, stamp: &Stamp, elements: &[Element], world: &World<'_>) -> Vec<Record> {
        let bundle = self.bundle.as_deref();
        let record = |(ahead, element): (usize, &Element)| {
            let mut record = stamp.record("message", bundle, world, ahead);
            let answers = element.answers.as_deref();
            record.describe(&element.message, answers, &element.verdict);
            record
        };
        elements.iter().enumerate().map(record).collect()
    }
}

/// The decision headers of the first message that policies are against; of the first, if none is.
fn headers(elements: &[Element], records: &[Record]) -> Vec<(&'static str, String)> {
    let all = || elements.iter().zip(records);
    let is_against =
        |(element, _): &(&Element, &Record)| !element.verdict.decision.action.lets_pass();
    let Some((element, record)) = all().find(is_against).or_else(|| all().next()) else {
        return Vec::new();
    };
    let Verdict { decision, mode, .. } = &element.verdict;
    response::decision_headers(*mode, Some(decision), &record.id)
}

#[cfg(test)]
mod tests;
