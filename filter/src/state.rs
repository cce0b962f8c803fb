//! Asks the control plane for the state of conversations, and has changes of it kept. Not the waiting:
//! that is `http/asking.rs`.
//!
//! Every way in which it can go wrong is [`Told::Failed`], which trusts nothing.

use crate::host::{self, GrpcCall};
use crate::shared::Shared;
use prost::Message as _;
use tessera_api::v1;
use tessera_engine::exchange::{Query, Told};
use tessera_engine::limits;

/// gRPC's "it went well".
const OK: u32 = 0;

/// Sends a query from the exchange that is being served; its token, or `None` if it cannot be sent.
pub(crate) fn ask(shared: &Shared, query: &Query) -> Option<u32> {
    let control_plane = shared.settings.control_plane.as_ref()?;
    // The scope is in every key already: a key is a hash of it among others.
    let (method, message) = match query {
        Query::Read { scope: _, keys } => {
            let keys = keys.clone();
            ("Read", v1::ReadRequest { keys }.encode_to_vec())
        }
        Query::Merge { scope: _, changes } => {
            let request = v1::MergeRequest::from(changes.clone());
            ("Merge", request.encode_to_vec())
        }
    };
    let call = GrpcCall {
        service: "tessera.v1.StateService",
        method,
        authorization: control_plane.authorization.as_deref(),
    };
    let timeout = control_plane.state_timeout;
    let token = host::call(&control_plane.cluster, &call, &message, timeout);
    if token.is_none() {
        log::warn!("cluster `{}` cannot be reached", control_plane.cluster);
    }
    token
}

/// What came back: the gRPC status of the call, and the size of the message that is there.
pub(crate) fn told(query: &Query, status: u32, size: usize) -> Told {
    if status != OK {
        log::warn!("the control plane did not answer for a conversation (gRPC status {status})");
        return Told::Failed;
    }
    if size > limits::STATE_MESSAGE_BYTES {
        log::warn!("the control plane answered for a conversation with {size} bytes");
        return Told::Failed;
    }
    let message = host::grpc_message(size);
    let told = match query {
        Query::Read { keys, .. } => states(keys, &message),
        Query::Merge { .. } => v1::MergeResponse::decode(message.as_slice())
            .ok()
            .map(|v1::MergeResponse {}| Told::Committed),
    };
    told.unwrap_or_else(|| {
        log::warn!("what the control plane answered for a conversation cannot be read");
        Told::Failed
    })
}

fn states(keys: &[String], message: &[u8]) -> Option<Told> {
    let response = v1::ReadResponse::decode(message).ok()?;
    response.into_remembered(keys).ok().map(Told::States)
}
