//! Answers to a batch: one message at a time or several in an array, each judged by itself.

use super::Answering;
use super::fate::{Context, Fate};
use crate::exchange::world::Step;
use crate::json::Value;
use crate::mcp::{self, ServerMessage};

impl Answering {
    /// The fate of what came together in one body or one event.
    pub(super) fn batch_fate(&mut self, bytes: &[u8], context: &Context<'_>) -> Fate {
        let messages = match mcp::read_server_batch(bytes) {
            Ok(messages) => messages,
            Err(ambiguous) => return self.no_single_reading(&ambiguous, context),
        };
        let is_array = bytes.trim_ascii_start().starts_with(b"[");
        match <[ServerMessage; 1]>::try_from(messages) {
            Ok([message]) if !is_array => self.fate_of(message, context),
            Ok(only) => self.fate_of_all(only.into(), context),
            Err(messages) => self.fate_of_all(messages, context),
        }
    }

    fn fate_of_all(&mut self, messages: Vec<ServerMessage>, context: &Context<'_>) -> Fate {
        let (mut out, mut is_changed) = (Vec::new(), false);
        for message in messages {
            let root = message.root().clone();
            match self.fate_of(message, context) {
                Fate::Keep => out.push(root),
                Fate::Swap(value) => {
                    out.push(value);
                    is_changed = true;
                }
                Fate::Drop => is_changed = true,
                Fate::Last(Value::Array(values)) => {
                    out.extend(values);
                    return Fate::Last(out.into());
                }
                Fate::Last(value) => {
                    out.push(value);
                    return Fate::Last(out.into());
                }
            }
        }
        match (is_changed, out.is_empty()) {
            (false, _) => Fate::Keep,
            (true, true) => Fate::Drop,
            (true, false) => Fate::Swap(out.into()),
        }
    }

    /// The changed answers of a JSON body. Nothing follows it, so what lost its answer gets an
    /// error.
    pub(super) fn with_the_unanswered(&mut self, answers: Value, context: &Context<'_>) -> Step {
        let Value::Array(mut answers) = answers else {
            return Step::Replace(super::text_of(&answers));
        };
        if !self.open.is_empty() {
            let (code, text) = super::NO_ANSWER;
            let audit_id = context.note(self, None, code, text);
            let failed = self
                .open
                .drain(..)
                .map(|asked| mcp::replacement_error(Some(&asked.id), code, text, &audit_id));
            answers.extend(failed);
        }
        Step::Replace(super::text_of(&answers.into()))
    }

    /// One message as it is, or several as an array, which is how a batch is answered.
    pub(super) fn together(&self, mut messages: Vec<Value>) -> Value {
        match messages.pop() {
            Some(only) if messages.is_empty() && !self.is_batch => only,
            last => {
                messages.extend(last);
                messages.into()
            }
        }
    }
}
