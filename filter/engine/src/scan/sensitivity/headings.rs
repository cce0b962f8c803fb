//! Headings that say how sensitive a text is: phrases, and lines of nothing but the class.

use super::Sensitive;
use crate::scan::letters::latin;

/// Words in a row.
const PHRASES: [(&[&str], Sensitive); 16] = [
    (&["strictly", "confidential"], CONFIDENTIAL),
    (&["highly", "confidential"], CONFIDENTIAL),
    (&["company", "confidential"], CONFIDENTIAL),
    (&["confidential", "information"], CONFIDENTIAL),
    (&["commercial", "in", "confidence"], CONFIDENTIAL),
    (&["private", "and", "confidential"], CONFIDENTIAL),
    (&["privileged", "and", "confidential"], CONFIDENTIAL),
    (&["proprietary", "and", "confidential"], CONFIDENTIAL),
    (&["confidential", "and", "proprietary"], CONFIDENTIAL),
    (&["attorney", "client", "privileged"], CONFIDENTIAL),
    (&["internal", "only"], INTERNAL),
    (&["internal", "use", "only"], INTERNAL),
    (&["for", "internal", "use"], INTERNAL),
    (&["company", "internal"], INTERNAL),
    (&["do", "not", "distribute"], INTERNAL),
    (&["not", "for", "distribution"], INTERNAL),
];

/// What a line may begin with before its class.
const TITLES: [&str; 3] = ["classification", "sensitivity", "confidentiality"];

const CONFIDENTIAL: Sensitive = Sensitive::ConfidentialHeading;
const INTERNAL: Sensitive = Sensitive::InternalHeading;

pub(super) fn find(text: &str, found: &mut Vec<Sensitive>) {
    let lower: String = text.chars().map(latin).collect();
    let mut last = [""; 3];
    for word in words(&lower) {
        last.rotate_left(1);
        if let Some(newest) = last.last_mut() {
            *newest = word;
        }
        let ended = PHRASES.iter().filter(|(phrase, _)| last.ends_with(phrase));
        found.extend(ended.map(|(_, kind)| *kind));
        // One of each is enough.
        found.dedup();
    }
    found.extend(lower.lines().filter_map(line));
}

/// The class a line states, if it states nothing else.
fn line(line: &str) -> Option<Sensitive> {
    let mut words = words(line);
    let first = words.next()?;
    let class = if TITLES.contains(&first) {
        words.next()?
    } else {
        first
    };
    if words.next().is_some() {
        return None;
    }
    match class {
        "confidential" | "restricted" | "secret" => Some(CONFIDENTIAL),
        "internal" => Some(INTERNAL),
        _ => None,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}
