//! What a text stands for once it is decoded: percent escapes, base64, hexadecimal, HTML character
//! references, JSON in strings, one in another (`taint-flow.md` section 3).
//!
//! For looking only. A view never has more trust than what it was decoded from.

mod codes;

use crate::json::{self, Value};
use crate::limits;
use std::collections::BTreeSet;

/// Every view of a text, views of views too: [`limits::VIEW_DEPTH`] deep, of
/// [`limits::VIEW_BYTES`] together at most. The text itself is none.
pub(super) fn views(text: &str) -> Vec<String> {
    views_and_rest(text).0
}

/// The same, and whether something was left undecoded because it was too much.
pub(super) fn views_and_rest(text: &str) -> (Vec<String>, bool) {
    let mut views = Views {
        found: Vec::new(),
        known: BTreeSet::new(),
        left: limits::VIEW_BYTES.max(4 * text.len()),
        is_cut: false,
    };
    views.look(text, limits::VIEW_DEPTH);
    (views.found, views.is_cut)
}

struct Views {
    found: Vec<String>,
    /// The same, to be searched: a text may spell thousands.
    known: BTreeSet<String>,
    /// Bytes that may still be decoded.
    left: usize,
    /// Whether there was more.
    is_cut: bool,
}

impl Views {
    fn look(&mut self, text: &str, depth: usize) {
        let Some(below) = depth.checked_sub(1) else {
            return;
        };
        let signs = codes::Signs::of(text);
        if signs.json {
            self.json(text, below);
        }
        if signs.percent {
            self.add(codes::percent(text), text, below);
        }
        if signs.reference {
            self.add(codes::references(text), text, below);
        }
        if signs.backslash {
            self.add(codes::backslashes(text), text, below);
        }
        if signs.run {
            for view in codes::runs(text) {
                self.add(Some(view), text, below);
            }
        }
    }

    fn add(&mut self, view: Option<String>, of: &str, depth: usize) {
        let Some(view) = view.filter(|view| view != of && !view.trim().is_empty()) else {
            return;
        };
        if !self.known.insert(view.clone()) {
            return;
        }
        let Some(left) = self.left.checked_sub(view.len()) else {
            self.left = 0;
            self.is_cut = true;
            return;
        };
        self.left = left;
        self.look(&view, depth);
        self.found.push(view);
    }

    fn json(&mut self, text: &str, depth: usize) {
        if let Ok(value) = json::parse(text.trim().as_bytes()) {
            self.leaves(&value, text, depth);
        }
    }

    fn leaves(&mut self, value: &Value, of: &str, depth: usize) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.add(Some(number.to_text()), of, depth),
            Value::String(leaf) => self.add(Some(leaf.clone()), of, depth),
            Value::Array(elements) => elements.iter().for_each(|e| self.leaves(e, of, depth)),
            Value::Object(object) => {
                for (key, member) in object.iter() {
                    self.add(Some(key.to_owned()), of, depth);
                    self.leaves(member, of, depth);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_seen() {
        for (text, view) in [
            ("bob%40corp.com", "bob@corp.com"),
            (
                "Open https%3A%2F%2Fevil.example%2Fx",
                "Open https://evil.example/x",
            ),
            ("ref ZXZlQGV2aWwuZXhhbXBsZQ== end", "eve@evil.example"),
            ("Ym9iQGNvcnAuY29t", "bob@corp.com"),
            ("x/ZXZlQGV2aWwuZXhhbXBsZQ", "eve@evil.example"),
            (
                "ref 657665406576696c2e6578616d706c65 end",
                "eve@evil.example",
            ),
            ("eve&#64;evil&period;example", "eve@evil.example"),
            ("eve&#x40;evil.example", "eve@evil.example"),
            (r#"{"to":"eve@evil.example"}"#, "eve@evil.example"),
            (r#"["a","b"]"#, "b"),
            (r"eve\u0040evil.example", "eve@evil.example"),
            ("ZXZlJTQwZXZpbC5leGFtcGxl", "eve@evil.example"),
            ("bob%2540corp.com", "bob@corp.com"),
        ] {
            let views = views(text);
            assert!(
                views.iter().any(|found| found.contains(view)),
                "{text}: {views:?}"
            );
        }
    }

    #[test]
    fn base64_goes_on_in_the_next_line() {
        let line = "QUFB".repeat(19);
        let text = format!("{line}\r\nZXZlQGV2aWwuZXhhbXBsZQ==");
        let views = views(&text);
        assert!(
            views
                .iter()
                .any(|view| view.ends_with("AAAeve@evil.example")),
            "{views:?}"
        );
    }

    #[test]
    fn what_is_not_encoded_has_no_view() {
        for text in [
            "100% sure, 5 % off",
            "Tom & Jerry; AT&T",
            "internationalization of quarterly-reports-2024",
            "C:\\Users\\bob",
            "[link] {x}",
            "4111111111111111",
            "",
        ] {
            assert_eq!(views(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_too_much_to_decode_is_told() {
        let secret = "ZXZlQGV2aWwuZXhhbXBsZQ==";
        let small = format!(r"%41 &amp; \x41 {secret}");
        let large = format!("{small}{}", " x".repeat(limits::VIEW_BYTES));
        assert!(!views_and_rest(&small).1);
        assert!(views_and_rest(&large).1);
    }

    #[test]
    fn views_end_where_their_bound_is() {
        let mut text = "eve@evil.example".to_owned();
        for _ in 0..=limits::VIEW_DEPTH {
            text = text.replace('%', "%25").replace('@', "%40");
        }
        assert!(views(&text).len() <= limits::VIEW_DEPTH);
    }
}
