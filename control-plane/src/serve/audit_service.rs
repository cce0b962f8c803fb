//! Takes audit records of filters into the ledger.

use tessera_api::convert::is_vm_id;
use tessera_api::v1::audit_service_server::AuditService;
use tessera_api::v1::{SubmitRequest, SubmitResponse};
use tonic::{Request, Response, Status};
use tracing::{error, warn};

use crate::ledger::{self, Ledger, OWN_VM_PREFIX};

/// `AuditService` on a ledger.
#[derive(Debug)]
pub(super) struct Audit {
    ledger: Ledger,
}

impl Audit {
    pub(super) const fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let SubmitRequest { vm_id, records } = request.into_inner();
        if !is_vm_id(&vm_id) || vm_id.starts_with(OWN_VM_PREFIX) {
            return Err(Status::invalid_argument(format!(
                "vm_id `{}` cannot be a filter's",
                vm_id.escape_debug()
            )));
        }
        let mut parsed = Vec::with_capacity(records.len());
        for (index, bytes) in records.into_iter().enumerate() {
            let record = ledger::parse(&vm_id, bytes).map_err(|error| {
                warn!(vm_id, index, %error, "record refused");
                Status::invalid_argument(format!("records[{index}]: {error}"))
            })?;
            parsed.push(record);
        }
        let last = parsed.last().map_or(0, |record| record.seq);
        self.ledger.append(parsed).await.map_err(|error| {
            error!(vm_id, %error, "records not stored; the filter keeps them");
            Status::unavailable(error.to_string())
        })?;
        Ok(Response::new(SubmitResponse {
            acknowledged_seq: u64::try_from(last).unwrap_or_default(),
        }))
    }
}
