//! The engine against 1 709 recorded decisions of the reference, natively.
#![cfg(not(target_arch = "wasm32"))]

mod vectors;

#[test]
fn the_engine_decides_as_the_reference_except_where_a_deviation_is_listed() {
    let (count, differences) = vectors::judge_all();
    assert_eq!(count, 1_709);
    let mut listed = vectors::listed_deviations();
    let mut unlisted = Vec::new();
    for difference in &differences {
        match listed.remove(&difference.name) {
            Some(kind) if difference.is_missed_block() => assert_eq!(
                kind, "python-spelling",
                "only a pattern that spells a value as Python does may miss a block: {difference:?}"
            ),
            Some(_) => {}
            None => unlisted.push(difference),
        }
    }
    assert!(
        unlisted.is_empty(),
        "{} differ and are not listed: {unlisted:#?}",
        unlisted.len()
    );
    assert!(listed.is_empty(), "listed but not different: {listed:#?}");
}
