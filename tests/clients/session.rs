//! One client's session with a denial in the middle, and what is to be said about it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{Client, Envoy, McpServer, Sdk, Setup, plan};

use crate::trap::Trap;

const REASON: &str = "production repositories are never deleted by agents";

/// What every client must send; it opens nothing outside this run.
const TOKEN: &str = "a-token-of-the-clients-under-test";

/// What happened to one client.
#[derive(Default)]
pub struct Outcome {
    /// The client's version, as it says itself.
    pub version: String,
    /// An allowed call before the denial came back.
    pub allow: bool,
    /// The denied call brought the reason, and nothing else.
    pub deny: bool,
    /// An allowed call after the denial came back.
    pub allow_again: bool,
    /// How a program sees the denial: `result`, or the type of what was raised.
    pub seen_as: String,
    /// What is wrong; empty if all is well.
    pub wrong: Vec<String>,
}

/// Runs the session in an Envoy of its own, in front of a server of its own.
pub fn run(client: &Client) -> Outcome {
    let server = McpServer::start(Sdk::V2);
    let setup = Setup::inline(server.port, &[policy()]).with("/callers", callers());
    let envoy = Envoy::start(setup);
    let url = format!("http://127.0.0.1:{}/mcp", envoy.port);
    let echo = |text: &str| json!({"do": "call", "tool": "echo", "arguments": {"text": text}});
    let steps = [
        json!({"do": "tools"}),
        echo("before it"),
        json!({"do": "call", "tool": "delete_repo", "arguments": {"repo": "acme/billing-prod"}}),
        echo("after it"),
    ];
    let trap = match Trap::set() {
        Ok(trap) => trap,
        Err(error) => return failed(error.to_string()),
    };
    // Clients that speak only one era take no notice of it.
    let said = match client.run(&plan(&url, "modern", Some(TOKEN), &steps), Some(&trap.url)) {
        Ok(said) => said,
        Err(why) => return failed(why),
    };
    let mut outcome = judge(&said);
    let ran = server.executed();
    if ran != ["echo", "echo"] {
        outcome.wrong.push(format!("the server ran {ran:?}"));
    }
    let elsewhere = trap.caught();
    if !elsewhere.is_empty() {
        outcome
            .wrong
            .push(format!("it tried to reach {elsewhere:?}"));
    }
    outcome
}

/// Nobody but the bearer of the token.
fn callers() -> Value {
    let hash = Sha256::digest(TOKEN);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"bearer": [{"name": "client", "scope": "default", "token_sha256": hash}]})
}

/// Not a block of the whole tool: a tool nobody may use is not even listed.
fn policy() -> Value {
    json!({
        "id": "no-delete",
        "name": "Production repositories stay",
        "match": {"tool": "delete_repo"},
        "when": [{"condition": "arg_equals", "arg": "repo", "value": "acme/billing-prod"}],
        "action": "block",
        "reason": REASON,
    })
}

fn failed(why: String) -> Outcome {
    Outcome {
        wrong: vec![why],
        ..Outcome::default()
    }
}

fn seen_as(denied: &Value) -> &str {
    match denied.pointer("/error") {
        Some(error) => error
            .pointer("/type")
            .and_then(Value::as_str)
            .unwrap_or("error"),
        None => "result",
    }
}

fn judge(said: &Value) -> Outcome {
    let step = |at: usize| said["steps"].get(at).cloned().unwrap_or_default();
    let (first, denied) = (step(0), step(2));
    let came_back = |answer: &Value, text: &str| {
        answer["error"].is_null() && answer["isError"] != true && answer.to_string().contains(text)
    };
    let outcome = Outcome {
        version: said["version"].as_str().unwrap_or("?").to_owned(),
        allow: came_back(&step(1), "before it"),
        deny: denied.to_string().contains(REASON),
        allow_again: came_back(&step(3), "after it"),
        seen_as: seen_as(&denied).to_owned(),
        wrong: Vec::new(),
    };
    let listed = first.pointer("/tools").and_then(Value::as_array);
    let has = |tool: &str| listed.is_some_and(|all| all.contains(&json!(tool)));
    let has_tools = has("echo") && has("delete_repo");
    if has_tools && outcome.allow && outcome.deny && outcome.allow_again {
        return outcome;
    }
    Outcome {
        wrong: vec![said.to_string()],
        ..outcome
    }
}
