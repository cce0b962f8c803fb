//! The `tessera` program. All it does itself is start.

mod yaml;

fn main() {}
