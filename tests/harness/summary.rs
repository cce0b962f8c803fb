//! What a run measured, as a file for programs.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::process::workspace_root;

/// Writes `target/<run>/summary.json` and gives this path, which begins at the root of the repository.
///
/// # Errors
/// What the file system said.
pub fn write_summary(run: &str, summary: &Value) -> std::io::Result<PathBuf> {
    let folder = PathBuf::from("target").join(run);
    fs::create_dir_all(workspace_root().join(&folder))?;
    let path = folder.join("summary.json");
    fs::write(workspace_root().join(&path), format!("{summary:#}\n"))?;
    Ok(path)
}
