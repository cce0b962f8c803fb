//! Every seed of the fuzz targets, and the same mutations of it every time, with a stable compiler.
#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    reason = "positions are drawn from within the bounds, and a mistake must fail the test"
)]

#[path = "../fuzz/bodies.rs"]
mod bodies;
#[path = "../fuzz/seeds.rs"]
mod seeds;

/// Mutations of each seed.
const MUTATIONS: usize = 4;

/// Bytes that mean something to one of the parsers.
const MARKS: &[u8] = b"\0\r\n\"\\{}[]():,.*+?|^$-0e1iu \xc3\xff";

#[test]
fn json_seeds_hold() {
    assert!(run("json", bodies::json) > 600);
}

#[test]
fn message_seeds_hold() {
    assert!(run("message", bodies::message) > 600);
}

#[test]
fn sse_seeds_hold() {
    assert!(run("sse", bodies::sse) > 60);
}

#[test]
fn server_message_seeds_hold() {
    assert!(run("server_message", bodies::server_message) > 80);
}

#[test]
fn definition_seeds_hold() {
    assert!(run("definition", bodies::definition) > 80);
}

#[test]
fn document_seeds_hold() {
    assert!(run("document", bodies::document) > 500);
}

#[test]
fn bundle_seeds_hold() {
    assert!(run("bundle", bodies::bundle) > 30);
}

#[test]
fn pattern_seeds_hold() {
    assert!(run("pattern", bodies::pattern) > 80);
}

#[test]
fn answer_seeds_hold() {
    assert!(run("answer", bodies::answer) >= 30);
}

#[test]
fn conversation_seeds_hold() {
    assert!(run("conversation", bodies::conversation) >= 10);
}

#[test]
fn record_seeds_hold() {
    assert!(run("record", bodies::record) >= 8);
}

#[test]
fn label_seeds_hold() {
    assert!(run("label", bodies::label) > 40);
}

/// Runs `body` over the seeds and their mutations; the number of seeds.
fn run(target: &str, body: fn(&[u8])) -> usize {
    let seeds = seeds::seeds(target);
    let mut random = 0x9e37_79b9_7f4a_7c15;
    for (number, seed) in seeds.iter().enumerate() {
        body(seed);
        let other = &seeds[(number * 7 + 1) % seeds.len()];
        for _ in 0..MUTATIONS {
            body(&mutated(seed, other, &mut random));
        }
    }
    seeds.len()
}

/// `seed` with a few bytes changed, left out, doubled, or taken from `other`.
fn mutated(seed: &[u8], other: &[u8], random: &mut u64) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=draw(random) % 3 {
        let at = draw(random) % (bytes.len() + 1);
        let length = draw(random) % 9;
        let end = (at + length).min(bytes.len());
        match draw(random) % 5 {
            0 if at < bytes.len() => bytes[at] ^= 1 << (draw(random) % 8),
            1 => bytes.insert(at, MARKS[draw(random) % MARKS.len()]),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.extend_from_within(at..end),
            _ => {
                let from = draw(random) % (other.len() + 1);
                let to = (from + length * 4).min(other.len());
                bytes
                    .splice(at..end, other[from..to].to_vec())
                    .for_each(drop);
            }
        }
    }
    bytes
}

/// The next number of a xorshift generator.
fn draw(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 33) as usize
}
