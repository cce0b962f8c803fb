//! The same recorded decisions, judged by the engine as WebAssembly.
#![cfg(target_arch = "wasm32")]

mod vectors;

use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_same_cases_differ_from_the_reference_as_wasm_and_natively() {
    let (count, differences) = vectors::judge_all();
    assert_eq!(count, 1_709);
    let names: Vec<_> = differences
        .iter()
        .map(|difference| &difference.name)
        .collect();
    let mut listed: Vec<_> = vectors::listed_deviations().into_keys().collect();
    listed.retain(|name| !names.contains(&name));
    assert!(listed.is_empty(), "listed but not different: {listed:#?}");
    assert_eq!(differences.len(), vectors::listed_deviations().len());
}
