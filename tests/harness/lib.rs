//! The test harness: real Envoy, the real filter, the real control plane, real MCP programs, all on loopback.
//! Not a place for expectations: those are in the tests. A harness that cannot do its part panics and so fails the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

mod clients;
mod envoy;
mod gzip;
mod http1;
mod http2;
mod mcp;
mod process;
mod summary;
mod tessera;
mod upstream;

pub use clients::{CLIENTS, Client, plan};
pub use envoy::{Envoy, Setup, decompressor, listener, plugin, validate, validate_text};
pub use gzip::stored_gzip;
pub use http1::{Answer, Connection, delete, get, post, post_json, raw};
pub use http2::{Http2, Http2Request, post_h2};
pub use mcp::{McpServer, Sdk, call, mcp_client, mcp_client_with, message};
pub use process::{free_port, program, tool, wasm_module, workspace_root};

pub use summary::write_summary;
pub use tessera::Tessera;
pub use upstream::{Part, Reply, Seen, Turn, Upstream, When};

use std::time::{Duration, Instant};

/// How long anything may take before the harness calls it stuck; no outcome depends on it being short.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When nothing came within [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
