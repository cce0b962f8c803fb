//! MCP on the wire, both eras: which requests have one reading, and the answers given locally.
//!
//! It is not the judge: it says what a message *is*, [`crate::policy`] says whether it may pass.
//! Everything here is a pure function of headers and body bytes. The order is:
//! [`admit_head`] when the headers are there, [`admit_size`] while the body arrives,
//! [`admit_body`] when it is complete, then [`deny`] or [`refuse`] if the answer is a local one.
//! What a list names is said by [`ListKind`], and what the two sides ask and answer inside results and
//! params by [`input_requests`] and [`input_responses`].
//! What the server says is read by [`sse`], where it is an event stream, and by
//! [`read_server_message`]; what must not pass is replaced by [`replacement_result`] and its like.

mod admit;
mod agreement;
mod allowed;
mod ambiguous;
mod batch;
mod content;
mod definition;
mod denial;
mod envelope;
mod fold;
mod headers;
mod inputs;
mod lists;
mod message;
mod refusal;
mod replacement;
mod reply;
mod server_keys;
mod server_message;
pub mod sse;

#[cfg(test)]
mod properties;

pub use admit::{
    Admitted, Batches, ClientResponses, Posted, Protocol, admit_body, admit_head, admit_size,
};
pub use allowed::{Host, HostError, Origin, OriginError};
pub use ambiguous::{Ambiguous, AmbiguousCode};
pub use definition::{Definition, DefinitionError};
pub use denial::{Denial, DenialShape};
pub use headers::{Headers, One};
pub use inputs::{InputRequest, input_requests, input_responses};
pub use lists::ListKind;
pub use message::{Era, Id, Kind, Message};
pub use refusal::{Refusal, RefusalCode};
pub use replacement::{replacement_denial, replacement_error, replacement_result};
pub use reply::{Reply, deny, deny_batch, refuse};
pub use server_message::{ServerMessage, read_server_batch, read_server_message};
