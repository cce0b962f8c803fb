//! Where two definitions of one tool differ, member by member.

use std::collections::BTreeSet;

use serde_json::json;
use tessera_engine::json::{self, Value};
use tessera_engine::scan::visible;

use super::{Output, Tone};

/// One member that differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// The members that lead there, with dots between them.
    pub(super) path: String,
    /// What was there; `None` if nothing was.
    pub(super) old: Option<Value>,
    /// What is there; `None` if nothing is.
    pub(super) new: Option<Value>,
}

/// Every place where `new` is not `old`, as deep as both are objects.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    collect("", Some(old), Some(new), &mut found);
    found
}

fn collect(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = (old, new) {
        let keys: BTreeSet<&str> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let path = if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            };
            collect(&path, before.get(key), after.get(key), found);
        }
        return;
    }
    if old != new {
        found.push(Difference {
            path: path.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

impl Difference {
    /// The difference for people: hidden characters are made visible, they may be the difference.
    pub(super) fn lines(&self, output: &Output) -> Vec<String> {
        let mut lines = vec![format!(
            "    {}",
            output.paint(Tone::Strong, visible(&self.path))
        )];
        let sides = [("-", Tone::Bad, &self.old), ("+", Tone::Good, &self.new)];
        for (sign, tone, value) in sides {
            if let Some(value) = value {
                let text = visible(&json::to_text(value));
                lines.push(format!(
                    "      {}",
                    output.paint(tone, format!("{sign} {text}"))
                ));
            }
        }
        lines
    }

    /// The difference for programs.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let value = |value: &Option<Value>| {
            let text = value.as_ref().map(json::to_text);
            text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        };
        json!({"path": self.path, "old": value(&self.old), "new": value(&self.new)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(old: &str, new: &str) -> Vec<String> {
        let value = |text: &str| json::parse(text.as_bytes()).unwrap();
        let found = differences(&value(old), &value(new));
        found
            .into_iter()
            .map(|difference| difference.path)
            .collect()
    }

    #[test]
    fn every_member_that_differs_is_named_and_no_other() {
        let old = r#"{"a":1,"b":{"c":"x","d":[1,2]},"e":true}"#;
        assert_eq!(paths(old, old), [""; 0]);
        assert_eq!(
            paths(old, r#"{"e":true,"b":{"d":[1,2],"c":"x"},"a":1.0}"#),
            [""; 0]
        );
        assert_eq!(
            paths(old, r#"{"a":2,"b":{"c":"x","d":[2,1],"n":null}}"#),
            ["a", "b.d", "b.n", "e"]
        );
        assert_eq!(paths(old, r#"{"a":1,"b":"c","e":true}"#), ["b"]);
    }

    #[test]
    fn a_hidden_character_is_seen_in_the_difference() {
        let value = |text: &str| json::parse(text.as_bytes()).unwrap();
        let found = differences(&value(r#"{"a":"x"}"#), &value("{\"a\":\"x\u{200b}\"}"));
        let text = found[0].lines(&Output::new(false)).join("\n");
        assert!(text.contains(r"x\u{200b}"), "{text}");
    }
}
