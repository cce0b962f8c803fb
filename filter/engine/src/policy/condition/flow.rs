//! Conditions about where the values of a call came from: they read what the taint engine judged.
//!
//! Where nobody looked, they fail closed: every value is unknown, and the floor below everything.

use crate::glob::Glob;
use crate::policy::argument::Argument;
use crate::policy::facts::{Exhausted, Facts};
use crate::taint::{ArgumentFacts, Judged, Level, SourceOrigin, TrustLevel};

/// What is looked at of the values an argument condition reaches.
pub(super) fn any_value(
    arg: &Argument,
    facts: &mut Facts<'_>,
    unknown: bool,
    test: impl Fn(&ArgumentFacts) -> bool,
) -> Result<bool, Exhausted> {
    let Some(judged) = facts.call().trust else {
        let reached = facts.values(arg)?;
        return Ok(unknown && !reached.is_empty());
    };
    facts.charge(judged.arguments.len())?;
    let mut reached = judged.arguments.iter().filter(|value| arg.covers(value));
    Ok(reached.any(test))
}

/// Whether some value of an argument is trusted less than that.
pub(super) fn is_below(
    arg: &Argument,
    below: Level,
    facts: &mut Facts<'_>,
) -> Result<bool, Exhausted> {
    any_value(arg, facts, true, |value| value.level < below)
}

/// Whether some value of an argument came from one of these.
pub(super) fn is_from(
    arg: &Argument,
    origins: &[SourceOrigin],
    facts: &mut Facts<'_>,
) -> Result<bool, Exhausted> {
    let unknown = origins.contains(&SourceOrigin::Unknown);
    any_value(arg, facts, unknown, |value| origins.contains(&value.origin))
}

/// Whether some value was seen in a result of that tool.
pub(super) fn flows_from(
    upstream: Option<&Glob>,
    tool: &Glob,
    arg: Option<&Argument>,
    facts: &mut Facts<'_>,
) -> Result<bool, Exhausted> {
    let was_seen = |value: &ArgumentFacts| {
        value.sources.iter().any(|source| {
            let upstream = upstream.is_none_or(|upstream| upstream.matches(&source.upstream));
            upstream && tool.matches(&source.tool)
        })
    };
    any_value(arg.unwrap_or(&Argument::Any), facts, false, was_seen)
}

/// Whether the floor under a call is lower than that.
pub(super) fn floor_is_below(level: TrustLevel, judged: Option<&Judged>) -> bool {
    judged.is_none_or(|judged| judged.floor < level)
}

#[cfg(test)]
mod tests;
