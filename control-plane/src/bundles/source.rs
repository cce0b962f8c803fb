//! Policy files checked and compiled, from their bytes. It keeps nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tessera_engine::policy::{Bundle, CompileOptions, PolicySettings};

use crate::policy_dir;

/// File names with their bytes.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Checks one file alone: is it YAML, is it a policy, does it compile? Says every problem, one per
/// line.
pub(super) fn check(name: &str, bytes: &[u8]) -> Result<(), String> {
    let files = Files::from([(name.to_owned(), bytes.to_vec())]);
    compile(&files, &PolicySettings::default()).map(|_| ())
}

/// Compiles files together.
pub(super) fn compile(files: &Files, settings: &PolicySettings) -> Result<Bundle, String> {
    let files = files.iter();
    let dir = policy_dir::of_bytes(files.map(|(name, bytes)| (PathBuf::from(name), bytes.clone())));
    dir.compile(settings.clone(), &CompileOptions::default())
        .map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(policy_dir::Problem::one_line).collect();
            lines.join("\n")
        })
}
