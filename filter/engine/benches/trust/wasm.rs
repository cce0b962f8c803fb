//! The benchmark of trust as a wasm module without imports. Whoever loads it has the clock: it asks
//! for a number of runs and measures them.
//!
//! Not a part of the filter: `make bench` builds it and runs it under Node.
#![allow(
    unsafe_code,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "exported functions have names of their own; a benchmark whose material is wrong must stop"
)]

#[path = "cases.rs"]
mod cases;
#[path = "material.rs"]
mod material;

use cases::Case;
use std::cell::RefCell;

thread_local! {
    static CASES: RefCell<Vec<Case>> = const { RefCell::new(Vec::new()) };
}

fn with<T>(at: u32, look: impl FnOnce(&mut Case) -> T) -> Option<T> {
    CASES.with_borrow_mut(|cases| cases.get_mut(usize::try_from(at).ok()?).map(look))
}

/// Prepares every case; how many there are.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> u32 {
    cases::check();
    let cases = cases::cases();
    let count = u32::try_from(cases.len()).unwrap_or_default();
    CASES.set(cases);
    count
}

/// Where the name of a case begins in the memory.
#[unsafe(no_mangle)]
pub extern "C" fn name_at(at: u32) -> *const u8 {
    with(at, |case| case.name.as_ptr()).unwrap_or(std::ptr::null())
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn name_bytes(at: u32) -> u32 {
    let length = with(at, |case| case.name.len()).unwrap_or_default();
    u32::try_from(length).unwrap_or_default()
}

/// The microseconds a case may take; zero without an aim.
#[unsafe(no_mangle)]
pub extern "C" fn aim(at: u32) -> f64 {
    with(at, |case| case.aim.unwrap_or_default()).unwrap_or_default()
}

/// Runs a case so many times.
#[unsafe(no_mangle)]
pub extern "C" fn run(at: u32, times: u32) {
    with(at, |case| (0..times).for_each(|_| (case.run)()));
}
