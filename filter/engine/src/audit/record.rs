//! One judged message as the audit keeps it. Not its content: arguments and tokens stay out.

use super::chain::{Chain, Sealed};
use super::field::Field;
use crate::digest::Digest;
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
    /// What was judged: `message` (of a client), `server_request`, `answer`, or the
    /// `definition` of a tool in one.
    pub kind: &'static str,
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
    /// The tools that the tool would run, the outermost first.
    pub inner_tools: Vec<String>,
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
    /// What was found in an answer, as `kind=count`; in a definition, its digest and its flags, as
    /// `kind=place`.
    pub findings: Vec<String>,
    /// What the flow stage found, as `place=code level<need tool:audit id`.
    pub flow: Vec<String>,
    /// The floor under a judged message: a trust level.
    pub floor: Option<&'static str>,
    /// The name under which the state of its conversation is kept: a keyed hash.
    pub conversation: Option<String>,
    /// The tokens it carried that are not believed, as `kind=reason`.
    pub tokens: Vec<String>,
    /// The tools it calls that no row of the trust document lists.
    pub unlisted: Vec<String>,
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
    /// Seals the record into a chain. Members without a value are left out.
    pub fn seal(&self, chain: &mut Chain) -> Sealed {
        let time = self.time.to_rfc3339();
        let session = self.session.map(|session| session.to_hex());
        let bundle = self.bundle.map(|bundle| bundle.digest.to_hex());
        let mut members = Vec::with_capacity(32);
        members.extend([
            ("kind", Field::Text(self.kind)),
            ("id", Field::Text(&self.id)),
            ("time", Field::Text(&time)),
            ("scope", Field::Text(&self.scope)),
            ("http_method", Field::Text(&self.http_method)),
            ("action", Field::Text(self.action)),
            ("stopped", Field::Truth(self.stopped)),
            ("code", Field::Text(self.code)),
            ("reason", Field::Text(&self.reason)),
            ("mode", Field::Text(self.mode.as_str())),
            (
                "checks",
                Field::Texts(self.checks.iter().map(check_text).collect()),
            ),
        ]);
        if !self.findings.is_empty() {
            members.push(("findings", Field::Texts(self.findings.clone())));
        }
        if !self.inner_tools.is_empty() {
            members.push(("inner_tools", Field::Texts(self.inner_tools.clone())));
        }
        if !self.flow.is_empty() {
            members.push(("flow", Field::Texts(self.flow.clone())));
        }
        if !self.tokens.is_empty() {
            members.push(("tokens", Field::Texts(self.tokens.clone())));
        }
        if !self.unlisted.is_empty() {
            members.push(("unlisted", Field::Texts(self.unlisted.clone())));
        }
        let floor = self.floor.map(str::to_owned);
        let texts = [
            ("conversation", &self.conversation),
            ("floor", &floor),
            ("caller", &self.caller),
            ("upstream", &self.upstream),
            ("method", &self.method),
            ("tool", &self.tool),
            ("policy_id", &self.policy_id),
            ("request_id", &self.request_id),
            ("session", &session),
            ("bundle_digest", &bundle),
        ];
        let numbers = [
            ("bundle_version", self.bundle.map(|bundle| bundle.version)),
            ("status", self.status.map(u64::from)),
            (
                "lost_before",
                Some(self.lost_before).filter(|lost| *lost > 0),
            ),
        ];
        members.extend(
            texts
                .iter()
                .filter_map(|(key, text)| Some((*key, Field::Text(text.as_deref()?)))),
        );
        members.extend(
            numbers
                .iter()
                .filter_map(|(key, number)| Some((*key, Field::Number((*number)?)))),
        );
        chain.seal(members)
    }
}

/// One stage as `stage=outcome`, with the number of rules tried where there were any.
fn check_text(check: &Check) -> String {
    let (stage, outcome) = (check.stage.as_str(), check.outcome.as_str());
    match check.tried {
        0 => [stage, outcome].join("="),
        tried => format!("{stage}={outcome}/{tried}"),
    }
}
