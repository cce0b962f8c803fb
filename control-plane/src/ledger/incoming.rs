//! A record as it arrives: bytes, and the members the ledger needs. Nothing else is judged here.
//!
//! What cannot be read is kept too: a filter sends its oldest records until they are acknowledged,
//! so one refused for ever would hold up all those behind it, and its bytes would be lost in the
//! end.

use tessera_engine::digest::Digest;
use tessera_engine::json::{self, Object};
use tessera_engine::limits::{EVIDENCE_BYTES, RECORD_BYTES, SCOPE_CHARS};
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

/// Something a filter handed over as a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A record.
    Record(Box<Record>),
    /// Bytes that are none.
    Unreadable(Unreadable),
}

/// Bytes that are not a record of the VM that sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The VM that sent them.
    pub(crate) vm: String,
    /// Their place in the submission, from 0.
    pub(crate) index: usize,
    /// The sequence number they seem to hold.
    pub(crate) claimed_seq: Option<i64>,
    /// Why they are not a record.
    pub(crate) reason: InvalidRecord,
    /// SHA-256 of all of them.
    pub(crate) hash: Digest,
    /// How many there are.
    pub(crate) bytes: usize,
    /// The first of them, [`EVIDENCE_BYTES`] at most.
    pub(crate) excerpt: Vec<u8>,
}

/// Reads what the VM `vm` sent at place `index` of a submission.
pub(crate) fn incoming(vm: &str, index: usize, bytes: Vec<u8>) -> Incoming {
    match parse(vm, bytes) {
        Ok(record) => Incoming::Record(Box::new(record)),
        Err((reason, bytes)) => Incoming::Unreadable(Unreadable {
            vm: vm.to_owned(),
            index,
            claimed_seq: claimed_seq(&bytes),
            reason,
            hash: Digest::of(&bytes),
            bytes: bytes.len(),
            excerpt: bytes.into_iter().take(EVIDENCE_BYTES).collect(),
        }),
    }
}

/// The sequence number in bytes that are no record, if one can be made out. It only says what the
/// filter may forget, so a lenient reading does no harm to anyone else.
fn claimed_seq(bytes: &[u8]) -> Option<i64> {
    let value = serde_json::from_slice::<serde_json::Value>(bytes).ok()?;
    value.get("seq")?.as_i64().filter(|seq| *seq >= 1)
}

/// Reads a record of the VM `vm`.
///
/// # Errors
/// Says which member is missing or wrong; the caller knows which record it is.
fn parse(vm: &str, bytes: Vec<u8>) -> Result<Record, (InvalidRecord, Vec<u8>)> {
    match members(vm, &bytes) {
        Ok(record) => Ok(Record {
            hash: Digest::of(&bytes),
            bytes,
            ..record
        }),
        Err(error) => Err((error, bytes)),
    }
}

/// Everything but the hash and the bytes.
fn members(vm: &str, bytes: &[u8]) -> Result<Record, InvalidRecord> {
    if bytes.len() > RECORD_BYTES {
        return Err(InvalidRecord::TooLong { got: bytes.len() });
    }
    let value = json::parse(bytes).map_err(|error| InvalidRecord::Json(error.to_string()))?;
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
        hash: Digest::ZERO,
        bytes: Vec::new(),
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
