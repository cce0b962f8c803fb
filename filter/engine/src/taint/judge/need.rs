//! Which level a value needs, by its role and what the call does (`taint-flow.md` section 5).

use super::leaves::Leaf;
use crate::taint::{Effect, Effects, Level, Role};

/// The level a value needs; `None` if where it came from does not matter.
pub(super) fn need(leaf: &Leaf, effects: Effects) -> Option<Level> {
    if effects.only_reads() {
        let leads_out = leaf.is_url && !leaf.is_key && leaf.role >= Role::Content;
        return leads_out.then_some(Level::Internal);
    }
    let takes = effects.has(Effect::Destroy);
    match leaf.role {
        Role::Constant | Role::Scalar | Role::Content | Role::Payload => None,
        Role::Credential => Some(Level::User),
        Role::Target if takes || effects.has(Effect::Pay) => Some(Level::User),
        Role::Object if takes => Some(Level::User),
        Role::Target | Role::Object => Some(Level::Tool),
    }
}
