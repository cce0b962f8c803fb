//! The closed set of predicates a policy's `when` is made of (`condition-engine.md` sections 3
//! and 6). Each reads a call and nothing else.

mod decode;
mod encode;
mod flow;
mod holds;

pub(in crate::policy) use decode::decode_list;
pub(in crate::policy) use encode::list_to_value;

use super::argument::{ArgPath, Argument};
use super::search::Search;
use super::texts::Places;
use super::window::Window;
use crate::glob::Glob;
use crate::json::Value;
use crate::taint::{Level, SourceOrigin, TrustLevel};

/// How a count is compared with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Strictly greater.
    GreaterThan,
    /// Strictly less.
    LessThan,
}

impl Operator {
    /// The word in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GreaterThan => "greater_than",
            Self::LessThan => "less_than",
        }
    }

    /// Whether `count` compares so with `threshold`.
    #[must_use]
    pub const fn holds(self, count: i128, threshold: i128) -> bool {
        match self {
            Self::GreaterThan => count > threshold,
            Self::LessThan => count < threshold,
        }
    }
}

/// One predicate over a call. A missing argument makes every argument condition false.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// An argument equals the value; numbers and booleans share one domain.
    ArgEquals {
        /// Which argument.
        arg: Argument,
        /// The value.
        value: Value,
    },
    /// An argument, read as a double, is strictly greater than the value.
    ArgGreaterThan {
        /// Which argument.
        arg: Argument,
        /// The value.
        value: Value,
    },
    /// An argument, read as a double, is strictly less than the value.
    ArgLessThan {
        /// Which argument.
        arg: Argument,
        /// The value.
        value: Value,
    },
    /// The pattern is found in an argument's text form.
    ArgMatchesRegex {
        /// Which argument.
        arg: Argument,
        /// The pattern.
        pattern: Search,
    },
    /// The same as [`Condition::ArgMatchesRegex`].
    ArgContainsPattern {
        /// Which argument.
        arg: Argument,
        /// The pattern.
        pattern: Search,
    },
    /// The same with a path; the name the reference gives it from 0.5.0 on.
    ArgPathMatchesRegex {
        /// Which argument; always a path.
        arg: Argument,
        /// The pattern.
        pattern: Search,
    },
    /// An argument equals one of the values.
    ArgInSet {
        /// Which argument.
        arg: Argument,
        /// The values.
        values: Vec<Value>,
    },
    /// An argument's ASCII-escaped JSON text is longer than so many characters.
    ArgSizeGreaterThan {
        /// Which argument.
        arg: Argument,
        /// The limit.
        bytes: i128,
    },
    /// The tool's name, or the operation behind `call_aws`, is one of the values.
    ToolNameIn {
        /// The names.
        values: Vec<String>,
    },
    /// The tool stands for one of the verbs.
    ActionClassIn {
        /// The verbs.
        values: Vec<String>,
    },
    /// The declared intent has one of the verbs.
    IntentClassIn {
        /// The verbs.
        values: Vec<String>,
    },
    /// The pattern is found in the declared purpose.
    IntentPurposeMatches {
        /// The pattern.
        pattern: Search,
    },
    /// An argument's text form starts with one of the regions.
    RegionIn {
        /// Which argument.
        arg: Argument,
        /// The regions.
        regions: Vec<String>,
    },
    /// The time of day is outside the window.
    TimeOfDayOutside(Window),
    /// A member of `_meta`, by a dotted path through maps, equals the value.
    MetaFieldEquals {
        /// The path.
        key: String,
        /// The value.
        value: Value,
    },
    /// How many resources a path into the arguments names: list length, 1 for anything else, 0 if
    /// missing or null; with `*` in the path, how many values it reaches.
    AffectedResourceCount {
        /// The path.
        path: ArgPath,
        /// How to compare.
        operator: Operator,
        /// With what.
        threshold: i128,
    },
    /// The ASCII-escaped JSON text of all arguments has more (or fewer) characters.
    DataVolume {
        /// How to compare.
        operator: Operator,
        /// With what.
        threshold: i128,
    },
    /// `_meta.aws_session_chain` is a list longer than that.
    StsChainDepthGreaterThan {
        /// The limit.
        threshold: i128,
    },
    /// The pattern is found in one of the call's texts: keys and leaves at every depth, also of
    /// `_meta`. Our own growth.
    AnyTextMatchesRegex {
        /// Which texts.
        places: Places,
        /// The pattern.
        pattern: Search,
    },
    /// Some value of an argument is trusted less than a level. Our own growth, like the next three.
    ArgTainted {
        /// Which argument.
        arg: Argument,
        /// The level.
        below: Level,
    },
    /// Some value of an argument came from one of these.
    ArgOriginIn {
        /// Which argument.
        arg: Argument,
        /// From where.
        origins: Vec<SourceOrigin>,
    },
    /// Some value was seen in a result of a tool.
    FlowFrom {
        /// The upstreams of that tool; `None` is any.
        upstream: Option<Glob>,
        /// The tool.
        tool: Glob,
        /// Which argument; `None` is any.
        arg: Option<Argument>,
    },
    /// Something less trusted than a level could have influenced the call.
    FloorBelow {
        /// The level.
        level: TrustLevel,
    },
    /// One of the conditions holds; with none, false.
    AnyOf {
        /// The conditions.
        conditions: Vec<Condition>,
    },
    /// None of the conditions holds; with none, true.
    NoneOf {
        /// The conditions.
        conditions: Vec<Condition>,
    },
}

impl Condition {
    /// The name in policies.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ArgEquals { .. } => "arg_equals",
            Self::ArgGreaterThan { .. } => "arg_greater_than",
            Self::ArgLessThan { .. } => "arg_less_than",
            Self::ArgMatchesRegex { .. } => "arg_matches_regex",
            Self::ArgContainsPattern { .. } => "arg_contains_pattern",
            Self::ArgPathMatchesRegex { .. } => "arg_path_matches_regex",
            Self::ArgInSet { .. } => "arg_in_set",
            Self::ArgSizeGreaterThan { .. } => "arg_size_greater_than",
            Self::ToolNameIn { .. } => "tool_name_in",
            Self::ActionClassIn { .. } => "action_class_in",
            Self::IntentClassIn { .. } => "intent_class_in",
            Self::IntentPurposeMatches { .. } => "intent_purpose_matches",
            Self::RegionIn { .. } => "region_in",
            Self::TimeOfDayOutside(_) => "time_of_day_outside",
            Self::MetaFieldEquals { .. } => "meta_field_equals",
            Self::AffectedResourceCount { .. } => "affected_resource_count",
            Self::DataVolume { .. } => "data_volume",
            Self::StsChainDepthGreaterThan { .. } => "sts_chain_depth_greater_than",
            Self::AnyTextMatchesRegex { .. } => "any_text_matches_regex",
            Self::ArgTainted { .. } => "arg_tainted",
            Self::ArgOriginIn { .. } => "arg_origin_in",
            Self::FlowFrom { .. } => "flow_from",
            Self::FloorBelow { .. } => "floor_below",
            Self::AnyOf { .. } => "any_of",
            Self::NoneOf { .. } => "none_of",
        }
    }

    /// The conditions inside, if this is a group.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match self {
            Self::AnyOf { conditions } | Self::NoneOf { conditions } => conditions,
            _ => &[],
        }
    }

    /// Whether it asks where content came from, which only a trust document lets the filter know.
    #[must_use]
    pub const fn needs_trust(&self) -> bool {
        matches!(
            self,
            Self::ArgTainted { .. }
                | Self::ArgOriginIn { .. }
                | Self::FlowFrom { .. }
                | Self::FloorBelow { .. }
        )
    }

    /// The argument it looks at, if it is an argument condition.
    #[must_use]
    pub const fn argument(&self) -> Option<&Argument> {
        match self {
            Self::ArgEquals { arg, .. }
            | Self::ArgGreaterThan { arg, .. }
            | Self::ArgLessThan { arg, .. }
            | Self::ArgMatchesRegex { arg, .. }
            | Self::ArgContainsPattern { arg, .. }
            | Self::ArgPathMatchesRegex { arg, .. }
            | Self::ArgInSet { arg, .. }
            | Self::ArgSizeGreaterThan { arg, .. }
            | Self::RegionIn { arg, .. }
            | Self::ArgTainted { arg, .. }
            | Self::ArgOriginIn { arg, .. } => Some(arg),
            Self::FlowFrom { arg, .. } => arg.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
