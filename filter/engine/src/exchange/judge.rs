//! Judges one admitted message: builds the call policies see and applies the mode.

use super::settings::{NoBundle, Settings};
use super::state::ActiveBundle;
use crate::json::Value;
use crate::mcp::{Kind, Message};
use crate::policy::{Action, Call, Check, Decision, Mode, Outcome, ReasonCode, Stage};
use crate::time::UnixMillis;

/// A decision and whether it is carried out.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    pub(super) mode: Mode,
    /// Whether the message is kept from the server.
    pub(super) stops: bool,
}

/// Judges `message`, which was sent to `upstream`.
pub(super) fn judge(
    message: &Message,
    upstream: &str,
    bundle: Option<&ActiveBundle>,
    settings: &Settings,
    now: UnixMillis,
    audit_id: &str,
) -> Verdict {
    let Some(active) = bundle else {
        let stops = settings.no_bundle == NoBundle::Deny;
        let action = if stops { Action::Block } else { Action::Allow };
        let decision = plain(
            action,
            ReasonCode::NoBundle,
            "the filter has no policy bundle yet",
        );
        return Verdict {
            decision,
            mode: Mode::Enforcement,
            stops,
        };
    };
    let mode = active.bundle.settings().mode;
    let (Some(method), false) = (
        message.method(),
        matches!(message.kind, Kind::Response { .. }),
    ) else {
        let decision = plain(Action::Allow, ReasonCode::ClientResponse, "client_response");
        return Verdict {
            decision,
            mode,
            stops: false,
        };
    };
    let params = message.params();
    let other_params = (method != Call::TOOLS_CALL)
        .then(|| without_meta(params))
        .flatten();
    let call = Call {
        upstream,
        method,
        tool: message.tool().unwrap_or(method),
        arguments: other_params.as_ref().or_else(|| message.arguments()),
        meta: message.meta(),
        now,
        audit_id,
    };
    let decision = active.bundle.decide(&call);
    let stops = !decision.action.lets_pass()
        && (mode == Mode::Enforcement || decision.code.binds_in_every_mode());
    Verdict {
        decision,
        mode,
        stops,
    }
}

/// What policies see as the arguments of a method other than `tools/call`: its params without
/// `_meta`.
fn without_meta(params: Option<&crate::json::Object>) -> Option<Value> {
    let mut params = params?.clone();
    params.remove("_meta");
    Some(Value::Object(params))
}

/// A decision no policy took part in.
pub(super) fn plain(action: Action, code: ReasonCode, reason: &str) -> Decision {
    let outcome = if action.lets_pass() {
        Outcome::Passed
    } else {
        Outcome::Refused
    };
    let checks = vec![Check {
        stage: Stage::Policies,
        outcome,
        tried: 0,
    }];
    Decision {
        action,
        policy_id: None,
        code,
        reason: reason.to_owned(),
        checks,
    }
}
