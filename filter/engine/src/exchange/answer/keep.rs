//! What is new in conversations is kept before anything that made it new is let through.

use super::fate::Context;
use super::{Answering, Body, events, text_of};
use crate::exchange::query::Told;
use crate::exchange::sessions::Waiting;
use crate::exchange::settings::StateKept;
use crate::exchange::state::{Exchange, Judged, Phase};
use crate::exchange::world::{Step, World};
use crate::limits;
use crate::mcp::{self, Id};

/// What waits until the control plane has kept what is new.
#[derive(Debug)]
pub(super) struct Held {
    /// What comes then.
    step: Step,
    /// What it answers.
    answered: Vec<(Option<Id>, Waiting)>,
    /// What has arrived meanwhile, and whether that was all.
    backlog: Vec<u8>,
    has_ended: bool,
}

/// Code and text of an answer that is withheld because what it leaves behind could not be kept.
const UNKEPT: (&str, &str) = (
    "state_unkept",
    "what the answer brings into the conversation could not be kept, so it is withheld",
);

impl Exchange {
    /// The control plane has kept what is new, or has not.
    pub(in crate::exchange) fn told_kept(&mut self, told: &Told, world: &World<'_>) -> Judged {
        let bundle = self.bundle.clone();
        let settings = std::rc::Rc::clone(&self.settings);
        let Phase::Forwarded(answering) = &mut self.phase else {
            return Judged::step(Step::Hold);
        };
        let context = Context::new(&settings, bundle.as_deref(), world);
        let step = answering.told(told, &context);
        context.judged(step, Vec::new())
    }
}

impl Answering {
    /// A piece of the body has arrived, or all of it.
    pub(super) fn arrived(&mut self, bytes: &[u8], end: bool, context: &Context<'_>) -> Step {
        let Some(held) = &mut self.held else {
            let step = self.piece(bytes, end, context);
            return self.kept(step, end, context);
        };
        held.has_ended |= end;
        if held.backlog.len().saturating_add(bytes.len()) > limits::EVENT_BYTES {
            let text = "more has come than is held while the control plane is being asked";
            context.note(self, None, "response_too_large", text);
            self.body = Body::Over;
            return Step::Cut;
        }
        held.backlog.extend(bytes);
        Step::Hold
    }

    /// Keeps what `step` would let out brings into conversations, or has it kept first.
    fn kept(&mut self, step: Step, end: bool, context: &Context<'_>) -> Step {
        let answered = std::mem::take(&mut self.answered);
        let changes = context.take_changes();
        let Some(rules) = context.rules.filter(|_| !changes.is_empty()) else {
            return step;
        };
        if step == Step::Cut {
            return step;
        }
        if rules.settings.state == StateKept::Replicated {
            self.held = Some(Held {
                step,
                answered,
                backlog: Vec::new(),
                has_ended: end,
            });
            return Step::Ask(changes.query());
        }
        match changes.keep(&rules, context.world) {
            Ok(()) => step,
            Err(_) => self.withhold(answered, end, context),
        }
    }

    fn told(&mut self, told: &Told, context: &Context<'_>) -> Step {
        let Some(held) = self.held.take() else {
            return Step::Hold;
        };
        let step = if *told == Told::Committed {
            held.step
        } else {
            self.withhold(held.answered, held.has_ended, context)
        };
        match step {
            Step::Replace(out) if self.is_stream && !held.backlog.is_empty() => {
                let next = self.piece(&held.backlog, held.has_ended, context);
                let step = after(out, next);
                self.kept(step, held.has_ended, context)
            }
            step => step,
        }
    }

    /// What the client gets in the place of what is withheld.
    fn withhold(
        &mut self,
        answered: Vec<(Option<Id>, Waiting)>,
        end: bool,
        context: &Context<'_>,
    ) -> Step {
        let (code, text) = UNKEPT;
        let about = answered.first().map(|(_, request)| request.clone());
        let audit_id = context.note(self, about.as_ref(), code, text);
        if self.is_stream && answered.is_empty() && !end {
            // Nobody waits for it: the stream goes on without what it said.
            return Step::Replace(Vec::new());
        }
        let open = self.end_open(context).into_iter();
        let open = open.map(|asked| Some(asked.id));
        let ids: Vec<_> = answered.into_iter().map(|(id, _)| id).chain(open).collect();
        let error = |id: &Option<Id>| mcp::replacement_error(id.as_ref(), code, text, &audit_id);
        if !self.is_stream {
            self.body = Body::Over;
            let errors = ids.iter().map(error).collect();
            return Step::Replace(text_of(&self.together(errors)));
        }
        let mut out = Vec::new();
        for value in ids.iter().map(error) {
            events::write_message(&value, &mut out);
        }
        self.body = Body::Over;
        Step::Last(out)
    }
}

/// What a later piece comes to, behind what an earlier one has let out.
fn after(mut out: Vec<u8>, next: Step) -> Step {
    match next {
        Step::Replace(bytes) => {
            out.extend(bytes);
            Step::Replace(out)
        }
        Step::Last(bytes) => {
            out.extend(bytes);
            Step::Last(out)
        }
        other => other,
    }
}
