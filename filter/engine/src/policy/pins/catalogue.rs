//! The names and shapes of all pinned tools, for looking up what another one is like.

use super::Pins;
use crate::digest::Digest;
use crate::scan::{Flag, FlagKind, Likeness, Name};
use std::collections::BTreeMap;

/// One pinned tool.
#[derive(Debug, Clone)]
struct Known {
    upstream: String,
    name: Name,
    shape: Option<Digest>,
}

/// All pinned tools.
#[derive(Debug, Clone, Default)]
pub(in crate::policy) struct Catalogue {
    tools: Vec<Known>,
    /// Places in `tools` by what looks the same.
    skeletons: BTreeMap<String, Vec<usize>>,
}

impl Catalogue {
    /// The catalogue of some pins.
    pub(in crate::policy) fn new(pins: &Pins) -> Self {
        let mut catalogue = Self::default();
        for (upstream, tools) in &pins.upstreams {
            for (tool, pin) in tools {
                let name = Name::new(tool);
                let skeleton = name.skeleton().to_owned();
                let at = catalogue.tools.len();
                catalogue.skeletons.entry(skeleton).or_default().push(at);
                catalogue.tools.push(Known {
                    upstream: upstream.clone(),
                    name,
                    shape: pin.shape,
                });
            }
        }
        catalogue
    }

    /// What a name that is not pinned at `upstream` can be taken for. `budget` names are compared
    /// one by one at most; what looks the same is always found.
    pub(super) fn likenesses(&self, upstream: &str, name: &Name, budget: &mut usize) -> Vec<Flag> {
        let same = self.skeletons.get(name.skeleton());
        let same = same
            .into_iter()
            .flatten()
            .filter_map(|at| self.tools.get(*at));
        let mut flags: Vec<_> = same
            .filter_map(|known| flag(upstream, name, known))
            .collect();
        if flags.is_empty() && *budget >= self.tools.len() {
            *budget -= self.tools.len();
            // Tools of one server are alike on purpose: `create_issue`, `create_issues`.
            let others = self.tools.iter().filter(|known| known.upstream != upstream);
            flags.extend(
                others
                    .filter_map(|known| flag(upstream, name, known))
                    .take(1),
            );
        }
        flags.truncate(2);
        flags
    }

    /// The pinned tool of `upstream` that has this shape while its name is not `listed`.
    pub(super) fn renamed(
        &self,
        upstream: &str,
        shape: Option<Digest>,
        listed: impl Fn(&str) -> bool,
    ) -> Option<Flag> {
        let shape = shape?;
        let known = self.tools.iter().find(|known| {
            known.upstream == upstream
                && known.shape == Some(shape)
                && !listed(known.name.written())
        })?;
        Some(Flag::new(FlagKind::Renamed, false, known.name.written()))
    }
}

fn flag(upstream: &str, name: &Name, known: &Known) -> Option<Flag> {
    let (kind, is_grave) = match name.likeness(&known.name)? {
        Likeness::Confusable => (FlagKind::ConfusableName, true),
        // Servers share good names; a client that mixes them up is told by the record.
        Likeness::Same | Likeness::Near => (FlagKind::ShadowedName, false),
    };
    if known.upstream == upstream && kind == FlagKind::ShadowedName {
        return None;
    }
    let place = format!("{}/{}", known.upstream, known.name.written());
    Some(Flag::new(kind, is_grave, &place))
}
