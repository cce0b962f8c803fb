//! What is taken out of answers: finds of classes we know and of patterns of the policy's own,
//! replaced by `[REDACTED:NAME]`.

mod class;
mod decode;
mod finder;
mod finders;
mod spans;
mod text;
mod walk;

pub use class::Class;
pub(in crate::policy) use decode::{decode_list, list_to_value};
pub(in crate::policy) use finders::Finders;
pub(in crate::policy) use walk::{finds_any, redact};

use crate::pattern::{Pattern, PatternError};
use core::fmt;
use finder::Finder;
use std::sync::Arc;

/// One thing a policy takes out of answers.
#[derive(Clone)]
pub struct Redaction {
    target: Target,
    pattern: Pattern,
    finder: Arc<Finder>,
    /// Where among the bundle's finders this one is. Given out when a bundle is compiled.
    pub(in crate::policy) slot: usize,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Class(&'static Class),
    Pattern { written: String, name: String },
}

impl Redaction {
    fn new(target: Target) -> Result<Self, PatternError> {
        let (written, check) = match &target {
            Target::Class(class) => (class.pattern, class.check),
            Target::Pattern { written, .. } => (written.as_str(), None),
        };
        let pattern = Pattern::compile(written)?;
        let finder = Arc::new(Finder::new(&pattern, check)?);
        Ok(Self {
            target,
            pattern,
            finder,
            slot: 0,
        })
    }

    /// The name in the placeholder, such as `AWS_KEY`.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.target {
            Target::Class(class) => class.placeholder,
            Target::Pattern { name, .. } => name,
        }
    }

    /// The pattern that is searched for.
    #[must_use]
    pub fn pattern(&self) -> &str {
        self.pattern.written()
    }
}

impl PartialEq for Redaction {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
