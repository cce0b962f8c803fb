//! What is measured: the same natively and as wasm.

use super::material::{
    NOW, READING, SENDING, UPSTREAM, addresses, arguments, conversation, data, data_twice, encoded,
    facts, fingerprints, full_conversation, instructions, invented_arguments, label, prose, ring,
    segment, signs, trust,
};
use std::hint::black_box;
use std::rc::Rc;
use tessera_engine::json::Value;
use tessera_engine::taint::context::{FloorCall, Fold, Leaving, Recipients, ResourceType};
use tessera_engine::taint::flow::{Echo, record_result};
use tessera_engine::taint::label::{Expect, Label, digest_of_content};
use tessera_engine::taint::{Conversation, TrustCall, Verdict, judge_call};

/// One thing that is measured.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Microseconds it may take as wasm, if that is an aim.
    pub(crate) aim: Option<f64>,
    pub(crate) run: Box<dyn FnMut()>,
}

fn case<T>(name: &'static str, mut run: impl FnMut() -> T + 'static) -> Case {
    Case {
        name,
        aim: None,
        run: Box::new(move || drop(black_box(run()))),
    }
}

impl Case {
    fn within(mut self, micros: f64) -> Self {
        self.aim = Some(micros);
        self
    }
}

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = recording();
    cases.extend(judging());
    cases.extend(states());
    cases.extend(floors());
    cases.extend(labels());
    cases
}

/// Recording a result of 4 KB, as an exchange does it: into what is new of a conversation.
fn recording() -> Vec<Case> {
    let contents = [
        ("record 4 KB of JSON", data()),
        ("record 4 KB of text", prose()),
        ("record 4 KB of JSON, twice", data_twice()),
        ("record 4 KB of base64", encoded()),
        ("record 4 KB of addresses", addresses()),
        ("record 4 KB of instructions", instructions()),
        ("record 4 KB of escapes", signs()),
    ];
    let honest = 2;
    contents
        .into_iter()
        .enumerate()
        .map(|(at, (name, content))| {
            let case = recorded(name, content);
            if at < honest { case.within(60.0) } else { case }
        })
        .collect()
}

fn recorded(name: &'static str, content: Value) -> Case {
    let rules = trust().registry().source_rules(UPSTREAM, READING);
    let prints = fingerprints();
    let echo = Echo::of(&prints, Some(&arguments()));
    case(name, move || {
        let mut new = Conversation::fresh(NOW);
        record_result(
            &mut new,
            &prints,
            &facts(&rules, &echo, READING, 0),
            &content,
        );
        new
    })
}

/// Judging a call with five arguments.
fn judging() -> Vec<Case> {
    let own = Rc::new(conversation());
    let full = Rc::new(full_conversation());
    let judge = |name, own: &Rc<Conversation>, arguments: Value| {
        let (trust, prints, own) = (trust(), fingerprints(), Rc::clone(own));
        let other = own.restrictions();
        case(name, move || {
            let call = TrustCall {
                upstream: UPSTREAM,
                method: "tools/call",
                tool: SENDING,
                arguments: Some(&arguments),
                definition: None,
                now: NOW,
            };
            judge_call(trust.registry(), &own, Some(&other), &prints, &call)
        })
    };
    let prints = fingerprints();
    let brought = arguments();
    vec![
        judge("judge 5 arguments, 1,000 values", &own, arguments()).within(20.0),
        judge("judge 5 unknown ones", &own, invented_arguments()).within(20.0),
        judge("judge 5, every store full", &full, invented_arguments()),
        case("note what 5 bring in", move || {
            Echo::of(&prints, Some(&brought))
        }),
    ]
}

/// Reading and keeping the state of a conversation.
fn states() -> Vec<Case> {
    let state = |name: [&'static str; 3], conversation: &Conversation| {
        let bytes = conversation.encode();
        let rules = trust().registry().source_rules(UPSTREAM, READING);
        let prints = fingerprints();
        let echo = Echo::default();
        let mut new = Conversation::fresh(NOW);
        record_result(
            &mut new,
            &prints,
            &facts(&rules, &echo, READING, 999),
            &data(),
        );
        let decoded = conversation.clone();
        let before = bytes.clone();
        vec![
            case(name[0], move || Conversation::decode(&bytes)),
            case(name[1], move || decoded.encode()),
            case(name[2], move || {
                let mut kept = Conversation::decode(&before).unwrap();
                kept.merge(&new);
                kept.encode()
            }),
        ]
    };
    let own = [
        "read 1,000 values",
        "write 1,000 values",
        "keep 4 KB more with them",
    ];
    let full = [
        "read a full state",
        "write a full state",
        "keep 4 KB more in it",
    ];
    let mut cases = state(own, &conversation());
    cases.extend(state(full, &full_conversation()));
    cases
}

/// The floor under a call, after few and after many results.
fn floors() -> Vec<Case> {
    let after = |name, results: usize| {
        let mut fold = Fold::new();
        (0..results).for_each(|_| fold.add(&segment()));
        let trust = trust();
        let arguments = arguments();
        case(name, move || {
            let call = FloorCall {
                name: SENDING,
                resource: ResourceType::Tool,
                arguments: arguments.as_object(),
                recipients: Recipients::ByName,
                ceiling: trust.floors().settings().ceiling(None, Leaving::Leaves),
                delegated: None,
            };
            trust.floors().decide(&fold, &call, NOW)
        })
    };
    vec![
        after("floor after 10 results", 10),
        after("floor after 10,000 results", 10_000),
    ]
}

/// Labels on what comes, and those that come back.
fn labels() -> Vec<Case> {
    let keys = ring();
    let content = data();
    let label = label(&keys, &content);
    let token = label.to_token(&keys).unwrap();
    let other = ring();
    vec![
        case("digest of 4 KB", move || digest_of_content(&content)),
        case("sign a label", move || label.to_token(&keys)),
        case("verify a label", move || {
            let expect = Expect {
                audience: "gateway",
                scope: "mesh",
                caller: "agent",
                now: NOW,
            };
            Label::verify(&token, &other, &expect).unwrap()
        }),
    ]
}

/// Stops if what is measured is not what it says.
pub(crate) fn check() {
    let prints = fingerprints();
    let (trust, own) = (trust(), conversation());
    let judged = |arguments: &Value| {
        let call = TrustCall {
            upstream: UPSTREAM,
            method: "tools/call",
            tool: SENDING,
            arguments: Some(arguments),
            definition: None,
            now: NOW,
        };
        judge_call(trust.registry(), &own, None, &prints, &call)
    };
    let seen = judged(&arguments());
    assert_eq!(seen.verdict, Verdict::Allow, "{:?}", seen.because);
    let invented = judged(&invented_arguments());
    assert_eq!(invented.verdict, Verdict::Ask);
    assert!(invented.because.len() >= 4, "{:?}", invented.because);
}
