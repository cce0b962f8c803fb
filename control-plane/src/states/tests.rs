//! What is kept, what is forgotten, and what survives, with a clock of the tests' own.

use tempfile::TempDir;
use tessera_engine::exchange::Remembered;
use tessera_engine::limits::{STATE_FORGOTTEN_DAYS, STATE_IDLE_HOURS};
use tessera_engine::taint::{Conversation, Store as Part};
use tessera_engine::time::UnixMillis;

use super::store::{Done, Room, Store, Work};
use super::*;

const HOUR: i64 = 60 * 60 * 1000;
const START: UnixMillis = UnixMillis(1_800_000_000_000);

const fn after(hours: i64) -> UnixMillis {
    UnixMillis(START.0 + hours * HOUR)
}

fn key(number: u8) -> String {
    format!("{number:032x}")
}

fn change(number: u8, state: Conversation) -> Change {
    let key = key(number);
    Change { key, state }
}

/// One question or merge.
fn work(store: &mut Store, now: UnixMillis, work: Work<'_>) -> Done {
    let mut done = store.work(now, &[work]).unwrap();
    done.remove(0)
}

fn read(store: &mut Store, now: UnixMillis, number: u8) -> Remembered {
    match work(store, now, Work::Read(&[key(number)])) {
        Done::Read(mut states) => states.remove(0),
        other => panic!("{other:?}"),
    }
}

fn merge(store: &mut Store, now: UnixMillis, number: u8) -> Done {
    let changes = [change(number, Conversation::fresh(now))];
    work(store, now, Work::Merge(&changes))
}

fn opened(room: Room) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join(FILE_NAME), room).unwrap();
    (dir, store)
}

#[test]
fn what_was_merged_is_known_after_a_restart_and_the_rest_never_was() {
    let (dir, mut store) = opened(Room::default());
    assert_eq!(read(&mut store, START, 1), Remembered::Never);
    assert_eq!(merge(&mut store, START, 1), Done::Written);
    drop(store);
    let mut store = Store::open(&dir.path().join(FILE_NAME), Room::default()).unwrap();
    let state = Conversation::fresh(START).encode();
    assert_eq!(read(&mut store, START, 1), Remembered::State(state));
    assert_eq!(read(&mut store, START, 2), Remembered::Never);
}

#[test]
fn a_merge_loses_nothing_of_what_is_kept() {
    let (_dir, mut store) = opened(Room::default());
    let unknown = [change(1, Conversation::unknown(START))];
    assert_eq!(
        work(&mut store, START, Work::Merge(&unknown)),
        Done::Written
    );
    assert_eq!(merge(&mut store, after(1), 1), Done::Written);
    let Remembered::State(state) = read(&mut store, after(1), 1) else {
        panic!("the state is gone");
    };
    let state = Conversation::decode(&state).unwrap();
    assert!(state.is_incomplete(Part::Secrets));
}

#[test]
fn an_idle_conversation_is_forgotten_but_not_taken_for_new() {
    let (_dir, mut store) = opened(Room::default());
    merge(&mut store, START, 1);
    let idle = STATE_IDLE_HOURS;
    // Asked for in time, it lasts.
    let known = read(&mut store, after(idle - 1), 1);
    assert!(matches!(known, Remembered::State(_)), "{known:?}");
    let known = read(&mut store, after(2 * idle - 2), 1);
    assert!(matches!(known, Remembered::State(_)), "{known:?}");
    // Whether the sweep has come by makes no difference.
    let late = after(4 * idle);
    assert_eq!(read(&mut store, late, 1), Remembered::Forgotten);
    work(&mut store, late, Work::Sweep);
    assert_eq!(read(&mut store, late, 1), Remembered::Forgotten);
    // What is merged then is known to have a past.
    merge(&mut store, late, 1);
    let Remembered::State(state) = read(&mut store, late, 1) else {
        panic!("the state is gone");
    };
    assert!(
        Conversation::decode(&state)
            .unwrap()
            .is_incomplete(Part::Values)
    );
}

#[test]
fn that_it_was_forgotten_is_forgotten_much_later() {
    let (_dir, mut store) = opened(Room::default());
    merge(&mut store, START, 1);
    let late = after(2 * STATE_IDLE_HOURS);
    work(&mut store, late, Work::Sweep);
    let end = after(2 * STATE_IDLE_HOURS + 24 * STATE_FORGOTTEN_DAYS);
    let before = UnixMillis(end.0 - 1);
    work(&mut store, before, Work::Sweep);
    assert_eq!(read(&mut store, before, 1), Remembered::Forgotten);
    work(&mut store, end, Work::Sweep);
    assert_eq!(read(&mut store, end, 1), Remembered::Never);
}

#[test]
fn the_one_idle_for_the_longest_makes_room_and_is_remembered() {
    let (_dir, mut store) = opened(Room { known: 2, all: 9 });
    merge(&mut store, START, 1);
    merge(&mut store, after(1), 2);
    merge(&mut store, after(2), 3);
    assert_eq!(read(&mut store, after(2), 1), Remembered::Forgotten);
    for kept in [2, 3] {
        let known = read(&mut store, after(2), kept);
        assert!(matches!(known, Remembered::State(_)), "{kept}: {known:?}");
    }
}

#[test]
fn without_room_nothing_of_a_merge_is_kept() {
    let (_dir, mut store) = opened(Room { known: 2, all: 2 });
    merge(&mut store, START, 1);
    let both = [
        change(2, Conversation::fresh(START)),
        change(3, Conversation::fresh(START)),
    ];
    assert_eq!(work(&mut store, START, Work::Merge(&both)), Done::Full);
    for new in [2, 3] {
        assert_eq!(read(&mut store, START, new), Remembered::Never);
    }
    // Those that are known go on.
    assert_eq!(merge(&mut store, after(1), 1), Done::Written);
    assert_eq!(merge(&mut store, after(1), 2), Done::Written);
    assert_eq!(merge(&mut store, after(1), 3), Done::Full);
}

#[test]
fn a_file_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    drop(Store::open(&path, Room::default()).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    drop(connection);
    let refused = Store::open(&path, Room::default()).unwrap_err();
    assert!(matches!(refused, StatesError::Format { found: 2, .. }));
}

#[tokio::test]
async fn many_filters_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    let (states, thread) = States::open(&path).unwrap();
    let merges = (0..200_u8).map(|number| {
        let states = states.clone();
        let changes = vec![change(number % 50, Conversation::fresh(START))];
        tokio::spawn(async move { states.merge(changes).await })
    });
    for merge in merges.collect::<Vec<_>>() {
        merge.await.unwrap().unwrap();
    }
    drop(states);
    thread.join().unwrap();
    let (states, _thread) = States::open(&path).unwrap();
    for number in 0..50 {
        let known = states.read(vec![key(number)]).await.unwrap();
        assert!(
            matches!(known.as_slice(), [Remembered::State(_)]),
            "{number}"
        );
    }
}
