//! Trust in a running Envoy: the call that is judged, whose words vouch for it, and what the filter is
//! told about the tools.

use serde_json::{Value, json};
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};
use tessera_engine::taint::keys::{KeyRing, MasterKey};
use tessera_engine::taint::label::{Binding, Label, Stamp};
use tessera_engine::time::UnixMillis;

/// A call with five arguments. The user's words name its values: what answers hold pushes out older
/// answers.
pub const CALL: &str = include_str!("trust.json");

/// A secret like any other: what it signs is worth nothing outside a benchmark.
const SECRET: [u8; 32] = [9; 32];
/// The same in base64.
const SECRET_TEXT: &str = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
const AUDIENCE: &str = "https://gateway.example/mcp";

/// `trust` of the plugin configuration.
pub fn settings() -> Value {
    json!({"audience": AUDIENCE, "keys": [{"id": "k1", "secret": SECRET_TEXT}]})
}

/// The trust document of the bundle. The tool has a name that the shipped policies let pass; what it
/// does is said here.
pub fn document() -> Value {
    json!({"tools": {"aws_s3_list_objects": {
        "effects": ["send"],
        "args": {"to": "target", "cc": "target", "ticket": "object", "body": "content", "subject": "content"},
        "result": {"level": "tool"},
    }}})
}

/// A header with the user's words, which begin a conversation now.
pub fn header() -> Result<String, Box<dyn Error>> {
    let keys = KeyRing::new([MasterKey::new("k1", &SECRET)?], Vec::new())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = UnixMillis(i64::try_from(now.as_millis())?);
    let binding = Binding {
        issuer: "chat".to_owned(),
        audience: AUDIENCE.to_owned(),
        scope: "default".to_owned(),
        caller: "anonymous".to_owned(),
        conversation: "c-1".to_owned(),
    };
    let stamp = Stamp::new(&keys, binding, "0123456789abcdef", now, 3_600);
    let words = "Please answer TCK-400010 of June, write to user17@desk.example.org and user3@desk.example.org.";
    let token = Label::of_prompt(stamp, words, Some(now)).to_token(&keys)?;
    Ok(format!("tessera-prompt: {token}\r\n"))
}

/// Stops unless the call passes: what is measured is to be a judged call, not a refusal.
pub fn check(to: SocketAddr, headers: &str) -> Result<(), Box<dyn Error>> {
    let mut stream = TcpStream::connect(to)?;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\n{headers}content-length: {}\r\n\r\n{CALL}",
        CALL.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.contains("tessera/label") {
        Ok(())
    } else {
        Err(format!("the call is to pass and its answer to be labelled: {answer}").into())
    }
}
