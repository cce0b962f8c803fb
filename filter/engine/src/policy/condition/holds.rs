//! Whether a condition holds for a call. The only place that says so.

use super::{Condition, flow};
use crate::json::{self, Value};
use crate::policy::facts::{Exhausted, Facts};
use crate::policy::number::as_double;
use crate::policy::value::{equal, text_form};

/// Length of the JSON text of no arguments: `{}`.
const EMPTY_LEN: usize = 2;

impl Condition {
    /// Whether the condition holds.
    ///
    /// Every value is looked at, also after one has decided, so that the work charged does not
    /// depend on the order of the call's members.
    ///
    /// # Errors
    /// If judging the call needs more work than allowed.
    pub(in crate::policy) fn holds(&self, facts: &mut Facts<'_>) -> Result<bool, Exhausted> {
        match self {
            Self::ArgEquals { arg, value } => {
                facts.any_value(arg, 0, |found, _| Ok(equal(found, value)))
            }
            Self::ArgInSet { arg, values } => facts.any_value(arg, values.len(), |found, _| {
                Ok(values.iter().any(|value| equal(found, value)))
            }),
            Self::ArgGreaterThan { arg, value } => {
                let limit = as_double(value);
                facts.any_value(arg, 0, |found, facts| {
                    let found = double(found, facts)?;
                    Ok(found.zip(limit).is_some_and(|(found, limit)| found > limit))
                })
            }
            Self::ArgLessThan { arg, value } => {
                let limit = as_double(value);
                facts.any_value(arg, 0, |found, facts| {
                    let found = double(found, facts)?;
                    Ok(found.zip(limit).is_some_and(|(found, limit)| found < limit))
                })
            }
            Self::ArgMatchesRegex { arg, pattern }
            | Self::ArgContainsPattern { arg, pattern }
            | Self::ArgPathMatchesRegex { arg, pattern } => facts.argument_matches(arg, pattern),
            Self::ArgSizeGreaterThan { arg, bytes } => facts.any_value(arg, 0, |found, facts| {
                let size = json::ascii_escaped_len(found);
                facts.charge(size)?;
                Ok(to_integer(size) > *bytes)
            }),
            Self::RegionIn { arg, regions } => {
                facts.any_value(arg, regions.len(), |found, facts| {
                    let text = text_form(found);
                    if matches!(found, Value::Array(_) | Value::Object(_)) {
                        facts.charge(text.len())?;
                    }
                    Ok(regions
                        .iter()
                        .any(|region| text.starts_with(region.as_str())))
                })
            }
            Self::ToolNameIn { values } => Ok(facts
                .tool_names()
                .any(|name| values.iter().any(|value| value == name))),
            Self::ActionClassIn { values } => Ok(facts
                .tool_verbs()
                .any(|verb| values.iter().any(|value| value == verb))),
            Self::IntentClassIn { values } => {
                let Some(intent) = facts.intent() else {
                    return Ok(false);
                };
                facts.charge(intent.declared())?;
                Ok(intent
                    .verbs()
                    .any(|verb| values.iter().any(|value| value == verb)))
            }
            Self::IntentPurposeMatches { pattern } => facts.purpose_matches(pattern),
            Self::TimeOfDayOutside(window) => Ok(window.is_outside(facts.now())),
            Self::MetaFieldEquals { key, value } => Ok(facts
                .meta_field(key)?
                .is_some_and(|found| equal(found, value))),
            Self::AffectedResourceCount {
                path,
                operator,
                threshold,
            } => {
                let reached = facts.path_values(path)?;
                let count = match reached.as_slice() {
                    several if path.is_plural() => several.len(),
                    [] | [Value::Null] => 0,
                    [Value::Array(elements), ..] => elements.len(),
                    _ => 1,
                };
                Ok(operator.holds(to_integer(count), *threshold))
            }
            Self::DataVolume {
                operator,
                threshold,
            } => {
                let size = facts.arguments_len()?.unwrap_or(EMPTY_LEN);
                Ok(operator.holds(to_integer(size), *threshold))
            }
            Self::StsChainDepthGreaterThan { threshold } => {
                let chain = facts
                    .meta_field("aws_session_chain")?
                    .and_then(Value::as_array);
                Ok(chain.is_some_and(|chain| to_integer(chain.len()) > *threshold))
            }
            Self::AnyTextMatchesRegex { places, pattern } => facts.texts_match(*places, pattern),
            Self::ArgTainted { arg, below } => flow::is_below(arg, *below, facts),
            Self::ArgOriginIn { arg, origins } => flow::is_from(arg, origins, facts),
            Self::FlowFrom {
                upstream,
                tool,
                arg,
            } => flow::flows_from(upstream.as_ref(), tool, arg.as_ref(), facts),
            Self::FloorBelow { level } => Ok(flow::floor_is_below(*level, facts.call().trust)),
            Self::AnyOf { conditions } => any(conditions, facts),
            Self::NoneOf { conditions } => any(conditions, facts).map(|one| !one),
        }
    }
}

fn any(conditions: &[Condition], facts: &mut Facts<'_>) -> Result<bool, Exhausted> {
    for condition in conditions {
        if condition.holds(facts)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The value as a double; the text of a string is charged.
fn double(value: &Value, facts: &mut Facts<'_>) -> Result<Option<f64>, Exhausted> {
    if let Value::String(text) = value {
        facts.charge(text.len())?;
    }
    Ok(as_double(value))
}

/// No count of this machine is beyond 128 bits.
fn to_integer(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}
