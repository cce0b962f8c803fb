//! Disguises by keys: the same key twice, and keys that only some readers take for one of the protocol's.

use super::request::{Era, body};

/// The spellings of a key that a JSON parser takes for the same key.
fn spellings(key: &str) -> Vec<String> {
    let escaped = |c: char| format!("\\u{:04x}", u32::from(c));
    let mut chars = key.chars();
    let first = chars.next().map(escaped).unwrap_or_default();
    let rest: String = chars.collect();
    let all: String = key.chars().map(escaped).collect();
    vec![key.to_owned(), format!("{first}{rest}"), all]
}

pub(super) fn duplicates(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let quoted = format!(r#""{tool}""#);
    let members = [
        ("name", quoted.as_str(), r#""safe""#),
        ("name", &quoted, "null"),
        ("method", r#""tools/call""#, r#""tools/list""#),
        ("method", r#""tools/call""#, r#""ping""#),
        ("id", "1", "2"),
        ("id", "1", "null"),
        ("jsonrpc", r#""2.0""#, r#""1.0""#),
        ("arguments", r#"{"x":"A"}"#, "{}"),
        ("x", r#""A""#, r#""B""#),
        ("params", "", r#"{"name":"safe","arguments":{}}"#),
        ("params", "", "{}"),
    ];
    let mut bodies = Vec::new();
    for (key, value, other) in members {
        let start = plain.find(&format!(r#""{key}":"#)).unwrap();
        let value = if key == "params" {
            &plain[start + 9..plain.len() - 1]
        } else {
            value
        };
        let real = format!(r#""{key}":{value}"#);
        for spelling in spellings(key) {
            let double = format!(r#""{spelling}":{other}"#);
            bodies.push(plain.replacen(&real, &format!("{double},{real}"), 1));
            bodies.push(plain.replacen(&real, &format!("{real},{double}"), 1));
        }
    }
    bodies
}

pub(super) fn look_alikes(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let mut bodies = Vec::new();
    for (key, other) in [
        ("name", r#""safe""#),
        ("method", r#""tools/list""#),
        ("params", r#"{"name":"safe","arguments":{}}"#),
    ] {
        let (head, tail) = key.split_at(1);
        let looks = [
            format!("{}{tail}", head.to_uppercase()),
            key.to_uppercase(),
            format!("{head}{}", tail.to_uppercase()),
            format!("{key}\\u0000"),
            format!("{key}\\u0000\\u0000"),
            format!("\\u0000{key}"),
            format!("{key} "),
            format!(" {key}"),
            format!("{key}\u{200b}"),
            format!(
                "{}{tail}",
                char::from_u32(u32::from(head.chars().next().unwrap()) + 0xfee0).unwrap()
            ),
            key.replace('s', "\u{17f}"),
            key.replace('a', "\u{430}"),
        ];
        let real = format!(r#""{key}":"#);
        for look in looks.into_iter().filter(|look| look != key) {
            bodies.push(plain.replacen(&real, &format!(r#""{look}":"#), 1));
            bodies.push(plain.replacen(&real, &format!(r#""{look}":{other},{real}"#), 1));
            // The harmless one under the real key, the real one under the look-alike.
            let swapped = plain.replacen(&real, &format!(r#"{real}{other},"{look}":"#), 1);
            bodies.push(swapped);
        }
    }
    bodies
}
