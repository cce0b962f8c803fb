//! What trust costs on this machine: nanoseconds, the least of many rounds and their median. It
//! writes nothing.
//!
//! `trust/wasm.rs` is the same inside wasm, for `make bench`.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and prints what it saw"
)]

#[path = "trust/cases.rs"]
mod cases;
#[path = "trust/material.rs"]
mod material;

use cases::Case;
use std::time::{Duration, Instant};

/// Rounds per measurement.
const ROUNDS: usize = 41;

/// How long a round is to take.
const ROUND: Duration = Duration::from_millis(4);

fn main() {
    cases::check();
    let states = [material::conversation(), material::full_conversation()];
    let [values, full] = states.map(|state| state.encode().len());
    println!("a state of 1,000 values has {values} bytes, a full one {full}");
    println!("{:34} {:>12} {:>12}", "", "least", "median");
    // `cargo bench --bench trust -- record` measures what has that in its name.
    let wanted = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let is_wanted = |case: &Case| wanted.as_ref().is_none_or(|it| case.name.contains(it));
    cases::cases()
        .into_iter()
        .filter(is_wanted)
        .for_each(measure);
}

fn measure(mut case: Case) {
    let mut runs = 1_u32;
    while round(&mut case, runs) < ROUND {
        runs *= 2;
    }
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| round(&mut case, runs).as_nanos() / u128::from(runs))
        .collect();
    rounds.sort_unstable();
    let (least, median) = (rounds.first().unwrap(), rounds.get(ROUNDS / 2).unwrap());
    println!("{:34} {least:>9} ns {median:>9} ns", case.name);
}

fn round(case: &mut Case, runs: u32) -> Duration {
    let start = Instant::now();
    (0..runs).for_each(|_| (case.run)());
    start.elapsed()
}
