//! `make demo`: an agent, an MCP server and Tessera between them, all real, in about a minute.
//! It fails if anything is not as it says.

use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{Envoy, McpServer, Sdk, Setup, Tessera, mcp_client, wait_for};

type Outcome<T = ()> = Result<T, String>;

const SHIPPED: &str = "github-mcp-protection";
const GREEN: &str = "32";
const RED: &str = "31";
const CYAN: &str = "1;36";
const GREY: &str = "90";

fn main() -> ExitCode {
    match story() {
        Ok(()) => {
            say(&paint(GREEN, "Everything was as promised."));
            ExitCode::SUCCESS
        }
        Err(why) => {
            say(&paint(RED, &format!("NOT AS PROMISED: {why}")));
            ExitCode::FAILURE
        }
    }
}

fn story() -> Outcome {
    title("Starting real programs on free loopback ports");
    let server = slow(
        "an MCP server with `list_repos` and `delete_repo` (official Python SDK)",
        || McpServer::start(Sdk::V2),
    );
    let tessera = slow(
        "the control plane: `tessera init`, then `tessera serve`",
        || {
            let mut tessera = Tessera::init(&[SHIPPED]);
            tessera.run();
            tessera
        },
    );
    let envoy = slow(
        "Envoy 1.40 with the Tessera filter; its policies come from the control plane",
        || {
            let envoy = Envoy::start(setup(&server, &tessera));
            envoy.wait_for_stat("wasmcustom.tessera_bundle_version", 1);
            envoy
        },
    );
    let agent = Agent {
        url: format!("http://127.0.0.1:{}/mcp", envoy.port),
        token: tessera.token(),
    };

    title("An agent lists repositories");
    let listed = agent.until("list_repos", |answer| answer["isError"] != true)?;
    show(&listed);
    check(
        "the call reached the server",
        server.executed() == ["list_repos"],
    )?;

    title("The agent tries to delete a production repository");
    let deletion = json!({"repo": "acme/billing-prod"});
    let denied = agent.call("delete_repo", deletion)?;
    show(&denied);
    check(
        "it was denied, and the agent was told why",
        is_denied(&denied, "destructive"),
    )?;
    check(
        "the server never saw it",
        server.executed() == ["list_repos"],
    )?;

    title("An operator forbids listing too: one file, no restart");
    tessera.write_policy(&json!({
        "id": "no-listing",
        "name": "No listing during the audit",
        "match": {"tool": "list_repos"},
        "action": "block",
        "reason": "repositories are not listed during the audit",
    }));
    envoy.wait_for_stat("wasmcustom.tessera_bundle_version", 2);
    let denied = agent.until("list_repos", |answer| is_denied(answer, "during the audit"))?;
    show(&denied);

    title("The ledger: `tessera audit tail`");
    wait_for("the records", || {
        let records = tessera.records();
        let kept = |tool: &str, action: &str| {
            records
                .iter()
                .any(|record| record["tool"] == tool && record["action"] == action)
        };
        let all = kept("list_repos", "allow") && kept("list_repos", "block");
        (all && kept("delete_repo", "block")).then_some(())
    });
    let tail = run(&tessera, &["audit", "tail"], 0)?;
    print(&tail);
    check(
        "the allowed call and both denials are there",
        tail.contains(SHIPPED) && tail.contains("no-listing"),
    )?;

    title("`tessera audit verify` re-derives every hash");
    print(&run(&tessera, &["audit", "verify"], 0)?);

    title("Somebody turns the denial into an approval, in the ledger's file");
    tessera.edit_ledger(
        "UPDATE records SET action = 'allow', bytes = CAST(replace(CAST(bytes AS TEXT), \
         '\"action\":\"block\"', '\"action\":\"allow\"') AS BLOB) WHERE tool = 'delete_repo'",
    );
    print(&run(&tessera, &["audit", "verify"], 3)?);
    check("the forgery was found (exit code 3)", true)
}

/// The filter in front of the server, with the one caller `tessera init` made.
fn setup(server: &McpServer, tessera: &Tessera) -> Setup {
    let hash = Sha256::digest(tessera.token());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let caller = json!({"name": "first-agent", "scope": "default", "token_sha256": hash});
    let mut setup = Setup::remote(server.port, tessera.port, tessera.trusted_keys())
        .with("/callers", json!({"bearer": [caller]}));
    setup.workers = 2;
    setup
}

/// A real MCP client.
struct Agent {
    url: String,
    token: String,
}

impl Agent {
    fn call(&self, tool: &str, arguments: Value) -> Outcome<Value> {
        let steps = [json!({"do": "call", "tool": tool, "arguments": arguments})];
        let answers = mcp_client(Sdk::V2, "legacy", &self.url, Some(&self.token), &steps);
        answers
            .into_iter()
            .next()
            .ok_or_else(|| "the client said nothing".to_owned())
    }

    /// Each worker takes new policies on its own: asks until the one that answers has them.
    fn until(&self, tool: &str, accept: impl Fn(&Value) -> bool) -> Outcome<Value> {
        for _ in 0..20 {
            let answer = self.call(tool, json!({}))?;
            if accept(&answer) {
                return Ok(answer);
            }
        }
        Err(format!("`{tool}` is still answered by the policies before"))
    }
}

fn is_denied(answer: &Value, reason: &str) -> bool {
    answer["isError"] == true && answer.to_string().contains(reason)
}

/// Runs a command of the control plane's program and gives what it printed.
fn run(tessera: &Tessera, arguments: &[&str], expected: i32) -> Outcome<String> {
    let output = tessera.command(arguments);
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    match output.status.code() {
        Some(code) if code == expected => Ok(text),
        code => Err(format!(
            "`tessera {}` ended with {code:?}: {text}",
            arguments.join(" ")
        )),
    }
}

fn check(what: &str, holds: bool) -> Outcome {
    if !holds {
        return Err(what.to_owned());
    }
    say(&format!("  {} {what}", paint(GREEN, "✔")));
    Ok(())
}

fn title(text: &str) {
    say(&format!("\n{}", paint(CYAN, text)));
}

/// What the agent got, as its model reads it.
fn show(answer: &Value) {
    let colour = if answer["isError"] == true {
        RED
    } else {
        GREEN
    };
    let text = answer
        .pointer("/content/0/text")
        .and_then(Value::as_str)
        .unwrap_or("(nothing)");
    say(&format!("  agent gets: {}", paint(colour, text)));
}

fn print(text: &str) {
    for line in text.lines() {
        say(&format!("  {} {line}", paint(GREY, "│")));
    }
}

/// Does something slow and says how long it took.
fn slow<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let mut out = std::io::stdout();
    let _ = write!(out, "  {} {what} … ", paint(GREY, "▸"));
    let _ = out.flush();
    let begun = Instant::now();
    let done = work();
    say(&paint(
        GREY,
        &format!("{:.1} s", begun.elapsed().as_secs_f32()),
    ));
    done
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn paint(colour: &str, text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stdout().is_terminal();
    if plain {
        text.to_owned()
    } else {
        format!("\x1b[{colour}m{text}\x1b[0m")
    }
}
