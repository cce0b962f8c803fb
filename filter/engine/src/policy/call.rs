//! What policies see of a message. Not the message itself: bodies are parsed before.

use crate::json::Value;
use crate::taint::Judged;
use crate::time::UnixMillis;

/// The authenticated principal and the scope (tenant) it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Name of the principal, for example `ci` or a SPIFFE id.
    pub name: String,
    /// Scope: separates audit chains, taint and approvals.
    pub scope: String,
}

/// Who sent the message that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Sender {
    /// The client: its requests, its notifications, and its answers to requests of the server.
    #[default]
    Client,
    /// The server: its own requests, such as `sampling/createMessage`.
    Server,
}

impl Sender {
    /// Both, in the order documents name them.
    pub const ALL: [Self; 2] = [Self::Client, Self::Server];

    /// The word used in policies and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// One message as policies see it.
///
/// | message | `method` | `tool` | `arguments` | `sender` |
/// |---|---|---|---|---|
/// | `tools/call` | `tools/call` | the tool | `params.arguments` | client |
/// | another request or notification of the client | its method | its method | `params` without `_meta` | client |
/// | the client's answer to a request of the server | the method of that request | the same | the `result` | client |
/// | a request of the server | its method | its method | `params` without `_meta` | server |
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Name of the MCP server, from the route mapping.
    pub upstream: &'a str,
    /// JSON-RPC method, for example `tools/call`.
    pub method: &'a str,
    /// Tool name; for a method other than `tools/call`, the method.
    pub tool: &'a str,
    /// `params.arguments` as sent; `None` if absent.
    pub arguments: Option<&'a Value>,
    /// `params._meta` as sent; `None` if absent.
    pub meta: Option<&'a Value>,
    /// When the message was received.
    pub now: UnixMillis,
    /// Id of the audit record of this message, for `${audit.event_id}`.
    pub audit_id: &'a str,
    /// Who the client is; `None` where nobody is known.
    pub caller: Option<&'a Caller>,
    /// Who sent the message.
    pub sender: Sender,
    /// Where the values of its arguments came from; `None` where nobody looked.
    pub trust: Option<&'a Judged>,
}

impl Call<'_> {
    /// The method that runs a tool.
    pub const TOOLS_CALL: &'static str = "tools/call";

    /// Whether the default action and policies that name no method apply: to `tools/call` and to
    /// every method that reads, writes or runs something, whoever sends it. The others only keep
    /// the protocol going or list what there is; they are judged by policies that name them in
    /// `match.method`.
    #[must_use]
    pub fn is_governed(&self) -> bool {
        let keeps_going = matches!(
            self.method,
            "initialize"
                | "ping"
                | "server/discover"
                | "logging/setLevel"
                | "subscriptions/listen"
                | "resources/unsubscribe"
                | "roots/list"
                | "tools/list"
                | "prompts/list"
                | "resources/list"
                | "resources/templates/list"
                | "tasks/list"
        );
        !keeps_going && !self.method.starts_with("notifications/")
    }

    /// Whether an intent is asked for where it is required: an intent is what a client says about
    /// its own request. What servers ask for, and the client's answer, belong to such a request.
    #[must_use]
    pub(super) fn needs_intent(&self) -> bool {
        let asked_by_servers = matches!(
            self.method,
            "sampling/createMessage" | "elicitation/create" | "roots/list"
        );
        self.sender == Sender::Client && !asked_by_servers
    }

    /// The action classes of a governed method other than `tools/call` that no table lists: those
    /// that only read are known, the others have none, like an unknown tool.
    #[must_use]
    pub(super) fn method_verbs(&self) -> &'static [&'static str] {
        match self.method {
            "resources/read"
            | "resources/subscribe"
            | "prompts/get"
            | "tasks/get"
            | "tasks/result" => &["read.get"],
            "completion/complete" => &["read.search"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_the_protocol_going_is_not_governed() {
        let governed = |method| {
            let call = Call {
                upstream: "u",
                method,
                tool: method,
                arguments: None,
                meta: None,
                now: UnixMillis(0),
                audit_id: "",
                caller: None,
                sender: Sender::Client,
                trust: None,
            };
            call.is_governed()
                && Call {
                    sender: Sender::Server,
                    trust: None,
                    ..call
                }
                .is_governed()
        };
        for method in [
            "tools/call",
            "resources/read",
            "tasks/cancel",
            "sampling/createMessage",
            "elicitation/create",
            "vendor/anything",
            "Tools/List",
        ] {
            assert!(governed(method), "{method}");
        }
        for method in [
            "initialize",
            "ping",
            "roots/list",
            "tools/list",
            "notifications/cancelled",
        ] {
            assert!(!governed(method), "{method}");
        }
    }
}
