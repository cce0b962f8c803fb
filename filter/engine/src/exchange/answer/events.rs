//! A response that is a stream of events: each is judged when it is complete and written again.

use super::fate::{Context, Fate};
use super::{Answering, Body, Carrier, text_of};
use crate::exchange::world::Step;
use crate::json::Value;
use crate::limits;
use crate::mcp::{self, sse};

/// A stream and how far it has been read.
#[derive(Debug)]
pub(super) struct Events {
    parser: sse::Parser,
    /// The old transport, let through by configuration: its answers come on this stream, whose
    /// requests nobody knows.
    is_old: bool,
}

impl Events {
    pub(super) fn new() -> Self {
        Self {
            parser: sse::Parser::new(limits::EVENT_BYTES),
            is_old: false,
        }
    }
}

/// What to do with the stream after an event.
enum Next {
    More,
    /// Nothing after this event is let through.
    Over,
    /// The stream is cut.
    Cut,
}

impl Answering {
    /// Reads a piece of the stream.
    pub(super) fn events(
        &mut self,
        mut events: Events,
        bytes: &[u8],
        end: bool,
        context: &Context<'_>,
    ) -> Step {
        let mut out = Vec::new();
        // In slices: tiny events take many times their bytes once they are read.
        for slice in bytes.chunks(limits::EVENT_SLICE_BYTES) {
            let mut items = Vec::new();
            let read = events.parser.feed(slice, &mut items);
            for item in items {
                match self.item(item, &mut events, &mut out, context) {
                    Next::More => {}
                    Next::Over => return Step::Last(out),
                    Next::Cut => return Step::Cut,
                }
            }
            if let Err(error) = read {
                return self.unreadable(&error, out, end, context);
            }
        }
        self.body = Body::Events(events);
        Step::Replace(out)
    }

    fn item(
        &mut self,
        item: sse::Item,
        events: &mut Events,
        out: &mut Vec<u8>,
        context: &Context<'_>,
    ) -> Next {
        let sse::Item::Event(mut event) = item else {
            sse::Item::Comment.write(out);
            return Next::More;
        };
        match event.event.as_deref() {
            None | Some("message") => {}
            Some("endpoint") if self.carrier == Carrier::Stream => {
                return self.old_transport(&event, events, out, context);
            }
            Some(_) => {
                // No client reads other kinds; they only show that the stream lives.
                sse::Item::Comment.write(out);
                return Next::More;
            }
        }
        // Without data it only says where to resume and when.
        let Some(data) = event.data.take_if(|data| !data.is_empty()) else {
            event.write(out);
            return Next::More;
        };
        let fate = self.fate_on_stream(data.as_bytes(), events.is_old, context);
        let next = match &fate {
            Fate::Last(_) => Next::Over,
            _ => Next::More,
        };
        event.data = match fate {
            Fate::Keep => Some(data),
            Fate::Swap(value) | Fate::Last(value) => Some(crate::json::to_text(&value)),
            Fate::Drop => None,
        };
        // A naive client takes each line of data for a message.
        event.on_one_line().write(out);
        next
    }

    /// The transport of 2024-11-05 begins: its requests are answered on another exchange, so a
    /// denial could not be given where the client waits for it.
    fn old_transport(
        &mut self,
        event: &sse::Event,
        events: &mut Events,
        out: &mut Vec<u8>,
        context: &Context<'_>,
    ) -> Next {
        if context.settings.forwards_http_sse {
            events.is_old = true;
            event.write(out);
            return Next::More;
        }
        let text = "the server speaks the HTTP+SSE transport of 2024-11-05, which is refused here";
        context.note(self, None, "http_sse", text);
        Next::Cut
    }

    /// The stream cannot be read on: every open request gets an error, others are cut off.
    fn unreadable(
        &mut self,
        error: &sse::SseError,
        mut out: Vec<u8>,
        end: bool,
        context: &Context<'_>,
    ) -> Step {
        let text = format!("the server's event stream cannot be read: {error}");
        let audit_id = context.note(self, None, "stream_unreadable", &text);
        if self.open.is_empty() && !end {
            return Step::Cut;
        }
        for asked in std::mem::take(&mut self.open) {
            let value =
                mcp::replacement_error(Some(&asked.id), "stream_unreadable", &text, &audit_id);
            write_message(&value, &mut out);
        }
        Step::Last(out)
    }
}

pub(super) fn write_message(value: &Value, out: &mut Vec<u8>) {
    let data = String::from_utf8(text_of(value)).ok();
    let event = sse::Event {
        event: Some("message".to_owned()),
        data,
        id: None,
        retry: None,
    };
    event.write(out);
}
