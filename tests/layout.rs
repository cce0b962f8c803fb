//! The shape of the repository, as a test: who may depend on whom, what lies at the root, what the pages name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: what goes wrong in them must fail the test"
)]

#[path = "layout/crates.rs"]
mod crates;
#[path = "layout/licences.rs"]
mod licences;
#[path = "layout/modules.rs"]
mod modules;
#[path = "layout/paths.rs"]
mod paths;
