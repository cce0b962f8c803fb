//! `make clients`: every MCP client we promise to keep alive lists, calls, is denied and calls again, through Envoy
//! with the filter. Prints a table, writes `target/clients/summary.json`, and fails if one of them does not.
#![allow(
    clippy::print_stdout,
    unreachable_pub,
    reason = "a program that prints, made of modules of its own"
)]

#[path = "../clients/session.rs"]
mod session;
#[path = "../clients/trap.rs"]
mod trap;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};
use session::Outcome;
use tessera_tests::{CLIENTS, Client, write_summary};

/// Sessions at a time: some frameworks need a core to themselves to start.
const AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    println!(
        "{:<14} {:<9} {:<6} {:<6} {:<12} denial arrives as",
        "client", "version", "allow", "deny", "allow again"
    );
    let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
    let (done, results) = channel();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            let done = done.clone();
            scope.spawn(|| work(&next, done));
        }
        drop(done);
        for (at, outcome) in results {
            show(at, &outcome);
            outcomes.push((at, outcome));
        }
    });
    outcomes.sort_by_key(|(at, _)| *at);
    let failures = outcomes.iter().filter(|(_, one)| !one.wrong.is_empty());
    let failures = failures.count() + (CLIENTS.len() - outcomes.len());
    let rows: Vec<Value> = outcomes.iter().map(|(at, one)| row(*at, one)).collect();
    match write_summary("clients", &json!({"clients": rows})) {
        Ok(path) => println!("\nwritten to {}", path.display()),
        Err(error) => println!("\nno summary: {error}"),
    }
    for (at, outcome) in &outcomes {
        for wrong in &outcome.wrong {
            println!("\n{}: {wrong}", name(*at));
        }
    }
    println!(
        "{} of {} clients are well",
        CLIENTS.len() - failures,
        CLIENTS.len()
    );
    ExitCode::from(u8::from(failures > 0))
}

/// Takes the next client until there is none.
fn work(next: &AtomicUsize, done: Sender<(usize, Outcome)>) {
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(client) = CLIENTS.get(at) else {
            return;
        };
        if done.send((at, session::run(client))).is_err() {
            return;
        }
    }
}

fn name(at: usize) -> &'static str {
    CLIENTS.get(at).map_or("?", |client: &Client| client.name)
}

fn show(at: usize, outcome: &Outcome) {
    let mark = |well: bool| if well { "yes" } else { "NO" };
    println!(
        "{:<14} {:<9} {:<6} {:<6} {:<12} {}",
        name(at),
        outcome.version,
        mark(outcome.allow),
        mark(outcome.deny),
        mark(outcome.allow_again),
        outcome.seen_as
    );
}

fn row(at: usize, outcome: &Outcome) -> Value {
    json!({
        "name": name(at),
        "version": outcome.version,
        "ok": outcome.wrong.is_empty(),
        "allow": outcome.allow,
        "deny": outcome.deny,
        "allow_again": outcome.allow_again,
        "denial_seen_as": outcome.seen_as,
    })
}
