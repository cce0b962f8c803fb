//! Keeps and gives the states of conversations that several proxies share.

use tessera_api::v1::state_service_server::StateService;
use tessera_api::v1::{MergeRequest, MergeResponse, ReadRequest, ReadResponse};
use tonic::{Request, Response, Status};
use tracing::{error, warn};

use crate::states::{Change, States, StatesError, Unreadable};

/// `StateService` on the states of a data directory.
#[derive(Debug)]
pub(super) struct Conversations {
    states: States,
}

impl Conversations {
    pub(super) const fn new(states: States) -> Self {
        Self { states }
    }
}

#[tonic::async_trait]
impl StateService for Conversations {
    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        let keys = request.into_inner().into_keys();
        let keys = keys.map_err(|error| Status::invalid_argument(error.to_string()))?;
        let states = self.states.read(keys.clone()).await.map_err(refused)?;
        Ok(Response::new(ReadResponse::of(keys, states)))
    }

    async fn merge(
        &self,
        request: Request<MergeRequest>,
    ) -> Result<Response<MergeResponse>, Status> {
        let changes = request.into_inner().into_changes();
        let changes = changes.map_err(|error| Status::invalid_argument(error.to_string()))?;
        let changes: Result<Vec<Change>, Unreadable> =
            changes.into_iter().map(Change::try_from).collect();
        let changes = changes.map_err(|error| {
            warn!(%error, "a filter sent a state that is none");
            Status::invalid_argument(error.to_string())
        })?;
        self.states.merge(changes).await.map_err(refused)?;
        Ok(Response::new(MergeResponse {}))
    }
}

fn refused(error: StatesError) -> Status {
    error!(%error, "a filter goes without; it takes what it does not know for tainted");
    match error {
        StatesError::Full => Status::resource_exhausted(error.to_string()),
        _ => Status::unavailable(error.to_string()),
    }
}
