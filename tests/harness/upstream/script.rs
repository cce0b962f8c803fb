//! A script for the fake server: which request is answered how, turn by turn.

use serde_json::Value;

use super::{Reply, Seen};

/// Which requests a turn is for. Everything that was said must hold; nothing said holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    http_method: Option<String>,
    path: Option<String>,
    headers: Vec<(String, String)>,
    method: Option<String>,
    id: Option<Value>,
}

impl When {
    /// Any request.
    pub fn any() -> Self {
        Self::default()
    }

    /// A POST of a message with this JSON-RPC method.
    pub fn asks(method: &str) -> Self {
        Self {
            http_method: Some("POST".to_owned()),
            method: Some(method.to_owned()),
            ..Self::default()
        }
    }

    /// A request with this HTTP method.
    pub fn http(method: &str) -> Self {
        Self {
            http_method: Some(method.to_owned()),
            ..Self::default()
        }
    }

    /// Only at this path (with its query).
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Only with this JSON-RPC id.
    pub fn id(mut self, id: impl Into<Value>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only with this header field (name in lower case).
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn fits(&self, seen: &Seen) -> bool {
        let is = |wanted: &Option<String>, got: &str| wanted.as_deref().is_none_or(|w| w == got);
        let mut headers = self.headers.iter();
        let by_head = is(&self.http_method, &seen.method)
            && is(&self.path, &seen.path)
            && headers.all(|(name, value)| seen.header(name) == Some(value));
        if !by_head || (self.method.is_none() && self.id.is_none()) {
            return by_head;
        }
        let message = seen.json();
        is(&self.method, message["method"].as_str().unwrap_or_default())
            && self.id.as_ref().is_none_or(|id| *id == message["id"])
    }
}

/// One answer of a script.
#[derive(Debug, Clone)]
pub struct Turn {
    when: When,
    reply: Reply,
    again: bool,
}

impl Turn {
    /// Answers the first request that fits, and then no more.
    pub fn once(when: When, reply: Reply) -> Self {
        Self {
            when,
            reply,
            again: false,
        }
    }

    /// Answers every request that fits and that no turn before it takes.
    pub fn always(when: When, reply: Reply) -> Self {
        Self {
            when,
            reply,
            again: true,
        }
    }
}

/// The answer of the first turn that fits; a turn that answers once is used up.
pub(super) fn take(turns: &mut Vec<Turn>, seen: &Seen) -> Option<Reply> {
    let index = turns.iter().position(|turn| turn.when.fits(seen))?;
    if turns[index].again {
        return Some(turns[index].reply.clone());
    }
    Some(turns.remove(index).reply)
}
