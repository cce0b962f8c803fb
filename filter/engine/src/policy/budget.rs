//! What judging one message may still cost. Counts only, never time: the same message costs the
//! same everywhere.

/// Judging needs more work than [`crate::limits`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Exhausted;

/// What looking at one value costs, in bytes of text.
pub(in crate::policy) const VALUE_COST: usize = 16;

/// What may still be spent on one message.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Budget {
    /// Bytes of text that may still be looked at.
    left: usize,
    /// What searching with single patterns may still cost, as [`crate::limits::PATTERN_WORK`]
    /// counts.
    pub(in crate::policy) work: u64,
}

impl Budget {
    pub(in crate::policy) const fn new(left: usize, work: u64) -> Self {
        Self { left, work }
    }

    /// Bytes of text that may still be looked at.
    #[cfg(test)]
    pub(in crate::policy) const fn left(&self) -> usize {
        self.left
    }

    /// Takes bytes of text off what is left.
    pub(in crate::policy) fn charge(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(bytes).ok_or(Exhausted)?;
        Ok(())
    }

    /// Takes a text, and the look at it, off what is left.
    pub(in crate::policy) fn charge_text(&mut self, text: &str) -> Result<(), Exhausted> {
        self.charge(text.len().saturating_add(VALUE_COST))
    }

    /// Takes the search of `bytes` bytes with a pattern of so many `places`, in 64ths, off what
    /// is left.
    pub(in crate::policy) fn charge_search(
        &mut self,
        bytes: usize,
        places: u64,
    ) -> Result<(), Exhausted> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let cost = bytes.saturating_mul(places) / 64;
        self.work = self.work.checked_sub(cost).ok_or(Exhausted)?;
        Ok(())
    }
}
