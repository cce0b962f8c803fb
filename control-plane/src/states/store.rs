//! Reads and changes states inside transactions, and forgets them. It has no clock.
//!
//! Forgetting never makes anything look new: the row stays, without its state, for
//! [`STATE_FORGOTTEN_DAYS`]. What is merged into a forgotten conversation begins as one of which
//! something may have been lost.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tessera_engine::exchange::Remembered;
use tessera_engine::limits::{STATE_FORGOTTEN_DAYS, STATE_IDLE_HOURS, STATES, STATES_FORGOTTEN};
use tessera_engine::time::UnixMillis;

use super::join::{Change, joined};
use super::{StatesError, schema};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A question puts off the end of a state only if it gains so much: otherwise reading would write.
const WORTH_WRITING_MS: i64 = 10 * 60 * 1000;

/// Rows one sweep works on; the next one goes on.
const SWEPT: i64 = 1_000;

/// How many conversations fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// With their state.
    pub(super) known: i64,
    /// With and without.
    pub(super) all: i64,
}

impl Default for Room {
    fn default() -> Self {
        let known = i64::try_from(STATES).unwrap_or(i64::MAX);
        let forgotten = i64::try_from(STATES_FORGOTTEN).unwrap_or(i64::MAX);
        Self {
            known,
            all: known.saturating_add(forgotten),
        }
    }
}

/// What is asked of the store.
#[derive(Debug)]
pub(super) enum Work<'a> {
    /// What is known of these conversations?
    Read(&'a [String]),
    /// Merge all of these changes, or none.
    Merge(&'a [Change]),
    /// Forget what nobody asks for.
    Sweep,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// To [`Work::Read`]: in the order of the keys.
    Read(Vec<Remembered>),
    /// It is done.
    Written,
    /// To [`Work::Merge`]: there is no room, nothing was merged.
    Full,
}

/// The database.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    room: Room,
}

/// A row as it is now.
enum Row {
    Known { state: Vec<u8>, until: i64 },
    Forgotten,
    Never,
}

impl Store {
    pub(super) fn open(path: &Path, room: Room) -> Result<Self, StatesError> {
        let connection = schema::open(path)?;
        Ok(Self { connection, room })
    }

    /// Does everything in one transaction and commits it. After an error nothing of it is done.
    pub(super) fn work(
        &mut self,
        now: UnixMillis,
        all: &[Work<'_>],
    ) -> rusqlite::Result<Vec<Done>> {
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut done = Vec::with_capacity(all.len());
        for work in all {
            done.push(match work {
                Work::Read(keys) => Done::Read(read(&transaction, now, keys)?),
                Work::Merge(changes) => merge(&mut transaction, self.room, now, changes)?,
                Work::Sweep => sweep(&transaction, now)?,
            });
        }
        transaction.commit()?;
        Ok(done)
    }
}

fn row(connection: &Connection, now: UnixMillis, key: &str) -> rusqlite::Result<Row> {
    let found: Option<(Option<Vec<u8>>, i64)> = connection
        .prepare_cached("SELECT state, until FROM states WHERE key = ?")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match found {
        None => Row::Never,
        // Its time is up, the sweep has only not come by.
        Some((_, until)) if until <= now.0 => Row::Forgotten,
        Some((None, _)) => Row::Forgotten,
        Some((Some(state), until)) => Row::Known { state, until },
    })
}

fn read(
    connection: &Connection,
    now: UnixMillis,
    keys: &[String],
) -> rusqlite::Result<Vec<Remembered>> {
    let mut all = Vec::with_capacity(keys.len());
    for key in keys {
        all.push(match row(connection, now, key)? {
            Row::Never => Remembered::Never,
            Row::Forgotten => Remembered::Forgotten,
            Row::Known { state, until } => {
                let idle = idle_end(now);
                if idle.saturating_sub(until) > WORTH_WRITING_MS {
                    connection
                        .prepare_cached("UPDATE states SET until = ? WHERE key = ?")?
                        .execute(params![idle, key])?;
                }
                Remembered::State(state)
            }
        });
    }
    Ok(all)
}

fn merge(
    transaction: &mut Transaction<'_>,
    room: Room,
    now: UnixMillis,
    changes: &[Change],
) -> rusqlite::Result<Done> {
    // Dropped without a commit it takes everything back that was merged.
    let step = transaction.savepoint()?;
    for change in changes {
        if !merge_one(&step, room, now, change)? {
            return Ok(Done::Full);
        }
    }
    step.commit()?;
    Ok(Done::Written)
}

/// Whether there was room.
fn merge_one(
    connection: &Connection,
    room: Room,
    now: UnixMillis,
    change: &Change,
) -> rusqlite::Result<bool> {
    let row = row(connection, now, &change.key)?;
    if !matches!(row, Row::Known { .. }) && !make_room(connection, room, now, &row)? {
        return Ok(false);
    }
    let (remembered, before) = match row {
        Row::Never => (Remembered::Never, now.0),
        Row::Forgotten => (Remembered::Forgotten, now.0),
        Row::Known { state, until } => (Remembered::State(state), until),
    };
    let state = joined(remembered, &change.state, now);
    let until = before.max(idle_end(now));
    connection
        .prepare_cached(
            "INSERT INTO states (key, state, until) VALUES (?1, ?2, ?3) \
             ON CONFLICT (key) DO UPDATE SET state = ?2, until = ?3",
        )?
        .execute(params![change.key, state, until])?;
    Ok(true)
}

/// Makes room for one more state: the one idle for the longest is forgotten for it. Whether there is.
fn make_room(
    connection: &Connection,
    room: Room,
    now: UnixMillis,
    row: &Row,
) -> rusqlite::Result<bool> {
    let (known, forgotten): (i64, i64) = connection
        .prepare_cached("SELECT known, forgotten FROM totals")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if matches!(row, Row::Never) && known.saturating_add(forgotten) >= room.all {
        return Ok(false);
    }
    if known >= room.known {
        let longest = "SELECT key FROM states WHERE state IS NOT NULL ORDER BY until LIMIT 1";
        let forget = format!("UPDATE states SET state = NULL, until = ? WHERE key = ({longest})");
        connection
            .prepare_cached(&forget)?
            .execute([forgotten_end(now)])?;
    }
    Ok(true)
}

fn sweep(connection: &Connection, now: UnixMillis) -> rusqlite::Result<Done> {
    connection
        .prepare_cached(
            "DELETE FROM states WHERE key IN (SELECT key FROM states \
             WHERE state IS NULL AND until <= ? ORDER BY until LIMIT ?)",
        )?
        .execute([now.0, SWEPT])?;
    connection
        .prepare_cached(
            "UPDATE states SET state = NULL, until = ? WHERE key IN (SELECT key FROM states \
             WHERE state IS NOT NULL AND until <= ? ORDER BY until LIMIT ?)",
        )?
        .execute([forgotten_end(now), now.0, SWEPT])?;
    Ok(Done::Written)
}

const fn idle_end(now: UnixMillis) -> i64 {
    now.0
        .saturating_add(STATE_IDLE_HOURS.saturating_mul(HOUR_MS))
}

const fn forgotten_end(now: UnixMillis) -> i64 {
    let kept = STATE_FORGOTTEN_DAYS.saturating_mul(DAY_MS);
    now.0.saturating_add(kept)
}
