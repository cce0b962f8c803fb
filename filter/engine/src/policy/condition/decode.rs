//! Conditions read from a document.

use super::{Condition, Operator};
use crate::glob::Glob;
use crate::json::Value;
use crate::limits;
use crate::policy::argument::{ArgPath, ArgPathError, Argument};
use crate::policy::document::error::{DocumentError, DocumentErrorKind};
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::place::Path;
use crate::policy::search::Search;
use crate::policy::texts::Places;
use crate::policy::window::{Minute, Window, Zone};
use crate::taint::{Level, Origin, SourceOrigin, TrustLevel};

/// Every condition there is, in the order messages name them.
const NAMES: [&str; 25] = [
    "arg_equals",
    "arg_greater_than",
    "arg_less_than",
    "arg_matches_regex",
    "arg_contains_pattern",
    "arg_path_matches_regex",
    "arg_in_set",
    "arg_size_greater_than",
    "tool_name_in",
    "action_class_in",
    "intent_class_in",
    "intent_purpose_matches",
    "region_in",
    "time_of_day_outside",
    "meta_field_equals",
    "affected_resource_count",
    "data_volume",
    "sts_chain_depth_greater_than",
    "any_text_matches_regex",
    "arg_tainted",
    "arg_origin_in",
    "flow_from",
    "floor_below",
    "any_of",
    "none_of",
];

const OPERATORS: [(&str, Operator); 2] = [
    ("greater_than", Operator::GreaterThan),
    ("less_than", Operator::LessThan),
];

/// Conditions of the reference whose truth does not follow from the call.
const UNSUPPORTED: [(&str, &str); 7] = [
    (
        "predicted_cost",
        "it needs a price service; a call alone does not say what it costs",
    ),
    (
        "blast_radius",
        "it needs an account inventory; a call alone does not say who is affected",
    ),
    (
        "cumulative_spend_today",
        "it needs a price service and a running total of the day",
    ),
    (
        "combination_id_matches",
        "it needs a record of earlier operations that nothing writes",
    ),
    (
        "combination_",
        "it needs a record of earlier operations that nothing writes",
    ),
    (
        "s3_get_byte_estimate",
        "it needs access to the AWS account; use `static_arg_size`",
    ),
    (
        "rds_query_result_estimate",
        "it needs access to the AWS account; use `static_arg_size`",
    ),
];

/// Reads a list of conditions; `None` if errors were found.
pub(in crate::policy) fn decode_list(
    value: &Value,
    path: Path,
    errors: &mut Errors,
) -> Option<Vec<Condition>> {
    let before = errors.len();
    let mut reader = Reader {
        errors,
        conditions: 0,
        depth: 0,
    };
    let conditions = reader.list(value, &path);
    (reader.errors.len() == before).then_some(conditions)
}

struct Reader<'e> {
    errors: &'e mut Errors,
    /// Conditions read so far, groups and what is inside them.
    conditions: usize,
    /// Groups around the one being read.
    depth: usize,
}

impl Reader<'_> {
    fn fail(&mut self, path: Path, kind: DocumentErrorKind) {
        self.errors.push(DocumentError { path, kind });
    }

    fn list(&mut self, value: &Value, path: &Path) -> Vec<Condition> {
        let Value::Array(elements) = value else {
            self.errors.push(wrong_type(path.clone(), "a list", value));
            return Vec::new();
        };
        self.conditions = self.conditions.saturating_add(elements.len());
        if self.conditions > limits::POLICY_CONDITIONS {
            let limit = limits::POLICY_CONDITIONS;
            self.fail(
                path.clone(),
                DocumentErrorKind::TooMany {
                    what: "conditions",
                    limit,
                },
            );
            return Vec::new();
        }
        let one = |(at, element)| self.condition(element, path.index(at));
        elements.iter().enumerate().filter_map(one).collect()
    }

    fn condition(&mut self, value: &Value, path: Path) -> Option<Condition> {
        let mut fields = Fields::of(value, path, self.errors)?;
        let name = fields.text("condition", self.errors)?;
        if let Some(why) = unsupported(name) {
            let kind = DocumentErrorKind::Unsupported {
                name: name.to_owned(),
                why,
            };
            self.fail(fields.place("condition"), kind);
            return None;
        }
        if !NAMES.contains(&name) {
            let place = fields.place("condition");
            self.errors
                .push(unknown_name(place, "condition", name, NAMES.to_vec()));
            return None;
        }
        let condition = match name {
            "any_of" | "none_of" => self.group(name, &mut fields),
            _ if name.starts_with("arg_") || name == "region_in" => {
                self.argument_condition(name, &mut fields)
            }
            _ => self.call_condition(name, &mut fields),
        };
        fields.finish(self.errors);
        condition
    }

    fn group(&mut self, name: &str, fields: &mut Fields<'_>) -> Option<Condition> {
        let value = fields.required("conditions", self.errors)?;
        let place = fields.place("conditions");
        if self.depth >= limits::GROUP_DEPTH {
            let limit = limits::GROUP_DEPTH;
            self.fail(
                place,
                DocumentErrorKind::TooMany {
                    what: "nested groups",
                    limit,
                },
            );
            return None;
        }
        self.depth += 1;
        let conditions = self.list(value, &place);
        self.depth -= 1;
        Some(match name {
            "any_of" => Condition::AnyOf { conditions },
            _ => Condition::NoneOf { conditions },
        })
    }

    fn argument_condition(&mut self, name: &str, fields: &mut Fields<'_>) -> Option<Condition> {
        let arg = match name {
            "arg_path_matches_regex" => self.path_only(fields),
            _ => self.argument(fields),
        };
        Some(match name {
            "arg_tainted" => {
                let below = self.below(fields);
                Condition::ArgTainted { arg: arg?, below }
            }
            "arg_origin_in" => {
                let origins = self.origins(fields);
                Condition::ArgOriginIn {
                    arg: arg?,
                    origins: origins?,
                }
            }
            "arg_in_set" => {
                let values = fields.list("values", self.errors).map(<[Value]>::to_vec);
                Condition::ArgInSet {
                    arg: arg?,
                    values: values?,
                }
            }
            "arg_size_greater_than" => {
                let bytes = fields.integer("bytes", self.errors);
                Condition::ArgSizeGreaterThan {
                    arg: arg?,
                    bytes: bytes?,
                }
            }
            "region_in" => {
                let regions = fields.texts("regions", self.errors);
                Condition::RegionIn {
                    arg: arg?,
                    regions: regions?,
                }
            }
            "arg_equals" | "arg_greater_than" | "arg_less_than" => {
                let value = fields.required("value", self.errors).cloned();
                let (arg, value) = (arg?, value?);
                match name {
                    "arg_equals" => Condition::ArgEquals { arg, value },
                    "arg_greater_than" => Condition::ArgGreaterThan { arg, value },
                    _ => Condition::ArgLessThan { arg, value },
                }
            }
            _ => {
                let pattern = self.pattern(fields);
                let (arg, pattern) = (arg?, pattern?);
                match name {
                    "arg_contains_pattern" => Condition::ArgContainsPattern { arg, pattern },
                    "arg_path_matches_regex" => Condition::ArgPathMatchesRegex { arg, pattern },
                    _ => Condition::ArgMatchesRegex { arg, pattern },
                }
            }
        })
    }

    fn call_condition(&mut self, name: &str, fields: &mut Fields<'_>) -> Option<Condition> {
        Some(match name {
            "tool_name_in" => Condition::ToolNameIn {
                values: fields.texts("values", self.errors)?,
            },
            "action_class_in" => Condition::ActionClassIn {
                values: fields.texts("values", self.errors)?,
            },
            "intent_class_in" => Condition::IntentClassIn {
                values: fields.texts("values", self.errors)?,
            },
            "intent_purpose_matches" => Condition::IntentPurposeMatches {
                pattern: self.pattern(fields)?,
            },
            "time_of_day_outside" => self.window(fields)?,
            "meta_field_equals" => {
                let key = fields.text("key", self.errors);
                let value = fields.required("value", self.errors).cloned();
                Condition::MetaFieldEquals {
                    key: key?.to_owned(),
                    value: value?,
                }
            }
            "affected_resource_count" => {
                let path = self.path(fields, "arg", ArgPath::parse_strict);
                let threshold = fields.integer("count_threshold", self.errors);
                let operator = self.operator(fields);
                Condition::AffectedResourceCount {
                    path: path?,
                    operator,
                    threshold: threshold?,
                }
            }
            "data_volume" => self.data_volume(fields)?,
            "any_text_matches_regex" => {
                let pattern = self.pattern(fields);
                let places = self.places(fields);
                Condition::AnyTextMatchesRegex {
                    places,
                    pattern: pattern?,
                }
            }
            "flow_from" => self.flow_from(fields)?,
            "floor_below" => {
                let value = fields.required("level", self.errors)?;
                let levels = TrustLevel::ALL.map(|level| (level.as_str(), level));
                let level = fields.as_word("level", value, "level", &levels, self.errors);
                Condition::FloorBelow { level: level? }
            }
            _ => {
                let threshold = fields.integer("threshold", self.errors)?;
                Condition::StsChainDepthGreaterThan { threshold }
            }
        })
    }

    /// The level below which a value is tainted: that of an identifier, if nothing is said.
    fn below(&mut self, fields: &mut Fields<'_>) -> Level {
        let known = [
            Level::Web,
            Level::Internal,
            Level::Tool,
            Level::User,
            Level::System,
        ];
        let levels = known.map(|level| (level.as_str(), level));
        fields.word_or("below", "level", &levels, Level::Tool, self.errors)
    }

    fn origins(&mut self, fields: &mut Fields<'_>) -> Option<Vec<SourceOrigin>> {
        let elements = fields.list("origins", self.errors)?;
        let names = || {
            let known = Origin::ALL.map(Origin::as_str);
            known.into_iter().chain(["unknown"]).collect::<Vec<_>>()
        };
        let before = self.errors.len();
        let mut origins = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let place = fields.place("origins").index(at);
            match element.as_str() {
                Some("unknown") => origins.push(SourceOrigin::Unknown),
                Some(name) => match Origin::from_name(name) {
                    Some(origin) => origins.push(SourceOrigin::Known(origin)),
                    None => self
                        .errors
                        .push(unknown_name(place, "origin", name, names())),
                },
                None => self.errors.push(wrong_type(place, "a string", element)),
            }
        }
        (self.errors.len() == before).then_some(origins)
    }

    fn flow_from(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        let upstream = fields.text_or("upstream", "*", self.errors);
        let tool = fields.text("tool", self.errors);
        let is_named = fields.optional("arg").is_some() || fields.optional("arg_path").is_some();
        let arg = if is_named {
            Some(self.argument(fields)?)
        } else {
            None
        };
        Some(Condition::FlowFrom {
            upstream: (upstream != "*").then(|| Glob::new(upstream)),
            tool: Glob::new(tool?),
            arg,
        })
    }

    fn places(&mut self, fields: &mut Fields<'_>) -> Places {
        let Some(value) = fields.optional("in") else {
            return Places::default();
        };
        let elements = fields.as_list("in", value, self.errors).unwrap_or_default();
        let mut places = Places::NONE;
        for (at, element) in elements.iter().enumerate() {
            let place = fields.place("in").index(at);
            match element.as_str().map(|name| (name, Places::named(name))) {
                Some((_, Some(named))) => places = places.and(named),
                Some((name, None)) => {
                    self.errors
                        .push(unknown_name(place, "place", name, Places::NAMES.to_vec()));
                }
                None => self.errors.push(wrong_type(place, "a string", element)),
            }
        }
        if elements.is_empty() {
            self.errors
                .push(wrong_type(fields.place("in"), "at least one place", value));
        }
        places
    }

    fn data_volume(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        let threshold = fields.integer("bytes_threshold", self.errors);
        let operator = self.operator(fields);
        let estimator = fields.text_or("estimator", "static_arg_size", self.errors);
        if let Some(why) = unsupported(estimator) {
            let kind = DocumentErrorKind::Unsupported {
                name: estimator.to_owned(),
                why,
            };
            self.fail(fields.place("estimator"), kind);
        } else if estimator != "static_arg_size" {
            let place = fields.place("estimator");
            let expected = vec!["static_arg_size"];
            self.errors
                .push(unknown_name(place, "estimator", estimator, expected));
        }
        Some(Condition::DataVolume {
            operator,
            threshold: threshold?,
        })
    }

    fn operator(&mut self, fields: &mut Fields<'_>) -> Operator {
        fields.word_or(
            "operator",
            "operator",
            &OPERATORS,
            Operator::GreaterThan,
            self.errors,
        )
    }

    fn pattern(&mut self, fields: &mut Fields<'_>) -> Option<Search> {
        let written = fields.text("pattern", self.errors)?;
        Search::decode(written, || fields.place("pattern"), self.errors)
    }

    /// `arg` or `arg_path`, exactly one.
    fn argument(&mut self, fields: &mut Fields<'_>) -> Option<Argument> {
        let path = fields.optional("arg_path").is_some();
        match (fields.optional("arg").is_some(), path) {
            (true, true) => {
                self.fail(fields.path().clone(), DocumentErrorKind::ArgAndArgPath);
                None
            }
            (false, true) => self.path_only(fields),
            _ => fields.text("arg", self.errors).map(Argument::from_arg),
        }
    }

    fn path_only(&mut self, fields: &mut Fields<'_>) -> Option<Argument> {
        self.path(fields, "arg_path", ArgPath::parse)
            .map(Argument::Path)
    }

    fn path(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<ArgPath, ArgPathError>,
    ) -> Option<ArgPath> {
        let text = fields.text(key, self.errors)?;
        match parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.fail(fields.place(key), DocumentErrorKind::BadArgPath(error));
                None
            }
        }
    }

    fn window(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        let start = self.minute(fields, "start");
        let end = self.minute(fields, "end");
        let zone = fields.text("tz", self.errors).map(Zone::named);
        Some(Condition::TimeOfDayOutside(Window {
            start: start?,
            end: end?,
            zone: zone?,
        }))
    }

    fn minute(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Minute> {
        let text = fields.text(key, self.errors)?;
        let minute = Minute::parse(text);
        if minute.is_none() {
            self.fail(
                fields.place(key),
                DocumentErrorKind::BadTime(text.to_owned()),
            );
        }
        minute
    }
}

fn unsupported(name: &str) -> Option<&'static str> {
    let matches = |known: &str| known == name || (known.ends_with('_') && name.starts_with(known));
    UNSUPPORTED
        .iter()
        .find(|(known, _)| matches(known))
        .map(|(_, why)| *why)
}
