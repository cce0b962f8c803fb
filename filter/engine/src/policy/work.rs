//! What judging one call may still cost, over all its readings and the calls inside it.

use super::budget::{Budget, Exhausted};
use crate::limits;

/// What is left for one call.
#[derive(Debug)]
pub(in crate::policy) struct Work {
    /// For calls as they were sent.
    pub(in crate::policy) as_sent: Budget,
    /// For their other readings.
    pub(in crate::policy) inside: Budget,
    /// Bytes of strings that are read.
    inside_bytes: usize,
    /// Values in what they hold.
    inside_values: usize,
    /// Calls inside the call.
    calls: usize,
}

impl Work {
    /// All that one call may cost.
    pub(in crate::policy) const fn new() -> Self {
        Self {
            as_sent: Budget::new(limits::JUDGED_BYTES, limits::PATTERN_WORK),
            inside: Budget::new(limits::INSIDE_JUDGED_BYTES, 2 * limits::PATTERN_WORK),
            inside_bytes: limits::INSIDE_BYTES,
            inside_values: limits::INSIDE_VALUES,
            calls: limits::META_TOOL_CALLS,
        }
    }

    /// Takes a string that is read.
    pub(in crate::policy) fn read_text(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.inside_bytes = self.inside_bytes.checked_sub(bytes).ok_or(Exhausted)?;
        Ok(())
    }

    /// Takes values that are looked through for strings.
    pub(in crate::policy) fn look_through(&mut self, values: usize) -> Result<(), Exhausted> {
        self.inside_values = self.inside_values.checked_sub(values).ok_or(Exhausted)?;
        Ok(())
    }

    /// Takes a call inside the call.
    pub(in crate::policy) fn unwrap_call(&mut self) -> Result<(), Exhausted> {
        self.calls = self.calls.checked_sub(1).ok_or(Exhausted)?;
        Ok(())
    }
}
