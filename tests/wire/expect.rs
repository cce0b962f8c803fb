//! Compares what came of a wire case with what the case expects.

use serde_json::Value;
use tessera_engine::json;
use tessera_tests::{Answer, Seen};

use crate::case::{body, is_part};

/// `None` if the outcome is the expected one or one of its alternatives.
pub(crate) fn difference(case: &Value, answer: &Answer, seen: &[Seen]) -> Option<String> {
    let expect = &case["expect"];
    let preferred = one(expect, case, answer, seen)?;
    let alternatives = expect["alternatives"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let met = alternatives
        .iter()
        .any(|other| one(other, case, answer, seen).is_none());
    (!met).then_some(preferred)
}

fn one(expect: &Value, case: &Value, answer: &Answer, seen: &[Seen]) -> Option<String> {
    if expect["verdict"] == "forward" {
        return forwarded(expect, case, answer, seen);
    }
    if let Some(request) = seen.first() {
        return Some(format!("the upstream saw {request:?}"));
    }
    if !is_one_of(&expect["status"], &Value::from(answer.status)) {
        return Some(format!("status is {}: {}", answer.status, answer.text()));
    }
    if answer.status == 202 {
        return (!answer.body.is_empty()).then(|| "a 202 has a body".to_owned());
    }
    // Envoy's own refusals are plain text.
    if expect["by"] == "envoy" || !matches!(answer.status, 200 | 400) {
        return None;
    }
    if answer.header("content-type") != Some("application/json") {
        return Some(format!("the answer is not declared as JSON: {answer:?}"));
    }
    answered(expect, answer)
}

/// The upstream saw one request with the identical bytes, and nothing of ours in the way.
fn forwarded(expect: &Value, case: &Value, answer: &Answer, seen: &[Seen]) -> Option<String> {
    let [request] = seen else {
        let text = answer.text();
        return Some(format!(
            "the upstream saw {} requests: {} {text}",
            seen.len(),
            answer.status
        ));
    };
    let sent = body(&case["request"]).unwrap_or_default();
    if !request.complete || request.body != sent {
        return Some(format!(
            "the upstream saw {} bytes of {}",
            request.body.len(),
            sent.len()
        ));
    }
    if let Some(encodings) = request.header("accept-encoding") {
        return Some(format!("the upstream was offered `{encodings}`"));
    }
    let present = expect["upstream_headers_present"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let missing = present.iter().find(|pair| {
        let name = pair[0].as_str().unwrap_or_default().to_ascii_lowercase();
        request.header(&name) != pair[1].as_str()
    });
    missing.map(|pair| format!("the upstream did not see {pair}"))
}

/// Code, id and members of a JSON answer.
fn answered(expect: &Value, answer: &Answer) -> Option<String> {
    let text = answer.text();
    match serde_json::from_str(&text) {
        Err(_) => Some(format!("the answer is not JSON: {text}")),
        // A batch is answered by an array: one of its answers is the one that is meant.
        Ok(Value::Array(answers)) => {
            let mut differences = answers
                .iter()
                .map(|one| unlike(expect, one, &one.to_string()));
            let met = differences.any(|difference| difference.is_none());
            (!met).then(|| format!("none of the answers is the one expected: {text}"))
        }
        Ok(body) => unlike(expect, &body, &text),
    }
}

fn unlike(expect: &Value, body: &Value, text: &str) -> Option<String> {
    if !is_one_of(&expect["jsonrpc_code"], &body["error"]["code"]) {
        return Some(format!("code is {}", body["error"]["code"]));
    }
    if let Some(wanted) = expect["id_json"].as_str()
        && id_text(text)
            != json::parse(wanted.as_bytes())
                .ok()
                .map(|id| json::to_text(&id))
    {
        return Some(format!("id is {:?}, not {wanted}", id_text(text)));
    }
    if !is_part(&expect["body_match"], body) && !expect["body_match"].is_null() {
        return Some(format!("the answer is {text}"));
    }
    let absent = expect["body_absent"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let there = absent
        .iter()
        .find(|pointer| body.pointer(pointer.as_str().unwrap()).is_some());
    there.map(|pointer| format!("{pointer} is there"))
}

/// The id as its literal text: numbers keep every digit.
fn id_text(answer: &str) -> Option<String> {
    let answer = json::parse(answer.as_bytes()).ok()?;
    Some(json::to_text(
        answer.get("id").unwrap_or(&json::Value::Null),
    ))
}

/// Whether `got` is the number wanted, or one of the list; null and absent want nothing.
fn is_one_of(wanted: &Value, got: &Value) -> bool {
    match wanted {
        Value::Null => true,
        Value::Array(choices) => choices.contains(got),
        one => one == got,
    }
}
