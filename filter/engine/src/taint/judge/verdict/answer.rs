//! What a client answers a server that asked it: content that leaves for the server.
//!
//! No call: nothing is done with it that its values would have to be trusted for. But secrets must not
//! leave by it either.

use super::{Judging, leaves};
use crate::taint::flow::{Fingerprints, Secrets};
use crate::taint::judge::effects::{By, Told};
use crate::taint::judge::leaves::Leaf;
use crate::taint::judge::{Because, Judged, TrustCall};
use crate::taint::{Conversation, Effect, Effects, FlowCode, Registry, Role};

/// What a user may say to a form without saying anything else.
const CHOICES: [&str; 3] = ["accept", "decline", "cancel"];

/// Judges what a client answers, as [`super::judge_call_with`] judges a call: the answer stands as the
/// arguments. Only secrets count, and what may have been forgotten of them. Who declines sends nothing.
#[must_use]
pub fn judge_answer(
    registry: &Registry,
    registered: &Secrets,
    own: &Conversation,
    other: Option<&Conversation>,
    fingerprints: &Fingerprints,
    call: &TrustCall<'_>,
) -> Judged {
    let rules = registry.rules(call.upstream, call.tool);
    let (mut leaves, is_cut) = leaves(&rules, Effects::NONE.with(Effect::Send), call);
    for leaf in leaves.iter_mut().filter(|leaf| !leaf.is_key) {
        leaf.role = role(leaf);
    }
    let says_something = leaves.iter().any(|leaf| leaf.role != Role::Constant);
    let effects = if is_cut || says_something {
        Effects::NONE.with(Effect::Send)
    } else {
        Effects::READ
    };
    let by = By::Method;
    let told = Told { effects, by };
    let mut judging = Judging::new(registry, registered, own, other, fingerprints, call, told);
    judging.secrets(&leaves);
    if is_cut || judging.may_hold_forgotten_secrets(&leaves) {
        judging.fell_short.push(Because::of_call(FlowCode::Limit));
    }
    judging.judged(Vec::new())
}

fn role(leaf: &Leaf) -> Role {
    let is_named = leaf.place.last().is_some_and(|key| key == "action");
    let is_choice = is_named && CHOICES.contains(&leaf.text.as_str());
    match leaf.role {
        _ if is_choice => Role::Constant,
        Role::Scalar => Role::Scalar,
        _ => Role::Content,
    }
}
