//! Stores one record inside a transaction: is it there already, does it follow, insert, move heads.

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest as _, Sha256};
use tessera_engine::digest::Digest;
use tessera_engine::time::UnixMillis;

use super::incoming::{Incoming, Record, Unreadable};
use super::own::Own;

/// How a record fails to follow its VM's last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Another sequence number was due: records are missing, or this one is late.
    Gap {
        /// The number that was due.
        expected_seq: i64,
    },
    /// It has the number that was due, but follows another record.
    Prev {
        /// Hash of the record it had to follow.
        expected: Digest,
    },
    /// Another record with the same number is stored.
    Twice {
        /// That record's hash.
        stored: Digest,
    },
}

/// The last record of a VM.
struct Head {
    seq: i64,
    hash: Digest,
}

/// Stores a submission of one VM and gives the sequence number up to which the VM may forget.
pub(super) fn submit(
    transaction: &Transaction<'_>,
    own: &mut Own,
    now: UnixMillis,
    submission: &[Incoming],
) -> rusqlite::Result<i64> {
    let mut last = 0;
    for incoming in submission {
        last = match incoming {
            Incoming::Record(record) => {
                append(transaction, own, now, record)?;
                record.seq
            }
            Incoming::Unreadable(unreadable) => {
                keep_evidence(transaction, own, now, unreadable, last)?
            }
        };
    }
    Ok(last)
}

/// Stores a record of the control plane's own about bytes that are no record, unless they are
/// stored already. Gives the sequence number they stand for: the one they claim, or else the one
/// after `last`, the record before them in the submission, or else the next one of the VM. That is
/// never more than the filter's own number for them, so it forgets nothing it has not sent.
fn keep_evidence(
    transaction: &Transaction<'_>,
    own: &mut Own,
    now: UnixMillis,
    unreadable: &Unreadable,
    last: i64,
) -> rusqlite::Result<i64> {
    let kept = transaction
        .prepare_cached("SELECT seq FROM unreadable WHERE vm = ? AND hash = ?")?
        .query_row(params![unreadable.vm, unreadable.hash.0], |row| row.get(0))
        .optional()?;
    if let Some(seq) = kept {
        return Ok(seq);
    }
    let before = match last {
        0 => acknowledged(transaction, &unreadable.vm)?,
        last => last,
    };
    let claimed = unreadable.claimed_seq.filter(|claimed| *claimed > last);
    let seq = claimed.unwrap_or_else(|| before.saturating_add(1));
    transaction
        .prepare_cached("INSERT INTO unreadable (vm, hash, seq) VALUES (?, ?, ?)")?
        .execute(params![unreadable.vm, unreadable.hash.0, seq])?;
    append_own(transaction, &own.evidence(now, unreadable, seq))?;
    Ok(seq)
}

/// The highest sequence number a VM was ever told to forget.
fn acknowledged(transaction: &Transaction<'_>, vm: &str) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "SELECT max(ifnull((SELECT seq FROM vms WHERE vm = ?1), 0), \
             ifnull((SELECT max(seq) FROM unreadable WHERE vm = ?1), 0))",
        )?
        .query_row([vm], |row| row.get(0))
}

/// Stores `record` unless it is stored already, and a notice if it does not follow.
fn append(
    transaction: &Transaction<'_>,
    own: &mut Own,
    now: UnixMillis,
    record: &Record,
) -> rusqlite::Result<()> {
    if is_stored(transaction, record)? {
        return Ok(());
    }
    let head = head(transaction, &record.vm)?;
    let found = link(transaction, &head, record)?;
    insert(transaction, record)?;
    if record.seq > head.seq {
        move_head(transaction, record)?;
    }
    match found {
        None => Ok(()),
        Some(found) => append_own(transaction, &own.notice(now, record, &found)),
    }
}

/// Stores a record of the control plane itself.
pub(super) fn append_own(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    insert(transaction, record)?;
    move_head(transaction, record)
}

fn is_stored(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM records WHERE vm = ? AND seq = ? AND hash = ?")?
        .exists(params![record.vm, record.seq, record.hash.0])
}

fn head(transaction: &Transaction<'_>, vm: &str) -> rusqlite::Result<Head> {
    let stored = transaction
        .prepare_cached("SELECT seq, hash FROM vms WHERE vm = ?")?
        .query_row([vm], |row| {
            Ok(Head {
                seq: row.get(0)?,
                hash: Digest(row.get(1)?),
            })
        })
        .optional()?;
    Ok(stored.unwrap_or(Head {
        seq: 0,
        hash: Digest::ZERO,
    }))
}

fn link(
    transaction: &Transaction<'_>,
    head: &Head,
    record: &Record,
) -> rusqlite::Result<Option<Break>> {
    let expected_seq = head.seq.saturating_add(1);
    if record.seq == expected_seq {
        let expected = head.hash;
        return Ok((record.prev != expected).then_some(Break::Prev { expected }));
    }
    let twin = transaction
        .prepare_cached("SELECT hash FROM records WHERE vm = ? AND seq = ? ORDER BY position")?
        .query_row(params![record.vm, record.seq], |row| row.get(0).map(Digest))
        .optional()?;
    Ok(Some(twin.map_or(Break::Gap { expected_seq }, |stored| {
        Break::Twice { stored }
    })))
}

fn insert(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    let position = next_position(transaction)?;
    let (scope_seq, chain) = extend_scope(transaction, record)?;
    transaction
        .prepare_cached(
            "INSERT INTO records (position, scope, scope_seq, id, vm, seq, kind, time, action, \
             tool, hash, chain, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            position,
            record.scope,
            scope_seq,
            record.id,
            record.vm,
            record.seq,
            record.kind,
            record.time,
            record.action,
            record.tool,
            record.hash.0,
            chain,
            record.bytes,
        ])?;
    Ok(())
}

fn next_position(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("UPDATE total SET records = records + 1 RETURNING records")?
        .query_row([], |row| row.get(0))
}

/// Moves the scope's head over `record` and gives its place and the new end of the chain.
fn extend_scope(
    transaction: &Transaction<'_>,
    record: &Record,
) -> rusqlite::Result<(i64, [u8; 32])> {
    let before: Option<(i64, [u8; 32])> = transaction
        .prepare_cached("SELECT records, chain FROM scopes WHERE scope = ?")?
        .query_row([&record.scope], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (records, chain) = before.unwrap_or((0, [0; 32]));
    let after: [u8; 32] = Sha256::new()
        .chain_update(chain)
        .chain_update(record.hash.0)
        .finalize()
        .into();
    let place = records.saturating_add(1);
    transaction
        .prepare_cached("INSERT OR REPLACE INTO scopes (scope, records, chain) VALUES (?, ?, ?)")?
        .execute(params![record.scope, place, after])?;
    Ok((place, after))
}

fn move_head(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO vms (vm, seq, hash) VALUES (?, ?, ?)")?
        .execute(params![record.vm, record.seq, record.hash.0])?;
    Ok(())
}
