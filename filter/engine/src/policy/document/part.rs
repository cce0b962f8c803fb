//! The judging part of a policy: what must hold and what to do then. It stands at the top of a
//! policy that judges calls, and under `response` in one that judges answers.

use super::Document;
use super::error::{DocumentError, DocumentErrorKind};
use super::fields::{Errors, Fields};
use crate::json::{Object, Value};
use crate::policy::condition::{self, Condition};
use crate::policy::decision::Action;
use crate::policy::place::Path;
use crate::policy::redaction::{self, Redaction};

/// Which way what a policy judges travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Direction {
    /// Calls, on their way to the server.
    #[default]
    Request,
    /// Answers: results, errors and notifications of the server.
    Response,
}

/// The judging part of a policy, as read.
pub(super) struct Part {
    pub(super) direction: Direction,
    pub(super) when: Vec<Condition>,
    pub(super) action: Action,
    pub(super) reason: String,
    pub(super) redact: Vec<Redaction>,
}

const ACTIONS: [(&str, Action); 4] = [
    ("allow", Action::Allow),
    ("block", Action::Block),
    ("log_only", Action::LogOnly),
    ("require_approval", Action::RequireApproval),
];

const RESPONSE_ACTIONS: [(&str, Action); 4] = [
    ("redact", Action::Redact),
    ("block", Action::Block),
    ("log_only", Action::LogOnly),
    ("allow", Action::Allow),
];

/// What stands inside `response`, never beside it.
const INSIDE: [&str; 4] = ["when", "action", "redact", "reason"];

impl Part {
    /// Reads the part of a policy; `None` if errors were found.
    pub(super) fn read(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Self> {
        let Some(value) = fields.optional("response") else {
            return Self::of_calls(fields, errors);
        };
        for key in INSIDE {
            if fields.optional(key).is_some() {
                errors.push(DocumentError {
                    path: fields.place(key),
                    kind: DocumentErrorKind::BesideResponse { key },
                });
            }
        }
        let mut inside = Fields::of(value, fields.place("response"), errors)?;
        let part = Self::of_answers(&mut inside, errors);
        inside.finish(errors);
        part
    }

    fn of_calls(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Self> {
        let written = fields.optional("action").and_then(Value::as_str);
        if written == Some(Action::Redact.as_str()) {
            errors.push(DocumentError {
                path: fields.place("action"),
                kind: DocumentErrorKind::Unsupported {
                    name: "action: redact".to_owned(),
                    why: "only answers are redacted; put `action` and `redact` under `response`",
                },
            });
            fields.optional("redact");
            return None;
        }
        Self::read_fields(Direction::Request, &ACTIONS, fields, errors)
    }

    fn of_answers(fields: &mut Fields<'_>, errors: &mut Errors) -> Option<Self> {
        let part = Self::read_fields(Direction::Response, &RESPONSE_ACTIONS, fields, errors);
        let redact = fields.optional("redact");
        let Some(action) = part.as_ref().map(|part| part.action) else {
            return part;
        };
        let redact = match (action, redact) {
            (Action::Redact, Some(value)) => {
                redaction::decode_list(value, &fields.place("redact"), errors)?
            }
            (Action::Redact, None) => {
                fields.required("redact", errors)?;
                return None;
            }
            (_, None) => Vec::new(),
            (_, Some(_)) => {
                let action = action.as_str();
                errors.push(DocumentError {
                    path: fields.place("redact"),
                    kind: DocumentErrorKind::RedactWithoutAction { action },
                });
                return None;
            }
        };
        part.map(|part| Self { redact, ..part })
    }

    fn read_fields(
        direction: Direction,
        actions: &[(&'static str, Action)],
        fields: &mut Fields<'_>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let when = match fields.optional("when") {
            Some(value) => condition::decode_list(value, fields.place("when"), errors),
            None => Some(Vec::new()),
        };
        let action = fields
            .required("action", errors)
            .and_then(|value| fields.as_word("action", value, "action", actions, errors));
        let reason = fields.text_or("reason", "", errors);
        Some(Self {
            direction,
            when: when?,
            action: action?,
            reason: reason.to_owned(),
            redact: Vec::new(),
        })
    }
}

impl Document {
    /// Where a member of the judging part stands.
    pub(in crate::policy) fn part_place(&self, key: &str) -> Path {
        match self.direction {
            Direction::Request => Path::root().key(key),
            Direction::Response => Path::root().key("response").key(key),
        }
    }

    /// Writes the judging part in normal form.
    pub(super) fn write_part(&self, object: &mut Object) {
        if !self.when.is_empty() {
            object.set("when", condition::list_to_value(&self.when));
        }
        object.set("action", self.action.as_str());
        if !self.redact.is_empty() {
            object.set("redact", redaction::list_to_value(&self.redact));
        }
        if !self.reason.is_empty() {
            object.set("reason", &*self.reason);
        }
    }
}
