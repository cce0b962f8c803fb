//! What is remembered of definitions, and what follows for calls.

use super::*;
use crate::exchange::memory::{Memory, world};
use crate::exchange::world::NoCells;
use crate::limits;
use crate::policy::{CompileOptions, Pin, Pins, Source};
use std::collections::BTreeMap;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// A bundle that pins `approved` for the tool `t` of `u`, if given.
fn bundle(approved: Option<&str>, pins: Pins) -> Bundle {
    let pin = |text| Pin {
        digest: digest(text),
        shape: None,
    };
    let tools: BTreeMap<_, _> = approved
        .map(|text| ("t".to_owned(), pin(text)))
        .into_iter()
        .collect();
    let pins = Pins {
        upstreams: BTreeMap::from([("u".to_owned(), tools)]),
        ..pins
    };
    let source = Source {
        pins: Some(pins),
        ..Source::default()
    };
    Bundle::compile(source, &CompileOptions::default()).unwrap()
}

fn list(memory: &Memory, text: &str, approved: Option<&str>) -> Seen {
    seen(
        "u",
        "t",
        digest(text),
        false,
        approved.map(digest),
        &world(memory),
    )
}

fn is_refused(memory: &Memory, bundle: &Bundle) -> bool {
    quarantined("u", "t", bundle, &world(memory)).is_some()
}

#[test]
fn a_pinned_tool_is_refused_from_a_change_until_its_approval() {
    let memory = Memory::default();
    let old = bundle(Some("old"), Pins::default());
    assert!(!is_refused(&memory, &old));
    list(&memory, "old", Some("old"));
    assert!(!is_refused(&memory, &old));
    let first = digest("old");
    assert_eq!(list(&memory, "new", Some("old")), Seen::News { first });
    assert_eq!(list(&memory, "new", Some("old")), Seen::Again { first });
    assert!(is_refused(&memory, &old));
    // Another bundle, nothing else: the approval lifts it, and taking it back does not bring it back.
    let new = bundle(Some("new"), Pins::default());
    assert!(!is_refused(&memory, &new));
    list(&memory, "new", Some("new"));
    assert!(!is_refused(&memory, &bundle(None, Pins::default())));
}

#[test]
fn a_server_that_goes_back_to_what_is_approved_is_trusted_with_it() {
    let memory = Memory::default();
    let pinned = bundle(Some("old"), Pins::default());
    list(&memory, "new", Some("old"));
    assert!(is_refused(&memory, &pinned));
    list(&memory, "old", Some("old"));
    assert!(!is_refused(&memory, &pinned));
}

#[test]
fn what_was_seen_first_holds_while_nothing_is_pinned() {
    let memory = Memory::default();
    let unpinned = bundle(None, Pins::default());
    let first = digest("one");
    assert_eq!(list(&memory, "one", None), Seen::News { first });
    assert!(!is_refused(&memory, &unpinned));
    assert_eq!(list(&memory, "two", None), Seen::News { first });
    assert!(is_refused(&memory, &unpinned));
    assert_eq!(list(&memory, "one", None), Seen::News { first });
    assert!(!is_refused(&memory, &unpinned));
}

#[test]
fn a_tool_without_pin_is_refused_where_only_pinned_ones_are_to_be_used() {
    let strict = Pins {
        unpinned: Unapproved::Quarantine,
        ..Pins::default()
    };
    let memory = Memory::default();
    assert!(is_refused(&memory, &bundle(None, strict.clone())));
    assert!(!is_refused(&memory, &bundle(Some("old"), strict)));
}

#[test]
fn a_suspicious_tool_is_refused_until_it_is_pinned() {
    let memory = Memory::default();
    seen("u", "t", digest("odd"), true, None, &world(&memory));
    assert!(is_refused(&memory, &bundle(None, Pins::default())));
    assert!(!is_refused(&memory, &bundle(Some("odd"), Pins::default())));
    let lenient = Pins {
        flagged: Unapproved::Allow,
        ..Pins::default()
    };
    assert!(!is_refused(&memory, &bundle(None, lenient)));
}

#[test]
fn too_many_tools_leave_the_others_unknown_which_is_refused() {
    let memory = Memory::default();
    let world = world(&memory);
    let most = limits::DEFINITION_CELLS * limits::DEFINITION_CELL_TOOLS;
    let mut unkept = 0;
    for number in 0..most + limits::DEFINITION_CELLS * 64 {
        let seen = seen("u", &number.to_string(), digest("d"), false, None, &world);
        unkept += usize::from(seen == Seen::Unkept);
    }
    assert!(unkept > 0);
    assert!(memory.largest() <= 1 + limits::DEFINITION_CELL_TOOLS * 97);
    let bundle = bundle(None, Pins::default());
    assert_eq!(quarantined("u", "0", &bundle, &world), None);
    assert!(quarantined("u", "never listed", &bundle, &world).is_some());
    // Another upstream has cells of its own.
    assert_eq!(quarantined("v", "never listed", &bundle, &world), None);
}

#[test]
fn a_write_that_fails_is_not_taken_for_seen_and_a_rival_is_waited_for() {
    let memory = Memory::default();
    let world_without = World {
        cells: &NoCells,
        ..world(&memory)
    };
    assert_eq!(
        seen("u", "t", digest("d"), false, None, &world_without),
        Seen::Unkept
    );
    let memory = Memory::default();
    memory.rival(3);
    let first = digest("d");
    assert_eq!(list(&memory, "d", None), Seen::News { first });
}

#[test]
fn a_cell_nobody_could_have_written_makes_its_tools_unknown() {
    let memory = Memory::default();
    list(&memory, "d", None);
    memory.spoil();
    assert!(is_refused(&memory, &bundle(None, Pins::default())));
    assert_eq!(list(&memory, "d", None), Seen::Unkept);
}

#[test]
fn only_a_definition_that_never_changed_and_has_no_grave_flag_is_known() {
    let memory = Memory::default();
    let world = world(&memory);
    let is_known = |text: &str| is_known("u", "t", digest(text), &world);
    assert!(!is_known("one"));
    list(&memory, "one", None);
    assert!(is_known("one") && !is_known("two"));
    list(&memory, "two", None);
    assert!(!is_known("one") && !is_known("two"));
    list(&memory, "one", None);
    assert!(is_known("one"));
    seen("u", "t", digest("one"), true, None, &world);
    assert!(!is_known("one"));
}
