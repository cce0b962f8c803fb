//! What one judgement costs on this machine: nanoseconds, median of rounds. It writes nothing.
//!
//! The call is an ordinary `tools/call` of 600 bytes that none of the policies we ship matches.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and prints what it saw"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use tessera_engine::json::{self, Object, Value};
use tessera_engine::policy::{
    Action, Answer, Bundle, Call, CompileOptions, Document, PolicySettings, Sender, Source,
    Subject, SubjectKind,
};
use tessera_engine::time::UnixMillis;

/// Rounds per measurement; the median counts.
const ROUNDS: usize = 25;

/// Runs per round.
const RUNS: u32 = 400;

/// The tool that is called; without a class it would not pass the read-only policy.
const TOOL: &str = "search_tickets";

fn main() {
    let bundle = bundle();
    let body = body();
    let message = json::parse(body.as_bytes()).unwrap();
    let call = call(&message);
    let decision = bundle.decide(&call);
    assert_eq!(
        (decision.policy_id.as_deref(), decision.action),
        (None, Action::Allow)
    );

    println!(
        "{} policies, a body of {} bytes",
        bundle.policies().len(),
        body.len()
    );
    measure("parse", || json::parse(body.as_bytes()));
    measure("decide", || bundle.decide(&call));
    let body = hostile_body();
    let message = json::parse(body.as_bytes()).unwrap();
    let hostile = self::call(&message);
    measure(&format!("decide {} hostile bytes", body.len()), || {
        bundle.decide(&hostile)
    });
    measure("decide again", || bundle.decide(&call));
    let honest = json::parse(self::body().as_bytes()).unwrap();
    let inside = inside(&honest, 10_000);
    let inside = self::call(&inside);
    measure("decide 10 kB of JSON inside", || bundle.decide(&inside));
    let names: Vec<_> = (0..1_000).map(|at| format!("tool_{at}")).collect();
    measure_runs("show 1000 tools", 4, || {
        let shown = |name: &&String| bundle.shows(&subject(name));
        names.iter().filter(shown).count()
    });
    answers(&bundle);
    let wire = bundle.to_wire().to_vec();
    measure_runs("load bundle", 2, || Bundle::from_wire(&wire));
}

/// Answers of about 10 KB: rows as a JSON text and again as structured content.
fn answers(bundle: &Bundle) {
    let clean = result("row");
    let judged = |content: &Value| {
        bundle.judge_answer(&Answer {
            upstream: "crm",
            caller: None,
            method: "tools/call",
            tool: TOOL,
            content,
            now: UnixMillis(1_784_368_770_000),
            audit_id: "evt_bench",
        })
    };
    assert_eq!(judged(&clean).decision.action, Action::Allow);
    let bytes = json::to_text(&clean).len();
    measure_runs(&format!("judge an answer of {bytes}"), 5, || judged(&clean));
    let secret = result("AKIAIOSFODNN7EXAMPLE");
    assert_eq!(judged(&secret).decision.action, Action::Redact);
    measure_runs("redact it in 45 places", 5, || judged(&secret));
}

fn result(name: &str) -> Value {
    let row = |at: u64| {
        Object::new()
            .with("id", 4_000_000 + at)
            .with("title", format!("The invoice of June lists {name} twice"))
            .with("owner", "Zoë <zoe@example.org>")
            .with(
                "state",
                if at.is_multiple_of(3) {
                    "open"
                } else {
                    "closed"
                },
            )
            .with("opened", "2026-07-03T09:30:00Z")
    };
    let rows: Vec<Value> = (0..45).map(|at| row(at).into()).collect();
    let text = json::to_text(&Value::Array(rows.clone()));
    let (text, rows) = if name == "row" {
        (text, rows.into_iter().take(20).collect())
    } else {
        (text, Vec::new())
    };
    let block = Object::new().with("type", "text").with("text", text);
    Object::new()
        .with("content", vec![block.into()])
        .with("structuredContent", Object::new().with("rows", rows))
        .into()
}

fn measure<T>(what: &str, run: impl FnMut() -> T) {
    measure_runs(what, RUNS, run);
}

fn measure_runs<T>(what: &str, runs: u32, mut run: impl FnMut() -> T) {
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..runs).for_each(|_| drop(black_box(run())));
            start.elapsed().as_nanos() / u128::from(runs)
        })
        .collect();
    rounds.sort_unstable();
    println!("{what:28} {:>10} ns", rounds.get(ROUNDS / 2).unwrap());
}

/// The policies we ship.
fn bundle() -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with(".yaml") || name.starts_with('_') {
            continue;
        }
        let yaml = std::fs::read_to_string(&path).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        let value = json::parse(value.to_string().as_bytes()).unwrap();
        documents.push(Document::decode(&value).unwrap());
    }
    let settings = PolicySettings {
        default_action: Action::Allow,
        ..PolicySettings::default()
    };
    let source = Source {
        documents,
        action_verbs: BTreeMap::from([(TOOL.to_owned(), vec!["read.search".to_owned()])]),
        meta_tools: Vec::new(),
        settings,
        pins: None,
        trust: None,
    };
    Bundle::compile(source, &CompileOptions::default()).unwrap()
}

fn call(message: &Value) -> Call<'_> {
    let params = message.get("params").unwrap();
    Call {
        upstream: "crm",
        method: "tools/call",
        tool: TOOL,
        arguments: params.get("arguments"),
        meta: params.get("_meta"),
        now: UnixMillis(1_784_368_770_000),
        audit_id: "evt_bench",
        caller: None,
        sender: Sender::Client,
        trust: None,
    }
}

fn body() -> String {
    let body = r#"{"jsonrpc":"2.0","id":41,"method":"tools/call","params":{"name":"search_tickets",
"arguments":{"query":"select id, title from tickets where owner = 'Zoë' order by opened desc",
"branch":"feature/labels","region":"eu-central-1","max_tokens":800,"estimated_cost_usd":0.02,
"filters":{"state":"open","labels":["billing","émigré"],"since":"2026-07-01T00:00:00Z"},
"summary":"The customer asks why the invoice of June lists the seat count twice; see the thread of 3 July.",
"limit":50},"_meta":{"progressToken":"a4c1","io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    body.replace('\n', "")
}

/// The call with an argument that holds its arguments as text, so often that it has `bytes`.
fn inside(message: &Value, bytes: usize) -> Value {
    let arguments = message
        .get("params")
        .and_then(|params| params.get("arguments"));
    let one = json::to_text(arguments.unwrap());
    let all = vec![&*one; bytes.div_ceil(one.len())].join(",");
    let arguments = Object::new().with("batch", format!("[{all}]"));
    Object::new()
        .with("params", Object::new().with("arguments", arguments))
        .into()
}

fn subject(name: &str) -> Subject<'_> {
    Subject {
        upstream: "crm",
        caller: None,
        kind: SubjectKind::Tool,
        name,
    }
}

/// The same call with text made to upset a regex engine.
fn hostile_body() -> String {
    let text = "<<é4111111111111x AKIAAKIA ghp_sk-é _meta : DROP  TABLE  xé password = ".repeat(40);
    body().replace("The customer asks", &text)
}
