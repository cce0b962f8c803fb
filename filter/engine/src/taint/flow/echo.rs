//! The values a call brings in: its result cannot raise them (`vectors/flow` rec-07, rec-08).

use super::Fingerprints;
use super::element::{Element, elements, first_of_ascii};
use super::entity::entities;
use super::normal::{canonical, folded};
use super::sequence::{Edges, Needle};
use crate::json::Value;
use crate::limits;

/// The values a call brings in, which its result cannot raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// The words and signs of every argument; `None`: anything may have been among them.
    elements: Option<Vec<Element>>,
}

impl Default for Echo {
    /// The echo of a call that brings nothing in.
    fn default() -> Self {
        Self {
            elements: Some(Vec::new()),
        }
    }
}

impl Echo {
    /// What a call of these arguments brings in.
    #[must_use]
    pub fn of(fingerprints: &Fingerprints, arguments: Option<&Value>) -> Self {
        let mut all = Vec::new();
        if let Some(arguments) = arguments {
            collect(fingerprints, arguments, &mut all);
        }
        let fits = all.len() <= limits::ECHO_ELEMENTS;
        Self {
            elements: fits.then_some(all),
        }
    }

    /// An echo that takes in everything: no result of such a call gives an identifier. For answers
    /// whose call is not known any more.
    #[must_use]
    pub const fn everything() -> Self {
        Self { elements: None }
    }

    /// Whether the call brought a value in.
    pub(super) fn holds(&self, fingerprints: &Fingerprints, value: &str) -> bool {
        let Some(elements) = &self.elements else {
            return true;
        };
        if elements.is_empty() {
            return false;
        }
        let is_there = |value: &str| {
            begins_in(elements, fingerprints, value)
                && Needle::new(fingerprints, value, &[]).is_none_or(|needle| {
                    needle
                        .short()
                        .is_in(elements, fingerprints.signs(), Edges::Open)
                })
        };
        // The answer may write the same address or number in another way.
        is_there(value) || is_there(&canonical(value))
    }

    /// The echo as bytes, to be kept with a call whose answer comes elsewhere;
    /// [`limits::ECHO_BYTES`] at most.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Some(elements) = &self.elements else {
            return Vec::new();
        };
        let mut bytes = vec![1];
        for element in elements {
            let [bits @ .., _, _, _] = element.to_short_bits().to_le_bytes();
            bytes.extend(bits);
        }
        bytes
    }

    /// Reads bytes; what cannot be read is [`Echo::everything`].
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let Some((1, rest)) = bytes.split_first() else {
            return Self::everything();
        };
        let (elements, rest) = rest.as_chunks::<5>();
        if !rest.is_empty() || elements.len() > limits::ECHO_ELEMENTS {
            return Self::everything();
        }
        let elements = elements.iter().map(|[a, b, c, d, e]| {
            Element::from_short_bits(u64::from_le_bytes([*a, *b, *c, *d, *e, 0, 0, 0]))
        });
        Self {
            elements: Some(elements.collect()),
        }
    }
}

/// Whether the first word or sign of a value is among these: if not, the rest need not be looked at.
/// Of a value that is not plain it is not told.
fn begins_in(elements: &[Element], fingerprints: &Fingerprints, value: &str) -> bool {
    if !value.is_ascii() || value.len() > limits::VALUE_ELEMENTS {
        return true;
    }
    let first = first_of_ascii(fingerprints, value).map(Element::short);
    first.is_none_or(|first| elements.iter().any(|element| element.apart() == first))
}

fn collect(fingerprints: &Fingerprints, value: &Value, all: &mut Vec<Element>) {
    if all.len() > limits::ECHO_ELEMENTS {
        return;
    }
    let mut add = |text: &str| {
        let folded = folded(text);
        let entities = entities(text).into_iter().map(|entity| entity.text);
        let normal = std::iter::once(canonical(text)).chain(entities);
        // What is written in normal form already is there once.
        let normal: Vec<_> = normal.filter(|normal| !folded.contains(normal)).collect();
        for text in std::iter::once(text).chain(normal.iter().map(String::as_str)) {
            let elements = elements(fingerprints, text);
            all.extend(elements.into_iter().map(Element::short));
        }
    };
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => add(&number.to_text()),
        Value::String(text) => {
            add(text);
            super::views::views(text).iter().for_each(|view| add(view));
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect(fingerprints, value, all)),
        Value::Object(object) => {
            for (key, member) in object.iter() {
                collect(fingerprints, &Value::from(key), all);
                collect(fingerprints, member, all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn echo(arguments: &str) -> (Fingerprints, Echo) {
        let prints = Fingerprints::new([1; 16]);
        let arguments = json::parse(arguments.as_bytes()).unwrap();
        let echo = Echo::of(&prints, Some(&arguments));
        (prints, echo)
    }

    #[test]
    fn what_a_call_brings_in_is_held() {
        let arguments =
            r#"{"query":"mail of eve@evil.example","n":7,"x":"ZXZlQGV2aWwuZXhhbXBsZQ=="}"#;
        let (prints, echo) = echo(arguments);
        for (value, expected) in [
            ("eve@evil.example", true),
            ("EVE@evil.example", true),
            ("7", true),
            ("bob@corp.com", false),
        ] {
            assert_eq!(echo.holds(&prints, value), expected, "{value}");
        }
        assert_eq!(Echo::decode(&echo.encode()), echo);
        assert!(Echo::everything().holds(&prints, "bob@corp.com"));
    }

    #[test]
    fn what_a_call_brings_in_is_held_however_the_answer_writes_it() {
        for (argument, answered) in [
            ("evil.example/x", "https://evil.example/x/"),
            ("https://evil.example/x", "evil.example/x"),
            ("eve@evil.example", "mailto:eve@evil.example"),
            ("GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19"),
            ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
            (
                "pay GB29 NWBK 6016 1331 9268 19 now",
                "GB29NWBK60161331926819",
            ),
            ("+49301234567", "+49 (30) 1234-567"),
            ("+49 30 1234567", "+49301234567"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            let arguments = json::to_text(&json::Object::new().with("x", argument).into());
            let (prints, echo) = echo(&arguments);
            assert!(echo.holds(&prints, answered), "{argument} {answered}");
        }
    }

    #[test]
    fn an_echo_that_is_too_long_or_unreadable_holds_everything() {
        let long = format!(r#"{{"x":"{}"}}"#, "a ".repeat(limits::ECHO_ELEMENTS));
        assert_eq!(echo(&long).1, Echo::everything());
        for bytes in [&[][..], &[2], &[1, 2]] {
            assert_eq!(Echo::decode(bytes), Echo::everything());
        }
        let longest = Echo {
            elements: Some(vec![Element::from_short_bits(0); limits::ECHO_ELEMENTS]),
        };
        assert!(longest.encode().len() <= limits::ECHO_BYTES);
    }
}
