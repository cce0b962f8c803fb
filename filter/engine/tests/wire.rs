//! The wire cases, requests only, judged by the engine alone: fixtures/wire/README.md says what the
//! members mean. A case that needs more than the engine's MCP layer stands in `later.json` with the
//! reason; it must fail here until it is taken off that list.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test read a file that is part of the test"
)]

mod cases;

use cases::{is_part, list, number, text};
use std::collections::BTreeMap;
use tessera_engine::json::{self, Value};
use tessera_engine::mcp::{
    Admitted, Batches, Denial, DenialShape, Headers, Message, Origin, Posted, Protocol, Refusal,
    Reply, admit_body, admit_head, admit_size, deny, deny_batch, refuse,
};

const LATER: &str = include_str!("../../../tests/fixtures/wire/later.json");

/// What came of one request.
struct Verdict {
    word: &'static str,
    reply: Option<Reply>,
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_request_case_is_answered_as_expected() {
    let file = cases::file();
    let later = json::parse(LATER.as_bytes()).unwrap();
    let later: BTreeMap<&str, &Value> = later.as_object().unwrap().iter().collect();
    let requests = cases::of_kind(&file, "request");
    assert_eq!(requests.len(), 580);

    let mut wrong = Vec::new();
    let mut seen_later = 0;
    for case in requests {
        let id = text(case, "id");
        let verdict = judge(case, &file);
        match (
            differences(case.get("expect").unwrap(), &verdict),
            later.contains_key(id),
        ) {
            (Some(why), false) => wrong.push(format!("{id}: {why}")),
            (None, true) => wrong.push(format!("{id}: passes, so it must leave later.json")),
            (_, is_later) => seen_later += usize::from(is_later),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        seen_later,
        later.len(),
        "later.json names a case that does not exist"
    );
}

/// Judges a request the way a filter does: head, growing body, complete body, policy.
fn judge(case: &Value, file: &Value) -> Verdict {
    let settings = file.get("settings").unwrap();
    let origins = list(settings, "allowed_origins").iter();
    let policy = file
        .get("policies")
        .unwrap()
        .get(text(case, "policy"))
        .unwrap();
    let batches = match policy.get("settings").and_then(|own| own.get("batch")) {
        None => Batches::Refuse,
        Some(word) => {
            assert_eq!(word.as_str(), Some("accept-2025-03-26"));
            Batches::Revision20250326
        }
    };
    let protocol = Protocol {
        batches,
        body_bytes: number(settings, "max_body_bytes").unwrap(),
        allowed_origins: origins
            .map(|origin| Origin::read(origin.as_str().unwrap()).unwrap())
            .collect(),
        ..Protocol::default()
    };
    let denial = Denial {
        code: "policy_matched",
        policy_id: Some("wire"),
        reason: "the case says so",
        audit_id: "evt_wire",
        approval: false,
    };
    match admit(case.get("request").unwrap(), &protocol) {
        Err(refusal) => Verdict {
            word: "reject",
            reply: Some(refuse(&refusal)),
        },
        Ok(Some(Posted::One(message))) if is_denied(policy, &message) => Verdict {
            word: "deny",
            reply: Some(deny(&message, &denial, DenialShape::Mcp)),
        },
        Ok(Some(Posted::Batch(messages))) if messages.iter().any(|one| is_denied(policy, one)) => {
            let denials = messages.iter().map(|message| (message, denial));
            Verdict {
                word: "deny",
                reply: Some(deny_batch(denials, DenialShape::Mcp)),
            }
        }
        Ok(_) => Verdict {
            word: "forward",
            reply: None,
        },
    }
}

fn admit(request: &Value, protocol: &Protocol) -> Result<Option<Posted>, Refusal> {
    let body = body(request);
    let headers = headers(request, body.as_ref().map(Vec::len));
    match admit_head(&headers, body.as_ref().is_none_or(Vec::is_empty), protocol)? {
        Admitted::NoBody => Ok(None),
        Admitted::Body => {
            let body = body.unwrap_or_default();
            for arrived in (0..body.len()).step_by(65_536) {
                admit_size(arrived, protocol)?;
            }
            admit_body(&headers, &body, protocol).map(Some)
        }
    }
}

/// The header list as a proxy shows it: pseudo headers first, framing headers added.
fn headers(request: &Value, body_len: Option<usize>) -> Headers {
    let mut fields = vec![
        (":method", text(request, "method")),
        (":path", text(request, "path")),
    ];
    fields.extend(cases::fields(request));
    let framing = request.get("framing").unwrap_or(&Value::Null);
    let mode = framing
        .get("mode")
        .and_then(Value::as_str)
        .unwrap_or("content-length");
    let length = number(framing, "declared_length")
        .or(body_len)
        .map(|length| length.to_string());
    if let (Some(length), "content-length" | "cl+te") = (&length, mode) {
        for _ in 0..number(framing, "repeat_length").unwrap_or(1) {
            fields.push(("content-length", length));
        }
    }
    if let "chunked" | "cl+te" = mode {
        fields.push(("transfer-encoding", "chunked"));
    }
    Headers::new(fields)
}

fn body(request: &Value) -> Option<Vec<u8>> {
    let mut body = cases::body(request)?;
    assert_eq!(
        Some(body.len()),
        number(request, "body_len"),
        "the case disagrees with itself"
    );
    // A length declared too short cuts the body: to the proxy, the rest is another request.
    let framing = request.get("framing");
    if let Some(cut) = framing.and_then(|framing| number(framing, "declared_length")) {
        body.truncate(cut);
    }
    Some(body)
}

/// The few policies of the cases; looking inside JSON strings is left to the real ones.
fn is_denied(policy: &Value, message: &Message) -> bool {
    list(policy, "rules")
        .iter()
        .any(|rule| text(rule, "effect") == "deny" && applies(rule, message))
}

fn applies(rule: &Value, message: &Message) -> bool {
    let wanted = |selector: &str| rule.get(selector).and_then(Value::as_str);
    let Some(method) = wanted("method") else {
        return false;
    };
    let params = Value::from(message.params().cloned());
    let param = |member: &str| params.get(member).and_then(Value::as_str);
    let prompt = match method {
        "completion/complete" => params.get("ref").and_then(|r| r.get("name")?.as_str()),
        _ => param("name"),
    };
    let starts = |name: &str| {
        let argument = message.arguments().and_then(|all| all.get(name)?.as_str());
        argument
            .zip(wanted("starts_with"))
            .is_some_and(|(got, start)| got.starts_with(start))
    };
    message.method() == Some(method)
        && wanted("tool").is_none_or(|tool| message.tool() == Some(tool))
        && wanted("uri").is_none_or(|uri| param("uri") == Some(uri))
        && wanted("prompt").is_none_or(|name| prompt == Some(name))
        && wanted("argument").is_none_or(starts)
}

/// `None` if the verdict is the expected one or one of its alternatives.
fn differences(expect: &Value, verdict: &Verdict) -> Option<String> {
    let preferred = difference(expect, verdict)?;
    let alternatives = expect
        .get("alternatives")
        .and_then(Value::as_array)
        .unwrap_or_default();
    let is_met = alternatives
        .iter()
        .any(|other| difference(other, verdict).is_none());
    (!is_met).then_some(preferred)
}

fn difference(expect: &Value, verdict: &Verdict) -> Option<String> {
    if text(expect, "verdict") != verdict.word {
        let said = verdict
            .reply
            .as_ref()
            .map(|r| String::from_utf8_lossy(&r.body).into_owned());
        return Some(format!(
            "verdict is {}, {}",
            verdict.word,
            said.unwrap_or_default()
        ));
    }
    let reply = verdict.reply.as_ref()?;
    if !is_one_of(expect.get("status"), &Value::from(u64::from(reply.status))) {
        return Some(format!("status is {}", reply.status));
    }
    if reply.status == 202 {
        return (!reply.body.is_empty()).then(|| "a 202 has a body".to_owned());
    }
    if !reply
        .headers
        .contains(&("content-type".to_owned(), "application/json".to_owned()))
    {
        return Some("the body is not declared as JSON".to_owned());
    }
    match json::parse(&reply.body) {
        // A batch is answered by an array: one of its answers is the one that is meant.
        Ok(Value::Array(answers)) => {
            let mut differences = answers
                .iter()
                .map(|answer| wrong_member(expect, reply.status, answer));
            (!differences.any(|difference| difference.is_none()))
                .then(|| "no answer of the batch is the one expected".to_owned())
        }
        Ok(answer) => wrong_member(expect, reply.status, &answer),
        Err(error) => Some(format!("the body is not JSON: {error}")),
    }
}

fn wrong_member(expect: &Value, status: u16, answer: &Value) -> Option<String> {
    let code = answer
        .get("error")
        .and_then(|error| error.get("code"))
        .unwrap_or(&Value::Null);
    if matches!(status, 200 | 400) && !is_one_of(expect.get("jsonrpc_code"), code) {
        return Some(format!("code is {}", json::to_text(code)));
    }
    let id = json::to_text(answer.get("id").unwrap_or(&Value::Null));
    if let Some(Value::String(wanted)) = expect.get("id_json")
        && json::to_text(&json::parse(wanted.as_bytes()).unwrap()) != id
    {
        return Some(format!("id is {id}"));
    }
    if expect
        .get("body_match")
        .is_some_and(|wanted| !is_part(wanted, answer))
    {
        return Some(format!("body is {}", json::to_text(answer)));
    }
    let absent = expect
        .get("body_absent")
        .and_then(Value::as_array)
        .unwrap_or_default();
    let there = |pointer: &&Value| points_at(answer, pointer.as_str().unwrap());
    absent
        .iter()
        .find(there)
        .map(|pointer| format!("{} is there", json::to_text(pointer)))
}

/// Whether `got` is the number wanted, or one of the list; null and absent want nothing.
fn is_one_of(wanted: Option<&Value>, got: &Value) -> bool {
    match wanted {
        None | Some(Value::Null) => true,
        Some(Value::Array(choices)) => choices.contains(got),
        Some(one) => one == got,
    }
}

/// Whether a JSON pointer without escapes leads somewhere.
fn points_at(root: &Value, pointer: &str) -> bool {
    pointer
        .split('/')
        .skip(1)
        .try_fold(root, |at, key| at.get(key))
        .is_some()
}
