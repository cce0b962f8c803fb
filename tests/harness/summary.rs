//! What a run measured, as a file for programs.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::process::workspace_root;

/// Writes `target/<run>/summary.json` and gives its path.
///
/// # Errors
/// What the file system said.
pub fn write_summary(run: &str, summary: &Value) -> std::io::Result<PathBuf> {
    let folder = workspace_root().join("target").join(run);
    fs::create_dir_all(&folder)?;
    let path = folder.join("summary.json");
    fs::write(&path, format!("{summary:#}\n"))?;
    Ok(path)
}
