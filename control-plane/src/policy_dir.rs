//! A directory of policy files, read: the policies, the tool mapping, and every problem with its
//! place. It does not serve them, and it does not watch the directory.
//!
//! Files are `*.yaml` and `*.yml` directly in the directory, in the order of their names; hidden
//! ones count. Names starting with `_` are skipped, except [`ACTION_VERBS`], [`META_TOOLS`], [`PINS`]
//! and one of [`TRUST`]. One bad file does not hide the others: each is read for itself.

mod problem;
mod read;
mod render;

pub(crate) use problem::{Place, Problem, Severity};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tessera_engine::mcp::Definition;
use tessera_engine::policy::{
    self, Bundle, CompileError, CompileOptions, Document, MetaTool, Pins, PolicySettings, Source,
    trust,
};

use crate::yaml::Yaml;

/// The name of the file that maps tools to verbs.
pub(crate) const ACTION_VERBS: &str = "_action_verbs.yaml";

/// The name of the file that lists the tools that run other tools.
pub(crate) const META_TOOLS: &str = "_meta_tools.yaml";

/// The name of the file that pins the definitions of tools. Written by `tessera tools`, so it is
/// JSON.
pub(crate) const PINS: &str = "_tools.json";

/// The names of the file that says where content comes from and what may follow; a directory has one
/// of them.
pub(crate) const TRUST: [&str; 2] = ["_trust.yaml", "_trust.json"];

/// A file that could be read as YAML, and the policy in it if it is one.
#[derive(Debug, Clone)]
pub(crate) struct PolicyFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The policy; `None` in a file with problems.
    pub(crate) document: Option<Document>,
    yaml: Option<Arc<Yaml>>,
}

/// A tool of the pins.
#[derive(Debug, Clone)]
pub(crate) struct Approved {
    /// Its upstream.
    pub(crate) upstream: String,
    /// Its name.
    pub(crate) tool: String,
    /// What was approved; `None` where only the digest is kept.
    pub(crate) definition: Option<Definition>,
}

impl Approved {
    fn known(&self) -> trust::KnownTool<'_> {
        trust::KnownTool {
            upstream: &self.upstream,
            tool: &self.tool,
            definition: self.definition.as_ref(),
        }
    }
}

/// Everything found in a directory, good and bad.
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyDir {
    /// The policy files, in order.
    pub(crate) files: Vec<PolicyFile>,
    /// The user's mapping of tools to verbs; empty without one.
    pub(crate) action_verbs: BTreeMap<String, Vec<String>>,
    /// The tools that run other tools; empty without a file of them.
    pub(crate) meta_tools: Vec<MetaTool>,
    /// The approved definitions of tools; `None` without such a file.
    pub(crate) pins: Option<Pins>,
    /// The tools of the pins.
    pub(crate) approved: Vec<Approved>,
    /// Where content comes from and what may follow; `None` without such a file.
    pub(crate) trust: Option<trust::Document>,
    /// Every problem, in the order of the files. Any error keeps the directory from being used.
    pub(crate) problems: Vec<Problem>,
    verbs_file: Option<(PathBuf, Arc<Yaml>)>,
    meta_tools_file: Option<(PathBuf, Arc<Yaml>)>,
    trust_file: Option<(PathBuf, Arc<Yaml>)>,
}

/// Why a directory cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyDirError {
    /// There is none.
    #[error("the policy directory `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// It cannot be listed.
    #[error("cannot list the policy directory `{}`", .path.display())]
    List {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Reads a directory of policies.
///
/// # Errors
/// If the directory does not exist or cannot be listed. What is wrong inside it is in
/// [`PolicyDir::problems`].
pub(crate) fn load(dir: &Path) -> Result<PolicyDir, PolicyDirError> {
    let names = read::list(dir)?;
    Ok(load_files(&names))
}

/// Reads the given files as if they were a directory.
#[must_use]
pub(crate) fn load_files(paths: &[PathBuf]) -> PolicyDir {
    let mut dir = PolicyDir::default();
    for path in paths {
        read::file(path, &mut dir);
    }
    let doubled = dir.duplicate_ids();
    dir.problems.extend(doubled);
    dir
}

/// Reads the given file as a trust document, whatever its name.
#[must_use]
pub(crate) fn load_trust(path: &Path) -> PolicyDir {
    let mut dir = PolicyDir::default();
    read::trust_file(path, &mut dir);
    dir
}

/// The bytes of every file of a directory that counts, by name, for [`of_bytes`]. A file that has
/// gone in the meantime is left out; one that cannot be read says why.
///
/// # Errors
/// As [`load`].
pub(crate) fn snapshot(
    dir: &Path,
) -> Result<BTreeMap<String, Result<Vec<u8>, String>>, PolicyDirError> {
    let mut files = BTreeMap::new();
    for path in read::list(dir)? {
        let name = path.file_name().unwrap_or_default();
        let bytes = match read::bytes(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            bytes => bytes.map_err(|error| error.to_string()),
        };
        files.insert(name.to_string_lossy().into_owned(), bytes);
    }
    Ok(files)
}

/// Reads files that are in memory as if they were a directory.
#[must_use]
pub(crate) fn of_bytes(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> PolicyDir {
    let mut dir = PolicyDir::default();
    for (path, bytes) in files {
        read::text(&path, Ok(bytes), &mut dir);
    }
    let doubled = dir.duplicate_ids();
    dir.problems.extend(doubled);
    dir
}

impl PolicyDir {
    /// The policies of the good files.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.files.iter().filter_map(|file| file.document.as_ref())
    }

    /// Whether some problem is an error.
    #[must_use]
    pub(crate) fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// Compiles the policies of a directory without problems.
    ///
    /// # Errors
    /// All problems of the directory; without any, those of compiling its policies together.
    pub(crate) fn compile(
        &self,
        settings: PolicySettings,
        options: &CompileOptions,
    ) -> Result<Bundle, Vec<Problem>> {
        if self.has_errors() {
            return Err(self.problems.clone());
        }
        let source = Source {
            documents: self.documents().cloned().collect(),
            action_verbs: self.action_verbs.clone(),
            meta_tools: self.meta_tools.clone(),
            settings,
            pins: self.pins.clone(),
            trust: self.trust.clone(),
        };
        Bundle::compile(source, options).map_err(|errors| {
            errors
                .iter()
                .map(|error| self.compile_problem(error))
                .collect()
        })
    }

    /// What was accepted although it can hardly be meant, at its place.
    pub(crate) fn warnings(&self) -> Vec<Problem> {
        let documents: Vec<_> = self.documents().cloned().collect();
        let of_policies = policy::lint::lint(&documents);
        let of_meta_tools = policy::lint::lint_meta_tools(&self.meta_tools);
        let all = of_policies.iter().chain(&of_meta_tools);
        let all = all.map(|warning| self.warning(warning));
        all.chain(self.trust_warnings()).collect()
    }

    /// What the trust document says that can hardly be meant, and what it leaves to names, at its
    /// place.
    pub(crate) fn trust_warnings(&self) -> Vec<Problem> {
        let (Some(document), Some((path, yaml))) = (&self.trust, &self.trust_file) else {
            return Vec::new();
        };
        let known: Vec<_> = self.approved.iter().map(Approved::known).collect();
        let warnings = trust::lint(document, &known);
        let at_place = |warning: trust::TrustWarning| Problem {
            severity: Severity::Warning,
            code: warning.code,
            ..problem::at_value(path, yaml, &warning.path, warning.message)
        };
        warnings.into_iter().map(at_place).collect()
    }

    /// A warning of the engine at its place.
    #[must_use]
    pub(crate) fn warning(&self, warning: &policy::lint::Warning) -> Problem {
        let problem = match self.file_of(&warning.policy_id) {
            Some((path, yaml)) => {
                problem::at_value(path, yaml, &warning.path, warning.message.clone())
            }
            None => Problem::in_file(Path::new(""), warning.message.clone()),
        };
        Problem {
            severity: Severity::Warning,
            code: warning.code,
            ..problem
        }
    }

    fn compile_problem(&self, error: &CompileError) -> Problem {
        match error {
            CompileError::Policy { id, error } => match self.file_of(id) {
                Some((path, yaml)) => problem::of_document(path, yaml, error),
                None => Problem::in_file(Path::new(""), error.to_string()),
            },
            CompileError::UnknownVerb { .. } => {
                let path = self
                    .verbs_file
                    .as_ref()
                    .map_or(Path::new(""), |(path, _)| path);
                Problem::in_file(path, error.to_string())
            }
            _ => Problem::in_file(Path::new(""), error.to_string()),
        }
    }

    /// The file of a policy, or that of the meta-tools if there is no id.
    fn file_of(&self, id: &str) -> Option<(&Path, &Arc<Yaml>)> {
        if id.is_empty() {
            let (path, yaml) = self.meta_tools_file.as_ref()?;
            return Some((path, yaml));
        }
        let file = self.files.iter().find(|file| {
            file.document
                .as_ref()
                .is_some_and(|document| document.id == id)
        })?;
        Some((&file.path, file.yaml.as_ref()?))
    }

    /// An error at every place of an id that is given more than once.
    fn duplicate_ids(&self) -> Vec<Problem> {
        let mut places: BTreeMap<&str, Vec<(&Path, &Arc<Yaml>)>> = BTreeMap::new();
        for file in &self.files {
            if let (Some(document), Some(yaml)) = (&file.document, &file.yaml) {
                places
                    .entry(&document.id)
                    .or_default()
                    .push((&file.path, yaml));
            }
        }
        places.retain(|_, files| files.len() > 1);
        let mut problems = Vec::new();
        for (id, files) in places {
            for (path, yaml) in &files {
                let others = files.iter().filter(|(other, _)| other != path);
                let others: Vec<_> = others
                    .map(|(other, _)| format!("`{}`", other.display()))
                    .collect();
                let message = format!("the id `{id}` is also used in {}", others.join(", "));
                let place = policy::Path::root().key("id");
                let problem = problem::at_value(path, yaml, &place, message);
                problems.push(Problem {
                    code: "duplicate_id",
                    ..problem
                });
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests;
