//! Finds in one text: put in order, made one where they overlap, kept off earlier placeholders,
//! replaced.

use core::ops::Range;

/// How every placeholder begins.
const OPENING: &str = "[REDACTED:";

/// A place that is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) range: Range<usize>,
    /// Which finder names it.
    pub(super) finder: usize,
}

/// The placeholder of a name.
pub(super) fn placeholder(name: &str) -> String {
    format!("{OPENING}{name}]")
}

/// Drops finds inside placeholders that stand in the text already, so that redacting again changes
/// nothing. A find that cuts a placeholder takes all of it. Only the placeholders of `names` count:
/// others may be anything.
pub(super) fn spare<'n>(text: &str, finds: &mut Vec<Find>, names: impl Fn(&str) -> bool + 'n) {
    let known = placeholders(text, names);
    if known.is_empty() {
        return;
    }
    finds.retain_mut(|find| {
        let range = &mut find.range;
        let at = known.partition_point(|one| one.end <= range.start);
        let Some(first) = known.get(at).filter(|one| one.start < range.end) else {
            return true;
        };
        if first.start <= range.start && range.end <= first.end {
            return false;
        }
        range.start = range.start.min(first.start);
        let after = known.partition_point(|one| one.start < range.end);
        let last = after.checked_sub(1).and_then(|at| known.get(at));
        range.end = range.end.max(last.map_or(0, |last| last.end));
        true
    });
}

fn placeholders(text: &str, names: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, opening) in text.match_indices(OPENING) {
        let rest = text.get(start + opening.len()..).unwrap_or_default();
        let name = rest
            .split(']')
            .next()
            .filter(|name| name.len() < rest.len());
        if let Some(name) = name.filter(|name| names(name)) {
            found.push(start..start + opening.len() + name.len() + 1);
        }
    }
    found
}

/// The finds in order, those that overlap as one, under the name of the one that begins first or, of
/// those that begin together, is longest.
pub(super) fn merged(mut finds: Vec<Find>) -> Vec<Find> {
    finds.sort_by_key(|find| {
        (
            find.range.start,
            core::cmp::Reverse(find.range.end),
            find.finder,
        )
    });
    let mut apart: Vec<Find> = Vec::with_capacity(finds.len());
    for find in finds {
        match apart.last_mut() {
            Some(last) if find.range.start < last.range.end => {
                last.range.end = last.range.end.max(find.range.end);
            }
            _ => apart.push(find),
        }
    }
    apart
}

/// The text with every find replaced by its placeholder. The finds are in order and apart.
pub(super) fn replaced<'n>(text: &str, finds: &[Find], name: impl Fn(usize) -> &'n str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for find in finds {
        out.push_str(text.get(done..find.range.start).unwrap_or_default());
        out.push_str(&placeholder(name(find.finder)));
        done = find.range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
