//! `tessera version`: which program this is.

use serde::Serialize;

use super::{Exit, Output};

#[derive(Serialize)]
struct Version {
    name: &'static str,
    version: &'static str,
    wire: &'static str,
}

/// Prints the version of the program and of the wire contract.
pub(super) fn run(output: &Output) -> Exit {
    let version = Version {
        name: "tessera",
        version: env!("CARGO_PKG_VERSION"),
        wire: "tessera.v1",
    };
    if output.json() {
        output.value(&version);
    } else {
        output.line(format!(
            "{} {} (wire {})",
            version.name, version.version, version.wire
        ));
    }
    Exit::Done
}
