//! What the caller says it wants to do: the intent block in `_meta`
//! (`condition-engine.md` section 5).

use crate::json::{Object, Value};
use crate::limits;

/// A well-formed intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Intent<'a> {
    verbs: &'a [Value],
    /// What the call is for, in the caller's words.
    pub purpose: Option<&'a str>,
}

/// The intent block is not what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MalformedIntent;

impl<'a> Intent<'a> {
    /// Reads the intent under `key`; `Ok(None)` if there is none.
    ///
    /// # Errors
    /// If the block is not an object, has no list of scalar `verbs`, or has a `purpose` that is
    /// not a string of at most [`limits::INTENT_PURPOSE_CHARS`] characters.
    pub(super) fn read(
        meta: Option<&'a Object>,
        key: &str,
    ) -> Result<Option<Self>, MalformedIntent> {
        let Some(block) = meta.and_then(|meta| meta.get(key)) else {
            return Ok(None);
        };
        let verbs = block
            .get("verbs")
            .and_then(Value::as_array)
            .ok_or(MalformedIntent)?;
        if verbs
            .iter()
            .any(|verb| matches!(verb, Value::Array(_) | Value::Object(_)))
        {
            return Err(MalformedIntent);
        }
        let purpose = match block.get("purpose") {
            None => None,
            Some(Value::String(text)) if is_short(text) => Some(text.as_str()),
            Some(_) => return Err(MalformedIntent),
        };
        Ok(Some(Self { verbs, purpose }))
    }

    /// The declared verbs, those that are strings.
    pub(super) fn verbs(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.verbs.iter().filter_map(Value::as_str)
    }

    /// How many elements `verbs` has.
    #[must_use]
    pub(super) const fn declared(&self) -> usize {
        self.verbs.len()
    }
}

fn is_short(text: &str) -> bool {
    text.chars().nth(limits::INTENT_PURPOSE_CHARS).is_none()
}
