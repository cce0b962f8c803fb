//! One judged message as the audit keeps it. Not its content: arguments and tokens stay out.

use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::policy::{Check, Mode};
use crate::time::UnixMillis;

/// Which bundle judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleRef {
    /// Version given by the control plane; 0 for a bundle from the plugin configuration.
    pub version: u64,
    /// Digest of its wire form.
    pub digest: Digest,
}

/// One judged message.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Unique id; the client is told it too.
    pub id: String,
    /// When the message was judged.
    pub time: UnixMillis,
    /// Scope of the caller; the scope of unauthenticated callers if there is none.
    pub scope: String,
    /// Name of the caller, if authenticated.
    pub caller: Option<String>,
    /// Name of the upstream, if the route is mapped.
    pub upstream: Option<String>,
    /// HTTP method.
    pub http_method: String,
    /// JSON-RPC method, if it could be read.
    pub method: Option<String>,
    /// Tool name, for `tools/call`.
    pub tool: Option<String>,
    /// `allow`, `block`, `log_only` or `require_approval`.
    pub action: &'static str,
    /// Whether the message was kept from the server.
    pub stopped: bool,
    /// Stable reason code.
    pub code: &'static str,
    /// Reason for people.
    pub reason: String,
    /// The policy that decided.
    pub policy_id: Option<String>,
    /// Mode in force.
    pub mode: Mode,
    /// The stages that led to the decision.
    pub checks: Vec<Check>,
    /// The bundle that judged; `None` if there was none.
    pub bundle: Option<BundleRef>,
    /// Digest of the legacy session id, if the request named one. The id itself is a credential.
    pub session: Option<Digest>,
    /// Envoy's request id, if there is one.
    pub request_id: Option<String>,
    /// HTTP status of an answer of our own; `None` if the message was forwarded.
    pub status: Option<u16>,
    /// Records lost at the cap of the outbox since the last record of this VM.
    pub lost_before: u64,
}

impl Record {
    /// The record as an object, ready to be sealed into a chain. Members without a value are
    /// left out.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut object = Object::new()
            .with("kind", "message")
            .with("id", self.id.as_str())
            .with("time", self.time.to_rfc3339())
            .with("scope", self.scope.as_str())
            .with("http_method", self.http_method.as_str())
            .with("action", self.action)
            .with("stopped", self.stopped)
            .with("code", self.code)
            .with("reason", self.reason.as_str())
            .with("mode", self.mode.as_str())
            .with(
                "checks",
                self.checks.iter().map(check_value).collect::<Vec<_>>(),
            );
        let texts = [
            ("caller", &self.caller),
            ("upstream", &self.upstream),
            ("method", &self.method),
            ("tool", &self.tool),
            ("policy_id", &self.policy_id),
            ("request_id", &self.request_id),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                object.set(key, text.as_str());
            }
        }
        if let Some(bundle) = &self.bundle {
            object.set("bundle_version", bundle.version);
            object.set("bundle_digest", bundle.digest.to_string());
        }
        if let Some(session) = &self.session {
            object.set("session", session.to_string());
        }
        if let Some(status) = self.status {
            object.set("status", u64::from(status));
        }
        if self.lost_before > 0 {
            object.set("lost_before", self.lost_before);
        }
        object
    }
}

/// One stage as `stage=outcome`, with the number of rules tried where there were any.
fn check_value(check: &Check) -> Value {
    let (stage, outcome) = (check.stage.as_str(), check.outcome.as_str());
    Value::String(match check.tried {
        0 => format!("{stage}={outcome}"),
        tried => format!("{stage}={outcome}/{tried}"),
    })
}
