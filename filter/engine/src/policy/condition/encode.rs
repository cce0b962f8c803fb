//! Conditions given back as a document writes them.

use super::{Condition, Operator};
use crate::json::{Object, Value};
use crate::policy::argument::Argument;
use crate::policy::document::integer_value;

/// A list of conditions in normal form.
pub(in crate::policy) fn list_to_value(conditions: &[Condition]) -> Value {
    Value::Array(
        conditions
            .iter()
            .map(|condition| Value::Object(condition.to_object()))
            .collect(),
    )
}

fn texts(values: &[String]) -> Value {
    Value::Array(
        values
            .iter()
            .map(|text| Value::from(text.as_str()))
            .collect(),
    )
}

fn comparison(operator: Operator, key: &str, threshold: i128, object: Object) -> Object {
    object
        .with(key, integer_value(threshold))
        .with("operator", operator.as_str())
}

impl Condition {
    /// The condition in normal form. Reading it gives an equal condition.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let object = Object::new().with("condition", self.name());
        let object = match self.argument() {
            Some(Argument::Any) => object.with("arg", "*"),
            Some(Argument::Key(key)) => object.with("arg", key.as_str()),
            Some(Argument::Path(path)) => object.with("arg_path", path.to_string()),
            None => object,
        };
        match self {
            Self::ArgEquals { value, .. }
            | Self::ArgGreaterThan { value, .. }
            | Self::ArgLessThan { value, .. } => object.with("value", value.clone()),
            Self::ArgMatchesRegex { pattern, .. }
            | Self::ArgContainsPattern { pattern, .. }
            | Self::ArgPathMatchesRegex { pattern, .. }
            | Self::IntentPurposeMatches { pattern } => object.with("pattern", pattern.written()),
            Self::ArgInSet { values, .. } => object.with("values", values.clone()),
            Self::ArgSizeGreaterThan { bytes, .. } => object.with("bytes", integer_value(*bytes)),
            Self::ToolNameIn { values }
            | Self::ActionClassIn { values }
            | Self::IntentClassIn { values } => object.with("values", texts(values)),
            Self::RegionIn { regions, .. } => object.with("regions", texts(regions)),
            Self::TimeOfDayOutside(window) => object
                .with("start", window.start.to_string())
                .with("end", window.end.to_string())
                .with("tz", window.zone.name()),
            Self::MetaFieldEquals { key, value } => object
                .with("key", key.as_str())
                .with("value", value.clone()),
            Self::AffectedResourceCount {
                path,
                operator,
                threshold,
            } => {
                let object = object.with("arg", path.to_string());
                comparison(*operator, "count_threshold", *threshold, object)
            }
            Self::DataVolume {
                operator,
                threshold,
            } => comparison(*operator, "bytes_threshold", *threshold, object),
            Self::StsChainDepthGreaterThan { threshold } => {
                object.with("threshold", integer_value(*threshold))
            }
            Self::AnyTextMatchesRegex { places, pattern } => {
                let names = places.names().map(Value::from).collect::<Vec<_>>();
                object.with("pattern", pattern.written()).with("in", names)
            }
            Self::ArgTainted { below, .. } => object.with("below", below.as_str()),
            Self::ArgOriginIn { origins, .. } => {
                let names = origins.iter().map(|origin| Value::from(origin.as_str()));
                object.with("origins", names.collect::<Vec<_>>())
            }
            Self::FlowFrom { upstream, tool, .. } => {
                let object = match upstream {
                    Some(upstream) => object.with("upstream", upstream.written()),
                    None => object,
                };
                object.with("tool", tool.written())
            }
            Self::FloorBelow { level } => object.with("level", level.as_str()),
            Self::AnyOf { conditions } | Self::NoneOf { conditions } => {
                object.with("conditions", list_to_value(conditions))
            }
        }
    }
}
