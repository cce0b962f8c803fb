//! What the steps of trust take inside wasm: the engine's own benchmark, run by Node, whose V8 is
//! what Envoy runs the filter with as well.

use serde_json::Value;
use std::error::Error;
use std::process::Command;
use tessera_tests::{tool, workspace_root};

/// One step, in microseconds.
pub struct Step {
    pub name: String,
    /// What it may take; 0 if that is no aim.
    pub aim_us: f64,
    /// Of many rounds the one that was disturbed least.
    pub least_us: f64,
    pub median_us: f64,
}

/// Measures every step; none without the module, which `make bench` names.
pub fn measure() -> Result<Vec<Step>, Box<dyn Error>> {
    let Some(module) = std::env::var_os("TESSERA_BENCH_WASM") else {
        return Ok(Vec::new());
    };
    let output = Command::new(tool("bin/node"))
        .arg(workspace_root().join("tests/bench/trust.mjs"))
        .arg(module)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(step).collect()
}

fn step(line: &str) -> Result<Step, Box<dyn Error>> {
    let step: Value = serde_json::from_str(line)?;
    let micros = |member: &str| {
        step.get(member)
            .and_then(Value::as_f64)
            .ok_or("a step without a figure")
    };
    Ok(Step {
        name: step
            .get("name")
            .and_then(Value::as_str)
            .ok_or("a step without a name")?
            .to_owned(),
        aim_us: micros("aim_us")?,
        least_us: micros("least_us")?,
        median_us: micros("median_us")?,
    })
}
