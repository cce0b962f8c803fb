//! Which calls a policy is about: upstream, method, tool and whether there is an intent.

use super::document::error::{DocumentError, DocumentErrorKind};
use super::document::fields::{Errors, Fields};
use super::facts::{Exhausted, Facts};
use super::glob::Glob;
use super::place::Path;
use super::search::Search;
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
    /// The method, as a glob; `None` is every governed one ([`super::Call::is_governed`]). Our own
    /// growth: the reference judges one method only.
    pub method: Option<Glob>,
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
            Self::Tool => "tool",
            Self::Intent => "intent",
        }
    }
}

impl Match {
    /// Why the policy is not about the call; `None` if it is.
    pub(in crate::policy) fn skips(
        &self,
        facts: &mut Facts<'_>,
    ) -> Result<Option<Skip>, Exhausted> {
        let call = facts.call();
        let is_about_method = self
            .method
            .as_ref()
            .map_or_else(|| call.is_governed(), |method| method.matches(call.method));
        if !is_about_method {
            return Ok(Some(Skip::Method));
        }
        if self
            .upstream
            .as_ref()
            .is_some_and(|upstream| upstream != call.upstream)
        {
            return Ok(Some(Skip::Upstream));
        }
        if !self.is_about_tool(facts)? {
            return Ok(Some(Skip::Tool));
        }
        let lacks_intent = self.require_intent && facts.intent().is_none();
        Ok(lacks_intent.then_some(Skip::Intent))
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
        let intent = !self.require_intent || other.require_intent;
        upstream && method && intent && self.covers_tools(&other.tool)
    }

    fn covers_tools(&self, other: &ToolMatch) -> bool {
        match (&self.tool, other) {
            _ if self.matches_every_tool() => true,
            (ToolMatch::Glob(ours), ToolMatch::Glob(theirs)) => {
                ours == theirs || theirs.as_literal().is_some_and(|name| ours.matches(&name))
            }
            (ours, theirs) => ours == theirs,
        }
    }

    /// Whether every call is let through.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.upstream.is_none()
            && self.method.as_ref().is_none_or(Glob::matches_all)
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
        let method = fields
            .optional("method")
            .filter(|value| **value != Value::Null);
        let method = method
            .and_then(|value| fields.as_text("method", value, errors))
            .map(Glob::new);
        let tool = fields
            .optional("tool")
            .filter(|value| **value != Value::Null);
        let tool = tool.and_then(|value| fields.as_text("tool", value, errors));
        let pattern = fields
            .optional("tool_pattern")
            .filter(|value| **value != Value::Null);
        let pattern = pattern.and_then(|value| fields.as_text("tool_pattern", value, errors));
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
