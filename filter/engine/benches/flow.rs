//! What recording and looking up cost on this machine: nanoseconds, median of rounds. It writes
//! nothing.
//!
//! The conversation is full: as many values, texts and words of the user as it may hold.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and prints what it saw"
)]

use std::hint::black_box;
use std::time::Instant;

use tessera_engine::json::{Object, Value};
use tessera_engine::taint::flow::{
    Claim, Echo, Fingerprints, Outcome, ResultFacts, SourceRef, SourceRules, find, find_copy,
    find_entities, record_prompt, record_result,
};
use tessera_engine::taint::{Conversation, Origin};
use tessera_engine::time::UnixMillis;

/// Rounds per measurement; the median counts.
const ROUNDS: usize = 25;

/// Runs per round.
const RUNS: u32 = 100;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const LATER: UnixMillis = UnixMillis(1_700_000_100_000);

const ARGUMENTS: [&str; 5] = [
    "bob@corp.com",
    "https://www.corp.com/news/",
    "GB29 NWBK 6016 1331 9268 19",
    "leaf-3-7",
    "Quarterly reports 2024",
];

fn main() {
    let prints = Fingerprints::new([1; 16]);
    let full = full(&prints);
    let bytes = full.encode();
    println!("a conversation of {} bytes", bytes.len());
    measure("find 5 arguments", || {
        ARGUMENTS.map(|value| find(&full, &prints, value, &[], NOW).level)
    });
    let page = page(4_096);
    let text: Value = Object::new().with("content", vec![block(&page)]).into();
    measure("clone", || full.clone());
    measure("clone, record 4 KB of text", || {
        let mut conversation = full.clone();
        record(&mut conversation, &prints, &SourceRules::text(), &text);
        conversation
    });
    measure("record 4 KB of text when fresh", || {
        let mut conversation = Conversation::fresh(NOW);
        record(&mut conversation, &prints, &SourceRules::text(), &text);
        conversation
    });
    let rows = rows(4_096);
    measure("record 4 KB of rows when fresh", || {
        let mut conversation = Conversation::fresh(NOW);
        record(&mut conversation, &prints, &SourceRules::default(), &rows);
        conversation
    });
    measure("entities of 4 KB", || {
        find_entities(&full, &prints, &page, NOW).len()
    });
    measure("copies in 4 KB", || {
        find_copy(&full, &prints, &page, NOW).is_some()
    });
    measure("encode", || full.encode());
    measure("decode", || Conversation::decode(&bytes).is_ok());
}

/// A conversation in which much has happened.
fn full(prints: &Fingerprints) -> Conversation {
    let mut conversation = Conversation::fresh(NOW);
    for at in 0..30 {
        let ids: Vec<Value> = (0..40)
            .map(|leaf| format!("leaf-{at}-{leaf}").into())
            .collect();
        let body = format!(
            "Please send the {at}th report about {} to Bob",
            "plans and budgets ".repeat(20)
        );
        let data = Object::new().with("ids", ids).with("body", body);
        let result = Object::new().with("structuredContent", data).into();
        record(&mut conversation, prints, &SourceRules::default(), &result);
        let said = format!(
            "Write number {at} to amy@corp.com about {}",
            "the plan, ".repeat(10)
        );
        record_prompt(&mut conversation, prints, &said, LATER, NOW);
    }
    conversation
}

fn record(
    conversation: &mut Conversation,
    prints: &Fingerprints,
    rules: &SourceRules,
    result: &Value,
) {
    let facts = ResultFacts {
        rules,
        outcome: Outcome::Success,
        claim: Claim::Nothing,
        source: SourceRef {
            audit_id: "0123456789abcdef-1".to_owned(),
            upstream: "mail".to_owned(),
            tool: "read_inbox".to_owned(),
            origin: Origin::Tool,
        },
        digest: None,
        echo: &Echo::default(),
        now: NOW,
    };
    black_box(record_result(conversation, prints, &facts, result));
}

fn block(text: &str) -> Value {
    Object::new().with("type", "text").with("text", text).into()
}

/// Ordinary text with an address now and then.
fn page(bytes: usize) -> String {
    let part = "The quarterly meeting of the committee was moved to Tuesday, and the report of the \
        finance team will be sent to bob@corp.com before noon. See www.corp.com/news for details. ";
    let mut page = part.repeat(bytes / part.len() + 1);
    page.truncate(bytes);
    page
}

fn rows(bytes: usize) -> Value {
    let row = |at: usize| {
        Value::from(
            Object::new()
                .with("id", format!("msg-{at}"))
                .with("sender", format!("user{at}@corp.com"))
                .with("subject", "The report of last week")
                .with("size", 1_000 + at as u64),
        )
    };
    let rows: Vec<Value> = (0..bytes / 100).map(row).collect();
    Object::new()
        .with("structuredContent", Object::new().with("result", rows))
        .into()
}

fn measure<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..RUNS {
                black_box(run());
            }
            start.elapsed().as_nanos() / u128::from(RUNS)
        })
        .collect();
    rounds.sort_unstable();
    println!("{name}: {} ns", rounds.get(ROUNDS / 2).unwrap());
}
