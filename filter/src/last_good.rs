//! The last good bundle, kept in the proxy's shared data: it survives a reload of the VM and an
//! update of the filter (`envoy-host.md` section 1, finding 5).
//!
//! Shared data cannot be deleted, so there is one key per plugin name and no more.

use crate::host;
use prost::Message as _;
use tessera_api::v1;

/// Keeps `bundle` under `plugin`'s name.
pub(crate) fn keep(plugin: &str, bundle: &v1::SignedBundle) {
    host::keep(&key(plugin), &bundle.encode_to_vec());
}

/// The bundle kept under `plugin`'s name. It is as untrusted as any other: verify it.
pub(crate) fn kept(plugin: &str) -> Option<v1::SignedBundle> {
    v1::SignedBundle::decode(host::kept(&key(plugin))?.as_slice()).ok()
}

fn key(plugin: &str) -> String {
    format!("tessera.bundle.{plugin}")
}
