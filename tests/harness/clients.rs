//! Real MCP clients: each an installation in `.tools` and a small program of ours that drives it.

use std::process::Command;

use serde_json::{Value, json};

use crate::process::{tool, workspace_root};

/// Seconds a client may take for its whole session; then it is stuck and is ended.
const PATIENCE: &str = "120";

/// Where no client may phone home to, and the names by which clients are told so.
const QUIET: [(&str, &str); 13] = [
    ("DO_NOT_TRACK", "1"),
    ("OTEL_SDK_DISABLED", "true"),
    ("CREWAI_DISABLE_TELEMETRY", "true"),
    ("CREWAI_DISABLE_TRACKING", "true"),
    ("CREWAI_TRACING_ENABLED", "false"),
    ("FASTMCP_CHECK_FOR_UPDATES", "off"),
    ("HAYSTACK_TELEMETRY_ENABLED", "False"),
    ("LANGSMITH_TRACING", "false"),
    ("OPENAI_AGENTS_DISABLE_TRACING", "1"),
    ("NODE_USE_ENV_PROXY", "1"),
    ("NO_GCE_CHECK", "true"),
    ("NO_PROXY", "127.0.0.1"),
    ("no_proxy", "127.0.0.1"),
];

/// An MCP client and the program that drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// What we call it.
    pub name: &'static str,
    /// Its folder in `.tools`.
    tools: &'static str,
    /// The program in `tests`.
    driver: &'static str,
}

/// Every client we promise to keep alive; the official ones first.
pub const CLIENTS: [Client; 13] = [
    Client::PYTHON_1,
    Client::PYTHON_2,
    Client::TYPESCRIPT_1,
    Client::TYPESCRIPT_2,
    Client::new("inspector", "clients/inspector", "clients/inspector.mjs"),
    Client::new("fastmcp", "clients/fastmcp", "clients/with_fastmcp.py"),
    Client::new(
        "langchain",
        "clients/langchain",
        "clients/with_langchain.py",
    ),
    Client::new(
        "openai-agents",
        "clients/openai-agents",
        "clients/with_openai_agents.py",
    ),
    Client::new(
        "pydantic-ai",
        "clients/pydantic-ai",
        "clients/with_pydantic_ai.py",
    ),
    Client::new(
        "google-adk",
        "clients/google-adk",
        "clients/with_google_adk.py",
    ),
    Client::new(
        "llama-index",
        "clients/llama-index",
        "clients/with_llama_index.py",
    ),
    Client::new("haystack", "clients/haystack", "clients/with_haystack.py"),
    Client::new("crewai", "clients/crewai", "clients/with_crewai.py"),
];

impl Client {
    /// The official Python SDK 1.x: sessions only.
    pub const PYTHON_1: Self = Self::new("python-1", "py-mcp1", "python/client.py");
    /// The official Python SDK 2.x: both eras.
    pub const PYTHON_2: Self = Self::new("python-2", "py", "python/client.py");
    /// The official TypeScript SDK 1.x: sessions only.
    pub const TYPESCRIPT_1: Self = Self::new(
        "typescript-1",
        "clients/typescript-1",
        "clients/typescript.mjs",
    );
    /// The official TypeScript SDK 2.x: both eras.
    pub const TYPESCRIPT_2: Self = Self::new(
        "typescript-2",
        "clients/typescript-2",
        "clients/typescript.mjs",
    );

    const fn new(name: &'static str, tools: &'static str, driver: &'static str) -> Self {
        Self {
            name,
            tools,
            driver,
        }
    }

    /// Goes through a plan, `{"url": .., "era": .., "token": .., "steps": [..]}` (steps: see [`crate::mcp_client`]),
    /// and gives `{"version": .., "steps": [..]}`: what happened at each step.
    /// Every other connection the client tries goes to `proxy` (a URL) if there is one.
    ///
    /// # Errors
    /// What the client wrote, when it did not come to the end of the plan.
    pub fn run(&self, plan: &Value, proxy: Option<&str>) -> Result<Value, String> {
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        // Not `Child::kill`: some clients start programs of their own and some ignore SIGTERM.
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", PATIENCE]);
        self.program(&mut command);
        command.arg(plan.to_string()).envs(QUIET);
        // What a client keeps between runs must not reach the next one, nor the user's own.
        command.env("HOME", home.path()).current_dir(home.path());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            match proxy {
                Some(url) => command.env(name, url),
                None => command.env_remove(name),
            };
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = text.lines().rev().find(|line| line.starts_with('{'));
        let said = said.and_then(|line| serde_json::from_str::<Value>(line).ok());
        said.filter(|said| said["steps"].is_array()).ok_or_else(|| {
            let wrong = String::from_utf8_lossy(&output.stderr);
            format!("{}: {}\n{text}\n{wrong}", self.name, output.status)
        })
    }

    /// The driver with everything but the plan.
    fn program(&self, command: &mut Command) {
        let driver = workspace_root().join("tests").join(self.driver);
        let folder = tool(self.tools);
        if self.driver.ends_with(".py") {
            command.arg(folder.join("bin/python")).arg("-B").arg(driver);
        } else {
            command.arg(tool("bin/node")).arg(driver).arg(folder);
        }
    }
}

/// A plan for a client.
pub fn plan(url: &str, era: &str, token: Option<&str>, steps: &[Value]) -> Value {
    json!({"url": url, "era": era, "token": token, "steps": steps})
}
