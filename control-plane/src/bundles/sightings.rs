//! Definitions of tools that filters have seen for the first time, out of their audit records.

use std::collections::BTreeMap;

use tessera_engine::digest::Digest;
use tessera_engine::json::{self, Value};
use tessera_engine::policy::{Pin, Pins, ReasonCode};

/// A definition seen for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The upstream that lists the tool.
    pub(crate) upstream: String,
    /// The tool.
    pub(crate) tool: String,
    /// What its pin would be.
    pub(crate) pin: Pin,
}

impl Sighting {
    /// The sighting a record tells of; `None` if it tells of none.
    pub(crate) fn of_record(bytes: &[u8]) -> Option<Self> {
        let record = json::parse(bytes).ok()?;
        let text = |key: &str| record.get(key).and_then(Value::as_str);
        if text("kind") != Some("definition")
            || text("code") != Some(ReasonCode::ToolFirstSeen.as_str())
        {
            return None;
        }
        let findings = record.get("findings").and_then(Value::as_array)?;
        let digest = |key: &str| {
            let mut texts = findings.iter().filter_map(Value::as_str);
            texts.find_map(|text| Digest::from_hex(text.strip_prefix(key)?))
        };
        Some(Self {
            upstream: text("upstream")?.to_owned(),
            tool: text("tool")?.to_owned(),
            pin: Pin {
                digest: digest("digest=")?,
                shape: digest("shape="),
            },
        })
    }
}

/// What has been pinned on first sight: upstream, tool, pin.
pub(super) type FirstSeen = BTreeMap<String, BTreeMap<String, Pin>>;

/// Adds what was seen first to the pins people have made, which win.
pub(super) fn join(pins: Option<Pins>, seen: &FirstSeen) -> Pins {
    let mut pins = pins.unwrap_or_default();
    for (upstream, tools) in seen {
        let known = pins.upstreams.entry(upstream.clone()).or_default();
        for (tool, pin) in tools {
            known.entry(tool.clone()).or_insert(*pin);
        }
    }
    pins
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"kind":"definition","code":"tool_first_seen","upstream":"u","tool":"t","findings":["digest=D","shape=D","role=description"]}"#;

    #[test]
    fn only_a_first_sight_is_one() {
        let digest = Digest::of(b"d");
        let record = RECORD.replace('D', &digest.to_hex());
        let sighting = Sighting::of_record(record.as_bytes()).unwrap();
        assert_eq!(
            (sighting.upstream.as_str(), sighting.tool.as_str()),
            ("u", "t")
        );
        assert_eq!(
            sighting.pin,
            Pin {
                digest,
                shape: Some(digest)
            }
        );
        for (old, new) in [
            ("tool_first_seen", "tool_changed"),
            ("definition\"", "answer\""),
            ("digest=", "expected="),
            ("\"tool\"", "\"instrument\""),
        ] {
            assert_eq!(
                Sighting::of_record(record.replacen(old, new, 1).as_bytes()),
                None,
                "{old}"
            );
        }
    }

    #[test]
    fn pins_people_made_win() {
        let pin = |text: &[u8]| Pin {
            digest: Digest::of(text),
            shape: None,
        };
        let tools = |text| BTreeMap::from([("t".to_owned(), pin(text))]);
        let written = Pins {
            upstreams: BTreeMap::from([("u".to_owned(), tools(b"written"))]),
            ..Pins::default()
        };
        let seen = FirstSeen::from([
            ("u".to_owned(), tools(b"seen")),
            ("v".to_owned(), tools(b"seen")),
        ]);
        let joined = join(Some(written), &seen);
        assert_eq!(joined.pin("u", "t"), Some(&pin(b"written")));
        assert_eq!(joined.pin("v", "t"), Some(&pin(b"seen")));
    }
}
