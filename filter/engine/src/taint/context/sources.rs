//! What content counts for in the context: by who gave it, and by what it looks like.

use crate::json::Value;
use crate::scan;
use crate::taint::{Level, Origin, Sensitivity, TrustLevel};

/// Whether the operator says anything about a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// A row of the registry describes it.
    Listed,
    /// None does.
    Unlisted,
}

/// Origin and level of a tool's result as a segment of the context. A tool nobody lists is the world
/// outside, whatever its results look like (defect B12 of `trust-engine.md` section 11); one that is
/// listed counts for the least of what was recorded of its result.
#[must_use]
pub const fn result_trust(listing: Listing, recorded: Level) -> (Origin, TrustLevel) {
    match (listing, recorded.trust()) {
        (Listing::Unlisted, _) | (_, TrustLevel::Untrusted) => (Origin::Web, TrustLevel::Untrusted),
        // A server never speaks for the user or the operator.
        (Listing::Listed, _) => (Origin::Tool, TrustLevel::Tool),
    }
}

/// How secret a text is by what is in it (`trust-engine.md` section 8).
#[must_use]
pub fn sensitivity_of(text: &str) -> Sensitivity {
    let found = scan::sensitive(text).into_iter().map(Sensitivity::from);
    found.max().unwrap_or_default()
}

/// How secret content is by what is in it: its texts, numbers and keys, each value beside its key.
#[must_use]
pub fn sensitivity_of_content(content: &Value) -> Sensitivity {
    sensitivity_of(&text_of(content))
}

/// Everything a reader of the content could read: texts, numbers and keys, each value beside its key.
pub(in crate::taint) fn text_of(content: &Value) -> String {
    let mut text = String::new();
    collect(content, &mut text);
    text
}

/// Everything a reader of the content could read, a line each.
fn collect(value: &Value, text: &mut String) {
    match value {
        Value::String(string) => text.push_str(string),
        Value::Number(number) => text.push_str(&number.to_text()),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, text)),
        Value::Object(object) => {
            for (key, member) in object.iter() {
                text.push_str(key);
                text.push_str(": ");
                collect(member, text);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    text.push('\n');
}

impl From<scan::Sensitive> for Sensitivity {
    fn from(found: scan::Sensitive) -> Self {
        match found {
            scan::Sensitive::Ssn | scan::Sensitive::CreditCard | scan::Sensitive::Aadhaar => {
                Self::Restricted
            }
            scan::Sensitive::InternalHeading => Self::Internal,
            _ => Self::Confidential,
        }
    }
}
