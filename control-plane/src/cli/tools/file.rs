//! The pins file: read whole, checked, changed entry by entry, written whole.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::mcp::Definition;
use tessera_engine::policy::{Pins, decode_pins};
use tessera_engine::scan::Flag;
use tessera_engine::time::UnixMillis;

use super::Failure;

/// The pins as written, and as the engine reads them.
pub(super) struct PinsFile {
    path: PathBuf,
    written: Object,
    pins: Pins,
}

impl PinsFile {
    /// Reads the file; without one there are no pins yet.
    ///
    /// # Errors
    /// The file cannot be read or is none of pins.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |error: anyhow::Error| {
            Failure::usage(error.context(format!("cannot use `{}`", path.display())))
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                br#"{"version":1}"#.to_vec()
            }
            Err(error) => return Err(failed(error.into())),
        };
        let value = json::parse(&bytes).map_err(|error| failed(error.into()))?;
        let pins = decode_pins(&value).map_err(|errors| {
            let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
            failed(anyhow::anyhow!(lines.join("; ")))
        })?;
        let written = value.as_object().cloned().unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            written,
            pins,
        })
    }

    /// The pins as the engine reads them.
    pub(super) const fn pins(&self) -> &Pins {
        &self.pins
    }

    /// The tools of an upstream with what is written about each.
    pub(super) fn tools(&self, upstream: &str) -> impl Iterator<Item = (&str, &Value)> {
        let tools = self.upstream(upstream).and_then(Value::as_object);
        tools.into_iter().flat_map(Object::iter)
    }

    /// The definition that is kept with a pin; pins made of a digest alone have none.
    pub(super) fn definition(&self, upstream: &str, tool: &str) -> Option<&Value> {
        self.upstream(upstream)?.get(tool)?.get("definition")
    }

    fn upstream(&self, upstream: &str) -> Option<&Value> {
        self.written.get("upstreams")?.get(upstream)
    }

    /// Pins a definition, in the place of the one that was pinned.
    pub(super) fn pin(&mut self, upstream: &str, definition: &Definition, flags: &[Flag]) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default().as_millis();
        let now = UnixMillis(i64::try_from(now).unwrap_or(i64::MAX));
        let mut pin = Object::new()
            .with("digest", definition.digest().to_hex())
            .with("approved_at", now.to_rfc3339());
        if !flags.is_empty() {
            let flags: Vec<Value> = flags.iter().map(|flag| flag.to_text().into()).collect();
            pin.set("flags", flags);
        }
        pin.set("definition", definition.members().clone());
        let member = |object: &Object, key: &str| {
            let member = object.get(key).and_then(Value::as_object);
            member.cloned().unwrap_or_default()
        };
        let mut upstreams = member(&self.written, "upstreams");
        let tools = member(&upstreams, upstream).with(definition.name(), pin);
        upstreams.set(upstream, tools);
        self.written.set("upstreams", upstreams);
    }

    /// Writes the file, whole or not at all: a control plane may be reading it.
    ///
    /// # Errors
    /// The file cannot be written, or would be too large for the control plane to read.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut text = String::new();
        pretty(&Value::Object(self.written.clone()), 0, &mut text);
        text.push('\n');
        if text.len() > limits::PINS_FILE_BYTES {
            let limit = limits::PINS_FILE_BYTES;
            return Err(Failure::usage(anyhow::anyhow!(
                "the pins have {} bytes, at most {limit} are allowed",
                text.len()
            )));
        }
        write(&self.path, text.as_bytes()).map_err(|error| {
            let path = self.path.display();
            let error = anyhow::Error::new(error).context(format!("cannot write `{path}`"));
            Failure::usage(error).help("name a directory that exists with --policy-dir")
        })
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// JSON for people: members and elements on lines of their own, sorted so that a change is a small
/// difference, numbers as they were written.
fn pretty(value: &Value, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            for (at, element) in elements.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                line(out, depth + 1);
                pretty(element, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Object(object) if !object.is_empty() => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            for (at, (key, member)) in members.into_iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                line(out, depth + 1);
                out.push_str(&json::to_text(&Value::from(key)));
                out.push_str(": ");
                pretty(member, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        scalar => out.push_str(&json::to_text(scalar)),
    }
}
