//! Which calls a policy is about: who sends what to which server, and whether with an intent.

use super::call::{Call, Sender};
use super::document::error::{DocumentError, DocumentErrorKind};
use super::document::fields::{Errors, Fields};
use super::facts::{Exhausted, Facts};
use super::place::Path;
use super::search::Search;
use crate::glob::Glob;
use crate::json::{Object, Value};

/// Which tools a policy is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ToolMatch {
    /// Every tool.
    #[default]
    Any,
    /// Tools whose whole name the glob matches.
    Glob(Glob),
    /// Tools in whose name the pattern is found.
    Pattern(Search),
}

/// The `match` of a policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Match {
    /// The upstream, exactly; `None` is any.
    pub upstream: Option<String>,
    /// The method, as a glob; `None` is every governed one ([`super::Call::is_governed`]), and for
    /// answers every method. Our own growth: the reference judges one method only.
    pub method: Option<Glob>,
    /// Who sends it; `None` is both.
    pub sender: Option<Sender>,
    /// The caller's name, as a glob; `None` is anybody, also nobody known.
    pub caller: Option<Glob>,
    /// The caller's scope, exactly; `None` is any, also none.
    pub scope: Option<String>,
    /// The tools.
    pub tool: ToolMatch,
    /// Whether calls without an intent are skipped.
    pub require_intent: bool,
}

/// Why a policy is not about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// Another method.
    Method,
    /// Another upstream.
    Upstream,
    /// Sent by the other side.
    Sender,
    /// Another caller, or none is known.
    Caller,
    /// Another scope, or no caller is known.
    Scope,
    /// Another tool.
    Tool,
    /// The call has no intent and the policy requires one.
    Intent,
}

impl Skip {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Upstream => "upstream",
            Self::Sender => "sender",
            Self::Caller => "caller",
            Self::Scope => "scope",
            Self::Tool => "tool",
            Self::Intent => "intent",
        }
    }
}

const SENDERS: [(&str, Sender); 2] = [("client", Sender::Client), ("server", Sender::Server)];

impl Match {
    /// Why the policy is not about the call; `None` if it is.
    pub(in crate::policy) fn skips(
        &self,
        facts: &mut Facts<'_>,
    ) -> Result<Option<Skip>, Exhausted> {
        let is_governed = facts.is_answer() || facts.call().is_governed();
        if let Some(skip) = self.skips_before_tools(facts.call(), is_governed) {
            return Ok(Some(skip));
        }
        if !self.is_about_tool(facts)? {
            return Ok(Some(Skip::Tool));
        }
        let lacks_intent = self.require_intent && facts.intent().is_none();
        Ok(lacks_intent.then_some(Skip::Intent))
    }

    /// [`Match::skips`] as far as it depends on neither tool nor intent. Costs nothing that grows
    /// with what a client sends: methods and names of callers are short.
    pub(in crate::policy) fn skips_before_tools(
        &self,
        call: &Call<'_>,
        is_governed: bool,
    ) -> Option<Skip> {
        let is_about_method = self
            .method
            .as_ref()
            .map_or(is_governed, |method| method.matches(call.method));
        let is_other = |wanted: Option<&str>, got: Option<&str>| {
            wanted.is_some_and(|wanted| got != Some(wanted))
        };
        let name = call.caller.map(|caller| caller.name.as_str());
        let is_other_caller = |glob: &Glob| !name.is_some_and(|name| glob.matches(name));
        let scope = call.caller.map(|caller| caller.scope.as_str());
        if !is_about_method {
            Some(Skip::Method)
        } else if self.sender.is_some_and(|sender| sender != call.sender) {
            Some(Skip::Sender)
        } else if is_other(self.upstream.as_deref(), Some(call.upstream)) {
            Some(Skip::Upstream)
        } else if self.caller.as_ref().is_some_and(is_other_caller) {
            Some(Skip::Caller)
        } else if is_other(self.scope.as_deref(), scope) {
            Some(Skip::Scope)
        } else {
            None
        }
    }

    fn is_about_tool(&self, facts: &mut Facts<'_>) -> Result<bool, Exhausted> {
        match &self.tool {
            ToolMatch::Any => Ok(true),
            ToolMatch::Glob(glob) => {
                facts.charge(facts.call().tool.len())?;
                Ok(facts.tool_names().any(|name| glob.matches(name)))
            }
            ToolMatch::Pattern(search) => facts.tool_matches(search),
        }
    }

    /// Whether every call `other` lets through is let through here too, as far as can be told
    /// without running them.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let upstream = self.upstream.is_none() || self.upstream == other.upstream;
        let method =
            self.method == other.method || self.method.as_ref().is_some_and(Glob::matches_all);
        let sender = self.sender.is_none() || self.sender == other.sender;
        let caller = match (&self.caller, &other.caller) {
            (None, _) => true,
            (Some(ours), Some(theirs)) => covers_names(ours, theirs),
            // Whoever `other` lets through may be unknown.
            (Some(_), None) => false,
        };
        let scope = self.scope.is_none() || self.scope == other.scope;
        let intent = !self.require_intent || other.require_intent;
        let who = sender && caller && scope;
        upstream && method && who && intent && self.covers_tools(&other.tool)
    }

    fn covers_tools(&self, other: &ToolMatch) -> bool {
        match (&self.tool, other) {
            _ if self.matches_every_tool() => true,
            (ToolMatch::Glob(ours), ToolMatch::Glob(theirs)) => covers_names(ours, theirs),
            (ours, theirs) => ours == theirs,
        }
    }

    /// Whether every call is let through.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.upstream.is_none()
            && self.method.as_ref().is_none_or(Glob::matches_all)
            && self.sender.is_none()
            && self.caller.is_none()
            && self.scope.is_none()
            && self.matches_every_tool()
            && !self.require_intent
    }

    /// Whether every tool is let through.
    #[must_use]
    pub fn matches_every_tool(&self) -> bool {
        match &self.tool {
            ToolMatch::Any => true,
            ToolMatch::Glob(glob) => glob.matches_all(),
            ToolMatch::Pattern(search) => search.written().is_empty(),
        }
    }

    /// Reads a `match` mapping; `None` if errors were found.
    pub(in crate::policy) fn decode(
        value: &Value,
        path: Path,
        errors: &mut Errors,
    ) -> Option<Self> {
        let before = errors.len();
        let mut fields = Fields::of(value, path, errors)?;
        let upstream = fields.text_or("upstream", "*", errors);
        let method = text_unless_null(&mut fields, "method", errors).map(Glob::new);
        let sender = fields
            .optional("sender")
            .filter(|value| **value != Value::Null)
            .and_then(|value| fields.as_word("sender", value, "sender", &SENDERS, errors));
        let caller = text_unless_null(&mut fields, "caller", errors).map(Glob::new);
        let scope = text_unless_null(&mut fields, "scope", errors).map(str::to_owned);
        let tool = text_unless_null(&mut fields, "tool", errors);
        let pattern = text_unless_null(&mut fields, "tool_pattern", errors);
        let tool = match (tool, pattern) {
            (Some(_), Some(_)) => {
                let kind = DocumentErrorKind::ToolAndPattern;
                errors.push(DocumentError {
                    path: fields.path().clone(),
                    kind,
                });
                ToolMatch::Any
            }
            (Some(glob), None) => ToolMatch::Glob(Glob::new(glob)),
            (None, Some(written)) => {
                Search::decode(written, || fields.place("tool_pattern"), errors)
                    .map_or(ToolMatch::Any, ToolMatch::Pattern)
            }
            (None, None) => ToolMatch::Any,
        };
        let require_intent = fields.truth_or("require_intent", false, errors);
        fields.finish(errors);
        let upstream = (upstream != "*").then(|| upstream.to_owned());
        (errors.len() == before).then_some(Self {
            upstream,
            method,
            sender,
            caller,
            scope,
            tool,
            require_intent,
        })
    }

    /// The mapping in its normal form, defaults left out.
    pub(in crate::policy) fn to_object(&self) -> Object {
        let mut object = Object::new();
        if let Some(upstream) = &self.upstream {
            object.set("upstream", upstream.as_str());
        }
        if let Some(method) = &self.method {
            object.set("method", method.written());
        }
        if let Some(sender) = self.sender {
            object.set("sender", sender.as_str());
        }
        if let Some(caller) = &self.caller {
            object.set("caller", caller.written());
        }
        if let Some(scope) = &self.scope {
            object.set("scope", scope.as_str());
        }
        match &self.tool {
            ToolMatch::Any => {}
            ToolMatch::Glob(glob) => object.set("tool", glob.written()),
            ToolMatch::Pattern(search) => object.set("tool_pattern", search.written()),
        }
        if self.require_intent {
            object.set("require_intent", true);
        }
        object
    }
}

/// The text `key`; `None` if it is absent, null, or, with an error, something else.
fn text_unless_null<'a>(
    fields: &mut Fields<'a>,
    key: &'static str,
    errors: &mut Errors,
) -> Option<&'a str> {
    let value = fields.optional(key)?;
    if *value == Value::Null {
        return None;
    }
    fields.as_text(key, value, errors)
}

/// Whether every name `theirs` matches is one that `ours` matches, as far as can be told.
pub(in crate::policy) fn covers_names(ours: &Glob, theirs: &Glob) -> bool {
    ours.matches_all()
        || ours == theirs
        || theirs.as_literal().is_some_and(|name| ours.matches(&name))
}
