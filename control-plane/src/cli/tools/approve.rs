//! `tessera tools approve`: takes definitions as they are listed now for the approved ones.

use std::str::FromStr;

use clap::Args;
use serde_json::json;
use tessera_engine::mcp::Definition;
use tessera_engine::scan::visible;

use super::diff::{Standing, standing};
use super::file::PinsFile;
use super::source::From;
use super::{Exit, Failure, Output, Place, Tone, flags, painted};

/// Arguments of `tessera tools approve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera tools diff    --from http://127.0.0.1:8000/mcp --upstream demo
  tessera tools approve --from http://127.0.0.1:8000/mcp --upstream demo add_numbers=27601d193ce905ee

Read the difference first, and give the digest it shows: with it, nothing but the definition you
have read is approved, whatever the server lists by now. The control plane puts the new pins into
force within about a second, and a quarantine ends with that.

Exit 0: approved. Exit 2: a tool is not listed, has another digest, or the pins or the file cannot
be used; then nothing is approved.
Exit 4: the server gives no list.")]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    place: Place,
    /// The tools to approve, each with the beginning of its digest or without.
    #[arg(required = true, value_name = "TOOL[=DIGEST]")]
    tools: Vec<Wanted>,
}

/// A tool to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    name: String,
    /// How the digest must begin, in lower case.
    digest: Option<String>,
}

/// Digits of a digest that nobody finds another definition for.
pub(super) const DIGITS: usize = 16;

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, digest)) = text.rsplit_once('=') else {
            return Ok(Self {
                name: text.to_owned(),
                digest: None,
            });
        };
        let is_hex = digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || digest.len() < DIGITS {
            return Err(format!(
                "expected {DIGITS} hexadecimal digits or more after `=`"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            digest: Some(digest.to_ascii_lowercase()),
        })
    }
}

impl Wanted {
    /// Refuses a definition that is not the one that was read.
    fn check(&self, definition: &Definition) -> Result<(), Failure> {
        let got = definition.digest().to_hex();
        match &self.digest {
            Some(digest) if !got.starts_with(digest) => {
                let name = visible(&self.name);
                let error =
                    anyhow::anyhow!("the definition of `{name}` has the digest {got} by now");
                Err(Failure::usage(error).help("read `tessera tools diff` again"))
            }
            _ => Ok(()),
        }
    }
}

/// Approves and says what.
pub(super) fn run(arguments: &ApproveArgs, output: &Output) -> Result<Exit, Failure> {
    let ApproveArgs { from, place, tools } = arguments;
    let mut file = PinsFile::read(&place.path())?;
    let definitions = from.definitions()?;
    let names: Vec<String> = tools.iter().map(|wanted| wanted.name.clone()).collect();
    check_names(&names, &definitions)?;
    let flags = flags(file.pins(), &from.upstream, &definitions)?;
    let mut approved = Vec::new();
    for (definition, flags) in definitions.iter().zip(&flags) {
        let wanted = tools.iter().find(|wanted| wanted.name == definition.name());
        let Some(wanted) = wanted else {
            continue;
        };
        wanted.check(definition)?;
        if !matches!(standing(&file, &from.upstream, definition), Standing::Same) {
            file.pin(&from.upstream, definition, flags);
            approved.push((definition, flags));
        }
    }
    if !approved.is_empty() {
        file.write()?;
    }
    if output.json() {
        let approved: Vec<_> = approved
            .iter()
            .map(|(it, _)| json!({"tool": it.name(), "digest": it.digest().to_hex()}))
            .collect();
        output.value(&json!({"file": place.path(), "approved": approved}));
        return Ok(Exit::Done);
    }
    for (definition, flags) in &approved {
        let word = output.paint(Tone::Good, "approved");
        let (tool, digest) = (visible(definition.name()), definition.digest());
        output.line(format!("{word} {tool}  {digest}"));
        if !flags.is_empty() {
            output.line(format!("    flags: {}", painted(flags, output)));
        }
    }
    let (count, path) = (approved.len(), place.path());
    output.line(format!("{count} approved in {}", path.display()));
    Ok(Exit::Done)
}

/// Refuses names that are not listed: a slip must not pass for an approval.
pub(super) fn check_names(tools: &[String], definitions: &[Definition]) -> Result<(), Failure> {
    let is_listed = |tool: &String| definitions.iter().any(|it| it.name() == tool);
    let Some(unknown) = tools.iter().find(|tool| !is_listed(tool)) else {
        return Ok(());
    };
    let mut known: Vec<&str> = definitions.iter().map(Definition::name).collect();
    known.sort_by_key(|name| strsim::damerau_levenshtein(name, unknown));
    let failure = Failure::usage(anyhow::anyhow!("the tool `{unknown}` is not listed"));
    Err(match known.first() {
        Some(nearest) => failure.help(format!("did you mean `{}`?", visible(nearest))),
        None => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_may_be_named_with_the_beginning_of_its_digest() {
        let wanted = |text: &str| {
            text.parse::<Wanted>()
                .map(|wanted| (wanted.name, wanted.digest))
        };
        assert_eq!(wanted("add"), Ok(("add".to_owned(), None)));
        let digest = Some("27601d193ce905ee".to_owned());
        assert_eq!(
            wanted("add=27601D193CE905EE"),
            Ok(("add".to_owned(), digest))
        );
        for text in ["add=27", "add=", "add=27601d193ce905eg"] {
            assert!(wanted(text).is_err(), "{text}");
        }
    }
}
