//! What is remembered, whose it is, and what is forgotten.

use super::*;
use crate::exchange::memory::Memory;
use crate::exchange::settings::AuditRoom;
use crate::exchange::world::RecordIds;
use crate::json::Number;
use crate::time::UnixMillis;

fn world(cells: &Memory, now: i64) -> World<'_> {
    World {
        now: UnixMillis(now),
        ids: RecordIds { vm: "vm", next: 1 },
        room: AuditRoom::Room,
        cells,
    }
}

fn owner(name: &str, upstream: &str) -> Owner {
    let caller = Caller {
        name: name.to_owned(),
        scope: "default".to_owned(),
    };
    Owner::of(&caller, upstream)
}

fn id(number: u64) -> Id {
    Id::Number(Number::from(number))
}

fn call(tool: &str) -> Waiting {
    Waiting {
        method: "tools/call".to_owned(),
        tool: tool.to_owned(),
        inner: vec!["inner".to_owned()],
        trace: None,
    }
}

#[test]
fn a_session_is_its_first_callers_at_its_first_upstream() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let ours = owner("alice", "github");
    assert!(Session::of("s", &ours).enter(&world));
    assert!(Session::of("s", &ours).enter(&world));
    assert!(!Session::of("s", &owner("mallory", "github")).enter(&world));
    assert!(!Session::of("s", &owner("alice", "jira")).enter(&world));
    Session::of("s", &ours).forget(&world);
    assert!(Session::of("s", &owner("alice", "jira")).enter(&world));
}

#[test]
fn nobody_else_can_forget_or_use_a_session() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let ours = Session::of("s", &owner("alice", "github"));
    let theirs = Session::of("s", &owner("mallory", "github"));
    assert!(ours.enter(&world));
    ours.park(&[(&id(1), call("read"))], &world);
    assert!(ours.ask(&id(7), "sampling/createMessage", &world));
    theirs.forget(&world);
    assert_eq!(theirs.claim(&id(1), &world), Claim::NoSession);
    assert_eq!(theirs.answered(&id(7), &world), None);
    assert!(!theirs.ask(&id(8), "sampling/createMessage", &world));
    assert_eq!(
        ours.claim(&id(1), &world),
        Claim::Waited(Box::new(call("read")))
    );
}

#[test]
fn an_answer_is_claimed_once() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let session = Session::of("s", &owner("alice", "github"));
    assert_eq!(session.claim(&id(1), &world), Claim::NoSession);
    assert!(session.enter(&world));
    session.park(&[(&id(1), call("read"))], &world);
    let text = Id::String("1".to_owned());
    assert_eq!(session.claim(&text, &world), Claim::NotWaiting);
    assert_eq!(
        session.claim(&id(1), &world),
        Claim::Waited(Box::new(call("read")))
    );
    assert_eq!(session.claim(&id(1), &world), Claim::NotWaiting);
}

#[test]
fn a_server_request_is_answered_once() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let session = Session::of("s", &owner("alice", "github"));
    assert!(!session.ask(&id(7), "elicitation/create", &world));
    assert!(session.enter(&world));
    assert!(session.ask(&id(7), "elicitation/create", &world));
    assert!(!session.ask(&id(7), "elicitation/create", &world));
    assert_eq!(
        session.answered(&id(7), &world).as_deref(),
        Some("elicitation/create")
    );
    assert_eq!(session.answered(&id(7), &world), None);
}

#[test]
fn what_is_open_is_bounded_and_a_server_cannot_push_others_out() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let session = Session::of("s", &owner("alice", "github"));
    assert!(session.enter(&world));
    let most = u64::try_from(limits::SESSION_REQUESTS).unwrap();
    for number in 0..=most {
        session.park(&[(&id(number), call("read"))], &world);
        assert_eq!(session.ask(&id(number), "m", &world), number < most);
    }
    assert_eq!(session.claim(&id(0), &world), Claim::NotWaiting);
    assert_eq!(
        session.claim(&id(most), &world),
        Claim::Waited(Box::new(call("read")))
    );
    assert!(session.answered(&id(0), &world).is_some());
}

#[test]
fn what_is_not_used_for_a_day_is_forgotten() {
    let cells = Memory::default();
    let session = Session::of("s", &owner("alice", "github"));
    assert!(session.enter(&world(&cells, 0)));
    let later = world(&cells, limits::SESSION_IDLE_MS);
    assert!(Session::of("s", &owner("mallory", "github")).enter(&later));
    // Use keeps it alive.
    let day = limits::SESSION_IDLE_MS;
    assert!(Session::of("t", &owner("alice", "github")).enter(&world(&cells, 0)));
    assert!(Session::of("t", &owner("alice", "github")).enter(&world(&cells, day - 1)));
    assert!(!Session::of("t", &owner("mallory", "github")).enter(&world(&cells, day + 1)));
}

#[test]
fn other_workers_are_waited_for_but_not_for_ever() {
    let cells = Memory::default();
    let session = Session::of("s", &owner("alice", "github"));
    cells.rival(3);
    assert!(session.enter(&world(&cells, 0)));
    cells.rival(1000);
    assert!(!session.ask(&id(1), "elicitation/create", &world(&cells, 0)));
}

#[test]
fn a_task_is_known_to_its_owner() {
    let cells = Memory::default();
    let world = world(&cells, 0);
    let ours = owner("alice", "github");
    note_task(&ours, "t-1", &call("deploy"), &world);
    assert_eq!(task(&ours, "t-1", &world), Some(call("deploy")));
    assert_eq!(task(&ours, "t-1", &world), Some(call("deploy")));
    assert_eq!(task(&owner("mallory", "github"), "t-1", &world), None);
}
