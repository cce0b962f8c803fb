//! Which definition of each tool was seen first and which last, shared by all workers: whoever calls
//! a tool whose definition has changed is refused, whichever worker saw it change.
//!
//! Not the approved definitions: those are in the bundle ([`crate::policy::Pins`]), and an approval
//! lifts a quarantine by itself. What is forgotten here is taken for quarantined, never for good.

mod cell;

use super::world::World;
use crate::digest::Digest;
use crate::policy::{Bundle, Unapproved};
use cell::Sighting;

/// What is known of a tool once another list with it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing new: this definition was the last one, too.
    Again {
        /// The definition that was seen first, or has been approved since.
        first: Digest,
    },
    /// It is new, or another one than the last.
    News {
        /// As above.
        first: Digest,
    },
    /// It could not be kept.
    Unkept,
}

/// A definition of `tool` is listed. `approved` is the pinned one; `is_grave` says that it has a
/// grave flag.
pub(super) fn seen(
    upstream: &str,
    tool: &str,
    digest: Digest,
    is_grave: bool,
    approved: Option<Digest>,
    world: &World<'_>,
) -> Seen {
    cell::update(world, upstream, tool, |sighting| {
        let now = Sighting {
            first: sighting.map_or_else(|| approved.unwrap_or(digest), |before| before.first),
            last: digest,
            is_grave,
        };
        match sighting {
            // Nothing has to be known of a tool that is as approved.
            None if approved == Some(digest) => (None, Seen::Again { first: digest }),
            _ if approved == Some(digest) => {
                let approved = Sighting {
                    first: digest,
                    ..now
                };
                let is_new = *sighting.unwrap_or(&now) != approved;
                (is_new.then_some(approved), Seen::Again { first: digest })
            }
            Some(before) if *before == now => (None, Seen::Again { first: now.first }),
            _ => (Some(now), Seen::News { first: now.first }),
        }
    })
    .unwrap_or(Seen::Unkept)
}

/// Whether this definition of a tool without pin was seen first, is still the last one, and had no
/// grave flag: there is nothing new to say about it.
pub(super) fn is_known(upstream: &str, tool: &str, digest: Digest, world: &World<'_>) -> bool {
    let sighting = cell::read(world, upstream, tool).ok().flatten();
    sighting.is_some_and(|it| it.first == digest && it.last == digest && !it.is_grave)
}

/// Why a call of `tool` must not reach the server; `None` if nothing speaks against it.
pub(super) fn quarantined(
    upstream: &str,
    tool: &str,
    bundle: &Bundle,
    world: &World<'_>,
) -> Option<&'static str> {
    let pins = bundle.pins()?;
    let pin = pins.pin(upstream, tool);
    if pin.is_none() && pins.unpinned == Unapproved::Quarantine {
        return Some("no definition of the tool has been approved");
    }
    let Ok(sighting) = cell::read(world, upstream, tool) else {
        return Some("too many tools have been listed to know this one");
    };
    let sighting = sighting?;
    let is_changed = sighting.last != pin.map_or(sighting.first, |pin| pin.digest);
    if is_changed {
        return Some("the tool's definition has changed and has not been approved");
    }
    let is_flagged = pin.is_none() && sighting.is_grave;
    (is_flagged && pins.flagged == Unapproved::Quarantine)
        .then_some("the tool's definition is suspicious and has not been approved")
}

#[cfg(test)]
mod tests;
