//! The members of a token's payload, taken one by one; what is left over is refused.

use super::LabelError;
use crate::digest::Digest;
use crate::json::{Object, Value};
use crate::limits;
use crate::taint::level::TrustLevel;
use crate::time::UnixMillis;
use std::collections::BTreeSet;

/// What has not been taken yet.
pub(in crate::taint) struct Members {
    left: Object,
}

impl Members {
    pub(in crate::taint) const fn new(payload: Object) -> Self {
        Self { left: payload }
    }

    /// A member that must be there.
    pub(in crate::taint) fn value(&mut self, name: &'static str) -> Result<Value, LabelError> {
        self.left.remove(name).ok_or(LabelError::Missing(name))
    }

    /// A text of at most `limit` bytes.
    pub(in crate::taint) fn text(
        &mut self,
        name: &'static str,
        limit: usize,
    ) -> Result<String, LabelError> {
        text(self.value(name)?, name, limit)
    }

    /// A text as long as names are.
    pub(in crate::taint) fn name(&mut self, name: &'static str) -> Result<String, LabelError> {
        self.text(name, limits::TOKEN_NAME_BYTES)
    }

    /// A text that may be left out.
    pub(in crate::taint) fn optional_text(
        &mut self,
        name: &'static str,
        limit: usize,
    ) -> Result<Option<String>, LabelError> {
        let value = self.left.remove(name);
        value.map(|value| text(value, name, limit)).transpose()
    }

    /// One of a closed set of words.
    pub(in crate::taint) fn word<T>(
        &mut self,
        name: &'static str,
        known: impl Fn(&str) -> Option<T>,
    ) -> Result<T, LabelError> {
        known(&self.name(name)?).ok_or(LabelError::BadMember(name))
    }

    /// A whole number.
    pub(in crate::taint) fn integer(&mut self, name: &'static str) -> Result<i64, LabelError> {
        integer(&self.value(name)?, name)
    }

    /// Whole seconds since 1970, as an instant.
    pub(in crate::taint) fn seconds(
        &mut self,
        name: &'static str,
    ) -> Result<UnixMillis, LabelError> {
        let millis = self.integer(name)?.checked_mul(1_000);
        millis.map(UnixMillis).ok_or(LabelError::BadMember(name))
    }

    /// Milliseconds since 1970 that may be left out.
    pub(in crate::taint) fn optional_instant(
        &mut self,
        name: &'static str,
    ) -> Result<Option<UnixMillis>, LabelError> {
        let value = self.left.remove(name);
        let millis = value.map(|value| integer(&value, name)).transpose()?;
        Ok(millis.map(UnixMillis))
    }

    /// A text as long as names are, or null.
    pub(in crate::taint) fn name_or_null(
        &mut self,
        name: &'static str,
    ) -> Result<Option<String>, LabelError> {
        match self.value(name)? {
            Value::Null => Ok(None),
            value => text(value, name, limits::TOKEN_NAME_BYTES).map(Some),
        }
    }

    /// One of the numbers of levels.
    pub(in crate::taint) fn level(&mut self, name: &'static str) -> Result<TrustLevel, LabelError> {
        TrustLevel::from_number(self.integer(name)?).ok_or(LabelError::BadMember(name))
    }

    /// 64 lower-case hexadecimal digits.
    pub(in crate::taint) fn digest(&mut self, name: &'static str) -> Result<Digest, LabelError> {
        let text = self.name(name)?;
        let digest = Digest::from_hex(&text).filter(|digest| digest.to_hex() == text);
        digest.ok_or(LabelError::BadMember(name))
    }

    /// Null, or a list of names in rising order.
    pub(in crate::taint) fn readers(
        &mut self,
        name: &'static str,
    ) -> Result<Option<BTreeSet<String>>, LabelError> {
        let bad = LabelError::BadMember(name);
        let list = match self.value(name)? {
            Value::Null => return Ok(None),
            Value::Array(list) if list.len() <= limits::LABEL_READERS => list,
            _ => return Err(bad),
        };
        let mut readers = BTreeSet::new();
        for reader in list {
            let reader = text(reader, name, limits::TOKEN_NAME_BYTES)?;
            // One spelling for one set.
            if readers.last().is_some_and(|last| *last >= reader) {
                return Err(bad);
            }
            readers.insert(reader);
        }
        Ok(Some(readers))
    }

    /// A list of names, at most `limit`.
    pub(in crate::taint) fn names(
        &mut self,
        name: &'static str,
        limit: usize,
    ) -> Result<Vec<String>, LabelError> {
        match self.value(name)? {
            Value::Array(list) if list.len() <= limit => list
                .into_iter()
                .map(|value| text(value, name, limits::TOKEN_NAME_BYTES))
                .collect(),
            _ => Err(LabelError::BadMember(name)),
        }
    }

    /// Refuses what nobody took.
    pub(in crate::taint) fn finish(self) -> Result<(), LabelError> {
        if self.left.is_empty() {
            return Ok(());
        }
        Err(LabelError::UnknownMember)
    }
}

fn text(value: Value, name: &'static str, limit: usize) -> Result<String, LabelError> {
    match value {
        Value::String(text) if text.len() <= limit => Ok(text),
        _ => Err(LabelError::BadMember(name)),
    }
}

fn integer(value: &Value, name: &'static str) -> Result<i64, LabelError> {
    match value {
        Value::Number(number) => number.as_i64().ok_or(LabelError::BadMember(name)),
        _ => Err(LabelError::BadMember(name)),
    }
}
