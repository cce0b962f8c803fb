//! The reference's recorded decisions, judged by the engine: the same code natively and as wasm.
//!
//! A case that may differ is listed in `deviations.json` with its reason; a case listed there that
//! does not differ is an error too, so the list cannot rot.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not what it says must fail the test"
)]

use std::collections::BTreeMap;
use tessera_engine::json::{self, Value};
use tessera_engine::policy::{
    Action, Bundle, Call, CompileOptions, Document, PolicySettings, Sender, Source, Stage,
    UnknownZone,
};
use tessera_engine::time::UnixMillis;

/// Every file of vectors, by name.
pub(crate) const FILES: [(&str, &str); 41] = [
    (
        "edge-cases",
        include_str!("../fixtures/conditions/edge-cases.json"),
    ),
    (
        "set_000",
        include_str!("../fixtures/conditions/set_000.json"),
    ),
    (
        "set_001",
        include_str!("../fixtures/conditions/set_001.json"),
    ),
    (
        "set_002",
        include_str!("../fixtures/conditions/set_002.json"),
    ),
    (
        "set_003",
        include_str!("../fixtures/conditions/set_003.json"),
    ),
    (
        "set_004",
        include_str!("../fixtures/conditions/set_004.json"),
    ),
    (
        "set_005",
        include_str!("../fixtures/conditions/set_005.json"),
    ),
    (
        "set_006",
        include_str!("../fixtures/conditions/set_006.json"),
    ),
    (
        "set_007",
        include_str!("../fixtures/conditions/set_007.json"),
    ),
    (
        "set_008",
        include_str!("../fixtures/conditions/set_008.json"),
    ),
    (
        "set_009",
        include_str!("../fixtures/conditions/set_009.json"),
    ),
    (
        "set_010",
        include_str!("../fixtures/conditions/set_010.json"),
    ),
    (
        "set_011",
        include_str!("../fixtures/conditions/set_011.json"),
    ),
    (
        "set_012",
        include_str!("../fixtures/conditions/set_012.json"),
    ),
    (
        "set_013",
        include_str!("../fixtures/conditions/set_013.json"),
    ),
    (
        "set_014",
        include_str!("../fixtures/conditions/set_014.json"),
    ),
    (
        "set_015",
        include_str!("../fixtures/conditions/set_015.json"),
    ),
    (
        "set_016",
        include_str!("../fixtures/conditions/set_016.json"),
    ),
    (
        "set_017",
        include_str!("../fixtures/conditions/set_017.json"),
    ),
    (
        "set_018",
        include_str!("../fixtures/conditions/set_018.json"),
    ),
    (
        "set_019",
        include_str!("../fixtures/conditions/set_019.json"),
    ),
    (
        "set_020",
        include_str!("../fixtures/conditions/set_020.json"),
    ),
    (
        "set_021",
        include_str!("../fixtures/conditions/set_021.json"),
    ),
    (
        "set_022",
        include_str!("../fixtures/conditions/set_022.json"),
    ),
    (
        "set_023",
        include_str!("../fixtures/conditions/set_023.json"),
    ),
    (
        "set_024",
        include_str!("../fixtures/conditions/set_024.json"),
    ),
    (
        "set_025",
        include_str!("../fixtures/conditions/set_025.json"),
    ),
    (
        "set_026",
        include_str!("../fixtures/conditions/set_026.json"),
    ),
    (
        "set_027",
        include_str!("../fixtures/conditions/set_027.json"),
    ),
    (
        "set_028",
        include_str!("../fixtures/conditions/set_028.json"),
    ),
    (
        "set_029",
        include_str!("../fixtures/conditions/set_029.json"),
    ),
    (
        "set_030",
        include_str!("../fixtures/conditions/set_030.json"),
    ),
    (
        "set_031",
        include_str!("../fixtures/conditions/set_031.json"),
    ),
    (
        "set_032",
        include_str!("../fixtures/conditions/set_032.json"),
    ),
    (
        "set_033",
        include_str!("../fixtures/conditions/set_033.json"),
    ),
    (
        "set_034",
        include_str!("../fixtures/conditions/set_034.json"),
    ),
    (
        "set_035",
        include_str!("../fixtures/conditions/set_035.json"),
    ),
    (
        "set_036",
        include_str!("../fixtures/conditions/set_036.json"),
    ),
    (
        "set_037",
        include_str!("../fixtures/conditions/set_037.json"),
    ),
    (
        "set_038",
        include_str!("../fixtures/conditions/set_038.json"),
    ),
    (
        "set_039",
        include_str!("../fixtures/conditions/set_039.json"),
    ),
];

const DEVIATIONS: &str = include_str!("../fixtures/conditions/deviations.json");

/// How a case came out, in the words of the vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// An action, or `error`, or `load_error`.
    pub(crate) action: String,
    /// The policy that decided.
    pub(crate) policy_id: Option<String>,
    /// The reason; none if there was no decision.
    pub(crate) reason: Option<String>,
    /// The step that answered.
    pub(crate) stage: String,
}

/// A case that differs from the reference.
#[derive(Debug)]
pub(crate) struct Difference {
    /// Name of the case.
    pub(crate) name: String,
    /// What the reference answered.
    pub(crate) reference: Outcome,
    /// What the engine answered.
    pub(crate) ours: Outcome,
}

impl Difference {
    /// Whether the reference stops a call that the engine lets pass.
    pub(crate) fn is_missed_block(&self) -> bool {
        let stops = |outcome: &Outcome| !matches!(outcome.action.as_str(), "allow" | "log_only");
        stops(&self.reference) && !stops(&self.ours)
    }
}

/// Judges every case; gives back how many there are and those that differ.
pub(crate) fn judge_all() -> (usize, Vec<Difference>) {
    let mut count = 0;
    let mut differences = Vec::new();
    for (name, text) in FILES {
        let file = json::parse(text.as_bytes()).unwrap();
        let shared = bundle(&file, file.get("policies").unwrap());
        for list in ["cases", "cases_newer"] {
            for case in file.get(list).and_then(Value::as_array).unwrap_or_default() {
                count += 1;
                differences.extend(judge(name, &file, shared.as_ref(), case));
            }
        }
    }
    (count, differences)
}

/// Name and kind of every deviation listed.
pub(crate) fn listed_deviations() -> BTreeMap<String, String> {
    let list = json::parse(DEVIATIONS.as_bytes()).unwrap();
    let mut listed = BTreeMap::new();
    for entry in list.as_array().unwrap() {
        let text = |key| entry.get(key).and_then(Value::as_str).unwrap().to_owned();
        assert!(
            text("reason").len() > 20,
            "a deviation has a reason: {entry:?}"
        );
        assert_eq!(
            listed.insert(text("name"), text("kind")),
            None,
            "listed twice"
        );
    }
    listed
}

/// Judges a case with its own policies or, if it has none, with those of its file.
fn judge(
    file_name: &str,
    file: &Value,
    shared: Option<&Bundle>,
    case: &Value,
) -> Option<Difference> {
    let name = case.get("name").and_then(Value::as_str).unwrap().to_owned();
    let own = case.get("policies").map(|policies| bundle(file, policies));
    let call = case.get("call").unwrap();
    let mut reference = outcome(case.get("expect").unwrap());
    reference.reason = reference.reason.map(|template| rendered(&template, call));
    let ours = match own.as_ref().map_or(shared, Option::as_ref) {
        Some(bundle) => decided(bundle, call),
        None => load_error(),
    };
    (ours != reference).then(|| Difference {
        name: unique(file_name, name),
        reference,
        ours,
    })
}

/// Names of random cases already hold the file's name.
fn unique(file_name: &str, name: String) -> String {
    if name.starts_with(file_name) {
        name
    } else {
        format!("{file_name}: {name}")
    }
}

fn action(value: &Value) -> Action {
    Action::from_name(value.as_str().unwrap()).unwrap()
}

fn outcome(expect: &Value) -> Outcome {
    let text = |key| expect.get(key).and_then(Value::as_str).map(str::to_owned);
    Outcome {
        action: text("action").unwrap(),
        policy_id: text("policy_id"),
        reason: text("reason"),
        stage: text("stage").unwrap(),
    }
}

fn load_error() -> Outcome {
    let (action, stage) = ("load_error".to_owned(), "load".to_owned());
    Outcome {
        action,
        policy_id: None,
        reason: None,
        stage,
    }
}

fn bundle(file: &Value, policies: &Value) -> Option<Bundle> {
    let settings = PolicySettings {
        default_action: action(file.get("default_action").unwrap()),
        ..PolicySettings::default()
    };
    let documents: Result<Vec<_>, _> = policies
        .as_array()
        .unwrap()
        .iter()
        .map(Document::decode)
        .collect();
    let source = Source {
        documents: documents.ok()?,
        action_verbs: BTreeMap::new(),
        meta_tools: Vec::new(),
        settings,
        pins: None,
        trust: None,
    };
    let options = CompileOptions {
        unknown_zone: UnknownZone::NeverHolds,
    };
    Bundle::compile(source, &options).ok()
}

fn decided(bundle: &Bundle, case: &Value) -> Outcome {
    let text = |key| case.get(key).and_then(Value::as_str).unwrap();
    let call = Call {
        upstream: text("upstream"),
        method: "tools/call",
        tool: text("tool"),
        arguments: case.get("arguments"),
        meta: case.get("_meta"),
        now: UnixMillis::from_rfc3339(text("now")).unwrap(),
        audit_id: "evt_0",
        caller: None,
        sender: Sender::Client,
        trust: None,
    };
    let decision = bundle.decide(&call);
    assert_eq!(
        bundle.explain(&call).decision,
        decision,
        "explain and decide agree"
    );
    let stage = match decision.checks.last().map(|check| check.stage) {
        Some(Stage::Intent) => "intent",
        Some(Stage::Protocol) => "protocol",
        _ => "engine",
    };
    Outcome {
        action: decision.action.as_str().to_owned(),
        policy_id: decision.policy_id,
        reason: Some(decision.reason),
        stage: stage.to_owned(),
    }
}

/// The reference leaves placeholders as they are; this fills in the few the vectors use, written
/// apart from the engine's own renderer.
fn rendered(template: &str, call: &Value) -> String {
    let mut reason = template.replace("${audit.event_id}", "evt_0");
    for name in ["a", "region"] {
        let text = match call
            .get("arguments")
            .and_then(|arguments| arguments.get(name))
        {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_text(),
            Some(other) => json::canonical(other),
        };
        let mut clean: String = text.chars().filter(|c| !c.is_control()).collect();
        if let Some((end, _)) = clean.char_indices().nth(200) {
            clean.truncate(end);
            clean.push('…');
        }
        reason = reason.replace(&format!("${{arg.{name}}}"), &clean);
    }
    reason
}
