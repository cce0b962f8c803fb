//! Policy files read, checked and compiled. It keeps nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use tessera_engine::policy::{
    Bundle, CompileOptions, Document, DocumentError, PolicySettings, Source, decode_action_verbs,
};

use crate::yaml;

/// The file that maps tools to verbs; every other one is a policy.
const ACTION_VERBS: &str = "_action_verbs.yaml";

/// File names with their bytes.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// What a file holds.
#[derive(Debug, Clone)]
enum Content {
    Policy(Document),
    ActionVerbs(BTreeMap<String, Vec<String>>),
}

/// Reads every policy file of a folder. Names that begin with a dot are skipped: Kubernetes keeps
/// the versions of a mounted map under such names. A file that cannot be read is an error of the
/// whole: it may be about to be replaced.
pub(super) fn read_dir(dir: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if !is_yaml || name.starts_with('.') {
            continue;
        }
        // Follows links, as a mounted map needs.
        if std::fs::metadata(entry.path())?.is_file() {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Checks one file alone: is it YAML, is it a policy, does it compile?
pub(super) fn check(name: &str, bytes: &[u8]) -> Result<(), String> {
    let files = Files::from([(name.to_owned(), bytes.to_vec())]);
    compile(&files, &PolicySettings::default()).map(|_| ())
}

/// Compiles files together.
pub(super) fn compile(files: &Files, settings: &PolicySettings) -> Result<Bundle, String> {
    let mut source = Source {
        settings: settings.clone(),
        ..Source::default()
    };
    for (name, bytes) in files {
        match read(name, bytes)? {
            Content::Policy(document) => source.documents.push(document),
            Content::ActionVerbs(verbs) => source.action_verbs = verbs,
        }
    }
    Bundle::compile(source, &CompileOptions::default())
        .map_err(|errors| lines(errors.iter().map(ToString::to_string)))
}

fn read(name: &str, bytes: &[u8]) -> Result<Content, String> {
    let yaml = yaml::read(bytes).map_err(|error| match error.span {
        Some(span) => format!("line {} column {}: {}", span.line, span.column, error.kind),
        None => error.kind.to_string(),
    })?;
    let value = yaml.root.to_value();
    let content = if name == ACTION_VERBS {
        decode_action_verbs(&value).map(Content::ActionVerbs)
    } else {
        Document::decode(&value).map(Content::Policy)
    };
    content.map_err(|errors| lines(errors.iter().map(DocumentError::to_string)))
}

fn lines(messages: impl Iterator<Item = String>) -> String {
    messages.collect::<Vec<_>>().join("; ")
}
