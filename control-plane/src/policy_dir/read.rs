//! From the file system to policies: which files count, and what each holds.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tessera_engine::limits;
use tessera_engine::policy::{Document, DocumentError, decode_action_verbs, decode_meta_tools};

use super::{ACTION_VERBS, META_TOOLS, PolicyDir, PolicyDirError, PolicyFile, Problem, problem};
use crate::yaml::{self, Yaml};

/// The files of a directory that count, in the order of their names.
pub(super) fn list(dir: &Path) -> Result<Vec<PathBuf>, PolicyDirError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => PolicyDirError::Missing(dir.to_owned()),
        _ => PolicyDirError::List {
            path: dir.to_owned(),
            source,
        },
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if counts(&path) && !path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn counts(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(OsStr::as_encoded_bytes)
        .unwrap_or_default();
    let is_yaml = name.ends_with(b".yaml") || name.ends_with(b".yml");
    is_yaml && (!name.starts_with(b"_") || is_companion(path))
}

/// Whether the file is one that stands beside the policies.
fn is_companion(path: &Path) -> bool {
    [ACTION_VERBS, META_TOOLS]
        .map(OsStr::new)
        .contains(&path.file_name().unwrap_or_default())
}

/// Reads one file and adds what it holds, or what is wrong with it.
pub(super) fn file(path: &Path, dir: &mut PolicyDir) {
    let bytes = bytes(path);
    text(path, bytes.map_err(|error| error.to_string()), dir);
}

/// Adds what a file's bytes hold, or what is wrong with them.
pub(super) fn text(path: &Path, bytes: Result<Vec<u8>, String>, dir: &mut PolicyDir) {
    let yaml = match parse(path, bytes) {
        Ok(yaml) => Arc::new(yaml),
        Err(problem) => {
            dir.problems.push(*problem);
            if !is_companion(path) {
                dir.files.push(PolicyFile {
                    path: path.to_owned(),
                    document: None,
                    yaml: None,
                });
            }
            return;
        }
    };
    let value = yaml.root.to_value();
    let mut report = |errors: Vec<DocumentError>| {
        let problems = errors
            .iter()
            .map(|error| problem::of_document(path, &yaml, error));
        dir.problems.extend(problems);
    };
    let name = path.file_name();
    if name == Some(OsStr::new(ACTION_VERBS)) {
        match decode_action_verbs(&value) {
            Ok(verbs) => dir.action_verbs = verbs,
            Err(errors) => report(errors),
        }
        dir.verbs_file = Some((path.to_owned(), yaml));
        return;
    }
    if name == Some(OsStr::new(META_TOOLS)) {
        match decode_meta_tools(&value) {
            Ok(meta_tools) => dir.meta_tools = meta_tools,
            Err(errors) => report(errors),
        }
        dir.meta_tools_file = Some((path.to_owned(), yaml));
        return;
    }
    let document = Document::decode(&value).map_err(&mut report).ok();
    dir.files.push(PolicyFile {
        path: path.to_owned(),
        document,
        yaml: Some(yaml),
    });
}

fn parse(path: &Path, bytes: Result<Vec<u8>, String>) -> Result<Yaml, Box<Problem>> {
    let bytes = bytes
        .map_err(|error| Problem::in_file(path, format!("the file cannot be read: {error}")))?;
    yaml::read(&bytes).map_err(|error| Box::new(problem::of_yaml(path, &bytes, &error)))
}

/// The file's bytes, one more than allowed at most.
pub(super) fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let enough = limits::POLICY_FILE_BYTES as u64 + 1;
    File::open(path)?.take(enough).read_to_end(&mut bytes)?;
    Ok(bytes)
}
