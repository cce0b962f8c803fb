//! What is compared: the same Envoy with nothing, with a filter that does nothing, with Envoy's own
//! MCP filter, and with ours.

use crate::answer::Answer;
use crate::load::{self, Call};
use crate::trust;
use serde_json::{Value, json};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tessera_tests::{Envoy, Setup, Tessera, wait_for, workspace_root};

/// A `tools/call` of 600 bytes that no shipped policy matches.
pub const CALL: &str = include_str!("call.json");

/// The row that is compared with.
pub const ENVOY_MCP: &str = "Envoy's mcp filter";
/// Our row that does what it does: judges calls.
pub const OURS: &str = "tessera, inline bundle";

/// Our row with every shipped policy, those about answers too.
pub const OURS_WITH_ANSWERS: &str = "tessera, answers too";

/// Our row that also traces where values come from.
pub const OURS_WITH_TRUST: &str = "tessera, trust";

/// The row of a filter that does nothing.
pub const NOOP: &str = "wasm, no-op";

/// Our row with records on their way to the ledger.
pub const OURS_WITH_LEDGER: &str = "tessera, control plane";

/// One running Envoy.
pub struct Variant {
    /// Its name in the table.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// What it is sent.
    pub call: Call,
    /// Keeps it running.
    _envoy: Envoy,
    /// Keeps its control plane running.
    _control_plane: Option<Tessera>,
}

/// Starts every variant in front of the server at `upstream`; the first is Envoy alone.
pub fn start_all(upstream: SocketAddr) -> Result<Vec<Variant>, Box<dyn Error>> {
    let port = upstream.port();
    let noop = noop_module()?;
    let noop = noop
        .to_str()
        .ok_or("the path of the no-op module is not text")?;
    let all = shipped_bundle()?;
    let bundle = about_calls(&all);
    Ok(vec![
        start("no filter", Setup::unjudged(port, vec![])),
        start(NOOP, Setup::unjudged(port, vec![noop_filter(noop)])),
        start(ENVOY_MCP, Setup::unjudged(port, vec![mcp_filter()])),
        start(
            "Envoy's mcp filter + RBAC",
            Setup::unjudged(port, vec![mcp_filter(), rbac_filter()]),
        ),
        start(
            OURS,
            Setup::inline(port, &[]).with("/bundle", bundle.clone()),
        ),
        start(
            OURS_WITH_ANSWERS,
            Setup::inline(port, &[]).with("/bundle", all),
        ),
        start_with_trust(port, &bundle)?,
        start_with_ledger(port, &bundle)?,
    ])
}

fn start(name: &'static str, setup: Setup) -> Variant {
    let envoy = Envoy::start(setup);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, envoy.port));
    Variant {
        name,
        address,
        pid: envoy.pid(),
        call: Call {
            body: CALL,
            headers: String::new(),
        },
        _envoy: envoy,
        _control_plane: None,
    }
}

/// Its calls belong to one conversation, which has seen 1,000 values once it is warm.
fn start_with_trust(upstream: u16, bundle: &Value) -> Result<Variant, Box<dyn Error>> {
    let setup = Setup::inline(upstream, &[])
        .with("/bundle", bundle.clone())
        .with("/bundle/trust", trust::document())
        .with("/trust", trust::settings());
    let variant = start(OURS_WITH_TRUST, setup);
    // Values count from the first request on: the conversation has to begin after it.
    load::burst(variant.address, &variant.call, Answer::Small, 1, 1)?;
    std::thread::sleep(std::time::Duration::from_millis(5));
    let headers = trust::header()?;
    let call = Call {
        body: trust::CALL,
        headers,
    };
    let variant = Variant { call, ..variant };
    load::burst(variant.address, &variant.call, Answer::Rows, 1_000, 1)?;
    trust::check(variant.address, &variant.call.headers)?;
    Ok(variant)
}

fn start_with_ledger(upstream: u16, bundle: &Value) -> Result<Variant, Box<dyn Error>> {
    let policies = bundle["policies"]
        .as_array()
        .ok_or("the bundle has no policies")?;
    let tessera = Tessera::start(policies);
    let setup = Setup::remote(upstream, tessera.port, tessera.trusted_keys());
    let variant = start(OURS_WITH_LEDGER, setup);
    wait_for("a bundle", || {
        let running = variant._envoy.stat("wasmcustom.tessera_bundle_version")?;
        (running > 0).then_some(())
    });
    Ok(Variant {
        _control_plane: Some(tessera),
        ..variant
    })
}

/// The shipped policies as the command line compiles them, default action allow.
pub fn shipped_bundle() -> Result<Value, Box<dyn Error>> {
    let output = std::process::Command::new(tessera_tests::program())
        .args([
            "policy",
            "build",
            "--default-action",
            "allow",
            "--policy-dir",
        ])
        .arg(workspace_root().join("policies"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The same bundle without the policies about answers.
fn about_calls(all: &Value) -> Value {
    let mut bundle = all.clone();
    let policies = bundle.get_mut("policies").and_then(Value::as_array_mut);
    if let Some(policies) = policies {
        policies.retain(|policy| policy.get("response").is_none());
    }
    bundle
}

/// Assembles the no-op filter.
fn noop_module() -> Result<std::path::PathBuf, Box<dyn Error>> {
    let module = wat::parse_str(include_str!("noop.wat"))?;
    let path = workspace_root().join("target/bench/noop.wasm");
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(&path, module)?;
    Ok(path)
}

fn noop_filter(path: &str) -> Value {
    json!({
        "name": "noop",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "noop",
                "vm_config": {
                    "vm_id": "noop",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": path}},
                },
            },
        },
    })
}

fn mcp_filter() -> Value {
    json!({
        "name": "envoy.filters.http.mcp",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.mcp.v3.Mcp",
            "traffic_mode": "REJECT_NO_MCP",
        },
    })
}

fn rbac_filter() -> Value {
    let says = |path: Value, value: &str| {
        json!({"sourced_metadata": {"metadata_matcher": {
            "filter": "envoy.filters.http.mcp",
            "path": path,
            "value": {"string_match": {"exact": value}},
        }}})
    };
    json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "DENY", "policies": {"danger": {
                "permissions": [{"and_rules": {"rules": [
                    says(json!([{"key": "method"}]), "tools/call"),
                    says(json!([{"key": "params"}, {"key": "name"}]), "danger"),
                ]}}],
                "principals": [{"any": true}],
            }}},
        },
    })
}
