//! From the file system to policies: which files count, and what each holds.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tessera_engine::json::Value;
use tessera_engine::mcp::Definition;
use tessera_engine::policy::{
    Document, DocumentError, Pins, decode_action_verbs, decode_meta_tools, decode_pins, trust,
};
use tessera_engine::{json, limits};

use super::{
    ACTION_VERBS, Approved, META_TOOLS, PINS, PolicyDir, PolicyDirError, PolicyFile, Problem,
    TRUST, problem,
};
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
    let is_policy = is_yaml && !name.starts_with(b"_");
    is_policy || is_companion(path) || name == PINS.as_bytes()
}

/// Whether the file is one of YAML that stands beside the policies.
fn is_companion(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == ACTION_VERBS || name == META_TOOLS || is_trust(path)
}

fn is_trust(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    TRUST.iter().any(|known| name == *known)
}

/// Reads one file and adds what it holds, or what is wrong with it.
pub(super) fn file(path: &Path, dir: &mut PolicyDir) {
    let bytes = bytes(path);
    text(path, bytes.map_err(|error| error.to_string()), dir);
}

/// Adds what a file's bytes hold, or what is wrong with them.
pub(super) fn text(path: &Path, bytes: Result<Vec<u8>, String>, dir: &mut PolicyDir) {
    if path.file_name() == Some(OsStr::new(PINS)) {
        match bytes.and_then(|bytes| pins(&bytes)) {
            Ok((pins, approved)) => {
                dir.pins = Some(pins);
                dir.approved = approved;
            }
            Err(message) => dir.problems.push(Problem::in_file(path, message)),
        }
        return;
    }
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
    if is_trust(path) {
        take_trust(path, yaml, dir);
        return;
    }
    let document = Document::decode(&value).map_err(&mut report).ok();
    dir.files.push(PolicyFile {
        path: path.to_owned(),
        document,
        yaml: Some(yaml),
    });
}

/// Reads one file as a trust document.
pub(super) fn trust_file(path: &Path, dir: &mut PolicyDir) {
    let bytes = bytes(path).map_err(|error| error.to_string());
    match parse(path, bytes) {
        Ok(yaml) => take_trust(path, Arc::new(yaml), dir),
        Err(problem) => dir.problems.push(*problem),
    }
}

fn take_trust(path: &Path, yaml: Arc<Yaml>, dir: &mut PolicyDir) {
    if let Some((other, _)) = &dir.trust_file {
        let other = other.display();
        let message = format!("there is `{other}` already, which says the same things: keep one");
        dir.problems.push(Problem::in_file(path, message));
        return;
    }
    match trust::Document::decode(&yaml.root.to_value()) {
        Ok(document) => dir.trust = Some(document),
        Err(errors) => {
            let problems = errors
                .iter()
                .map(|error| problem::of_document(path, &yaml, error));
            dir.problems.extend(problems);
        }
    }
    dir.trust_file = Some((path.to_owned(), yaml));
}

fn parse(path: &Path, bytes: Result<Vec<u8>, String>) -> Result<Yaml, Box<Problem>> {
    let bytes = bytes
        .map_err(|error| Problem::in_file(path, format!("the file cannot be read: {error}")))?;
    yaml::read(&bytes).map_err(|error| Box::new(problem::of_yaml(path, &bytes, &error)))
}

/// Reads the pins out of their file; the error says everything that is wrong with it.
fn pins(bytes: &[u8]) -> Result<(Pins, Vec<Approved>), String> {
    if bytes.len() > limits::PINS_FILE_BYTES {
        let limit = limits::PINS_FILE_BYTES;
        return Err(format!("the file has more than {limit} bytes"));
    }
    let value = json::parse(bytes).map_err(|error| format!("the file is not JSON: {error}"))?;
    let pins = decode_pins(&value).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        lines.join("; ")
    })?;
    let approved = approved(&value);
    Ok((pins, approved))
}

/// The tools of pins that could be read.
fn approved(pins: &Value) -> Vec<Approved> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut approved = Vec::new();
    for (upstream, tools) in pins
        .get("upstreams")
        .map(members)
        .unwrap_or_default()
        .iter()
    {
        for (tool, pin) in members(tools).iter() {
            let written = pin.get("definition");
            approved.push(Approved {
                upstream: upstream.to_owned(),
                tool: tool.to_owned(),
                definition: written.and_then(|written| Definition::read(written).ok()),
            });
        }
    }
    approved
}

/// The file's bytes, one more than allowed at most.
pub(super) fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_pins = path.file_name() == Some(OsStr::new(PINS));
    let limit = if is_pins {
        limits::PINS_FILE_BYTES
    } else {
        limits::POLICY_FILE_BYTES
    };
    let enough = limit as u64 + 1;
    File::open(path)?.take(enough).read_to_end(&mut bytes)?;
    Ok(bytes)
}
