//! MCP on the wire, both eras: which requests have one reading, and the answers given locally.
//!
//! It is not the judge: it says what a message *is*, [`crate::policy`] says whether it may pass.
//! Everything here is a pure function of headers and body bytes. The order is:
//! [`admit_head`] when the headers are there, [`admit_size`] while the body arrives,
//! [`admit_body`] when it is complete, then [`deny`] or [`refuse`] if the answer is a local one.

mod admit;
mod agreement;
mod content;
mod envelope;
mod fold;
mod headers;
mod message;
mod refusal;
mod reply;

#[cfg(test)]
mod properties;

pub use admit::{Admitted, ClientResponses, Protocol, admit_body, admit_head, admit_size};
pub use headers::{Headers, One};
pub use message::{Era, Id, Kind, Message};
pub use refusal::{Refusal, RefusalCode};
pub use reply::{Denial, DenialShape, Reply, deny, refuse};
