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

/// Bytes of one decision header's value. More is cut: headers are a courtesy, the record is whole.
pub const HEADER_TEXT_BYTES: usize = 512;

/// Characters of the identity of a filter VM. Longer: the control plane refuses the stream and
/// its records.
pub const VM_ID_CHARS: usize = 128;

/// Bytes of a JSON-RPC id: of its text, or of its digits. More: HTTP 400. Ids are kept while a call
/// is open and written into records; real ones are counters and UUIDs.
pub const ID_BYTES: usize = 1_024;

/// Bytes of a JSON-RPC method name. More: HTTP 400.
pub const METHOD_BYTES: usize = 256;
/// Bytes of one policy file. More: the file is refused.
pub const POLICY_FILE_BYTES: usize = 1024 * 1024;

/// Values of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_NODES: usize = 100_000;

/// Nested levels of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_DEPTH: usize = 64;
