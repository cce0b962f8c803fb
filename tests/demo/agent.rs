//! What both stories need: the filter's configuration, an agent, and the program `tessera`.

use std::process::Output;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{Sdk, Setup, Tessera, mcp_client};

use crate::say::Outcome;

/// The filter in front of the server, with the one caller `tessera init` made.
pub fn setup(server: u16, tessera: &Tessera) -> Setup {
    let hash = Sha256::digest(tessera.token());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let caller = json!({"name": "first-agent", "scope": "default", "token_sha256": hash});
    let mut setup = Setup::remote(server, tessera.port, tessera.trusted_keys())
        .with("/callers", json!({"bearer": [caller]}));
    setup.workers = 2;
    setup
}

/// A real MCP client.
pub struct Agent {
    pub url: String,
    pub token: String,
}

impl Agent {
    pub fn call(&self, tool: &str, arguments: Value) -> Outcome<Value> {
        let steps = [json!({"do": "call", "tool": tool, "arguments": arguments})];
        let answers = mcp_client(Sdk::V2, "legacy", &self.url, Some(&self.token), &steps);
        answers
            .into_iter()
            .next()
            .ok_or_else(|| "the client said nothing".to_owned())
    }

    /// Each worker takes new policies on its own: asks until the one that answers has them.
    pub fn until(&self, tool: &str, accept: impl Fn(&Value) -> bool) -> Outcome<Value> {
        for _ in 0..20 {
            let answer = self.call(tool, json!({}))?;
            if accept(&answer) {
                return Ok(answer);
            }
        }
        Err(format!("`{tool}` is still answered by the policies before"))
    }
}

/// Whether the answer is a denial for this reason.
pub fn is_denied(answer: &Value, reason: &str) -> bool {
    answer["isError"] == true && answer.to_string().contains(reason)
}

/// Runs a command about the ledger and gives what it printed.
pub fn run(tessera: &Tessera, arguments: &[&str], expected: i32) -> Outcome<String> {
    said(arguments, tessera.command(arguments), expected)
}

/// Runs a command in the operator's folder and gives what it printed.
pub fn run_in_folder(tessera: &Tessera, arguments: &[&str], expected: i32) -> Outcome<String> {
    said(arguments, tessera.in_folder(arguments), expected)
}

fn said(arguments: &[&str], output: Output, expected: i32) -> Outcome<String> {
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    match output.status.code() {
        Some(code) if code == expected => Ok(text),
        code => Err(format!(
            "`tessera {}` ended with {code:?}: {text}",
            arguments.join(" ")
        )),
    }
}
