//! The engine by itself, natively: how long parsing and deciding the benchmark's call take.

use crate::variants;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use tessera_engine::json;
use tessera_engine::policy::{Bundle, Call, Sender};
use tessera_engine::time::UnixMillis;

/// Judgements in one round.
const JUDGEMENTS: u32 = 5_000;
/// Rounds; the median counts.
const ROUNDS: usize = 9;

/// Microseconds.
pub struct Figures {
    /// Reading the body.
    pub parse: f64,
    /// Judging the call against the shipped policies.
    pub decide: f64,
}

/// Measures both.
pub fn measure() -> Result<Figures, Box<dyn Error>> {
    let wire = variants::shipped_bundle()?.to_string();
    let bundle = Bundle::from_wire(wire.as_bytes())?;
    let body = json::parse(variants::CALL.as_bytes())?;
    let params = body.get("params").ok_or("the call has no params")?;
    let call = Call {
        upstream: "demo",
        method: Call::TOOLS_CALL,
        tool: params
            .get("name")
            .and_then(json::Value::as_str)
            .unwrap_or(""),
        arguments: params.get("arguments"),
        meta: None,
        now: UnixMillis(0),
        audit_id: "",
        caller: None,
        sender: Sender::Client,
        trust: None,
    };
    let decision = bundle.decide(&call);
    if decision.policy_id.is_some() {
        return Err(format!("the call is to match no policy, but: {decision:?}").into());
    }
    Ok(Figures {
        parse: micros_each(|| drop(black_box(json::parse(variants::CALL.as_bytes())))),
        decide: micros_each(|| drop(black_box(bundle.decide(&call)))),
    })
}

fn micros_each(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..JUDGEMENTS).for_each(|_| work());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(JUDGEMENTS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
}
