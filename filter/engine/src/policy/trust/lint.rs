//! What a trust document says that can hardly be meant, and what it leaves to names. Nothing here
//! changes a verdict.

use super::Document;
use crate::glob::Glob;
use crate::mcp::Definition;
use crate::policy::place::Path;
use crate::taint::{By, Effect, Role, ToolProfile, ToolRow};

/// A tool that is known to exist, from the approved definitions.
#[derive(Debug, Clone, Copy)]
pub struct KnownTool<'a> {
    /// Its upstream.
    pub upstream: &'a str,
    /// Its name.
    pub tool: &'a str,
    /// Its definition, if that is known and not only its digest.
    pub definition: Option<&'a Definition>,
}

/// Something that can hardly be meant, or is left to a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustWarning {
    /// Where in the document; the root for a tool it does not mention.
    pub path: Path,
    /// What, as a stable word: `unlisted_tool`, `guessed_effects`, `guessed_role`, `unknown_tool`,
    /// `unknown_upstream`, `unknown_argument`, `contradiction`.
    pub code: &'static str,
    /// What, for people.
    pub message: String,
}

/// Looks through a document, held against the tools that are known. Without any known tool, only the
/// document itself is looked at.
#[must_use]
pub fn lint(document: &Document, known: &[KnownTool<'_>]) -> Vec<TrustWarning> {
    let mut warnings = Vec::new();
    for (upstream, row, path) in rows(document) {
        contradictions(row, &path, &mut warnings);
        if !known.is_empty() {
            unknown_names(upstream, row, &path, known, &mut warnings);
        }
    }
    for tool in known {
        guesses(document, tool, &mut warnings);
    }
    warnings
}

/// Every row with its upstream, if it has one, and its place.
fn rows(document: &Document) -> impl Iterator<Item = (Option<&Glob>, &ToolRow, Path)> {
    let tools = Path::root().key("tools");
    let of_any = document.registry.tools.iter();
    let of_any = of_any.map(move |row| (None, row, tools.key(row.name.written())));
    let of_some = document.registry.upstreams.iter().flat_map(|rows| {
        let place = Path::root().key("upstreams").key(rows.upstream.written());
        let tools = place.key("tools");
        let row = move |row| (Some(&rows.upstream), row, tools.clone());
        rows.tools
            .iter()
            .map(row)
            .map(|(upstream, row, tools): (_, &ToolRow, Path)| {
                (upstream, row, tools.key(row.name.written()))
            })
    });
    of_any.chain(of_some)
}

fn warn(warnings: &mut Vec<TrustWarning>, path: Path, code: &'static str, message: String) {
    warnings.push(TrustWarning {
        path,
        code,
        message,
    });
}

/// What a row says that does not go together.
fn contradictions(row: &ToolRow, path: &Path, warnings: &mut Vec<TrustWarning>) {
    let only_reads = row.effects.is_some_and(|effects| effects.only_reads());
    for argument in row.arguments.iter().filter(|_| only_reads) {
        if matches!(argument.role, Role::Credential | Role::Object) {
            let role = argument.role.as_str();
            let message = format!(
                "the tool only reads, so where a `{role}` came from is never looked at; add an effect \
                 if it does more"
            );
            let place = path.key("args").key(&argument.place.to_string());
            warn(warnings, place, "contradiction", message);
        }
    }
    if only_reads && row.outbound.is_some() {
        let message = "the tool only reads, so nothing leaves by it; add `send` if something does";
        let place = path.key("outbound");
        warn(warnings, place, "contradiction", message.to_owned());
    }
    let reads_too = row
        .effects
        .is_some_and(|effects| effects.has(Effect::Read) && !effects.only_reads());
    if reads_too {
        let message = "`read` beside other effects says nothing: the others decide";
        let place = path.key("effects");
        warn(warnings, place, "contradiction", message.to_owned());
    }
    let Some(result) = &row.result else {
        return;
    };
    if result.secret == Some(true) && !result.fields.is_empty() {
        let message = "every value of the result is secret; single fields change nothing of that";
        let place = path.key("result").key("fields");
        warn(warnings, place, "contradiction", message.to_owned());
    }
    if result.structured == Some(false) && result.level.is_some() {
        let message = "text holds no identifiers, so `level` says nothing; `text_level` is meant?";
        let place = path.key("result").key("level");
        warn(warnings, place, "contradiction", message.to_owned());
    }
}

/// Names in a row that nothing known has.
fn unknown_names(
    upstream: Option<&Glob>,
    row: &ToolRow,
    path: &Path,
    known: &[KnownTool<'_>],
    warnings: &mut Vec<TrustWarning>,
) {
    let here = |tool: &&KnownTool<'_>| upstream.is_none_or(|glob| glob.matches(tool.upstream));
    let there: Vec<_> = known.iter().filter(here).collect();
    if let Some(upstream) = upstream.filter(|_| there.is_empty()) {
        let message = format!("no approved tool is of an upstream `{upstream}`");
        warn(warnings, path.clone(), "unknown_upstream", message);
        return;
    }
    let is_meant =
        |tool: &&&KnownTool<'_>| row.name.is_exactly(tool.tool) || row.name.covers(tool.tool);
    let meant: Vec<_> = there.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let name = row.name.written();
        let message = format!("no approved tool is called `{name}`");
        warn(warnings, path.clone(), "unknown_tool", message);
        return;
    }
    let schemas: Vec<_> = meant
        .iter()
        .filter_map(|tool| {
            let members = tool.definition?.members();
            members.get("inputSchema")?.get("properties")?.as_object()
        })
        .collect();
    for argument in row.arguments.iter().filter(|_| !schemas.is_empty()) {
        let Some(first) = argument.place.keys().first().filter(|key| *key != "*") else {
            continue;
        };
        if schemas
            .iter()
            .all(|properties| properties.get(first).is_none())
        {
            let message = format!("no approved tool of this row has an argument `{first}`");
            let place = path.key("args").key(&argument.place.to_string());
            warn(warnings, place, "unknown_argument", message);
        }
    }
}

/// What of a known tool is guessed from names.
fn guesses(document: &Document, tool: &KnownTool<'_>, warnings: &mut Vec<TrustWarning>) {
    let KnownTool {
        upstream,
        tool: name,
        definition,
    } = *tool;
    let profile = document.registry.profile(upstream, name, definition);
    if !profile.listed {
        let message = format!(
            "`{name}` of `{upstream}` has no row: it is taken to {} as its name suggests",
            effects(&profile)
        );
        warn(warnings, Path::root(), "unlisted_tool", message);
        return;
    }
    if matches!(profile.effects_by, By::Name | By::Nobody) {
        let message = format!(
            "`{name}` of `{upstream}` has no `effects`: it is taken to {}",
            effects(&profile)
        );
        warn(warnings, Path::root(), "guessed_effects", message);
    }
    let guessed = profile
        .arguments
        .iter()
        .filter(|argument| matches!(argument.by, By::Name | By::Nobody));
    for argument in guessed.filter(|_| !profile.effects.only_reads()) {
        let message = format!(
            "`{}` of `{name}` of `{upstream}` has no role: it is taken for `{}`",
            argument.name,
            argument.role.as_str()
        );
        warn(warnings, Path::root(), "guessed_role", message);
    }
}

fn effects(profile: &ToolProfile) -> String {
    let names: Vec<_> = profile.effects.iter().map(Effect::as_str).collect();
    names.join(" and ")
}
