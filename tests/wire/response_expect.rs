//! Compares what the client received with what a response case expects.
//! Labels and audit records are not looked at here: they do not travel to the client.

use serde_json::Value;
use tessera_tests::Answer;

use crate::case::{is_part, pairs};
use crate::received::{Received, is_failure};
use crate::response::payload;

/// `None` if the outcome is the expected one or one of its alternatives.
pub(crate) fn difference(case: &Value, answer: &Answer) -> Option<String> {
    let got = Received::read(&answer.headers, &answer.body);
    let response = &case["response"];
    let sent = Received::read(&pairs(&response["headers"]), &payload(response));
    let outcome = Outcome {
        case,
        answer,
        sent,
        got,
    };
    let preferred = outcome.differs(&case["expect"])?;
    let mut alternatives = case["expect"]["alternatives"]
        .as_array()
        .into_iter()
        .flatten();
    let met = alternatives.any(|other| outcome.differs(other).is_none());
    (!met).then_some(preferred)
}

/// Whether a text reached the client, in any spelling a client undoes.
pub(crate) fn came(answer: &Answer, text: &str) -> Option<String> {
    let got = Received::read(&answer.headers, &answer.body);
    let came = (got.encoded && !answer.body.is_empty()) || got.text.contains(text);
    came.then(|| format!("`{text}` came: {} {}", answer.status, answer.text()))
}

struct Outcome<'a> {
    case: &'a Value,
    answer: &'a Answer,
    sent: Received,
    got: Received,
}

impl Outcome<'_> {
    fn differs(&self, expect: &Value) -> Option<String> {
        let by_verdict = match expect["verdict"].as_str().unwrap() {
            "pass" => self.not_passed(),
            "rewrite" => None,
            "block" => self.not_blocked(),
            other => Some(format!("an unknown verdict `{other}`")),
        };
        by_verdict
            .or_else(|| self.encoded())
            .or_else(|| self.leaks(&expect["client_must_not_contain"]))
            .or_else(|| self.misses_messages(expect))
            .or_else(|| self.other_lists(expect))
            .or_else(|| self.not_replaced(expect))
            .map(|why| format!("{why}: {} {}", self.answer.status, self.answer.text()))
    }

    /// The same messages in the same order.
    fn not_passed(&self) -> Option<String> {
        if Some(u64::from(self.answer.status)) != self.case["response"]["status"].as_u64() {
            return Some("the status changed".to_owned());
        }
        (self.got.messages != self.sent.messages).then(|| "other messages came".to_owned())
    }

    /// Nothing of the payload; the call has failed, or it has no result.
    fn not_blocked(&self) -> Option<String> {
        if let Some(why) = self.leaks(&self.case["expect"]["inspected"]) {
            return Some(why);
        }
        let mut answers = self
            .got
            .messages
            .iter()
            .filter(|message| message.get("method").is_none());
        answers
            .any(|message| !is_failure(message))
            .then(|| "a result came".to_owned())
    }

    fn encoded(&self) -> Option<String> {
        let came = self.got.encoded && !self.answer.body.is_empty();
        came.then(|| "an encoded body came".to_owned())
    }

    fn leaks(&self, forbidden: &Value) -> Option<String> {
        let mut forbidden = forbidden.as_array().into_iter().flatten();
        let found = forbidden.find(|text| self.got.text.contains(text.as_str().unwrap()))?;
        Some(format!("{found} came"))
    }

    fn misses_messages(&self, expect: &Value) -> Option<String> {
        let mut got = self.got.messages.iter();
        let mut wanted = expect["client_messages"].as_array().into_iter().flatten();
        let missing = wanted.find(|wanted| !got.any(|message| is_part(wanted, message)));
        if let Some(missing) = missing {
            return Some(format!("{missing} did not come (in its order)"));
        }
        let more = got.next().is_some() && expect["stream_ends"] == true;
        more.then(|| "more came after the replacement".to_owned())
    }

    fn other_lists(&self, expect: &Value) -> Option<String> {
        let ids = expect["client_event_ids"].as_array();
        if ids.is_some_and(|ids| *ids != self.got.event_ids) {
            return Some(format!("the event ids are {:?}", self.got.event_ids));
        }
        let listed = |message: &Value| message["result"]["tools"].as_array().cloned();
        let tools = self.got.messages.iter().filter_map(listed).flatten();
        let names: Vec<Value> = tools.map(|tool| tool["name"].clone()).collect();
        let wanted = expect["client_tools"].as_array();
        wanted
            .is_some_and(|wanted| *wanted != names)
            .then(|| format!("the tools are {names:?}"))
    }

    fn not_replaced(&self, expect: &Value) -> Option<String> {
        let body = self.case["request"]["body_utf8"].as_str().unwrap_or("null");
        let id = serde_json::from_str::<Value>(body).unwrap()["id"].clone();
        let answers: Vec<&Value> = self.got.answers(&id).collect();
        if expect["call_answered"] == false && !answers.is_empty() {
            return Some("the call was answered".to_owned());
        }
        let replaced = matches!(&*answers, [answer] if is_failure(answer));
        let unlike = expect["replacement"] == "error_or_isError" && !replaced;
        unlike.then(|| "the answer was not replaced by one failure".to_owned())
    }
}
