//! The `tessera` program. All it does itself is start.

mod policy_dir;
mod yaml;

fn main() {}
