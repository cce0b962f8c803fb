//! One admitted JSON-RPC message. Not raw bytes: whoever holds one knows it has a single reading.

use crate::json::{Number, Object, Value};
use std::cmp::Ordering;

/// The two generations of MCP on one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Era {
    /// Up to 2025-11-25: `initialize`, sessions, GET streams.
    Legacy,
    /// From 2026-07-28: stateless, version in every request's `_meta`, `Mcp-*` headers.
    Modern,
}

/// The id of a request. `1` and `"1"` are two ids.
#[derive(Debug, Clone, PartialEq)]
pub enum Id {
    /// A plain integer of any size, without fraction, exponent or negative zero.
    Number(Number),
    /// A string.
    String(String),
}

impl Id {
    /// The id as JSON text, as it was written (strings re-escaped).
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::json::to_text(&Value::from(self))
    }
}

// An integer without negative zero has one spelling, so equality by value is an equivalence.
impl Eq for Id {}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Number(_), Self::String(_)) => Ordering::Less,
            (Self::String(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&Id> for Value {
    fn from(id: &Id) -> Self {
        match id {
            Id::Number(number) => Self::Number(number.clone()),
            Id::String(text) => Self::String(text.clone()),
        }
    }
}

/// What kind of message it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It wants an answer.
    Request {
        /// What the answer will carry.
        id: Id,
        /// What is asked for.
        method: String,
    },
    /// It wants none.
    Notification {
        /// What is told; it begins with `notifications/`.
        method: String,
    },
    /// It answers a request the server made (legacy era only).
    Response {
        /// The server's id: another number space than the client's.
        id: Id,
    },
}

/// One message of one POST.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Which rules it follows.
    pub era: Era,
    /// Request, notification or response.
    pub kind: Kind,
    /// The `Mcp-Session-Id` it came with; never in the modern era, which has no sessions.
    pub session: Option<String>,
    /// The parsed body, an object.
    pub root: Value,
}

impl Message {
    /// The method; `None` for a response.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        match &self.kind {
            Kind::Request { method, .. } | Kind::Notification { method } => Some(method),
            Kind::Response { .. } => None,
        }
    }

    /// The id; `None` for a notification.
    #[must_use]
    pub const fn id(&self) -> Option<&Id> {
        match &self.kind {
            Kind::Request { id, .. } | Kind::Response { id } => Some(id),
            Kind::Notification { .. } => None,
        }
    }

    /// The id if this is a request: what an answer of our own carries.
    #[must_use]
    pub const fn request_id(&self) -> Option<&Id> {
        match &self.kind {
            Kind::Request { id, .. } => Some(id),
            Kind::Notification { .. } | Kind::Response { .. } => None,
        }
    }

    /// What a response holds: its result, or its error.
    #[must_use]
    pub fn outcome(&self) -> Option<&Value> {
        self.root.get("result").or_else(|| self.root.get("error"))
    }

    /// `params`; `None` if absent.
    #[must_use]
    pub fn params(&self) -> Option<&Object> {
        self.root.get("params")?.as_object()
    }

    /// Whether this is a request to run a tool.
    #[must_use]
    pub fn is_tool_call(&self) -> bool {
        matches!(&self.kind, Kind::Request { method, .. } if method == "tools/call")
    }

    /// The tool of a `tools/call`.
    #[must_use]
    pub fn tool(&self) -> Option<&str> {
        if self.is_tool_call() {
            self.subject()
        } else {
            None
        }
    }

    /// `params.arguments` of a `tools/call`, as sent: an object or null; `None` if absent.
    #[must_use]
    pub fn arguments(&self) -> Option<&Value> {
        if self.is_tool_call() {
            self.params()?.get("arguments")
        } else {
            None
        }
    }

    /// `params._meta` as sent: an object or null; `None` if absent.
    #[must_use]
    pub fn meta(&self) -> Option<&Value> {
        self.params()?.get("_meta")
    }

    /// What the method is about, and the `Mcp-Name` header mirrors: the tool, prompt, resource URI
    /// or task. `None` if the method has none or the member is absent.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        let member = subject_member(self.method()?)?;
        self.params()?.get(member)?.as_str()
    }
}

/// The member of `params` that `Mcp-Name` mirrors for a method (`mcp-wire.md` section 2).
pub(super) fn subject_member(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => Some("taskId"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_text_are_two_ids() {
        let number = Id::Number(Number::from(1_u64));
        let text = Id::String("1".into());
        assert_ne!(number, text);
        assert_eq!(
            (number.to_json(), text.to_json()),
            ("1".into(), "\"1\"".into())
        );
        assert!(
            number < text && Id::Number(Number::from(9_u64)) < Id::Number(Number::from(10_u64))
        );
    }
}
