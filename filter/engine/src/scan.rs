//! What is suspicious in the definition of a tool, and in any text: orders to a model, and what is
//! sensitive by its shape. Heuristics: they find what is known, and prove nothing about what they do
//! not find. What follows from a flag is [`crate::policy`]'s and [`crate::taint`]'s business.
//!
//! The reference's scanner is the floor (`trust-engine.md`, rows scanners.tool_descriptions, .unicode
//! and .tool_shadow): whatever it flags is flagged here.

mod hidden;
mod instructions;
mod letters;
mod names;
mod sensitivity;
mod wording;

pub use hidden::{first_hidden, visible};
pub use instructions::looks_like_instructions;
pub use names::{Likeness, Name};
pub use sensitivity::{Sensitive, sensitive, sensitive_values};

use crate::json::Value;
use crate::limits;
use crate::mcp::Definition;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// Characters nobody sees: zero width, direction marks, tags, variation selectors, controls.
    HiddenUnicode,
    /// A name with characters the protocol does not want in one.
    UnusualName,
    /// A name that looks like another tool's.
    ConfusableName,
    /// A name that another upstream's tool has, or nearly has.
    ShadowedName,
    /// A known tool's schemas under a new name, while the known name is gone.
    Renamed,
    /// Words that take over what a model was told.
    Instructions,
    /// Words that give a model another role.
    Role,
    /// Words that keep something from the user.
    Concealment,
    /// Files that hold credentials.
    Credentials,
    /// Text that a rendered page does not show: comments and templates.
    HiddenText,
    /// Shell commands.
    Command,
    /// Words that send something to an address.
    Exfiltration,
    /// Words that give rights or take protection away.
    Privilege,
}

impl FlagKind {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HiddenUnicode => "hidden_unicode",
            Self::UnusualName => "unusual_name",
            Self::ConfusableName => "confusable_name",
            Self::ShadowedName => "shadowed_name",
            Self::Renamed => "renamed",
            Self::Instructions => "instructions",
            Self::Role => "role",
            Self::Concealment => "concealment",
            Self::Credentials => "credentials",
            Self::HiddenText => "hidden_text",
            Self::Command => "command",
            Self::Exfiltration => "exfiltration",
            Self::Privilege => "privilege",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flag {
    /// What.
    pub kind: FlagKind,
    /// Whether it is enough to keep a tool nobody has approved from the client. The others are
    /// common in honest definitions.
    pub is_grave: bool,
    /// Where: the members that lead there, with dots between them, in visible characters.
    pub place: String,
}

impl Flag {
    /// A flag at a place.
    #[must_use]
    pub fn new(kind: FlagKind, is_grave: bool, place: &str) -> Self {
        let place = visible(place);
        Self {
            kind,
            is_grave,
            place: place.chars().take(limits::FLAG_PLACE_CHARS).collect(),
        }
    }

    /// The flag as records and the command line show it: `kind=place`.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}={}", self.kind.as_str(), self.place)
    }
}

/// The flags of everything a definition says, in the order of its members;
/// [`limits::DEFINITION_FLAGS`] at most.
#[must_use]
pub fn definition(definition: &Definition) -> Vec<Flag> {
    let mut flags = Vec::new();
    if !names::is_usual(definition.name()) {
        flags.push(Flag::new(FlagKind::UnusualName, false, "name"));
    }
    for (key, value) in definition.members().iter() {
        text(key, key, &mut flags);
        walk(value, key, &mut flags);
    }
    flags
}

/// Looks at every text in a value, keys too: a model reads both.
fn walk(value: &Value, place: &str, flags: &mut Vec<Flag>) {
    if flags.len() >= limits::DEFINITION_FLAGS {
        return;
    }
    match value {
        Value::String(string) => text(string, place, flags),
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                walk(element, &format!("{place}.{at}"), flags);
            }
        }
        Value::Object(object) => {
            for (key, member) in object.iter() {
                let place = format!("{place}.{key}");
                text(key, &place, flags);
                walk(member, &place, flags);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The flags of one text.
fn text(string: &str, place: &str, flags: &mut Vec<Flag>) {
    let mut add = |kind, is_grave| {
        let flag = Flag::new(kind, is_grave, place);
        if flags.len() < limits::DEFINITION_FLAGS && !flags.contains(&flag) {
            flags.push(flag);
        }
    };
    if first_hidden(string).is_some() {
        add(FlagKind::HiddenUnicode, true);
    }
    for (kind, is_grave) in wording::find(string) {
        add(kind, is_grave);
    }
}

#[cfg(test)]
mod tests;
