//! `make bench`: what the filter costs, as ratios in one run.
//!
//! One Envoy per variant, each with one worker; rounds of the same requests go through them in
//! turn, so that what else the machine does hits all alike. CPU is read from the process, not
//! guessed from throughput. Prints a table and writes `target/bench/summary.json`.
#![allow(
    clippy::print_stdout,
    unreachable_pub,
    reason = "a program that prints, made of modules of its own"
)]

#[path = "../bench/answer.rs"]
mod answer;
#[path = "../bench/engine.rs"]
mod engine;
#[path = "../bench/inside.rs"]
mod inside;
#[path = "../bench/load.rs"]
mod load;
#[path = "../bench/process.rs"]
mod process;
#[path = "../bench/trust.rs"]
mod trust;
#[path = "../bench/variants.rs"]
mod variants;

use answer::Answer;
use serde_json::json;
use std::error::Error;
use std::fs;
use std::time::Duration;
use variants::Variant;

/// Requests of one burst.
const REQUESTS: usize = 20_000;
/// Rounds over all variants.
const ROUNDS: usize = 5;
/// Connections of a burst.
const CONNECTIONS: usize = 8;
/// Requests before measuring.
const WARM_UP: usize = 4_000;
/// Requests of one burst that asks for a large answer or a stream.
const LONG_REQUESTS: usize = 4_000;

/// One variant's measurements.
struct Row {
    variant: Variant,
    /// CPU of Envoy per request, one value a round.
    cpu: Vec<Duration>,
    /// Requests per second, one value a round.
    rate: Vec<f64>,
    /// Median latency, one value a round.
    p50: Vec<Duration>,
    /// CPU of Envoy per request that is answered at length, one value a round.
    large: Vec<Duration>,
    rows: Vec<Duration>,
    stream: Vec<Duration>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let upstream = load::serve()?;
    let mut rows: Vec<Row> = Vec::new();
    for variant in variants::start_all(upstream)? {
        println!("warming up: {}", variant.name);
        for answer in [Answer::Small, Answer::Large, Answer::Rows, Answer::Stream] {
            load::burst(variant.address, &variant.call, answer, WARM_UP, CONNECTIONS)?;
        }
        rows.push(Row {
            variant,
            cpu: Vec::new(),
            rate: Vec::new(),
            p50: Vec::new(),
            large: Vec::new(),
            rows: Vec::new(),
            stream: Vec::new(),
        });
    }
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        for row in &mut rows {
            measure(row)?;
        }
    }
    let summary = report(&rows)?;
    fs::create_dir_all("target/bench")?;
    fs::write(
        "target/bench/summary.json",
        serde_json::to_string_pretty(&summary)?,
    )?;
    println!("\nwritten to target/bench/summary.json");
    Ok(())
}

fn measure(row: &mut Row) -> Result<(), Box<dyn Error>> {
    let (cpu, mut burst) = burst(row, Answer::Small, REQUESTS)?;
    row.cpu.push(cpu);
    row.rate.push(REQUESTS as f64 / burst.elapsed.as_secs_f64());
    burst.latencies.sort();
    let p50 = burst.latencies.get(REQUESTS / 2);
    row.p50.push(p50.copied().unwrap_or_default());
    let (large, _) = self::burst(row, Answer::Large, LONG_REQUESTS)?;
    row.large.push(large);
    let (rows, _) = self::burst(row, Answer::Rows, LONG_REQUESTS)?;
    row.rows.push(rows);
    let (stream, _) = self::burst(row, Answer::Stream, LONG_REQUESTS)?;
    row.stream.push(stream);
    Ok(())
}

/// CPU per request, and what else the burst took.
fn burst(
    row: &Row,
    answer: Answer,
    requests: usize,
) -> Result<(Duration, load::Burst), Box<dyn Error>> {
    let before = process::cpu_time(row.variant.pid)?;
    let burst = load::burst(
        row.variant.address,
        &row.variant.call,
        answer,
        requests,
        CONNECTIONS,
    )?;
    // Records on their way to the control plane are part of the cost.
    std::thread::sleep(Duration::from_millis(300));
    let used = process::cpu_time(row.variant.pid)?.saturating_sub(before);
    Ok((used / u32::try_from(requests)?, burst))
}

/// Prints the table and gives what is written to the file.
fn report(rows: &[Row]) -> Result<serde_json::Value, Box<dyn Error>> {
    let base = rows.first().ok_or("nothing was measured")?;
    let base_memory = process::resident_bytes(base.variant.pid)?;
    println!(
        "\n{:<28} {:>8} {:>9} {:>9} {:>8} {:>8} {:>10} {:>10} {:>12}",
        "variant",
        "CPU us",
        "added us",
        "req/s",
        "p50 us",
        "+RSS MB",
        "4 KB +us",
        "10 KB +us",
        "an event +us"
    );
    let mut table = Vec::new();
    for row in rows {
        let cpu = micros(median(&row.cpu));
        let added = added(&row.cpu, &base.cpu);
        let large = self::added(&row.large, &base.large);
        let four = self::added(&row.rows, &base.rows);
        let event = self::added(&row.stream, &base.stream) / answer::EVENTS as f64;
        let (rate, p50) = (median_rate(&row.rate), micros(median(&row.p50)));
        let resident = process::resident_bytes(row.variant.pid)?;
        let memory = resident.saturating_sub(base_memory) / 1_000_000;
        let name = row.variant.name;
        println!(
            "{name:<28} {cpu:>8.1} {added:>9.1} {rate:>9.0} {p50:>8.0} {memory:>8} {four:>10.1} {large:>10.1} {event:>12.2}"
        );
        table.push(json!({
            "variant": name,
            "cpu_us_per_request": cpu,
            "added_cpu_us_per_request": added,
            "requests_per_second": rate,
            "p50_us": p50,
            "added_resident_mb": memory,
            "added_cpu_us_per_answer_of_4_kb": four,
            "added_cpu_us_per_answer_of_10_kb": large,
            "added_cpu_us_per_event": event,
        }));
    }
    let engine = engine::measure()?;
    println!(
        "\nengine, natively: parse {:.1} us, decide {:.1} us",
        engine.parse, engine.decide
    );
    let ratio = |name: &str| {
        let added_by = |name: &str| {
            let row = rows.iter().find(|row| row.variant.name == name);
            row.map_or(f64::NAN, |row| added(&row.cpu, &base.cpu))
        };
        added_by(name) / added_by(variants::ENVOY_MCP)
    };
    let (inline, ledger) = (ratio(variants::OURS), ratio(variants::OURS_WITH_LEDGER));
    let answers = ratio(variants::OURS_WITH_ANSWERS);
    println!(
        "added CPU against Envoy's own mcp filter: inline bundle {inline:.2}, answers too {answers:.2}, \
         control plane {ledger:.2}"
    );
    let trust = trust_report(rows, base)?;
    Ok(json!({
        "requests": REQUESTS,
        "rounds": ROUNDS,
        "connections": CONNECTIONS,
        "variants": table,
        "engine": {"parse_us": engine.parse, "decide_us": engine.decide},
        "trust": trust,
        "added_cpu_ratio_to_envoy_mcp": {
            "inline_bundle": inline, "answers_too": answers, "control_plane": ledger,
        },
    }))
}

/// Prints what trust costs, in Envoy and step by step, as ratios to what the filter that does nothing
/// adds to a request in this run.
fn trust_report(rows: &[Row], base: &Row) -> Result<serde_json::Value, Box<dyn Error>> {
    let of = |name: &str| {
        let row = rows.iter().find(|row| row.variant.name == name);
        row.ok_or("a variant was not measured")
    };
    let unit = added(&of(variants::NOOP)?.cpu, &base.cpu);
    let (with, without) = (of(variants::OURS_WITH_TRUST)?, of(variants::OURS)?);
    let call = added(&with.cpu, &without.cpu);
    let answer = added(&with.rows, &without.rows);
    println!("\ntrust, against the {unit:.1} us that the no-op filter adds to a request");
    println!(
        "{:<34} {:>9} {:>9} {:>7} {:>7}",
        "", "least us", "median us", "ratio", "aim us"
    );
    let ratio = |micros: f64| micros / unit;
    for (name, micros) in [
        ("Envoy: a call, 5 arguments", call),
        ("Envoy: the same, answered by 4 KB", answer),
    ] {
        println!("{name:<34} {:>9} {micros:>9.1} {:>7.2}", "", ratio(micros));
    }
    let mut steps = Vec::new();
    for step in inside::measure()? {
        let inside::Step {
            name,
            aim_us,
            least_us,
            median_us,
        } = step;
        let aim = if aim_us > 0.0 {
            format!("{aim_us:.0}")
        } else {
            String::new()
        };
        println!(
            "{name:<34} {least_us:>9.1} {median_us:>9.1} {:>7.2} {aim:>7}",
            ratio(least_us)
        );
        steps.push(json!({
            "step": name,
            "least_us": least_us,
            "median_us": median_us,
            "ratio_to_noop": ratio(least_us),
            "aim_us": (aim_us > 0.0).then_some(aim_us),
        }));
    }
    Ok(json!({
        "noop_added_us": unit,
        "call_us": call,
        "call_ratio_to_noop": ratio(call),
        "answer_of_4_kb_us": answer,
        "answer_of_4_kb_ratio_to_noop": ratio(answer),
        "inside_wasm": steps,
    }))
}

/// What a variant adds to Envoy alone, per request: the difference within each round, so that what
/// else the machine did in that round cancels out; then the median.
fn added(row: &[Duration], base: &[Duration]) -> f64 {
    let rounds = row.iter().zip(base);
    median_rate(
        &rounds
            .map(|(with, without)| micros(*with) - micros(*without))
            .collect::<Vec<_>>(),
    )
}

fn median_rate(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn median(values: &[Duration]) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
