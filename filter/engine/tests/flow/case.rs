//! One case: a history is recorded, a call is judged.

use std::fmt;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::mcp::Definition;
use tessera_engine::policy::trust::Document;
use tessera_engine::taint::flow::{
    Claim, Echo, Fingerprints, Outcome, ResultFacts, SourceRef, endorse_result, endorse_value,
    record_prompt, record_result,
};
use tessera_engine::taint::{
    Conversation, Judged, Level, Origin, Registry, Store, TrustCall, judge_call,
};
use tessera_engine::time::UnixMillis;

const UPSTREAM: &str = "demo";
const NOW: UnixMillis = UnixMillis(0);
const FOREVER: UnixMillis = UnixMillis(i64::MAX);

/// What is said of a call: the verdict, and the reasons in any order.
#[derive(PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: String,
    pub(crate) because: Vec<(String, String, Option<i64>, Option<i64>)>,
}

impl Answer {
    /// What a case expects.
    pub(crate) fn expected(expect: &Value) -> Self {
        let reasons = expect.get("because").and_then(Value::as_array).unwrap();
        let number = |reason: &Value, member| match reason.get(member) {
            Some(Value::Number(number)) => number.as_i64(),
            _ => None,
        };
        let reason = |reason: &Value| {
            let at = reason.get("at").and_then(Value::as_str);
            (
                at.unwrap_or_default().to_owned(),
                super::text(reason, "code").to_owned(),
                number(reason, "level"),
                number(reason, "need"),
            )
        };
        let mut because: Vec<_> = reasons.iter().map(reason).collect();
        because.sort();
        let verdict = super::text(expect, "verdict").to_owned();
        Self { verdict, because }
    }

    /// What the engine says.
    pub(crate) fn given(judged: &Judged) -> Self {
        let reason = |because: &tessera_engine::taint::Because| {
            (
                because.at.clone(),
                because.code.as_str().to_owned(),
                because.level.map(Level::number),
                because.need.map(Level::number),
            )
        };
        let mut because: Vec<_> = judged.because.iter().map(reason).collect();
        because.sort();
        let verdict = judged.verdict.as_str().to_owned();
        Self { verdict, because }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict)?;
        for (at, code, level, need) in &self.because {
            write!(f, " {at}={code}")?;
            if let (Some(level), Some(need)) = (level, need) {
                write!(f, " {level}<{need}")?;
            }
        }
        Ok(())
    }
}

/// Fingerprints of a key that is used nowhere else.
pub(crate) fn fingerprints() -> Fingerprints {
    Fingerprints::new(*b"cases of a test.")
}

/// The registry a case writes.
pub(crate) fn registry(value: &Value) -> Registry {
    Document::decode(value).unwrap().registry
}

/// Records a history, and judges the call that follows it.
pub(crate) fn judge(case: &Value) -> Answer {
    let registry = registry(case.get("registry").unwrap());
    let history = case.get("history").and_then(Value::as_array).unwrap();
    let mut own = Conversation::fresh(NOW);
    record(&mut own, &registry, history);
    let other = case.get("other").map(|history| {
        let mut other = Conversation::fresh(NOW);
        record(&mut other, &registry, history.as_array().unwrap());
        other.restrictions()
    });
    let call = case.get("call").unwrap();
    let definition = call
        .get("definition")
        .map(|definition| Definition::read(definition).unwrap());
    let tool = call.get("tool").and_then(Value::as_str);
    let method = call.get("method").and_then(Value::as_str);
    let call = TrustCall {
        upstream: call
            .get("upstream")
            .and_then(Value::as_str)
            .unwrap_or(UPSTREAM),
        method: method.unwrap_or("tools/call"),
        tool: tool.or(method).unwrap(),
        arguments: call.get("arguments"),
        definition: definition.as_ref(),
        now: instant(case, "now", NOW),
    };
    let judged = judge_call(&registry, &own, other.as_ref(), &fingerprints(), &call);
    Answer::given(&judged)
}

fn instant(value: &Value, member: &str, default: UnixMillis) -> UnixMillis {
    match value.get(member) {
        Some(Value::Number(number)) => UnixMillis(number.as_i64().unwrap()),
        _ => default,
    }
}

/// Records segments, one after the other.
pub(crate) fn record(conversation: &mut Conversation, registry: &Registry, history: &[Value]) {
    let mut results = 0;
    for segment in history {
        match super::text(segment, "segment") {
            "prompt" => prompt(conversation, segment),
            "result" => {
                let audit_id = format!("result-{results}");
                result(conversation, registry, segment, &audit_id);
                results += 1;
            }
            "endorsement" => endorsement(conversation, segment),
            "saturated" => saturate(conversation, super::text(segment, "store")),
            other => panic!("an unknown segment {other}"),
        }
    }
}

fn prompt(conversation: &mut Conversation, segment: &Value) {
    // Who carries a prompt that is not signed does not hand it on.
    if segment.get("signature").is_none() {
        let text = super::text(segment.get("content").unwrap(), "text");
        let expires = instant(segment, "expires", FOREVER);
        record_prompt(conversation, &fingerprints(), text, expires, NOW);
    }
}

fn result(conversation: &mut Conversation, registry: &Registry, segment: &Value, audit_id: &str) {
    let tool = super::text(segment, "tool");
    let upstream = segment.get("upstream").and_then(Value::as_str);
    let upstream = upstream.unwrap_or(UPSTREAM);
    let untrusted = segment
        .get("annotations")
        .and_then(|annotations| annotations.get("untrusted"));
    let failed = segment.get("error").and_then(Value::as_bool) == Some(true);
    let facts = ResultFacts {
        rules: &registry.source_rules(upstream, tool),
        outcome: if failed {
            Outcome::Failure
        } else {
            Outcome::Success
        },
        claim: match untrusted {
            Some(Value::Bool(true)) => Claim::Untrusted,
            _ => Claim::Nothing,
        },
        source: SourceRef {
            audit_id: audit_id.to_owned(),
            upstream: upstream.to_owned(),
            tool: tool.to_owned(),
            origin: Origin::Tool,
        },
        digest: None,
        echo: &Echo::of(&fingerprints(), segment.get("arguments")),
        now: NOW,
    };
    let content = content(segment.get("content").unwrap());
    record_result(conversation, &fingerprints(), &facts, &content);
}

/// The result of a call, as servers write it.
fn content(content: &Value) -> Value {
    let texts = content.get("text").and_then(Value::as_array);
    let block = |text: &Value| {
        let block = Object::new()
            .with("type", "text")
            .with("text", text.clone());
        Value::Object(block)
    };
    let blocks: Vec<_> = texts.unwrap_or_default().iter().map(block).collect();
    let mut result = Object::new().with("content", blocks);
    if let Some(structured) = content.get("structured") {
        result.set("structuredContent", structured.clone());
    }
    Value::Object(result)
}

fn endorsement(conversation: &mut Conversation, segment: &Value) {
    let level = match segment.get("level") {
        Some(Value::Number(number)) => Level::from_number(number.as_i64().unwrap()).unwrap(),
        _ => Level::Tool,
    };
    let expires = instant(segment, "expires", FOREVER);
    match segment.get("value").and_then(Value::as_str) {
        Some(value) => endorse_value(conversation, &fingerprints(), value, level, expires),
        None => {
            let index = segment.get("result").and_then(Value::as_u64).unwrap();
            let audit_id = format!("result-{index}");
            endorse_result(conversation, &fingerprints(), &audit_id, level, expires);
        }
    }
}

/// Fills a store until something had to be dropped.
fn saturate(conversation: &mut Conversation, store: &str) {
    assert_eq!(store, "secrets");
    let registry =
        registry(&json::parse(br#"{"tools":{"t":{"result":{"secret":true}}}}"#).unwrap());
    for round in 0..200 {
        let values = (0..100).map(|at| Value::from(format!("secret-value-{round}-{at}")));
        let values = Object::new().with("values", values.collect::<Vec<_>>());
        let content = Object::new().with("structured", values);
        let segment = Object::new().with("tool", "t").with("content", content);
        result(conversation, &registry, &segment.into(), "filling");
        if conversation.is_incomplete(Store::Secrets) {
            return;
        }
    }
    panic!("the store of secrets is never full");
}
