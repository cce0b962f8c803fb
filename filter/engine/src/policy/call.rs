//! What policies see of a message. Not the message itself: bodies are parsed before.

use crate::json::Value;
use crate::time::UnixMillis;

/// The authenticated principal and the scope (tenant) it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Name of the principal, for example `ci` or a SPIFFE id.
    pub name: String,
    /// Scope: separates audit chains, taint and approvals.
    pub scope: String,
}

/// One message as policies see it.
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
}

impl Call<'_> {
    /// The method that runs a tool.
    pub const TOOLS_CALL: &'static str = "tools/call";

    /// Whether the default action and policies that name no method apply: to `tools/call` and to
    /// every method that reads, writes or runs something. The others only keep the protocol going
    /// or list what there is; they are judged by policies that name them in `match.method`.
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
            };
            call.is_governed()
        };
        for method in [
            "tools/call",
            "resources/read",
            "tasks/cancel",
            "vendor/anything",
            "Tools/List",
        ] {
            assert!(governed(method), "{method}");
        }
        for method in [
            "initialize",
            "ping",
            "tools/list",
            "notifications/cancelled",
        ] {
            assert!(!governed(method), "{method}");
        }
    }
}
