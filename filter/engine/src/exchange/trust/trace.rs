//! What an answer has to know of its request, for as long as it is awaited.

use super::Rules;
use super::asks::names;
use super::places::Places;
use crate::exchange::stamp::Stamp;
use crate::exchange::world::World;
use crate::json::{Number, Object, Value};
use crate::limits;
use crate::mcp::Headers;
use crate::taint::Conversation;
use crate::taint::flow::Echo;
use crate::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What an answer has to know of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exchange) struct Trace {
    /// Where what arrives is recorded.
    pub(super) places: Places,
    /// The conversation its label names.
    pub(super) conversation: String,
    /// When that began.
    pub(super) started: Option<UnixMillis>,
    /// The audit id of the request's record, which names the result from now on.
    pub(super) audit_id: String,
    /// The values the request brought in.
    pub(super) echo: Echo,
    /// What the request's tokens say, where that is kept with the answer: with the control plane. An
    /// answer on another stream has lost it.
    pub(super) brought: Option<Box<Conversation>>,
}

impl Trace {
    /// The trace of what comes on a stream without request: it belongs to the conversation whose
    /// token opened the stream, or to none.
    pub(in crate::exchange) fn of_stream(
        headers: &Headers,
        stamp: &Stamp,
        rules: &Rules<'_>,
        world: &World<'_>,
    ) -> Option<Self> {
        let (places, vouched) = names(headers, None, stamp, rules, world)?;
        Some(Self {
            places,
            conversation: vouched.conversation,
            started: vouched.started,
            audit_id: String::new(),
            echo: Echo::everything(),
            brought: None,
        })
    }

    /// Whether the other is of the same conversation.
    pub(in crate::exchange) fn is_beside(&self, other: &Self) -> bool {
        self.places == other.places
    }

    /// The trace with what an earlier request brought in: that which began a task.
    pub(in crate::exchange) fn with_echo_of(self, begun: Option<&Self>) -> Self {
        let echo = begun.map_or_else(Echo::everything, |begun| begun.echo.clone());
        Self { echo, ..self }
    }

    /// The trace as it is kept with a session. What the request brought in is left out if it is too
    /// long; then nothing in the answer is an identifier.
    pub(in crate::exchange) fn to_value(&self) -> Value {
        let places = &self.places;
        let echo = Some(self.echo.encode()).filter(|echo| echo.len() <= limits::SESSION_ECHO_BYTES);
        Object::new()
            .with("scope", places.scope.as_str())
            .with("own", places.own.as_str())
            .with("other", places.other.as_str())
            .with("all", places.all.as_deref())
            .with("conversation", self.conversation.as_str())
            .with(
                "started",
                self.started.map(|started| Value::from(started.0)),
            )
            .with("audit_id", self.audit_id.as_str())
            .with("echo", echo.map(|echo| STANDARD_NO_PAD.encode(echo)))
            .into()
    }

    /// Reads [`Trace::to_value`].
    pub(in crate::exchange) fn of_value(value: &Value) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let started = match value.get("started") {
            Some(Value::Number(started)) => Number::as_i64(started).map(UnixMillis),
            _ => None,
        };
        let echo = text("echo").and_then(|echo| STANDARD_NO_PAD.decode(echo).ok());
        Some(Self {
            places: Places {
                scope: text("scope")?,
                own: text("own")?,
                other: text("other")?,
                all: text("all"),
            },
            conversation: text("conversation")?,
            started,
            audit_id: text("audit_id")?,
            echo: echo.map_or_else(Echo::everything, |echo| Echo::decode(&echo)),
            brought: None,
        })
    }
}
