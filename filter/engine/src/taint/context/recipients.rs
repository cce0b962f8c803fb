//! Who a call sends to, by the names of its arguments: the fallback where no registry says so.
//!
//! Everything a name suggests counts, nested or not: one recipient too many asks, one too few leaks
//! (defect B14 of `trust-engine.md` section 11).

use std::collections::BTreeSet;

use super::fold::canonical_reader;
use crate::json::{Object, Value};

/// Names of arguments that hold recipients, in lower case and without `_` and `-`.
const FIELDS: [&str; 31] = [
    "addressee",
    "addressees",
    "attendee",
    "attendees",
    "bcc",
    "bccrecipients",
    "cc",
    "ccrecipients",
    "destination",
    "destinations",
    "email",
    "emailaddress",
    "emailaddresses",
    "emails",
    "forwardto",
    "guests",
    "invitee",
    "invitees",
    "mailto",
    "participant",
    "participants",
    "recipient",
    "recipients",
    "sendto",
    "sharewith",
    "sharedwith",
    "to",
    "toaddress",
    "toaddresses",
    "torecipients",
    "useremail",
];

/// Members beside an address that say no address.
const BESIDE: [&str; 8] = [
    "displayname",
    "fullname",
    "kind",
    "name",
    "optional",
    "responsestatus",
    "role",
    "type",
];

/// Every recipient that an argument with a telling name holds, as it is compared: in lower case,
/// lists split, display names taken off.
#[must_use]
pub fn recipients_by_name(arguments: Option<&Object>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(arguments) = arguments {
        outside(arguments, &mut found);
    }
    found
}

/// Every recipient in values known to hold some.
pub(super) fn split_all(values: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for value in values {
        split(value, &mut found);
    }
    found
}

/// Looks for telling names.
fn outside(object: &Object, found: &mut BTreeSet<String>) {
    for (key, value) in object.iter() {
        if FIELDS.contains(&plain(key).as_str()) {
            inside(value, found);
        } else {
            deeper(value, found);
        }
    }
}

fn deeper(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => outside(object, found),
        Value::Array(elements) => elements.iter().for_each(|element| deeper(element, found)),
        _ => {}
    }
}

/// Takes every leaf below a telling name.
fn inside(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => split(text, found),
        Value::Number(number) => {
            found.insert(number.to_text());
        }
        Value::Array(elements) => elements.iter().for_each(|element| inside(element, found)),
        Value::Object(object) => {
            let is_address = |(key, value): &(&str, &Value)| {
                !BESIDE.contains(&plain(key).as_str())
                    || value.as_str().is_some_and(|text| text.contains('@'))
            };
            let has_address = object.iter().any(|member| is_address(&member));
            for member in object.iter() {
                if !has_address || is_address(&member) {
                    inside(member.1, found);
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// The recipients of one text: a list with commas or semicolons, each with or without a display
/// name. What cannot be told apart stays as it is, and is then nobody's name.
fn split(text: &str, found: &mut BTreeSet<String>) {
    let mut quoted = false;
    let is_even = text.matches('"').count().is_multiple_of(2);
    let pieces = text.split(|c: char| {
        quoted ^= c == '"' && is_even;
        !quoted && matches!(c, ',' | ';' | '\n' | '\r')
    });
    for piece in pieces {
        let piece = piece.trim();
        match named(piece) {
            Some((name, address)) => {
                if name.contains('@') {
                    found.insert(canonical_reader(name));
                }
                found.insert(canonical_reader(address));
            }
            None if piece.is_empty() => {}
            None => {
                found.insert(canonical_reader(piece));
            }
        }
    }
}

/// Display name and address of `Bob <bob@x>`.
fn named(piece: &str) -> Option<(&str, &str)> {
    piece.strip_suffix('>')?.rsplit_once('<')
}

fn plain(key: &str) -> String {
    let letters = key.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.'));
    letters.flat_map(char::to_lowercase).collect()
}
