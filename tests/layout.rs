//! The shape of the repository, as a test: who may depend on whom, what lies at the root, what the pages name.

#[path = "layout/crates.rs"]
mod crates;
#[path = "layout/licences.rs"]
mod licences;
#[path = "layout/modules.rs"]
mod modules;
#[path = "layout/paths.rs"]
mod paths;
