//! Real MCP programs, made with the official Python SDK: a server and a client.
//! The SDK's major versions speak different eras: 1 sessions only, 2 both.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients::{Client, plan};
use crate::process::{Running, free_port, tool, workspace_root};

/// Which official SDK a program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// mcp 1.x: sessions.
    V1,
    /// mcp 2.x: both eras.
    V2,
}

impl Sdk {
    fn python(self) -> std::path::PathBuf {
        match self {
            Self::V1 => tool("py-mcp1/bin/python"),
            Self::V2 => tool("py/bin/python"),
        }
    }

    fn script(self, name: &str) -> Command {
        let mut command = Command::new(self.python());
        command
            .arg("-B")
            .arg(workspace_root().join("tests").join(name));
        command
    }
}

/// A running MCP server with the tools `safe`, `danger`, `echo`, `count`, `delete_repo`, a prompt and a resource.
#[derive(Debug)]
pub struct McpServer {
    /// Where it listens; the endpoint is `/mcp`.
    pub port: u16,
    process: Running,
    _dir: TempDir,
}

impl McpServer {
    /// Starts the server and waits until it answers.
    pub fn start(sdk: Sdk) -> Self {
        Self::listen(sdk.script("python/server.py"))
    }

    /// Starts a server that runs what it is told without a session.
    pub fn stateless(sdk: Sdk) -> Self {
        let mut command = sdk.script("python/server.py");
        command.arg("stateless");
        Self::listen(command)
    }

    /// Starts the server that the conformance suite tests; a credulous one believes a request's headers whatever
    /// the body says.
    pub fn for_conformance(credulous: bool) -> Self {
        let mut command = Sdk::V2.script("conformance/server.py");
        if credulous {
            command.arg("--credulous");
        }
        Self::listen(command)
    }

    /// Starts a server with an office behind it: `read_page` (one page is poisoned), `find_contacts`, `send_email`.
    pub fn office() -> Self {
        Self::listen(Sdk::V2.script("python/office.py"))
    }

    fn listen(mut command: Command) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        command.arg(port.to_string());
        let mut process = Running::start("mcp-server", command, dir.path());
        process.until("listening port", || {
            std::net::TcpStream::connect(("127.0.0.1", port))
                .ok()
                .map(drop)
        });
        Self {
            port,
            process,
            _dir: dir,
        }
    }

    /// The tools that really ran, in order, as the server wrote them down.
    pub fn executed(&self) -> Vec<String> {
        let log = self.process.log();
        log.lines()
            .filter_map(|line| line.strip_prefix("RAN "))
            .map(str::to_owned)
            .collect()
    }
}

/// Runs a real MCP client through a list of steps and returns what happened at each.
///
/// `era` is `legacy` or `modern` (modern needs [`Sdk::V2`]). A step is `{"do": "tools"}`,
/// `{"do": "call", "tool": .., "arguments": ..}`, `{"do": "resource", "uri": ..}`, `{"do": "prompt", "name": ..}`.
pub fn mcp_client(
    sdk: Sdk,
    era: &str,
    url: &str,
    token: Option<&str>,
    steps: &[Value],
) -> Vec<Value> {
    run_client(sdk, &plan(url, era, token, steps))
}

/// The same with headers of the host that runs the client, on every request.
pub fn mcp_client_with(
    sdk: Sdk,
    era: &str,
    url: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    steps: &[Value],
) -> Vec<Value> {
    let mut plan = plan(url, era, token, steps);
    plan["headers"] = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    run_client(sdk, &plan)
}

fn run_client(sdk: Sdk, plan: &Value) -> Vec<Value> {
    let client = match sdk {
        Sdk::V1 => Client::PYTHON_1,
        Sdk::V2 => Client::PYTHON_2,
    };
    let said = client.run(plan, None);
    let said = said.unwrap_or_else(|why| panic!("the client said {why}"));
    said["steps"].as_array().unwrap().clone()
}

/// A JSON-RPC request.
pub fn message(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

/// A `tools/call` request.
pub fn call(id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    message(
        id,
        "tools/call",
        json!({"name": tool, "arguments": arguments}),
    )
}
