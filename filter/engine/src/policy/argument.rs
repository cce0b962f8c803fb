//! Which arguments a condition looks at: one by name, all of them, or a path into them.
//!
//! `arg` is a literal top-level key, as in the reference. `arg_path` is our own growth: keys joined
//! by dots, list indices, `*` for every element or member, `**` for every depth, and `"..."` around a
//! key that holds a dot, a star or a quote.

mod path;

pub use path::{ArgPath, ArgPathError};

use super::inside::Inside;
use crate::json::{Object, Value};
use crate::taint::ArgumentFacts;

/// Which values of a call's arguments a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// The top-level argument of that name.
    Key(String),
    /// Every top-level value.
    Any,
    /// What the path reaches.
    Path(ArgPath),
}

impl Argument {
    /// The argument that `arg: <text>` names.
    #[must_use]
    pub fn from_arg(text: &str) -> Self {
        if text == "*" {
            Self::Any
        } else {
            Self::Key(text.to_owned())
        }
    }

    /// The values, in the order they stand in the call, adding to `visited` how many members were
    /// looked through. With `inside`, what a string holds comes after the string.
    pub(in crate::policy) fn values<'a>(
        &self,
        arguments: &'a Object,
        inside: Option<&'a Inside>,
        visited: &mut usize,
    ) -> Vec<&'a Value> {
        let held = |value: &'a Value| {
            let held = inside.and_then(|inside| inside.held(value));
            std::iter::once(value).chain(held)
        };
        *visited += arguments.len();
        match self {
            Self::Key(key) => arguments.get(key).into_iter().flat_map(held).collect(),
            Self::Any => arguments
                .iter()
                .flat_map(|(_, value)| held(value))
                .collect(),
            Self::Path(path) => path.values_counted(arguments, inside, visited),
        }
    }

    /// Whether it reaches a value the taint engine judged, or what that value stands in, or goes
    /// into JSON that value holds.
    pub(in crate::policy) fn covers(&self, value: &ArgumentFacts) -> bool {
        match self {
            Self::Key(key) => value.place.first() == Some(key),
            Self::Any => true,
            Self::Path(path) => path.covers(&value.place, value.holds_json),
        }
    }

    /// The key of the one top-level argument it names, if it names one.
    pub(in crate::policy) fn only_key(&self) -> Option<String> {
        match self {
            Self::Key(key) => Some(key.clone()),
            Self::Any => None,
            Self::Path(path) => path.only_key(),
        }
    }
}
