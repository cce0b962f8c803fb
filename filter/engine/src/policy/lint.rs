//! What is allowed in policies but can hardly be meant. Nothing here changes a verdict.

mod fixed;

use super::argument::Argument;
use super::call::Sender;
use super::classes;
use super::condition::Condition;
use super::decision::Action;
use super::document::nearest::nearest;
use super::document::{Direction, Document};
use super::meta_tool::MetaTool;
use super::place::Path;
use super::template::Template;
use super::value::equal;
use fixed::{Fixed, fixed};

/// Something that can hardly be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The policy.
    pub policy_id: String,
    /// Where in it.
    pub path: Path,
    /// What, as a stable word: `shadowed`, `never_holds`, `always_holds`, `never_matches`,
    /// `contradiction`, `duplicate_condition`, `duplicate_redaction`, `unknown_class`, `unknown_placeholder`,
    /// `dotted_arg`, `literal_star`, `unknown_zone`, `no_trust`.
    pub code: &'static str,
    /// What, for people.
    pub message: String,
}

/// Looks through policies, in any order; the warnings come in the order of judgement.
#[must_use]
pub fn lint(documents: &[Document]) -> Vec<Warning> {
    let mut ordered: Vec<_> = documents.iter().collect();
    ordered.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
    let mut warnings = Vec::new();
    for (at, document) in ordered.iter().enumerate() {
        let mut report = Report {
            policy_id: &document.id,
            warnings: &mut warnings,
        };
        let earlier = ordered.iter().take(at);
        shadowed(document, earlier.copied(), &mut report);
        report.placeholders(document);
        report.matching(document);
        if document.direction == Direction::Response {
            report.answers(document);
        }
        let when = document.part_place("when");
        report.all_of(&document.when, &when);
        report.each(&document.when, &when);
    }
    warnings
}

/// Looks through meta-tools: the entries that are never reached, by their index in the list, each
/// with a warning of no policy.
#[must_use]
pub fn lint_meta_tools(meta_tools: &[MetaTool]) -> Vec<Warning> {
    let covered = |(at, one): (usize, &MetaTool)| {
        let mut earlier = meta_tools.iter().take(at);
        let by = earlier.position(|other| other.covers(one))?;
        Some(Warning {
            policy_id: String::new(),
            path: Path::root().key("meta_tools").index(at),
            code: "shadowed",
            message: format!(
                "never reached: entry {by} is looked at before it and is about every tool this one is"
            ),
        })
    };
    meta_tools.iter().enumerate().filter_map(covered).collect()
}

/// Looks for policies that ask where content came from in a bundle that cannot know it: one without a
/// trust document.
#[must_use]
pub fn lint_without_trust(documents: &[Document]) -> Vec<Warning> {
    fn find(conditions: &[Condition], place: &Path) -> Option<(Path, &'static str)> {
        conditions.iter().enumerate().find_map(|(at, condition)| {
            let here = place.index(at);
            if condition.needs_trust() {
                return Some((here, condition.name()));
            }
            find(condition.children(), &here.key("conditions"))
        })
    }
    let warning = |document: &Document| {
        let (path, name) = find(&document.when, &document.part_place("when"))?;
        Some(Warning {
            policy_id: document.id.clone(),
            path,
            code: "no_trust",
            message: format!(
                "`{name}` asks where content came from, and without a trust document nothing of that \
                 is known: it counts as unknown"
            ),
        })
    };
    documents.iter().filter_map(warning).collect()
}

fn shadowed<'a>(
    document: &Document,
    earlier: impl Iterator<Item = &'a Document>,
    report: &mut Report<'_>,
) {
    // What redacts is followed by the next policy.
    let ends = |one: &&Document| one.when.is_empty() && one.action != Action::Redact;
    let mut catching = earlier.filter(|one| one.direction == document.direction && ends(one));
    if let Some(one) = catching.find(|one| one.matching.covers(&document.matching)) {
        let message = format!(
            "never reached: `{}` is looked at before it, has no conditions and matches every {} this one does",
            one.id,
            match document.direction {
                Direction::Request => "call",
                Direction::Response => "answer",
            }
        );
        report.warn(Path::root(), "shadowed", message);
    }
}

struct Report<'a> {
    policy_id: &'a str,
    warnings: &'a mut Vec<Warning>,
}

impl Report<'_> {
    fn warn(&mut self, path: Path, code: &'static str, message: String) {
        let policy_id = self.policy_id.to_owned();
        self.warnings.push(Warning {
            policy_id,
            path,
            code,
            message,
        });
    }

    fn placeholders(&mut self, document: &Document) {
        for name in Template::new(&document.reason).unknown() {
            let message = format!(
                "`${{{name}}}` is kept as it is; known are `${{arg.<name>}}`, `${{tool}}`, `${{upstream}}` and `${{audit.event_id}}`"
            );
            self.warn(
                document.part_place("reason"),
                "unknown_placeholder",
                message,
            );
        }
    }

    fn matching(&mut self, document: &Document) {
        let place = Path::root().key("match");
        let matching = &document.matching;
        if matching.require_intent && matching.sender == Some(Sender::Server) {
            let message = "the policy never matches: servers declare no intent".to_owned();
            self.warn(place.clone(), "never_matches", message);
        }
        if matching
            .scope
            .as_ref()
            .is_some_and(|scope| scope.contains('*'))
        {
            let message = "a scope is compared exactly; leave `scope` out for any".to_owned();
            self.warn(place.key("scope"), "literal_star", message);
        }
    }

    /// What is odd about a policy that judges answers.
    fn answers(&mut self, document: &Document) {
        let place = Path::root().key("match");
        if document.matching.sender == Some(Sender::Client) {
            let message = "the policy never matches: the server sends every answer".to_owned();
            self.warn(place.key("sender"), "never_matches", message);
        }
        if document.matching.require_intent {
            let message = "the policy never matches: answers declare no intent".to_owned();
            self.warn(place.key("require_intent"), "never_matches", message);
        }
        let needs_intent = |condition: &Condition| {
            matches!(
                condition,
                Condition::IntentClassIn { .. } | Condition::IntentPurposeMatches { .. }
            )
        };
        if let Some(at) = document.when.iter().position(needs_intent) {
            let message = "the policy never matches: answers declare no intent".to_owned();
            let place = document.part_place("when").index(at);
            self.warn(place, "never_matches", message);
        }
        let needs_trust = |condition: &Condition| condition.needs_trust();
        if let Some(at) = document.when.iter().position(needs_trust) {
            let message =
                "where an answer came from is known: its server. The condition holds as if \
                           nothing were known"
                    .to_owned();
            let place = document.part_place("when").index(at);
            self.warn(place, "no_trust", message);
        }
        for (at, redaction) in document.redact.iter().enumerate() {
            if document.redact.iter().take(at).any(|one| one == redaction) {
                let message = format!("`{}` is redacted here twice", redaction.name());
                let place = document.part_place("redact").index(at);
                self.warn(place, "duplicate_redaction", message);
            }
        }
    }

    /// What is odd about conditions that must all hold.
    fn all_of(&mut self, conditions: &[Condition], path: &Path) {
        if conditions
            .iter()
            .any(|condition| fixed(condition) == Some(Fixed::Never))
        {
            let message = "the policy never matches: one of its conditions never holds".to_owned();
            self.warn(path.clone(), "never_matches", message);
        }
        for (at, condition) in conditions.iter().enumerate() {
            let mut before = conditions.iter().take(at);
            if before.any(|other| contradict(other, condition)) {
                let message = "an argument cannot equal two different values".to_owned();
                self.warn(path.index(at), "contradiction", message);
            }
        }
    }

    /// What is odd about each condition of a list.
    fn each(&mut self, conditions: &[Condition], path: &Path) {
        for (at, condition) in conditions.iter().enumerate() {
            let here = path.index(at);
            if conditions.iter().take(at).any(|other| other == condition) {
                let message = format!("`{}` stands here twice", condition.name());
                self.warn(here.clone(), "duplicate_condition", message);
            }
            self.one(condition, &here);
            self.each(condition.children(), &here.key("conditions"));
        }
    }

    fn one(&mut self, condition: &Condition, here: &Path) {
        match fixed(condition) {
            Some(Fixed::Never) => {
                let message = format!("`{}` can never hold as it is written", condition.name());
                self.warn(here.clone(), "never_holds", message);
            }
            Some(Fixed::Always) => {
                let message = format!("`{}` always holds as it is written", condition.name());
                self.warn(here.clone(), "always_holds", message);
            }
            None => {}
        }
        if let Some(Argument::Key(key)) = condition.argument()
            && key.contains('.')
        {
            let message = format!(
                "`arg: {key}` is the one argument of that name; did you mean `arg_path: {key}`?"
            );
            self.warn(here.key("arg"), "dotted_arg", message);
        }
        if let Condition::ActionClassIn { values } = condition {
            self.classes(values, here);
        }
    }

    fn classes(&mut self, values: &[String], here: &Path) {
        for (at, name) in values.iter().enumerate() {
            if classes::verb(name).is_some() {
                continue;
            }
            let hint = nearest(name, classes::TAXONOMY)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            let message = format!("no tool has the action class `{name}`{hint}");
            self.warn(here.key("values").index(at), "unknown_class", message);
        }
    }
}

/// Whether two conditions ask one argument to equal two values.
fn contradict(a: &Condition, b: &Condition) -> bool {
    let (
        Condition::ArgEquals { arg, value },
        Condition::ArgEquals {
            arg: other,
            value: another,
        },
    ) = (a, b)
    else {
        return false;
    };
    let single = match arg {
        Argument::Key(_) => true,
        Argument::Any => false,
        Argument::Path(path) => !path.is_plural(),
    };
    single && arg == other && !equal(value, another)
}

#[cfg(test)]
mod tests;
