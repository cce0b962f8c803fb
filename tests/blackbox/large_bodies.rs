//! Bodies over the limit are not buffered: many of them at once cost what the limit allows and no more.

use std::thread;

use serde_json::json;
use tessera_tests::{Connection, Envoy, Setup, Upstream};

use crate::no_danger;

/// Bodies that are sent at once.
const BODIES: usize = 100;
/// Pieces of one body: 16 MiB, four times the limit.
const PIECES: usize = 256;
const PIECE: usize = 64 * 1024;
/// What one body may cost: the limit of 4 MiB and what is on its way.
const ONE: u64 = 5 * 1024;
/// What all of them may cost besides, in KiB.
const ALL: u64 = 64 * 1024;

/// Sends a body without a length until the proxy has had enough; the status of its answer.
fn send(port: u16) -> u16 {
    let mut chunks = b"POST /mcp HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    let start = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}).to_string();
    chunks.extend(format!("{:x}\r\n{start}\r\n", start.len()).into_bytes());
    let piece = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE)).into_bytes();
    (0..PIECES).for_each(|_| chunks.extend(&piece));
    Connection::open(port).send_and_read(&chunks).status
}

#[test]
fn a_hundred_bodies_of_four_times_the_limit_cost_what_the_limit_allows() {
    let upstream = Upstream::start();
    let envoy = Envoy::start(Setup::inline(upstream.port, &no_danger()));
    let before = envoy.peak_kib();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let senders: Vec<_> = (0..BODIES)
            .map(|_| scope.spawn(|| send(envoy.port)))
            .collect();
        senders.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(statuses, [413; BODIES]);
    assert_eq!(upstream.count(), 0);
    let grown = envoy.peak_kib() - before;
    let allowed = u64::try_from(BODIES).unwrap() * ONE + ALL;
    assert!(
        grown < allowed,
        "Envoy grew by {grown} KiB, {allowed} are allowed"
    );
    eprintln!("{BODIES} bodies of 16 MiB at once: Envoy grew by {grown} KiB");
}
