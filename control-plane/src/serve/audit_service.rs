//! Takes audit records of filters into the ledger.

use tessera_api::convert::is_vm_id;
use tessera_api::v1::audit_service_server::AuditService;
use tessera_api::v1::{SubmitRequest, SubmitResponse};
use tessera_engine::limits::SUBMISSION_RECORDS;
use tonic::{Request, Response, Status};
use tracing::{error, warn};

use crate::bundles::{Raiser, Sighting};
use crate::ledger::{self, Incoming, Ledger, OWN_VM_PREFIX, Unreadable};

/// `AuditService` on a ledger.
#[derive(Debug)]
pub(super) struct Audit {
    ledger: Ledger,
    raiser: Raiser,
}

impl Audit {
    pub(super) const fn new(ledger: Ledger, raiser: Raiser) -> Self {
        Self { ledger, raiser }
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
        if records.len() > SUBMISSION_RECORDS {
            return Err(Status::invalid_argument(format!(
                "{} records, expected at most {SUBMISSION_RECORDS} in one submission",
                records.len()
            )));
        }
        let incoming = records.into_iter().enumerate();
        let submission: Vec<Incoming> = incoming
            .map(|(index, bytes)| ledger::incoming(&vm_id, index, bytes))
            .collect();
        for incoming in &submission {
            if let Incoming::Unreadable(unreadable) = incoming {
                let Unreadable { index, reason, .. } = unreadable;
                warn!(vm_id, index, %reason, "not a record; its bytes are kept as evidence");
            }
        }
        let sightings: Vec<Sighting> = submission.iter().filter_map(sighting).collect();
        let last = self.ledger.append(submission).await.map_err(|error| {
            error!(vm_id, %error, "records not stored; the filter keeps them");
            Status::unavailable(error.to_string())
        })?;
        if !sightings.is_empty() && !self.raiser.first_seen(sightings).await {
            // The ledger leaves what it has alone, so sending it all again does no harm.
            return Err(Status::unavailable("definitions could not be pinned"));
        }
        Ok(Response::new(SubmitResponse {
            acknowledged_seq: u64::try_from(last).unwrap_or_default(),
        }))
    }
}

/// The first sight of a tool's definition that a record tells of.
fn sighting(incoming: &Incoming) -> Option<Sighting> {
    match incoming {
        Incoming::Record(record) if record.kind == "definition" => {
            Sighting::of_record(&record.bytes)
        }
        _ => None,
    }
}
