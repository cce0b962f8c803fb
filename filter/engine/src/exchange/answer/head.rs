//! What the head of a response says about its body, and what is done before any of it is there.

use super::fate::Context;
use super::{Answering, Body, Carrier, events};
use crate::exchange::response::HeaderEdit;
use crate::exchange::sessions::{Owner, Session};
use crate::exchange::world::Step;
use crate::limits;
use crate::mcp::{Headers, One, Reply};

/// The media type without its parameters, in lower case.
fn media_type(headers: &Headers) -> String {
    match headers.one("content-type") {
        One::Text(text) => {
            let essence = text.split(';').next().unwrap_or_default();
            essence.trim().to_ascii_lowercase()
        }
        _ => String::new(),
    }
}

fn is_encoded(headers: &Headers) -> bool {
    headers
        .all("content-encoding")
        .any(|value| !value.trim_ascii().eq_ignore_ascii_case(b"identity"))
}

impl Answering {
    /// Decides how the body is read.
    pub(super) fn head(
        &mut self,
        headers: &Headers,
        end_of_stream: bool,
        context: &Context<'_>,
        edits: &mut Vec<HeaderEdit>,
    ) -> Step {
        let status = match headers.one(":status") {
            One::Text(text) => text.parse().unwrap_or(0_u16),
            _ => 0,
        };
        let succeeded = (200..300).contains(&status);
        self.follow_session(headers, succeeded, context);
        let looked_at = matches!(self.carrier, Carrier::Post | Carrier::Stream);
        if end_of_stream || !looked_at {
            return Step::Forward;
        }
        if is_encoded(headers) {
            let text =
                "the server's answer is compressed, which cannot be judged; it was not asked for";
            return self.refuse(context, "response_encoded", text);
        }
        match media_type(headers).as_str() {
            "text/event-stream" if succeeded => {
                edits.push(HeaderEdit::Remove("content-length".to_owned()));
                self.is_stream = true;
                self.park(context);
                self.body = Body::Events(events::Events::new());
                Step::Forward
            }
            "application/json" => {
                self.body = Body::Json { succeeded };
                Step::Hold
            }
            // The old transport accepts a request here and answers it on the stream.
            _ if succeeded
                && !self.open.is_empty()
                && !(status == 202 && context.settings.forwards_http_sse) =>
            {
                let text = "the server's answer is neither JSON nor an event stream";
                self.refuse(context, "response_type", text)
            }
            _ if context.reads_text() => {
                self.body = Body::Text;
                Step::Hold
            }
            _ => Step::Forward,
        }
    }

    /// Binds a session that the server opens to the caller, and forgets one that has ended.
    fn follow_session(&mut self, headers: &Headers, succeeded: bool, context: &Context<'_>) {
        if self.carrier == Carrier::Farewell {
            if let Some(session) = self.session.as_ref().filter(|_| succeeded) {
                session.forget(context.world);
            }
            return;
        }
        let opens = |asked: &super::Asked| asked.request.method == "initialize";
        if !self.open.iter().any(opens) {
            return;
        }
        let Some(caller) = &self.stamp.caller else {
            return;
        };
        let owner = Owner::of(caller, self.stamp.upstream());
        if let Some(session) = Session::named(headers, &owner) {
            session.enter(context.world);
            self.session = Some(session);
        }
    }

    /// An answer on a stream may yet come on another: whoever resumes must find it.
    fn park(&self, context: &Context<'_>) {
        let Some(session) = &self.session else {
            return;
        };
        let open: Vec<_> = self
            .open
            .iter()
            .map(|asked| (&asked.id, asked.request.clone()))
            .collect();
        if !open.is_empty() {
            session.park(&open, context.world);
        }
    }

    /// Answers in the server's place before anything has reached the client.
    fn refuse(&mut self, context: &Context<'_>, code: &'static str, text: &str) -> Step {
        self.body = Body::Over;
        let audit_id = context.note(self, None, code, text);
        let answer = self.failure(code, text, &audit_id);
        Step::Reply(Reply {
            status: if self.open.is_empty() { 502 } else { 200 },
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: super::text_of(&answer),
        })
    }

    /// More than [`limits::RESPONSE_BYTES`] have come.
    pub(super) fn too_large(&mut self, context: &Context<'_>) -> Step {
        let text = format!(
            "the server's answer is larger than {} bytes",
            limits::RESPONSE_BYTES
        );
        self.refuse(context, "response_too_large", &text)
    }
}
