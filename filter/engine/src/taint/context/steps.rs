//! How age and anomalies lower a level: explicit steps of the operator, none unless written (defect
//! B20 of `trust-engine.md` section 11).
//!
//! Not a decay: nothing is lost between two steps, and no step ever raises a level.

use super::FloorsError;
use crate::limits;
use crate::taint::TrustLevel;
use crate::time::UnixMillis;

/// What has to have happened for a step to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepWhen {
    /// The content is at least that many milliseconds old.
    AfterMillis(u64),
    /// The conversation had at least that many anomalies.
    Anomalies(u32),
}

/// One step: when it holds, content counts for at most a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When it holds.
    pub when: StepWhen,
    /// What content counts for at most from then on.
    pub at_most: TrustLevel,
}

/// The steps of an operator, in any order: all that hold are applied, so the lowest decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps(Vec<Step>);

impl Steps {
    /// These steps.
    #[must_use]
    pub const fn new(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// The steps as they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[Step] {
        &self.0
    }

    /// Whether any of them counts anomalies.
    #[must_use]
    pub fn count_anomalies(&self) -> bool {
        let counts = |step: &Step| matches!(step.when, StepWhen::Anomalies(_));
        self.0.iter().any(counts)
    }

    /// What content labelled `level` at the instant `at` counts for `now`, after so many anomalies.
    /// Never more than `level`. Content from the future by more than [`limits::CLOCK_SKEW_MS`]
    /// counts as infinitely old: somebody's clock, or somebody's label, is wrong.
    #[must_use]
    pub fn apply(
        &self,
        level: TrustLevel,
        at: UnixMillis,
        now: UnixMillis,
        anomalies: u32,
    ) -> TrustLevel {
        let age = age(at, now);
        let holds = |step: &&Step| match step.when {
            StepWhen::AfterMillis(millis) => age >= millis,
            StepWhen::Anomalies(count) => anomalies >= count,
        };
        let lowest = self.0.iter().filter(holds).map(|step| step.at_most).min();
        lowest.map_or(level, |lowest| lowest.min(level))
    }
}

/// Milliseconds from `at` to `now`.
fn age(at: UnixMillis, now: UnixMillis) -> u64 {
    let age = now.0.saturating_sub(at.0);
    match u64::try_from(age) {
        Ok(age) => age,
        Err(_) if age >= -limits::CLOCK_SKEW_MS => 0,
        Err(_) => u64::MAX,
    }
}

/// Whether the steps stay within their bounds.
pub(super) fn check(steps: &Steps) -> Result<(), FloorsError> {
    let asks_too_much = |step: &Step| match step.when {
        StepWhen::Anomalies(count) => {
            usize::try_from(count).is_ok_and(|count| count > limits::FOLD_ANOMALIES)
        }
        StepWhen::AfterMillis(_) => false,
    };
    if steps.0.len() > limits::TRUST_STEPS || steps.0.iter().any(asks_too_much) {
        return Err(FloorsError::Steps);
    }
    Ok(())
}
