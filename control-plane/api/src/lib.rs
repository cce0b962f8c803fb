//! The wire contract between Tessera's filter and its control plane, as code.
//!
//! `proto/` is the contract; [`v1`] is generated from it (`make gen`) and committed; [`convert`]
//! is the only place that knows both the wire types and the engine's. The filter uses the messages
//! only; clients and servers sit behind the feature `server`, so that no tonic gets into the wasm
//! module.

pub mod convert;

/// Package `tessera.v1`: messages and, with the feature `server`, clients and servers.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "generated code; its shape is not ours"
)]
pub mod v1 {
    include!("generated/tessera.v1.rs");
}

/// The descriptors of every service, for gRPC server reflection.
#[cfg(feature = "server")]
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/descriptors.bin");
