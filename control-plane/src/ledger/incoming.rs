//! A record as it arrives: bytes, and the members the ledger needs. Nothing else is judged here.

use tessera_engine::digest::Digest;
use tessera_engine::json::{self, Object};
use tessera_engine::limits::{RECORD_BYTES, SCOPE_CHARS};
use thiserror::Error;

/// A readable record, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The scope it belongs to.
    pub(crate) scope: String,
    /// Its id.
    pub(crate) id: String,
    /// The VM that wrote it.
    pub(crate) vm: String,
    /// Its place in the VM's chain, from 1; no more than `i64::MAX`.
    pub(crate) seq: i64,
    /// The hash it claims for the VM's record before it.
    pub(crate) prev: Digest,
    /// What it is about.
    pub(crate) kind: String,
    /// When it was written, RFC 3339.
    pub(crate) time: String,
    /// The action of its decision, if it has one.
    pub(crate) action: Option<String>,
    /// The tool, if it names one.
    pub(crate) tool: Option<String>,
    /// SHA-256 of `bytes`.
    pub(crate) hash: Digest,
    /// The record itself.
    pub(crate) bytes: Vec<u8>,
}

/// Reads a record of the VM `vm`.
///
/// # Errors
/// Says which member is missing or wrong; the caller knows which record it is.
pub(crate) fn parse(vm: &str, bytes: Vec<u8>) -> Result<Record, InvalidRecord> {
    if bytes.len() > RECORD_BYTES {
        return Err(InvalidRecord::TooLong { got: bytes.len() });
    }
    let value = json::parse(&bytes).map_err(|error| InvalidRecord::Json(error.to_string()))?;
    let object = value.as_object().ok_or(InvalidRecord::NotAnObject)?;
    let claimed = text(object, "vm")?;
    if claimed != vm {
        return Err(InvalidRecord::OtherVm { found: claimed });
    }
    let scope = text(object, "scope")?;
    if scope.chars().count() > SCOPE_CHARS {
        return Err(InvalidRecord::Member("scope"));
    }
    Ok(Record {
        scope,
        id: text(object, "id")?,
        vm: claimed,
        seq: seq(object)?,
        prev: prev(object)?,
        kind: text(object, "kind")?,
        time: text(object, "time")?,
        action: optional_text(object, "action")?,
        tool: optional_text(object, "tool")?,
        hash: Digest::of(&bytes),
        bytes,
    })
}

fn text(object: &Object, member: &'static str) -> Result<String, InvalidRecord> {
    optional_text(object, member)?
        .filter(|text| !text.is_empty())
        .ok_or(InvalidRecord::Member(member))
}

fn optional_text(object: &Object, member: &'static str) -> Result<Option<String>, InvalidRecord> {
    let Some(value) = object.get(member) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or(InvalidRecord::Member(member))?;
    Ok(Some(text.to_owned()))
}

fn seq(object: &Object) -> Result<i64, InvalidRecord> {
    let seq = object.get("seq").and_then(json::Value::as_u64);
    seq.and_then(|seq| i64::try_from(seq).ok())
        .filter(|seq| *seq >= 1)
        .ok_or(InvalidRecord::Member("seq"))
}

fn prev(object: &Object) -> Result<Digest, InvalidRecord> {
    let prev = object.get("prev").and_then(json::Value::as_str);
    prev.and_then(Digest::from_hex)
        .ok_or(InvalidRecord::Member("prev"))
}

/// Why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum InvalidRecord {
    /// Longer than any record.
    #[error("{got} bytes, expected at most {RECORD_BYTES}")]
    TooLong {
        /// Bytes received.
        got: usize,
    },
    /// Not strict JSON.
    #[error("not strict JSON: {0}")]
    Json(String),
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A member is missing, empty, or not what it must be.
    #[error("member `{0}` is missing or malformed")]
    Member(&'static str),
    /// Written by another VM than the one that submits.
    #[error("member `vm` is `{found}`, not the VM that submits")]
    OtherVm {
        /// The VM in the record.
        found: String,
    },
}
