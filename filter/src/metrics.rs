//! The filter's counters and gauges; Envoy shows them as `wasmcustom.<name>`.

use crate::host;
use tessera_engine::audit::Record;

/// Metric ids of the host; one that could not be defined is not counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    allow: Option<u32>,
    block: Option<u32>,
    log_only: Option<u32>,
    require_approval: Option<u32>,
    refused: Option<u32>,
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
            refused: host::counter("tessera_refused"),
            bundle_version: host::gauge("tessera_bundle_version"),
            bundle_refused: host::counter("tessera_bundle_refused"),
            outbox_records: host::gauge("tessera_outbox_records"),
            audit_lost: host::counter("tessera_audit_lost"),
        }
    }

    /// Counts one judged message; a protocol refusal is not a decision.
    pub(crate) fn judged(&self, record: &Record) {
        let was_judged = record.checks.iter().any(|check| {
            !matches!(
                check.stage,
                tessera_engine::policy::Stage::Caller | tessera_engine::policy::Stage::Protocol
            )
        });
        let metric = match record.action {
            _ if !was_judged => self.refused,
            "allow" => self.allow,
            "log_only" => self.log_only,
            "require_approval" => self.require_approval,
            _ => self.block,
        };
        host::count(metric, 1);
    }
}
