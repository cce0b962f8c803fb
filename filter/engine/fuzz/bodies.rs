//! What every input must satisfy, per fuzz target. Not the fuzzer: `tests/corpus.rs` runs the same
//! functions over the seeds with a stable compiler.

#![allow(
    dead_code,
    clippy::panic,
    reason = "each fuzz target uses one of them, and reports by panicking"
)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::mcp::sse::{Item, Parser, SseError};
use tessera_engine::mcp::{
    Admitted, Ambiguous, Batches, Definition, Denial, DenialShape, Headers, Message, Posted,
    Protocol, Refusal, Reply, admit_body, admit_head, admit_size, deny, deny_batch,
    read_server_batch, read_server_message, refuse, replacement_error,
};
use tessera_engine::policy::{
    Answer, Bundle, Call, CompileOptions, DefinitionVerdict, Document, Listed, Pattern, PatternSet,
    Pin, Sender, Source, Subject, SubjectKind, decode_pins,
};
use tessera_engine::scan;
use tessera_engine::taint::flow::{
    Claim, Echo, Fingerprints, Outcome, ResultFacts, SourceRef, SourceRules, find, find_copy,
    find_entities, record_prompt, record_result,
};
use tessera_engine::taint::keys::{KeyRing, MasterKey, Purpose};
use tessera_engine::taint::label::{Claims, Label, digest_of_content};
use tessera_engine::taint::reference::{Envelope, Manifest, ReferenceDelegation, ReferenceLabel};
use tessera_engine::taint::{Conversation, Level, Origin};
use tessera_engine::time::UnixMillis;

/// A JSON text has one reading, and writing it down again does not change it. The tolerant reader
/// agrees on it; what only that one reads can be written down as well.
pub(crate) fn json(input: &[u8]) {
    let text = std::str::from_utf8(input).unwrap_or_default();
    let tolerant = json::parse_tolerant(text);
    if let Ok(value) = &tolerant {
        assert!(json::parse(json::to_text(value).as_bytes()).is_ok());
    }
    let Ok(value) = json::parse(input) else {
        return;
    };
    assert_eq!(
        tolerant.as_ref().map(json::canonical),
        Ok(json::canonical(&value))
    );
    for text in [json::to_text(&value), json::canonical(&value)] {
        match json::parse(text.as_bytes()) {
            Ok(again) => assert_eq!(json::canonical(&again), json::canonical(&value)),
            Err(error) => panic!("written but not read again: {error}: {text}"),
        }
    }
    assert!(json::ascii_escaped_len(&value) > 0);
}

/// A request is admitted or refused; a refusal and a denial are answers in JSON.
///
/// The input is header lines `name: value`, an empty line, and the body.
pub(crate) fn message(input: &[u8]) {
    let (head, body) = split(input, b"\n\n");
    let fields = head.split(|byte| *byte == b'\n').map(|line| {
        let (name, value) = split(line, b": ");
        (String::from_utf8_lossy(name).into_owned(), value.to_vec())
    });
    let headers = Headers::new(fields);
    match admit(&headers, body) {
        Ok(messages) => {
            let denial = Denial {
                code: "policy_matched",
                policy_id: Some("p"),
                reason: "because",
                audit_id: "a",
                approval: false,
            };
            for shape in [DenialShape::Mcp, DenialShape::Seed] {
                for message in &messages {
                    check_reply(&deny(message, &denial, shape));
                }
                let denials = messages.iter().map(|message| (message, denial));
                check_reply(&deny_batch(denials, shape));
            }
        }
        Err(refusal) => check_reply(&refuse(&refusal)),
    }
}

fn admit(headers: &Headers, body: &[u8]) -> Result<Vec<Message>, Refusal> {
    let protocol = Protocol {
        batches: Batches::Revision20250326,
        ..Protocol::default()
    };
    match admit_head(headers, body.is_empty(), &protocol)? {
        Admitted::NoBody => Ok(Vec::new()),
        Admitted::Body => {
            admit_size(body.len(), &protocol)?;
            Ok(match admit_body(headers, body, &protocol)? {
                Posted::One(message) => vec![*message],
                Posted::Batch(messages) => messages,
            })
        }
    }
}

fn check_reply(reply: &Reply) {
    assert!(
        (200..600).contains(&reply.status),
        "status {}",
        reply.status
    );
    assert!(
        reply.body.is_empty() || json::parse(&reply.body).is_ok(),
        "an answer that is not JSON: {}",
        String::from_utf8_lossy(&reply.body)
    );
}

/// A definition has one digest however it is written, is scanned within its bounds, and is judged by
/// pins as the one it is; a pins file is read or refused.
pub(crate) fn definition(input: &[u8]) {
    let Ok(value) = json::parse(input) else {
        return;
    };
    let pins = decode_pins(&value).unwrap_or_default();
    let Ok(definition) = Definition::read(&value) else {
        return;
    };
    let again = json::parse(json::canonical(&value).as_bytes());
    let again = again.ok().and_then(|value| Definition::read(&value).ok());
    let digest = again.map(|definition| definition.digest());
    assert_eq!(digest, Some(definition.digest()));
    let flags = scan::definition(&definition);
    assert!(flags.len() <= limits::DEFINITION_FLAGS);
    for flag in &flags {
        assert!(scan::first_hidden(&flag.place).is_none(), "{flag:?}");
    }
    let mut approved = pins;
    let tools = approved.upstreams.entry("u".to_owned()).or_default();
    tools.insert(definition.name().to_owned(), Pin::of(&definition));
    let source = Source {
        pins: Some(approved),
        ..Source::default()
    };
    if let Ok(bundle) = Bundle::compile(source, &CompileOptions::default()) {
        let mut listed = Listed::new([definition.name()]);
        let verdict = bundle.judge_definition("u", &definition, &mut listed);
        assert_eq!(verdict, DefinitionVerdict::Pinned);
        let elsewhere = bundle.judge_definition("v", &definition, &mut listed);
        assert!(elsewhere.flags().len() <= limits::DEFINITION_FLAGS);
    }
}

/// A stream gives the same items however it is cut, and in canonical form reads as itself.
pub(crate) fn sse(input: &[u8]) {
    for cap in [64, 1 << 20] {
        let (items, end) = stream(input, cap, input.len());
        for size in [1, 2, 7] {
            assert_eq!(stream(input, cap, size), (items.clone(), end.clone()));
        }
        if let Err(error) = &end {
            check_ambiguous(&Ambiguous::from(error));
        }
        let canonical = written(&items);
        assert!(canonical.len() <= 6 * input.len(), "more out than in");
        let (again, end) = stream(&canonical, 8 << 20, canonical.len());
        assert_eq!((again.len(), end), (items.len(), Ok(())));
        assert_eq!(written(&again), canonical);
    }
}

/// The items of a stream fed in pieces of `size` bytes; comments that follow each other are one.
fn stream(input: &[u8], cap: usize, size: usize) -> (Vec<Item>, Result<(), SseError>) {
    let mut parser = Parser::new(cap);
    let mut out = Vec::new();
    let end = input
        .chunks(size.max(1))
        .try_for_each(|piece| parser.feed(piece, &mut out));
    out.dedup_by(|a, b| *a == Item::Comment && *b == Item::Comment);
    (out, end)
}

fn written(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    items.iter().for_each(|item| item.write(&mut out));
    out
}

/// A server's message is refused with a reason, or is read the same when written again, alone and
/// as a batch.
pub(crate) fn server_message(input: &[u8]) {
    match read_server_message(input) {
        Ok(message) => {
            let text = json::to_text(message.root());
            assert_eq!(read_server_message(text.as_bytes()).as_ref(), Ok(&message));
            let batch = format!("[{text}]");
            assert_eq!(read_server_batch(batch.as_bytes()), Ok(vec![message]));
            assert!(read_server_message(batch.as_bytes()).is_err(), "{batch}");
        }
        Err(ambiguous) => check_ambiguous(&ambiguous),
    }
}

/// What replaces an unreadable message can be read.
fn check_ambiguous(ambiguous: &Ambiguous) {
    assert!(!ambiguous.text.contains('\n'), "{}", ambiguous.text);
    let error = replacement_error(None, ambiguous.word.as_str(), &ambiguous.text, "a");
    let text = json::to_text(&error);
    assert!(read_server_message(text.as_bytes()).is_ok(), "{text}");
}

/// A policy document is refused with reasons, or its normal form reads as the same policy.
pub(crate) fn document(input: &[u8]) {
    let Ok(value) = json::parse(input) else {
        return;
    };
    match Document::decode(&value) {
        Ok(document) => match Document::decode(&document.to_value()) {
            Ok(again) => assert_eq!(again.to_value(), document.to_value()),
            Err(errors) => panic!("the normal form is refused: {errors:?}"),
        },
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            errors
                .iter()
                .for_each(|error| assert!(!error.to_string().is_empty()));
        }
    }
}

/// A bundle is refused, or it survives its wire form and judges the same call the same way twice.
pub(crate) fn bundle(input: &[u8]) {
    let Ok(bundle) = Bundle::from_wire(input) else {
        return;
    };
    match Bundle::from_wire(bundle.to_wire()) {
        Ok(again) => assert_eq!(again.digest(), bundle.digest()),
        Err(error) => panic!("the wire form is refused: {error}"),
    }
    let arguments = json::parse(ARGUMENTS).unwrap_or(Value::Null);
    let meta =
        json::parse(br#"{"tessera_intent":{"verbs":["read.get"],"purpose":"p"},"a":{"b":1}}"#)
            .unwrap_or(Value::Null);
    for (tool, arguments, meta) in [
        ("t", None, None),
        ("aws_s3_DeleteObject", Some(&arguments), None),
        ("call_aws", Some(&arguments), Some(&meta)),
        ("call_tool", Some(&arguments), None),
    ] {
        let call = Call {
            upstream: "u",
            method: "tools/call",
            tool,
            arguments,
            meta,
            now: UnixMillis(1_772_366_400_000),
            audit_id: "a",
            caller: None,
            sender: Sender::Client,
            trust: None,
        };
        let decision = bundle.decide(&call);
        assert_eq!(bundle.decide(&call), decision);
        let subject = Subject {
            upstream: "u",
            caller: None,
            kind: SubjectKind::Tool,
            name: tool,
        };
        // What is hidden is refused.
        assert!(bundle.shows(&subject) || !decision.action.lets_pass());
    }
}

/// An answer is judged the same way twice, and what was redacted stays as it is.
///
/// The input is a policy about answers, a NUL, and the content of an answer.
pub(crate) fn answer(input: &[u8]) {
    let (policy, content) = split(input, b"\0");
    let (Ok(policy), Ok(content)) = (json::parse(policy), json::parse(content)) else {
        return;
    };
    let Ok(document) = Document::decode(&policy) else {
        return;
    };
    let source = Source {
        documents: vec![document],
        ..Source::default()
    };
    let Ok(bundle) = Bundle::compile(source, &CompileOptions::default()) else {
        return;
    };
    let judge = |content: &Value| {
        bundle.judge_answer(&Answer {
            upstream: "u",
            caller: None,
            method: "tools/call",
            tool: "t",
            content,
            now: UnixMillis(1_772_366_400_000),
            audit_id: "a",
        })
    };
    let judged = judge(&content);
    assert_eq!(judge(&content), judged);
    let Some(replaced) = judged.replaced else {
        return;
    };
    assert_ne!(replaced, content);
    assert!(!judged.findings.is_empty(), "replaced without a find");
    let text = json::to_text(&replaced);
    assert!(json::parse(text.as_bytes()).is_ok(), "{text}");
    assert_eq!(judge(&replaced).replaced, None, "{text}");
}

/// Bytes are a conversation or none; one that was read fits its bounds, survives its own bytes, and
/// does not change when it is merged with itself.
pub(crate) fn conversation(input: &[u8]) {
    let Ok(read) = Conversation::decode(input) else {
        return;
    };
    let bytes = read.encode();
    assert!(bytes.len() <= limits::CONVERSATION_BYTES);
    assert_eq!(Conversation::decode(&bytes).as_ref(), Ok(&read));
    let mut merged = read.clone();
    merged.merge(&read);
    assert_eq!(merged, read);
    let _ = find(&read, &Fingerprints::new([0; 16]), "a", &[], UnixMillis(0));
}

/// A result is recorded within the bounds, and what was free text is never trusted more than that.
///
/// The input is what the user said, a NUL, a value, a NUL, and the text of a page.
pub(crate) fn record(input: &[u8]) {
    let (said, rest) = split(input, b"\0");
    let (value, page) = split(rest, b"\0");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (said, value, page) = (text(said), text(value), text(page));
    let (now, later) = (UnixMillis(1_000), UnixMillis(2_000));
    let prints = Fingerprints::new([0; 16]);
    let mut conversation = Conversation::fresh(now);
    record_prompt(&mut conversation, &prints, &said, later, now);
    let before = find(&conversation, &prints, &value, &[], now).level;
    for rules in [SourceRules::text(), SourceRules::default()] {
        let is_text = rules == SourceRules::text();
        let facts = ResultFacts {
            rules: &rules,
            outcome: Outcome::Success,
            claim: Claim::Nothing,
            source: SourceRef {
                audit_id: "a".to_owned(),
                upstream: "u".to_owned(),
                tool: "t".to_owned(),
                origin: Origin::Tool,
            },
            digest: None,
            echo: &Echo::decode(said.as_bytes()),
            now,
        };
        let block = Object::new()
            .with("type", "text")
            .with("text", page.as_str());
        let result = Object::new().with("content", vec![Value::from(block)]);
        let recorded = record_result(&mut conversation, &prints, &facts, &result.into());
        assert!(recorded.level <= Level::Tool);
        let after = find(&conversation, &prints, &value, &[], now).level;
        assert!(after >= before, "seen more and known less");
        assert!(
            !is_text || after <= before.max(Level::Web),
            "a page was trusted"
        );
    }
    let _ = find_entities(&conversation, &prints, &page, now);
    let _ = find_copy(&conversation, &prints, &value, now);
    assert!(conversation.encode().len() <= limits::CONVERSATION_BYTES);
}

/// Arguments that most conditions have an opinion about.
const ARGUMENTS: &[u8] = br#"{"a":"b\n","x":[1,{"y":"AKIA"}],"region":"eu-west-1","query":"DROP TABLE users",
    "cli_command":"aws iam pass-role --x","environment":"prod","n":1e300,"m":-0.0,"u":"\u0130\u00df",
    "name":"delete_x","inside":"{\"path\":\"/etc\",\"path\":[NaN,\"[1]\"]}"}"#;

/// A pattern is refused with a reason, or a set of it finds exactly what it matches.
///
/// The input is the pattern, a NUL, and the text.
pub(crate) fn pattern(input: &[u8]) {
    let (written, text) = split(input, b"\0");
    let (written, text) = (
        String::from_utf8_lossy(written),
        String::from_utf8_lossy(text),
    );
    match Pattern::compile(&written) {
        Ok(pattern) => {
            let expected = pattern.is_match(&text);
            let Ok(set) = PatternSet::new(&[pattern.clone(), pattern]) else {
                return;
            };
            let hits = set.matches(&text);
            assert_eq!((hits.contains(0), hits.contains(1)), (expected, expected));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A payload is refused, or the label it comes to survives its token; no token is a label by chance.
pub(crate) fn label(input: &[u8]) {
    let Ok(Ok(keys)) = MasterKey::new("k1", &[7; 32]).map(|key| KeyRing::new([key], Vec::new()))
    else {
        panic!("the key is good");
    };
    assert!(Label::open(&String::from_utf8_lossy(input), &keys).is_err());
    let header = r#"{"alg":"HS256","kid":"k1","typ":"tessera-label+jwt"}"#;
    for purpose in [Purpose::Label, Purpose::Prompt] {
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(input)
        );
        let key = keys.signing().derive(purpose, "");
        let tag = key.sign(token.as_bytes());
        token = format!("{token}.{}", URL_SAFE_NO_PAD.encode(tag));
        let Ok(label) = Label::open(&token, &keys) else {
            continue;
        };
        assert!(label.purpose() == purpose && label.level <= label.origin.trust());
        let again = label
            .to_token(&keys)
            .map(|token| Label::open(&token, &keys));
        assert_eq!(again, Ok(Ok(label)));
    }
    if let Ok(value) = json::parse(input) {
        let _ = (Claims::of_result(&value), digest_of_content(&value));
        let _ = (ReferenceLabel::parse(&value), Envelope::parse(&value));
        let _ = (Manifest::parse(&value), ReferenceDelegation::parse(&value));
    }
}

/// What stands before and after the first `mark`.
fn split<'a>(input: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = input.windows(mark.len()).position(|window| window == mark);
    let (before, rest) = input.split_at(at.unwrap_or(input.len()));
    (before, rest.get(mark.len()..).unwrap_or_default())
}
