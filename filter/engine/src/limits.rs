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

/// Bytes of one policy file. More: the file is refused.
pub const POLICY_FILE_BYTES: usize = 1024 * 1024;

/// Values of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_NODES: usize = 100_000;

/// Nested levels of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_DEPTH: usize = 64;
