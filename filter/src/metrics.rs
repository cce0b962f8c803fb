//! The filter's counters and gauges; Envoy shows them as `wasmcustom.<name>`.

use crate::host;
use tessera_engine::audit::Record;
use tessera_engine::policy::{Outcome, Stage};

/// Metric ids of the host; one that could not be defined is not counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    allow: Option<u32>,
    block: Option<u32>,
    log_only: Option<u32>,
    require_approval: Option<u32>,
    malformed: Option<u32>,
    unauthenticated: Option<u32>,
    unmapped: Option<u32>,
    answers_block: Option<u32>,
    answers_redact: Option<u32>,
    answers_refused: Option<u32>,
    answers_other: Option<u32>,
    server_requests_allow: Option<u32>,
    server_requests_block: Option<u32>,
    tools_quarantined: Option<u32>,
    tools_first_seen: Option<u32>,
    tokens_refused: Option<u32>,
    unlisted_calls: Option<u32>,
    pub(crate) bundle_version: Option<u32>,
    pub(crate) bundle_refused: Option<u32>,
    pub(crate) outbox_records: Option<u32>,
    pub(crate) audit_lost: Option<u32>,
}

impl Metrics {
    /// Defines all of them. Defining twice gives the same metric.
    pub(crate) fn define() -> Self {
        Self {
            allow: host::counter("tessera_decisions_allow"),
            block: host::counter("tessera_decisions_block"),
            log_only: host::counter("tessera_decisions_log_only"),
            require_approval: host::counter("tessera_decisions_require_approval"),
            malformed: host::counter("tessera_malformed"),
            unauthenticated: host::counter("tessera_unauthenticated"),
            unmapped: host::counter("tessera_unmapped"),
            answers_block: host::counter("tessera_answers_block"),
            answers_redact: host::counter("tessera_answers_redact"),
            answers_refused: host::counter("tessera_answers_refused"),
            answers_other: host::counter("tessera_answers_other"),
            server_requests_allow: host::counter("tessera_server_requests_allow"),
            server_requests_block: host::counter("tessera_server_requests_block"),
            tools_quarantined: host::counter("tessera_tools_quarantined"),
            tools_first_seen: host::counter("tessera_tools_first_seen"),
            tokens_refused: host::counter("tessera_tokens_refused"),
            unlisted_calls: host::counter("tessera_unlisted_calls"),
            bundle_version: host::gauge("tessera_bundle_version"),
            bundle_refused: host::counter("tessera_bundle_refused"),
            outbox_records: host::gauge("tessera_outbox_records"),
            audit_lost: host::counter("tessera_audit_lost"),
        }
    }

    /// Counts one record: a judged message by its action, a protocol refusal by its kind, the
    /// definition of a tool by what becomes of the tool.
    pub(crate) fn count(&self, record: &Record) {
        let refused = record.checks.iter().any(|check| {
            check.outcome == Outcome::Refused
                && matches!(check.stage, Stage::Caller | Stage::Protocol)
        });
        let metric = match record.kind {
            "message" => self.of_message(record, refused),
            "server_request" if record.stopped => self.server_requests_block,
            "server_request" => self.server_requests_allow,
            "definition" if record.action == "block" => self.tools_quarantined,
            "definition" => self.tools_first_seen,
            _ if refused => self.answers_refused,
            _ => match record.action {
                "block" => self.answers_block,
                "redact" => self.answers_redact,
                _ => self.answers_other,
            },
        };
        host::count(metric, 1);
        count_all(self.tokens_refused, &record.tokens);
        count_all(self.unlisted_calls, &record.unlisted);
    }

    fn of_message(&self, record: &Record, refused: bool) -> Option<u32> {
        match (refused, record.code, record.action) {
            (true, "not_authenticated", _) => self.unauthenticated,
            (true, "no_upstream", _) => self.unmapped,
            (true, ..) => self.malformed,
            (false, _, "allow") => self.allow,
            (false, _, "log_only") => self.log_only,
            (false, _, "require_approval") => self.require_approval,
            (false, ..) => self.block,
        }
    }
}

/// Counts everything that a record names.
fn count_all(metric: Option<u32>, named: &[String]) {
    let number = u64::try_from(named.len()).unwrap_or(u64::MAX);
    if number > 0 {
        host::count(metric, number);
    }
}
