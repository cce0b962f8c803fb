//! `tessera trust init`: a first trust document from the tools a server lists. What it proposes is what
//! the engine would make of the tools anyway, written down so that somebody can look at it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tessera_engine::mcp::Definition;
use tessera_engine::scan::visible;
use tessera_engine::taint::flow::{Shape, SourceRules};
use tessera_engine::taint::{ArgumentPlace, By, Registry, ToolRowName};

use super::known::is_guessed;
use super::show::effects;
use super::{Exit, Failure, Output, Tone};
use crate::cli::tools::definitions;
use crate::policy_dir;

/// Arguments of `tessera trust init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera trust init --from-tools http://127.0.0.1:8000/mcp --upstream mail
  tessera trust init --from-tools tools.json --out policies/_trust.yaml --force

What was guessed from a name has the comment `# review`: look at every such line. Where nothing can be
told the strict answer is written. What is there already is not replaced without --force.

Exit 0: written, nothing was guessed. Exit 1: written, with lines to review. Exit 2: not written. Exit 4: the
server gives no list.")]
pub(super) struct InitArgs {
    /// The MCP endpoint to ask for `tools/list` (http:// or https://), or a JSON file with a list of
    /// tools, or with the answer to `tools/list`.
    #[arg(long, value_name = "URL|FILE")]
    from_tools: String,
    /// The upstream's name, as the filter's configuration gives it; without it the rows are for tools of
    /// any upstream.
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = "policies/_trust.yaml")]
    out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
    /// Environment variable that holds a bearer token for the server.
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
}

/// Writes the document.
pub(super) fn run(arguments: &InitArgs, output: &Output) -> Result<Exit, Failure> {
    let InitArgs {
        from_tools,
        upstream,
        out,
        force,
        token_env,
    } = arguments;
    if out.exists() && !force {
        let error = anyhow::anyhow!("`{}` is there already", out.display());
        return Err(Failure::usage(error).help("--force replaces it"));
    }
    let definitions = definitions(from_tools, token_env.as_deref())?;
    let mut written = Written::default();
    written.document(upstream.as_deref(), &definitions);
    check(&written.text)?;
    write(out, &written.text).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot write `{}`", out.display()));
        Failure::usage(error).help("name a file in a directory that exists with --out")
    })?;
    let (tools, reviews) = (written.tools, written.reviews);
    if output.json() {
        output.value(&json!({
            "file": out,
            "tools": tools,
            "review": reviews,
            "left": written.left,
        }));
    } else {
        for tool in &written.left {
            let word = output.paint(Tone::Warning, "left out");
            output.line(format!("{word} {}  no row can name it", visible(tool)));
        }
        output.line(format!(
            "{tools} tools in {}, {reviews} lines to review",
            out.display()
        ));
    }
    let is_clean = reviews == 0 && written.left.is_empty();
    Ok(if is_clean { Exit::Done } else { Exit::Finding })
}

/// What is written must be what can be read.
fn check(text: &str) -> Result<(), Failure> {
    let dir = policy_dir::of_bytes([(policy_dir::TRUST[0].into(), text.as_bytes().to_vec())]);
    if !dir.has_errors() {
        return Ok(());
    }
    let lines: Vec<_> = dir
        .problems
        .iter()
        .map(policy_dir::Problem::one_line)
        .collect();
    let error = anyhow::anyhow!("the tools cannot be written down: {}", lines.join("; "));
    Err(Failure::usage(error))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("yaml.new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// The text of a document, and what there is to say about it.
#[derive(Default)]
struct Written {
    text: String,
    tools: usize,
    reviews: usize,
    left: Vec<String>,
}

impl Written {
    fn document(&mut self, upstream: Option<&str>, definitions: &[Definition]) {
        self.line(0, "# Where content comes from, and what may follow from it. Made by `tessera trust init`;");
        self.line(0, "# a line with `# review` is guessed from a name: look at it, then take the comment away.");
        self.line(0, "settings:");
        self.line(1, "flow: ask");
        let depth = match upstream {
            Some(upstream) => {
                self.line(0, "upstreams:");
                self.line(1, &format!("{}:", key(upstream)));
                self.line(2, "tools:");
                3
            }
            None => {
                self.line(0, "tools:");
                1
            }
        };
        if definitions.is_empty() {
            // A key without anything below it would be null.
            self.text.truncate(self.text.len().saturating_sub(1));
            self.text.push_str(" {}\n");
        }
        for definition in definitions {
            self.tool(depth, definition);
        }
    }

    fn tool(&mut self, depth: usize, definition: &Definition) {
        let name = definition.name();
        // A name with a wildcard in it would be a row for other tools.
        if ToolRowName::new(name).as_literal() != Some(name) {
            self.left.push(name.to_owned());
            return;
        }
        self.tools += 1;
        // Nothing is said yet, and no server is believed yet: what is proposed is the strict reading.
        let profile = Registry::default().profile("", name, Some(definition));
        self.line(depth, &format!("{}:", key(name)));
        let does = format!("effects: [{}]", effects(profile.effects));
        self.told(depth + 1, &does, profile.effects_by);
        let arguments = profile.arguments.iter();
        let arguments = arguments.filter(|argument| {
            ArgumentPlace::parse(&argument.name)
                .is_some_and(|place| place.keys().len() == 1 && argument.name != "*")
        });
        let arguments: Vec<_> = arguments.collect();
        if !arguments.is_empty() {
            self.line(depth + 1, "args:");
        }
        for argument in arguments {
            let is = format!("{}: {}", key(&argument.name), argument.role.as_str());
            self.told(depth + 2, &is, argument.by);
        }
        self.result(depth + 1, definition);
    }

    /// How the results are recorded: data if the tool has a schema for them, else as its name suggests.
    fn result(&mut self, depth: usize, definition: &Definition) {
        if definition.members().get("outputSchema").is_some() {
            return self.line(depth, "result: {structured: true}");
        }
        let rules = SourceRules::of_name(definition.name());
        let structured = rules.shape == Shape::Structured;
        let result = format!("result: {{structured: {structured}}}");
        self.told(depth, &result, By::Name);
    }

    fn told(&mut self, depth: usize, text: &str, by: By) {
        if !is_guessed(by) {
            return self.line(depth, text);
        }
        self.reviews += 1;
        let why = match by {
            By::Nobody => "nothing says, so the strict answer",
            _ => "from the name",
        };
        self.line(depth, &format!("{text}  # review: {why}"));
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// A key of YAML that is read as this text and nothing else.
fn key(text: &str) -> String {
    const WORDS: [&str; 11] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let is_plain = begins
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        json!(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_engine::json;

    fn written(upstream: Option<&str>, tools: &str) -> Written {
        let tools = json::parse(tools.as_bytes()).unwrap();
        let tools = tools.as_array().unwrap().iter();
        let definitions: Vec<_> = tools.map(|tool| Definition::read(tool).unwrap()).collect();
        let mut written = Written::default();
        written.document(upstream, &definitions);
        written
    }

    const TOOLS: &str = r#"[
        {"name": "send_email", "inputSchema": {"type": "object", "properties": {
            "to": {"type": "string", "format": "email"}, "body": {"type": "string"},
            "zzz": {"type": "string"}, "a.b": {"type": "string"}}}},
        {"name": "get_webpage", "inputSchema": {"type": "object", "properties": {
            "url": {"type": "string", "format": "uri"}}}, "outputSchema": {"type": "object"}},
        {"name": "any_*", "inputSchema": {"type": "object"}},
        {"name": "no", "inputSchema": {"type": "object", "properties": {"null": {"type": "string"}}}},
        {"name": "with: \"quotes\" # and\n lines", "inputSchema": {"type": "object"}}
    ]"#;

    #[test]
    fn what_is_written_can_be_read_and_says_everything_itself() {
        for upstream in [None, Some("mail"), Some("a: b"), Some("yes")] {
            let written = written(upstream, TOOLS);
            check(&written.text).unwrap();
            let bytes = written.text.clone().into_bytes();
            let dir = policy_dir::of_bytes([(policy_dir::TRUST[0].into(), bytes)]);
            let registry = dir.trust.unwrap().registry;
            for tool in ["send_email", "get_webpage", "no"] {
                let profile = registry.profile(upstream.unwrap_or("any"), tool, None);
                assert!(profile.listed, "{upstream:?} {tool}: {}", written.text);
                assert_eq!(profile.effects_by, By::Registry);
            }
            assert_eq!(written.left, ["any_*"]);
        }
    }

    #[test]
    fn a_line_that_was_guessed_says_so() {
        let written = written(None, TOOLS);
        let line = |start: &str| {
            let mut lines = written.text.lines().map(str::trim);
            lines
                .find(|line| line.starts_with(start))
                .unwrap()
                .to_owned()
        };
        assert_eq!(line("to:"), "to: target");
        assert_eq!(line("body:"), "body: content  # review: from the name");
        let strict = "zzz: object  # review: nothing says, so the strict answer";
        assert_eq!(line("zzz:"), strict);
        // It has an output schema.
        assert!(written.text.contains("result: {structured: true}\n"));
        let reviews = written.text.matches("# review:").count();
        assert_eq!(reviews, written.reviews);
    }

    #[test]
    fn a_server_without_tools_gives_a_document_without_rows() {
        for upstream in [None, Some("mail")] {
            check(&written(upstream, "[]").text).unwrap();
        }
    }
}
