//! `tessera policy shows`: which entries of a list a caller is shown.

use std::io::Read as _;

use clap::{Args, ValueEnum};
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::policy::{Caller, Subject, SubjectKind};

use super::load::{Directory, Settings, ZonePolicy};
use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera policy shows`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera policy shows --policy-dir policies --upstream github --caller ci read_file delete_repo
  tessera policy shows --kind resource file:///etc/passwd https://example.org/
  jq -r '.result.tools[].name' tools.json | tessera policy shows --json

Without NAMES they are read from standard input, one per line. An entry is hidden if every request for
it is refused, whatever else the request says; requests for hidden entries are refused too.

Exit 0: said for every name. Exit 2: the policies cannot be used.")]
pub(super) struct ShowsArgs {
    #[command(flatten)]
    directory: Directory,
    #[command(flatten)]
    settings: Settings,
    /// What a time zone nobody knows does.
    #[arg(long, value_enum, default_value = "never")]
    unknown_zone: ZonePolicy,
    /// The server's name in the filter's configuration.
    #[arg(long, value_name = "NAME", default_value = "")]
    upstream: String,
    /// The caller's name; nobody is known without it.
    #[arg(long, value_name = "NAME")]
    caller: Option<String>,
    /// The caller's scope.
    #[arg(long, default_value = "default", requires = "caller")]
    scope: String,
    /// What the names are.
    #[arg(long, value_enum, default_value = "tool")]
    kind: Kind,
    /// Names of tools or prompts, URIs of resources.
    #[arg(value_name = "NAMES")]
    names: Vec<String>,
}

/// What the names of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Names of tools.
    Tool,
    /// URIs of resources.
    Resource,
    /// Templates of such URIs.
    Template,
    /// Names of prompts.
    Prompt,
}

impl From<Kind> for SubjectKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Tool => Self::Tool,
            Kind::Resource => Self::Resource,
            Kind::Template => Self::ResourceTemplate,
            Kind::Prompt => Self::Prompt,
        }
    }
}

/// Says for every name whether it is shown.
pub(super) fn run(arguments: &ShowsArgs, output: &Output) -> Result<Exit, Failure> {
    let settings = arguments.settings.to_engine();
    let (_, bundle) = arguments
        .directory
        .compile(settings, arguments.unknown_zone, output)?;
    let caller = arguments.caller.as_ref().map(|name| Caller {
        name: name.clone(),
        scope: arguments.scope.clone(),
    });
    for name in names(arguments)? {
        let shown = bundle.shows(&Subject {
            upstream: &arguments.upstream,
            caller: caller.as_ref(),
            kind: arguments.kind.into(),
            name: &name,
        });
        if !say(&name, shown, output) {
            break;
        }
    }
    Ok(Exit::Done)
}

/// Prints one line; `false` if nobody reads any more.
fn say(name: &str, shown: bool, output: &Output) -> bool {
    if output.json() {
        let line = Object::new().with("name", name).with("shown", shown);
        return output.raw(json::to_text(&Value::Object(line)).as_bytes());
    }
    let word = if shown {
        output.paint(Tone::Good, "shown ")
    } else {
        output.paint(Tone::Bad, "hidden")
    };
    output.try_line(format!("{word}  {name}"))
}

fn names(arguments: &ShowsArgs) -> Result<Vec<String>, Failure> {
    if !arguments.names.is_empty() {
        return Ok(arguments.names.clone());
    }
    let mut text = String::new();
    let enough = limits::RESPONSE_BYTES as u64;
    let read = std::io::stdin()
        .lock()
        .take(enough)
        .read_to_string(&mut text);
    read.map_err(Failure::usage)?;
    Ok(text.lines().map(str::to_owned).collect())
}
