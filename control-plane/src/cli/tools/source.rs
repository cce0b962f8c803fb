//! Where definitions come from: a running MCP server, or a file.

use std::path::Path;

use clap::Args;
use tessera_engine::json::{self, Value};
use tessera_engine::mcp::Definition;
use tessera_engine::scan::visible;

use super::{Failure, client};

/// Where definitions come from.
#[derive(Debug, Args)]
pub(super) struct From {
    /// The MCP endpoint to ask for `tools/list` (http:// or https://), or a JSON file with a list of
    /// tools, or with the answer to `tools/list`. Ask the server itself, not the proxy before it.
    #[arg(long, value_name = "URL|FILE")]
    from: String,
    /// The upstream's name, as the filter's configuration gives it.
    #[arg(long, value_name = "NAME")]
    pub(super) upstream: String,
    /// Environment variable that holds a bearer token for the server.
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
}

impl From {
    /// The definitions, in the order of the list.
    ///
    /// # Errors
    /// The server or the file does not give them, or one of them cannot be read.
    pub(super) fn definitions(&self) -> Result<Vec<Definition>, Failure> {
        definitions(&self.from, self.token_env.as_deref())
    }
}

/// The definitions that a server or a file gives, in the order of the list. `token_env` names an
/// environment variable with a bearer token for the server.
///
/// # Errors
/// The server or the file does not give them, or one of them cannot be read.
pub(in crate::cli) fn definitions(
    from: &str,
    token_env: Option<&str>,
) -> Result<Vec<Definition>, Failure> {
    let is_url = from.starts_with("http://") || from.starts_with("https://");
    let entries = if is_url {
        client::list(from, token(token_env)?.as_deref())?
    } else {
        read(Path::new(from))?
    };
    let mut definitions: Vec<Definition> = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let definition = Definition::read(entry).map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("tool {}", at + 1));
            Failure::usage(error).help("the filter keeps such a tool from clients")
        })?;
        if definitions
            .iter()
            .any(|known| known.name() == definition.name())
        {
            let name = visible(definition.name());
            return Err(Failure::usage(anyhow::anyhow!(
                "the tool `{name}` is listed twice"
            )));
        }
        definitions.push(definition);
    }
    Ok(definitions)
}

fn token(variable: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(variable) = variable else {
        return Ok(None);
    };
    let token = std::env::var(variable).map_err(|error| {
        Failure::usage(anyhow::Error::new(error).context(format!("${variable}")))
    })?;
    Ok(Some(token))
}

/// The tools of a file: a list, `{"tools": [...]}`, or an answer to `tools/list`.
fn read(path: &Path) -> Result<Vec<Value>, Failure> {
    let context = || format!("`{}`", path.display());
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::usage(anyhow::Error::new(error).context(context())))?;
    let value = json::parse(&bytes)
        .map_err(|error| Failure::usage(anyhow::Error::new(error).context(context())))?;
    let value = value.get("result").unwrap_or(&value);
    let tools = value.get("tools").unwrap_or(value).as_array();
    let tools = tools.ok_or_else(|| {
        let error = anyhow::anyhow!("{} holds no list of tools", context());
        Failure::usage(error)
            .help("expected `[...]`, `{\"tools\": [...]}` or an answer to tools/list")
    })?;
    Ok(tools.to_vec())
}
