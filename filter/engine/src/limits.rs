//! Every bound of the engine, with its unit and what happens when it is exceeded.
//!
//! Not a place for tuning speed: a bound is here because input from outside could otherwise cost
//! unbounded memory or work. All are deterministic counts, never wall-clock.

/// Bytes of one request body. More: HTTP 413. All real MCP servers cap at the same 4 MiB
/// (`mcp-wire.md` section 9).
pub const BODY_BYTES: usize = 4 * 1024 * 1024;

/// Nested containers of one JSON text; the outermost is level 1. More: HTTP 400.
pub const JSON_DEPTH: usize = 64;

/// Values (members, elements and scalars) of one JSON text. More: HTTP 400.
pub const JSON_VALUES: usize = 1_000_000;

/// Characters of one number literal. More: HTTP 400.
pub const NUMBER_CHARS: usize = 4_096;

/// Bytes of one pattern as written. More: the policy is refused at load.
pub const PATTERN_BYTES: usize = 4_096;

/// Nested groups and sets of one pattern. More: the policy is refused at load.
pub const PATTERN_DEPTH: u32 = 64;

/// Bytes one compiled pattern may take. More: the policy is refused at load.
pub const PATTERN_COMPILED_BYTES: usize = 4 * 1024 * 1024;

/// Bytes one compiled set of patterns may take. More: the set is split and searched in parts.
pub const PATTERN_SET_BYTES: usize = 16 * 1024 * 1024;

/// Repetition counts up to this are searched for exactly in the one pass over all patterns. Larger
/// ones, and smaller ones that could run several times at once, are searched for loosely there and
/// confirmed one by one: an automaton that counts for several beginnings at once can need a new
/// state at every byte.
pub const PATTERN_SCAN_COUNT: u32 = 256;

/// Work that confirming finds of patterns in one call may cost: bytes of text times places of the
/// pattern a search of it can be at once (measured: at most 25 ns each on a server core, 50 ms in
/// all, about twice that in wasm). More: the call is blocked with `budget_exceeded`.
pub const PATTERN_WORK: u64 = 2_000_000;

/// Bytes one search may use to remember automaton states. When they are used up the states are
/// dropped and built again: slower, same answer.
pub const PATTERN_CACHE_BYTES: usize = 2 * 1024 * 1024;

/// Characters of one case-insensitive stretch in which multi-character foldings overlap
/// (`ssss` has three places for an `ß`). More: the policy is refused at load.
pub const PATTERN_FOLD_CHARS: usize = 24;

/// Ways to write one such stretch. More: the policy is refused at load.
pub const PATTERN_FOLD_WAYS: usize = 128;
