//! Every text of a call, one by one: the keys and the leaves, at whatever depth they stand.
//!
//! Conditions on an argument see one value in its text form. Secrets also travel in keys, in
//! `_meta` and deep inside lists; this is the way to all of them.

use super::call::Call;
use super::inside::Inside;
use crate::json::{Object, Value};
use std::ops::ControlFlow;

/// Which texts of a call a pattern is searched in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Places {
    bits: u8,
}

/// The words for the places and their bits, in normal order.
const WORDS: [(&str, Places); 4] = [
    ("arguments", Places { bits: 1 }),
    ("keys", Places { bits: 2 }),
    ("meta", Places { bits: 4 }),
    ("tool", Places { bits: 8 }),
];

impl Places {
    /// The words a policy may use.
    pub const NAMES: [&'static str; 4] = ["arguments", "keys", "meta", "tool"];

    /// Every place a message is written in, one by one.
    pub(super) const WRITTEN: [Self; 3] = [Self { bits: 1 }, Self { bits: 2 }, Self { bits: 4 }];

    /// No place.
    pub(super) const NONE: Self = Self { bits: 0 };

    /// The place of that name: `arguments` are the strings and numbers in the arguments, `keys`
    /// the keys in the arguments, `meta` the keys, strings and numbers in `_meta`, `tool` the
    /// tool's names.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        WORDS
            .into_iter()
            .find(|(word, _)| *word == name)
            .map(|(_, places)| places)
    }

    /// The places of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
        }
    }

    /// Whether all of the other's places are in this.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.bits & other.bits == other.bits
    }

    /// The words, in normal order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        WORDS
            .into_iter()
            .filter(move |(_, place)| self.has(*place))
            .map(|(word, _)| word)
    }

    /// Hands every text of the places to `look`, until it breaks. `tools` are the tool's names;
    /// with `inside`, texts in what strings of the arguments hold come after those strings.
    pub(super) fn each_text<'a, B>(
        self,
        call: &Call<'a>,
        tools: impl Iterator<Item = &'a str>,
        inside: Option<&'a Inside>,
        look: &mut impl FnMut(&str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let [(_, arguments), (_, keys), (_, meta), (_, tool)] = WORDS;
        if self.has(tool) {
            for name in tools {
                look(name)?;
            }
        }
        let object = |value: Option<&'a Value>| value.and_then(Value::as_object);
        if let Some(object) =
            object(call.arguments).filter(|_| self.has(keys) || self.has(arguments))
        {
            let walk = Walk {
                keys: self.has(keys),
                leaves: self.has(arguments),
                inside,
            };
            walk.object(object, look)?;
        }
        // That of an answer may be anything.
        if let Some(value) = call.meta.filter(|_| self.has(meta)) {
            Walk {
                keys: true,
                leaves: true,
                inside: None,
            }
            .value(value, look)?;
        }
        ControlFlow::Continue(())
    }
}

impl Default for Places {
    /// Everything the caller writes except the tool's name.
    fn default() -> Self {
        let [(_, arguments), (_, keys), (_, meta), _] = WORDS;
        arguments.and(keys).and(meta)
    }
}

/// A walk over a value. Its depth is that of the parser, [`crate::limits::JSON_DEPTH`], in each of
/// the [`crate::limits::INSIDE_LEVELS`] strings in strings.
#[derive(Clone, Copy)]
struct Walk<'a> {
    keys: bool,
    leaves: bool,
    inside: Option<&'a Inside>,
}

impl Walk<'_> {
    fn object<B>(
        self,
        object: &Object,
        look: &mut impl FnMut(&str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for (key, value) in object.iter() {
            if self.keys {
                look(key)?;
            }
            self.value(value, look)?;
        }
        ControlFlow::Continue(())
    }

    fn value<B>(
        self,
        value: &Value,
        look: &mut impl FnMut(&str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match value {
            Value::Object(object) => self.object(object, look),
            Value::Array(elements) => elements
                .iter()
                .try_for_each(|element| self.value(element, look)),
            Value::String(text) => self.string(text, look),
            _ if !self.leaves => ControlFlow::Continue(()),
            Value::Number(number) => look(&number.to_text()),
            Value::Null | Value::Bool(_) => ControlFlow::Continue(()),
        }
    }

    fn string<B>(
        self,
        text: &str,
        look: &mut impl FnMut(&str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if self.leaves {
            look(text)?;
        }
        match self.inside.and_then(|inside| inside.held_by(text)) {
            Some(held) => self.value(held, look),
            None => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::policy::call::Sender;
    use crate::time::UnixMillis;

    fn texts(places: &[&str]) -> Vec<String> {
        let arguments =
            json::parse(br#"{"k":"v","list":[1,{"deep":4.0}],"t":true,"n":null}"#).unwrap();
        let meta = json::parse(br#"{"m":{"mm":"x"}}"#).unwrap();
        let call = Call {
            upstream: "u",
            method: "tools/call",
            tool: "tool",
            arguments: Some(&arguments),
            meta: Some(&meta),
            now: UnixMillis(0),
            audit_id: "",
            caller: None,
            sender: Sender::Client,
            trust: None,
        };
        let places = places.iter().fold(Places::NONE, |all, name| {
            all.and(Places::named(name).unwrap())
        });
        let mut found = Vec::new();
        let _: ControlFlow<()> =
            places.each_text(&call, std::iter::once(call.tool), None, &mut |text| {
                found.push(text.to_owned());
                ControlFlow::Continue(())
            });
        found
    }

    #[test]
    fn every_key_and_leaf_is_reached() {
        assert_eq!(texts(&["arguments"]), ["v", "1", "4.0"]);
        assert_eq!(texts(&["keys"]), ["k", "list", "deep", "t", "n"]);
        assert_eq!(
            texts(&["keys", "arguments"]),
            ["k", "v", "list", "1", "deep", "4.0", "t", "n"]
        );
        assert_eq!(texts(&["meta"]), ["m", "mm", "x"]);
        assert_eq!(texts(&["tool"]), ["tool"]);
        assert!(texts(&[]).is_empty());
    }

    #[test]
    fn the_words_are_those_of_the_table() {
        assert_eq!(Places::NAMES.as_slice(), WORDS.map(|(word, _)| word));
        assert_eq!(
            Places::default().names().collect::<Vec<_>>(),
            ["arguments", "keys", "meta"]
        );
        assert_eq!(Places::named("values"), None);
    }
}
