//! Conditions whose truth does not depend on the call.

use crate::policy::classes;
use crate::policy::condition::Condition;
use crate::policy::number::as_double;
use crate::taint::TrustLevel;

/// A truth that does not depend on the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixed {
    Always,
    Never,
}

/// The truth of a condition for every call, if it can be told; `None` if it depends on the call.
pub(super) fn fixed(condition: &Condition) -> Option<Fixed> {
    let never = match condition {
        Condition::ArgInSet { values, .. } => values.is_empty(),
        Condition::ToolNameIn { values } | Condition::IntentClassIn { values } => values.is_empty(),
        Condition::RegionIn { regions, .. } => regions.is_empty(),
        Condition::ArgOriginIn { origins, .. } => origins.is_empty(),
        Condition::FloorBelow { level } => *level == TrustLevel::Untrusted,
        Condition::ActionClassIn { values } => {
            values.iter().all(|name| classes::verb(name).is_none())
        }
        Condition::ArgGreaterThan { value, .. } | Condition::ArgLessThan { value, .. } => {
            as_double(value).is_none_or(f64::is_nan)
        }
        Condition::TimeOfDayOutside(window) => window.zone.is_unknown() || window.is_whole_day(),
        Condition::AnyOf { conditions } => return any(conditions),
        Condition::NoneOf { conditions } => {
            return any(conditions).map(|truth| match truth {
                Fixed::Always => Fixed::Never,
                Fixed::Never => Fixed::Always,
            });
        }
        _ => false,
    };
    never.then_some(Fixed::Never)
}

fn any(conditions: &[Condition]) -> Option<Fixed> {
    let truths: Vec<_> = conditions.iter().map(fixed).collect();
    if truths.contains(&Some(Fixed::Always)) {
        return Some(Fixed::Always);
    }
    truths
        .iter()
        .all(|truth| *truth == Some(Fixed::Never))
        .then_some(Fixed::Never)
}
