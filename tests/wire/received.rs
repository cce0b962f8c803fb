//! What a plain client reads in an answer: the messages, event by event. Written for these tests alone: it shares
//! nothing with the filter's own reader of event streams.

use serde_json::Value;

/// An answer as a client reads it.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// JSON-RPC messages in order.
    pub(crate) messages: Vec<Value>,
    /// The ids of events in order.
    pub(crate) event_ids: Vec<String>,
    /// The body as it came, and once more with the escapes of its messages undone.
    pub(crate) text: String,
    /// Whether the body is encoded. Real clients decode it; here it counts as if everything had come through.
    pub(crate) encoded: bool,
}

impl Received {
    /// Reads a body. Whatever is no event stream is tried as JSON, under any type: some client may.
    pub(crate) fn read(headers: &[(String, String)], body: &[u8]) -> Self {
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let raw = String::from_utf8_lossy(body).into_owned();
        let text = raw.strip_prefix('\u{feff}').unwrap_or(&raw);
        let kind = header("content-type").split(';').next().unwrap_or_default();
        let mut received = Self {
            encoded: !matches!(header("content-encoding"), "" | "identity"),
            ..Self::default()
        };
        if kind.trim().eq_ignore_ascii_case("text/event-stream") {
            received.read_events(text);
        } else {
            received.take(text);
        }
        let decoded: Vec<String> = received.messages.iter().map(ToString::to_string).collect();
        received.text = format!("{raw}\n{}", decoded.join("\n"));
        received
    }

    fn read_events(&mut self, text: &str) {
        let (mut kind, mut data) = (String::new(), String::new());
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        // What follows the last line end is no line yet.
        let complete = normal
            .rsplit_once('\n')
            .map_or("", |(complete, _)| complete);
        for line in complete.split('\n') {
            if line.is_empty() {
                if matches!(&*kind, "" | "message") {
                    self.take(data.trim_end_matches('\n'));
                }
                (kind, data) = (String::new(), String::new());
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut kind),
                "data" => data = format!("{data}{value}\n"),
                "id" => self.event_ids.push(value.to_owned()),
                _ => {}
            }
        }
    }

    /// One JSON text: a message, or several in an array; clients skip what is none.
    fn take(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(Value::Array(messages)) => self.messages.extend(messages),
            Ok(message) => self.messages.push(message),
            Err(_) => {}
        }
    }

    /// The answers to a request.
    pub(crate) fn answers<'a>(&'a self, id: &'a Value) -> impl Iterator<Item = &'a Value> {
        let is_answer = |message: &&Value| message.get("method").is_none();
        self.messages
            .iter()
            .filter(is_answer)
            .filter(move |message| message["id"] == *id)
    }
}

/// Whether a message says that its request came to nothing.
pub(crate) fn is_failure(message: &Value) -> bool {
    message.get("error").is_some() || message["result"]["isError"] == true
}
