//! What a caller is shown in lists: what a request of his could be let through for.
//!
//! It is the judgement of a request of which only the name is known. A policy that depends on the
//! rest (arguments, `_meta`, intent, time) may match or not, so it hides nothing; what is hidden is
//! refused whatever else the request says.

use super::bundle::{Bundle, Rule};
use super::call::{Call, Caller, Sender};
use super::call_aws;
use super::condition::Condition;
use super::decision::{Action, Mode};
use super::document::Direction;
use super::facts::{BUDGET, Facts};
use super::matching::ToolMatch;
use crate::json::{Object, Value};
use crate::time::UnixMillis;

/// What kind of thing a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A tool, by its name.
    Tool,
    /// A resource, by its URI.
    Resource,
    /// A template of resources: which ones it stands for is not known.
    ResourceTemplate,
    /// A prompt, by its name.
    Prompt,
}

/// One entry of a list and who looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Name of the MCP server, from the route mapping.
    pub upstream: &'a str,
    /// Who looks; `None` where nobody is known.
    pub caller: Option<&'a Caller>,
    /// What it is.
    pub kind: SubjectKind,
    /// Its name or URI.
    pub name: &'a str,
}

impl Bundle {
    /// Whether a request for the subject could be let through, or approved. If not,
    /// [`Bundle::decide`] refuses every such request. The mode is not applied, except that in
    /// observation everything is shown.
    #[must_use]
    pub fn shows(&self, subject: &Subject<'_>) -> bool {
        if self.settings().lockdown {
            return false;
        }
        if self.settings().mode == Mode::Observation {
            return true;
        }
        let known = subject.known_arguments();
        let call = subject.call(known.as_ref());
        let mut facts = Facts::new(&call, None, &self.classes, &self.sets, BUDGET);
        for rule in self.rules_for(Direction::Request) {
            let lets_pass = rule.document.action != Action::Block;
            match rule.truth(&mut facts) {
                Some(true) => return lets_pass,
                // It could be this policy that lets it through.
                None if lets_pass => return true,
                Some(false) | None => {}
            }
        }
        self.settings().default_action != Action::Block
    }
}

impl<'a> Subject<'a> {
    /// A request for the subject as far as it is known.
    const fn call<'b>(&self, arguments: Option<&'b Value>) -> Call<'b>
    where
        'a: 'b,
    {
        let (method, tool) = match self.kind {
            SubjectKind::Tool => (Call::TOOLS_CALL, self.name),
            SubjectKind::Resource | SubjectKind::ResourceTemplate => {
                ("resources/read", "resources/read")
            }
            SubjectKind::Prompt => ("prompts/get", "prompts/get"),
        };
        Call {
            upstream: self.upstream,
            method,
            tool,
            arguments,
            meta: None,
            now: UnixMillis(0),
            audit_id: "",
            caller: self.caller,
            sender: Sender::Client,
            trust: None,
        }
    }

    /// The argument that names the subject.
    fn known_arguments(&self) -> Option<Value> {
        let key = match self.kind {
            SubjectKind::Tool | SubjectKind::ResourceTemplate => return None,
            SubjectKind::Resource => "uri",
            SubjectKind::Prompt => "name",
        };
        Some(Object::new().with(key, self.name).into())
    }
}

impl Rule {
    /// Whether the policy matches every request for the subject (`true`), or none; `None` if that
    /// depends on the rest of the request.
    fn truth(&self, facts: &mut Facts<'_>) -> Option<bool> {
        let matching = &self.document.matching;
        if matching.skips_before_tools(facts.call(), true).is_some() {
            return Some(false);
        }
        let tool = tool_truth(&matching.tool, facts);
        let intent = (!matching.require_intent).then_some(true);
        let conditions = self.document.when.iter();
        all([tool, intent]
            .into_iter()
            .chain(conditions.map(|condition| truth(condition, facts))))
    }
}

fn tool_truth(tool: &ToolMatch, facts: &mut Facts<'_>) -> Option<bool> {
    let matches = match tool {
        ToolMatch::Any => true,
        ToolMatch::Glob(glob) => glob.matches(facts.call().tool),
        ToolMatch::Pattern(search) => facts.tool_matches(search).ok()?,
    };
    known_of_tool(matches, facts)
}

/// What is known of the tool by its name: a name behind it may come with the arguments.
fn known_of_tool(holds: bool, facts: &Facts<'_>) -> Option<bool> {
    (holds || facts.call().tool != call_aws::TOOL).then_some(holds)
}

fn truth(condition: &Condition, facts: &mut Facts<'_>) -> Option<bool> {
    match condition {
        Condition::ToolNameIn { .. } | Condition::ActionClassIn { .. } => {
            let holds = condition.holds(facts).ok()?;
            known_of_tool(holds, facts)
        }
        Condition::AnyOf { conditions } => any(conditions, facts),
        Condition::NoneOf { conditions } => any(conditions, facts).map(|one| !one),
        _ => argument_truth(condition, facts),
    }
}

/// A condition on the one argument that names the subject can be told.
fn argument_truth(condition: &Condition, facts: &mut Facts<'_>) -> Option<bool> {
    let key = condition.argument()?.only_key()?;
    facts.call().arguments?.get(&key)?;
    condition.holds(facts).ok()
}

/// Whether all hold: one that never does settles it.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<_> = truths.collect();
    if truths.contains(&Some(false)) {
        return Some(false);
    }
    (!truths.contains(&None)).then_some(true)
}

fn any(conditions: &[Condition], facts: &mut Facts<'_>) -> Option<bool> {
    let none = all(conditions
        .iter()
        .map(|condition| truth(condition, facts).map(|holds| !holds)));
    none.map(|none| !none)
}

#[cfg(test)]
mod tests;
