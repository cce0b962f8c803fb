//! What the model has been given, as labels and prompts say, and as it counts in the context.

use crate::taint::context::Segment;
use crate::taint::label::Label;
use crate::taint::reference::ReferenceSegment;
use crate::taint::{Origin, Sensitivity, TrustLevel};
use crate::time::UnixMillis;

/// One piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exchange) struct Given {
    level: TrustLevel,
    origin: Origin,
    principal: String,
    readers: Option<Vec<String>>,
    sensitivity: Sensitivity,
    at: UnixMillis,
}

impl Given {
    /// What a label is about. It entered when the label was issued, however often that is shown.
    pub(super) fn of(label: &Label) -> Self {
        let readers = label.readers.as_ref();
        Self {
            level: label.level,
            origin: label.origin,
            principal: label.principal.clone(),
            readers: readers.map(|readers| readers.iter().cloned().collect()),
            sensitivity: label.sensitivity,
            at: label.stamp.issued,
        }
    }

    /// Words of the user that somebody stands in for.
    pub(super) fn of_user(principal: &str, now: UnixMillis) -> Self {
        Self {
            level: TrustLevel::User,
            origin: Origin::User,
            principal: principal.to_owned(),
            readers: None,
            sensitivity: Sensitivity::Public,
            at: now,
        }
    }

    /// A segment in the format of the reference, which states no instant that counts.
    pub(super) fn of_reference(segment: &ReferenceSegment, now: UnixMillis) -> Self {
        Self {
            level: segment.level,
            origin: segment.origin,
            principal: segment.principal.clone(),
            readers: None,
            sensitivity: segment.sensitivity,
            at: now,
        }
    }

    /// As a segment of a context.
    pub(in crate::exchange::trust) fn segment(&self) -> Segment<'_> {
        Segment {
            level: self.level,
            origin: self.origin,
            principal: &self.principal,
            readers: self.readers.as_deref(),
            sensitivity: self.sensitivity,
            at: self.at,
        }
    }
}
