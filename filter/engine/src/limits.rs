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

/// Characters of the identity of a filter VM. Longer: the control plane refuses the stream and
/// its records.
pub const VM_ID_CHARS: usize = 128;

/// Bytes of one audit record. Longer: the ledger refuses it.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Characters of a scope's name. Longer: the ledger refuses the record.
pub const SCOPE_CHARS: usize = 256;

/// Filter VMs subscribed to one control plane. More: further ones are refused and ask again.
pub const SUBSCRIBERS: usize = 10_000;

/// Bytes of one submission of audit records. More: the control plane refuses it.
pub const SUBMISSION_BYTES: usize = 8 * 1024 * 1024;

/// Characters of a refusal's reason the control plane keeps. Longer: cut.
pub const NACK_REASON_CHARS: usize = 2_000;
