//! What the fake server answers: status, header fields, and a body written step by step.

use serde_json::Value;

use super::When;

/// One step of an answer's body. The steps that wait hold the header fields back too when they stand in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Write these bytes as one chunk.
    Bytes(Vec<u8>),
    /// Write nothing until [`super::Upstream::release`] was called.
    Hold,
    /// Write nothing until the client holds this text, as told by [`super::Upstream::client_got`].
    UntilClientHas(String),
    /// Write nothing until the server has been asked this, since the last [`super::Upstream::forget`].
    UntilAsked(When),
}

impl Part {
    /// One event of an event stream: `fields` such as `id: 3` in front of the data.
    pub fn event(fields: &[&str], data: &Value) -> Self {
        let fields: String = fields.iter().map(|field| format!("{field}\n")).collect();
        Self::Bytes(format!("{fields}data: {data}\n\n").into_bytes())
    }
}

/// What the upstream answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body, step by step.
    pub parts: Vec<Part>,
}

impl Reply {
    /// A complete JSON answer.
    pub fn json(value: &Value) -> Self {
        let body = vec![Part::Bytes(value.to_string().into_bytes())];
        Self::of("application/json", body)
    }

    /// An event stream made of these parts.
    pub fn events(parts: Vec<Part>) -> Self {
        Self::of("text/event-stream", parts)
    }

    /// An answer of this type.
    pub fn of(content_type: &str, parts: Vec<Part>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            parts,
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// The same answer with another header field, such as the `mcp-session-id` that opens a session.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
