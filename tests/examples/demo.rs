//! `make demo`: agents, MCP servers and Tessera between them, all real, in about a minute.
//! It fails if anything is not as it says.
#![expect(unreachable_pub, reason = "a program made of modules of its own")]

#[path = "../demo/agent.rs"]
mod agent;
#[path = "../demo/ledger.rs"]
mod ledger;
#[path = "../demo/poisoned.rs"]
mod poisoned;
#[path = "../demo/say.rs"]
mod say;

use say::{GREEN, RED, paint, say};
use std::process::ExitCode;

fn main() -> ExitCode {
    match ledger::story().and_then(|()| poisoned::story()) {
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
