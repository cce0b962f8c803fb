//! What has to be known before a message is judged: under which names its state is kept, and which of
//! them the control plane is asked for.

use super::places::Places;
use super::vouched::Vouched;
use super::{Rules, StateKept};
use crate::exchange::stamp::Stamp;
use crate::exchange::world::World;
use crate::json::Value;
use crate::limits;
use crate::mcp::{Headers, Kind, Message};

/// Under which names the state of a message's conversation is kept, and what its tokens say; `None`
/// for a message of nobody.
pub(in crate::exchange) fn names(
    headers: &Headers,
    meta: Option<&Value>,
    stamp: &Stamp,
    rules: &Rules<'_>,
    world: &World<'_>,
) -> Option<(Places, Vouched)> {
    let caller = stamp.caller.as_ref()?;
    let vouched = Vouched::read(headers, meta, stamp, rules, world.now);
    let places = Places::of(rules.settings, caller, &vouched.conversation);
    Some((places, vouched))
}

/// The scope and the names of the states that have to be asked for before some messages are judged;
/// `None` if none is.
pub(in crate::exchange) fn asks(
    headers: &Headers,
    messages: &[Message],
    stamp: &Stamp,
    rules: &Rules<'_>,
    world: &World<'_>,
) -> Option<(String, Vec<String>)> {
    if rules.settings.state != StateKept::Replicated {
        return None;
    }
    let is_judged =
        |message: &&Message| matches!(message.kind, Kind::Request { .. } | Kind::Response { .. });
    let mut keys: Vec<String> = Vec::new();
    for message in messages.iter().filter(is_judged) {
        let (places, _) = names(headers, message.meta(), stamp, rules, world)?;
        for key in [places.own, places.other] {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    // More cannot be asked for at once: the others count as unknown.
    keys.truncate(limits::TRUST_QUERY_KEYS);
    let scope = stamp.caller.as_ref()?.scope.clone();
    (!keys.is_empty()).then_some((scope, keys))
}
