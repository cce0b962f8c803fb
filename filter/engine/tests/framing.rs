//! The wire cases of answers, framing only: events and messages as they are read and written again.
//! What is done with a message is not the matter here; fixtures/wire/README.md says what the members
//! mean.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test read a file that is part of the test"
)]

mod cases;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cases::{is_part, list, pieces};
use std::collections::BTreeMap;
use tessera_engine::json::{self, Value};
use tessera_engine::limits;
use tessera_engine::mcp::sse::{Event, Item, Parser};
use tessera_engine::mcp::{Ambiguous, Id, ServerMessage, read_server_batch, read_server_message};

/// The cases whose answer, or one event of it, has no single reading, with the reason. Every other
/// one is read whole. In the encoded ones nothing is to be read: their head refuses them.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("36-L-json-bom", "not_json"),
    ("36-L-json-array", "batch"),
    ("36-L-json-nan", "not_json"),
    ("36-L-json-trailing", "not_json"),
    ("36-L-json-utf16", "not_utf8"),
    ("36-L-json-gzip", "not_utf8"),
    ("36-L-gzip", ""),
    ("36-L-invalid-utf8-in-text", "not_utf8"),
    ("36-L-garbage-event-first", "not_json"),
    ("36-L-batch-in-event", "batch"),
    ("38-L-result-and-error", "hybrid"),
    ("38-L-duplicate-result", "duplicate_key"),
    ("38-L-duplicate-content-json", "duplicate_key"),
    ("38-M-duplicate-content-json", "duplicate_key"),
    ("47-L-http-sse-endpoint", "not_json"),
];

/// What was read of one answer.
#[derive(Default)]
struct Reading {
    /// The messages clients would take for such: of JSON bodies and of events of type `message`.
    messages: Vec<ServerMessage>,
    ambiguous: Vec<Ambiguous>,
    /// What would be passed on, if all of it were.
    written: Vec<u8>,
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_answer_case_is_read_as_expected() {
    let file = cases::file();
    let answers = cases::of_kind(&file, "response");
    assert_eq!(answers.len(), 83);
    let mut ambiguous: BTreeMap<_, _> = AMBIGUOUS.iter().copied().collect();
    let mut wrong = Vec::new();
    for case in answers {
        let id = case.get("id").unwrap().as_str().unwrap();
        let reading = read(case.get("response").unwrap());
        let differences = match ambiguous.remove(id) {
            Some(word) => ambiguous_difference(case, &reading, word),
            None => differences(case, &reading),
        };
        wrong.extend(differences.map(|why| format!("{id}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ambiguous.is_empty(), "no such case: {ambiguous:?}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_array_is_readable_as_the_answer_to_a_batch() {
    let file = cases::file();
    let case = list(&file, "cases")
        .iter()
        .find(|case| case.get("id").and_then(Value::as_str) == Some("36-L-json-array"));
    let body = pieces(case.unwrap().get("response").unwrap())[0].0.clone();
    assert_eq!(read_server_batch(&body).unwrap().len(), 1);
}

/// Reads an answer the way it arrives.
fn read(answer: &Value) -> Reading {
    let mut reading = Reading::default();
    let is_stream = list(answer, "headers").iter().any(|field| {
        let value = field.as_array().unwrap()[1].as_str().unwrap();
        value.to_ascii_lowercase().starts_with("text/event-stream")
    });
    let mut parser = Parser::new(limits::EVENT_BYTES);
    for (piece, client_has) in pieces(answer) {
        if !is_stream {
            reading.take(None, &piece);
            reading.written.extend(piece);
            continue;
        }
        let mut items = Vec::new();
        if let Err(error) = parser.feed(&piece, &mut items) {
            reading.ambiguous.push(Ambiguous::from(&error));
        }
        for item in items {
            item.write(&mut reading.written);
            // A priming event has empty data.
            if let Item::Event(event) = item
                && let Some(data) = event.data.clone().filter(|data| !data.is_empty())
            {
                reading.take(Some(&event), data.as_bytes());
            }
        }
        let written = String::from_utf8_lossy(&reading.written);
        assert!(
            written.contains(&client_has),
            "held back: {client_has} is not in {written}"
        );
    }
    reading
}

impl Reading {
    fn take(&mut self, event: Option<&Event>, bytes: &[u8]) {
        let is_message = event.is_none_or(Event::is_message);
        match read_server_message(bytes) {
            Ok(message) if is_message => self.messages.push(message),
            Ok(_) => {}
            Err(ambiguous) => self.ambiguous.push(ambiguous),
        }
    }
}

/// A case that has no single reading: it must say why, and no case may need it to pass.
fn ambiguous_difference(case: &Value, reading: &Reading, word: &str) -> Option<String> {
    let words: Vec<_> = reading.ambiguous.iter().map(|a| a.word.as_str()).collect();
    if words.join(" ") != word {
        return Some(format!("is {words:?}, expected {word}"));
    }
    let expect = case.get("expect").unwrap();
    let verdicts = std::iter::once(expect).chain(list(expect, "alternatives"));
    let may_stop = verdicts
        .filter_map(|expect| expect.get("verdict").and_then(Value::as_str))
        .any(|verdict| verdict != "pass");
    (!may_stop).then(|| "must pass, but has no single reading".to_owned())
}

/// A case that is read whole: what the case says about its messages must be true of them.
fn differences(case: &Value, reading: &Reading) -> Option<String> {
    let expect = case.get("expect").unwrap();
    let Reading {
        messages,
        ambiguous,
        written,
    } = reading;
    if let Some(ambiguous) = ambiguous.first() {
        return Some(format!("{}: {ambiguous}", ambiguous.word));
    }
    let mut texts = Vec::new();
    messages
        .iter()
        .for_each(|message| collect(message.root(), &mut texts));
    for inspected in list(expect, "inspected") {
        let inspected = inspected.as_str().unwrap();
        if !texts.iter().any(|text| text.contains(inspected)) {
            return Some(format!("{inspected} is in no text"));
        }
    }
    // Messages that are expected to be replaced are not read here.
    if expect.get("verdict").and_then(Value::as_str) == Some("pass") {
        let mut roots = messages.iter().map(ServerMessage::root);
        for wanted in list(expect, "client_messages") {
            if !roots.any(|root| is_part(wanted, root)) {
                return Some(format!(
                    "no message, or a later one, is {}",
                    json::to_text(wanted)
                ));
            }
        }
    }
    if let Some(Value::Array(ids)) = expect.get("client_event_ids") {
        let mut items = Vec::new();
        Parser::new(limits::EVENT_BYTES)
            .feed(written, &mut items)
            .unwrap();
        let written: Vec<_> = items
            .into_iter()
            .filter_map(|item| match item {
                Item::Event(event) => event.id.map(Value::from),
                Item::Comment => None,
            })
            .collect();
        if written != *ids {
            return Some(format!("the event ids are {written:?}"));
        }
    }
    let answers = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Result {
                id: Id::Number(_),
                ..
            }
        )
    };
    let is_answered = expect.get("call_answered").and_then(Value::as_bool);
    (is_answered == Some(false) && messages.iter().any(answers))
        .then(|| "the call is answered".to_owned())
}

/// Every text of a value, keys too, and what base64 hides.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            texts.extend(
                STANDARD
                    .decode(text)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok()),
            );
            texts.push(text.clone());
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, texts)),
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            texts.push(key.to_owned());
            collect(value, texts);
        }),
        _ => {}
    }
}
