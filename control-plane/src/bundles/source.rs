//! Policy files checked and compiled, from their bytes. It keeps nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tessera_engine::policy::{Bundle, CompileOptions, PolicySettings};

use super::sightings::{self, FirstSeen};
use crate::policy_dir;

/// File names with their bytes.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Checks one file alone: is it YAML, is it a policy, does it compile? Says every problem, one per
/// line.
pub(super) fn check(name: &str, bytes: &[u8]) -> Result<(), String> {
    let files = Files::from([(name.to_owned(), bytes.to_vec())]);
    compile(&files, &PolicySettings::default(), None).map(|_| ())
}

/// Compiles files together, with what was pinned on first sight if that is wanted.
pub(super) fn compile(
    files: &Files,
    settings: &PolicySettings,
    seen: Option<&FirstSeen>,
) -> Result<Bundle, String> {
    let files = files.iter();
    let mut dir =
        policy_dir::of_bytes(files.map(|(name, bytes)| (PathBuf::from(name), bytes.clone())));
    if let Some(seen) = seen {
        dir.pins = Some(sightings::join(dir.pins.take(), seen));
    }
    dir.compile(settings.clone(), &CompileOptions::default())
        .map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(policy_dir::Problem::one_line).collect();
            lines.join("\n")
        })
}
