//! Rows of words: each step says which words it takes, and how many others may stand before it.

use super::FlagKind;
use super::words::{END, URL};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One step: at most so many words since the step before, then one of these. A stem that ends in
/// `*` takes every word that begins so.
type Step = (usize, &'static [&'static str]);

/// One rule: the kind of its flag, whether it is grave, its steps.
type Rule = (FlagKind, bool, &'static [Step]);

const TOLD: &[&str] = &[
    "instruction*",
    "command*",
    "rule*",
    "prompt*",
    "message*",
    "guideline*",
    "direction*",
    "context*",
    "polic*",
];
const BEFORE: &[&str] = &[
    "previous",
    "prior",
    "above",
    "earlier",
    "preceding",
    "system",
    "safety",
];
const TELL: &[&str] = &[
    "tell*", "mention*", "inform*", "reveal*", "disclos*", "notify*", "alert*",
];
const PEOPLE: &[&str] = &["user", "users", "human", "humans", "anyone", "anybody"];
const GUARDS: &[&str] = &[
    "auth",
    "authentication",
    "authorization",
    "authorisation",
    "security",
    "verification*",
    "sandbox*",
    "permission*",
    "approval*",
    "confirmation*",
];
const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "python",
    "python2",
    "python3",
    "perl",
    "ruby",
    "node",
    "php",
    "powershell",
    "pwsh",
    "iex",
];

const RULES: [Rule; 23] = [
    (
        FlagKind::Instructions,
        true,
        &[
            (0, &["ignor*", "disregard*", "forget*", "overrid*"]),
            (4, BEFORE),
            (3, TOLD),
        ],
    ),
    (
        FlagKind::Instructions,
        true,
        &[
            (0, &["ignore", "disregard", "forget"]),
            (0, &["everything", "anything", "all"]),
            (0, &["you", "that", "above", "before"]),
        ],
    ),
    (
        FlagKind::Instructions,
        true,
        &[(0, &["you", "youre"]), (0, &["are"]), (0, &["now"])],
    ),
    (
        FlagKind::Instructions,
        true,
        &[
            (0, &["new", "updated", "real", "actual"]),
            (1, &["instruction", "instructions", "prompt"]),
            (0, &[":"]),
        ],
    ),
    (
        FlagKind::Instructions,
        true,
        &[
            (0, &["reveal*", "repeat", "leak*"]),
            (3, &["system", "hidden", "initial"]),
            (0, &["prompt*", "instruction*"]),
        ],
    ),
    (FlagKind::Instructions, true, &[(0, &["jailbreak*"])]),
    (
        FlagKind::Instructions,
        true,
        &[
            (0, &["dan", "developer"]),
            (0, &["mode"]),
            (1, &["enabled", "on"]),
        ],
    ),
    (FlagKind::Role, false, &[(0, &["act"]), (0, &["as"])]),
    (
        FlagKind::Role,
        false,
        &[(0, &["pretend"]), (0, &["to", "that", "you"])],
    ),
    (
        FlagKind::Role,
        false,
        &[(0, &["from"]), (0, &["now"]), (0, &["on"])],
    ),
    (
        FlagKind::Concealment,
        true,
        &[(0, &["do"]), (0, &["not"]), (3, TELL), (8, PEOPLE)],
    ),
    (
        FlagKind::Concealment,
        true,
        &[(0, &["dont", "never"]), (3, TELL), (8, PEOPLE)],
    ),
    (
        FlagKind::Command,
        true,
        &[
            (
                0,
                &["curl", "wget", "fetch", "iwr", "base64", "echo", "cat"],
            ),
            (16, &["|"]),
            (3, SHELLS),
        ],
    ),
    (FlagKind::Command, false, &[(0, &["|"]), (1, SHELLS)]),
    (FlagKind::Command, false, &[(0, &["subprocess"])]),
    (FlagKind::Command, false, &[(0, &["os"]), (0, &["system"])]),
    (
        FlagKind::Exfiltration,
        true,
        &[
            (
                0,
                &[
                    "send",
                    "forward",
                    "upload",
                    "post",
                    "transmit",
                    "exfiltrat*",
                    "leak",
                ],
            ),
            (12, &[URL]),
        ],
    ),
    (
        FlagKind::Exfiltration,
        false,
        &[
            (0, &["add", "put", "pass", "include", "append"]),
            (6, &["conversation", "password*", "secret*", "credential*"]),
            (8, &["parameter", "argument", "field", "sidenote"]),
        ],
    ),
    (
        FlagKind::Exfiltration,
        false,
        &[
            (0, &["webhook", "callback", "notify", "curl", "wget"]),
            (12, &[URL]),
        ],
    ),
    (
        FlagKind::Privilege,
        true,
        &[(0, &["bypass*", "disabl*", "circumvent*"]), (3, GUARDS)],
    ),
    (
        FlagKind::Privilege,
        true,
        &[(0, &["turn", "switch"]), (0, &["off"]), (3, GUARDS)],
    ),
    (
        FlagKind::Privilege,
        false,
        &[
            (0, &["grant*", "give*", "assign*"]),
            (3, &["admin*", "root", "superuser", "sudo"]),
        ],
    ),
    (FlagKind::Privilege, false, &[(0, &["sudo"])]),
];

/// Where a word stands in the rules: rule and step.
type Places = Vec<(usize, usize)>;

/// Bytes by which stems are looked up; none is shorter.
const HEAD: usize = 4;

/// The rules by their words.
#[derive(Default)]
struct Index {
    whole: BTreeMap<&'static str, Places>,
    /// By the first [`HEAD`] bytes of a stem: the stem, and where it stands.
    stems: BTreeMap<&'static str, Vec<(&'static str, usize, usize)>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    for (rule, (_, _, steps)) in RULES.iter().enumerate() {
        for (step, (_, words)) in steps.iter().enumerate() {
            for word in *words {
                index.add(word, rule, step);
            }
        }
    }
    index
});

impl Index {
    fn add(&mut self, word: &'static str, rule: usize, step: usize) {
        match word.strip_suffix('*') {
            None => self.whole.entry(word).or_default().push((rule, step)),
            Some(stem) => {
                let head = stem.get(..HEAD).unwrap_or(stem);
                self.stems.entry(head).or_default().push((stem, rule, step));
            }
        }
    }

    /// Every place that takes `word`.
    fn places(&self, word: &str) -> impl Iterator<Item = (usize, usize)> {
        let whole = self.whole.get(word).into_iter().flatten().copied();
        let stems = word.get(..HEAD).and_then(|head| self.stems.get(head));
        let stems = stems.into_iter().flatten();
        let stems = stems.filter(move |(stem, _, _)| word.starts_with(stem));
        whole.chain(stems.map(|(_, rule, step)| (*rule, *step)))
    }
}

/// Steps of the longest rule.
const STEPS: usize = 4;

/// How far each rule has come: for each step the last word that took it. The last is enough: it is
/// the nearest to what may follow.
pub(super) struct Progress {
    at: usize,
    taken: [[Option<usize>; STEPS]; RULES.len()],
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            at: 0,
            taken: [[None; STEPS]; RULES.len()],
        }
    }
}

impl Progress {
    /// Goes on by one word, and adds what is complete with it.
    pub(super) fn step(&mut self, word: &str, found: &mut Vec<(FlagKind, bool)>) {
        if word == END {
            self.taken = [[None; STEPS]; RULES.len()];
            return;
        }
        // Later steps first: one word takes one step of a row.
        let mut places: Places = INDEX.places(word).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        for (rule, step) in places {
            self.take(rule, step, found);
        }
        self.at += 1;
    }

    fn take(&mut self, rule: usize, step: usize, found: &mut Vec<(FlagKind, bool)>) {
        let (Some((kind, is_grave, steps)), Some(taken)) =
            (RULES.get(rule), self.taken.get_mut(rule))
        else {
            return;
        };
        let gap = steps.get(step).map_or(0, |(gap, _)| *gap);
        let follows = match step.checked_sub(1) {
            None => true,
            Some(before) => {
                let before = taken.get(before).copied().flatten();
                before.is_some_and(|before| self.at - before <= gap + 1)
            }
        };
        if !follows {
            return;
        }
        if let Some(slot) = taken.get_mut(step) {
            *slot = Some(self.at);
        }
        if step + 1 == steps.len() && !found.contains(&(*kind, *is_grave)) {
            found.push((*kind, *is_grave));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_fits_its_slots_and_every_stem_its_index() {
        for (_, _, steps) in RULES {
            assert!((1..=STEPS).contains(&steps.len()));
            for word in steps.iter().flat_map(|(_, words)| *words) {
                let stem = word.strip_suffix('*');
                assert!(stem.is_none_or(|stem| stem.len() >= HEAD), "{word}");
                assert_eq!(word.to_lowercase(), **word);
            }
        }
    }
}
