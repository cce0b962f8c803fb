//! Meta-tools: tools that run another tool, which they are told by their arguments. Gateways offer
//! one `call_tool` for many; a policy about the tool behind it must not be passed by.
//!
//! The bundle says which tools these are and where the inner name and arguments stand. A call of one
//! is judged as itself and as every call inside it; the strictest decision stands.

mod decode;

pub(in crate::policy) use decode::decode_list;
pub use decode::decode_meta_tools;

use super::argument::ArgPath;
use super::call::{Call, Sender};
use super::inside::Inside;
use super::matching::covers_names;
use crate::glob::Glob;
use crate::json::{Object, Value};
use crate::taint::Judged;

/// A tool that runs another.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaTool {
    /// The upstreams it is at, as a glob; `None` is any.
    pub upstream: Option<Glob>,
    /// Its name, as a glob.
    pub tool: Glob,
    /// Where in its arguments the name of the inner tool stands.
    pub name: ArgPath,
    /// Where the arguments of the inner tool stand; `None` if it has none.
    pub arguments: Option<ArgPath>,
}

/// A call inside a call.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) struct Inner {
    pub(in crate::policy) tool: String,
    pub(in crate::policy) arguments: Option<Value>,
    /// Where the values of these arguments came from; `None` if that cannot be told.
    pub(in crate::policy) trust: Option<Judged>,
}

impl Inner {
    /// The inner call, with everything else as in the outer one.
    pub(in crate::policy) fn call<'b>(&'b self, outer: &Call<'b>) -> Call<'b> {
        Call {
            tool: &self.tool,
            arguments: self.arguments.as_ref(),
            trust: self.trust.as_ref(),
            ..*outer
        }
    }
}

/// The calls right inside a call of a meta-tool: at most one as it was sent, and another one for a
/// server that reads JSON in strings. `None` if the call is of no such tool.
///
/// # Errors
/// If what it runs cannot be told in any reading.
pub(in crate::policy) fn unwrap(
    meta_tools: &[MetaTool],
    call: &Call<'_>,
    inside: Option<&Inside>,
) -> Option<Result<Vec<Inner>, &'static str>> {
    let meta_tool = find(meta_tools, call)?;
    let read = inside.map(|inside| inside.call(call));
    let mut calls: Vec<Inner> = Vec::new();
    let mut problem = None;
    for reading in std::iter::once(call).chain(&read) {
        match meta_tool.inner(reading) {
            Ok(inner) if calls.contains(&inner) => {}
            Ok(inner) => calls.push(inner),
            Err(text) => problem = problem.or(Some(text)),
        }
    }
    Some(match problem {
        Some(problem) if calls.is_empty() => Err(problem),
        _ => Ok(calls),
    })
}

/// The first of the meta-tools that a call runs.
fn find<'a>(meta_tools: &'a [MetaTool], call: &Call<'_>) -> Option<&'a MetaTool> {
    if call.method != Call::TOOLS_CALL || call.sender != Sender::Client {
        return None;
    }
    meta_tools.iter().find(|known| {
        let upstream = known.upstream.as_ref();
        upstream.is_none_or(|upstream| upstream.matches(call.upstream))
            && known.tool.matches(call.tool)
    })
}

impl MetaTool {
    /// The call inside a call of this tool; why it cannot be told.
    fn inner(&self, call: &Call<'_>) -> Result<Inner, &'static str> {
        let arguments = call.arguments.and_then(Value::as_object);
        let at = |path: &ArgPath| arguments.and_then(|all| path.values(all).into_iter().next());
        let tool = match at(&self.name) {
            Some(Value::String(name)) => name.clone(),
            Some(_) => return Err("the name of the tool to run is not a string"),
            None => return Err("the name of the tool to run is missing"),
        };
        let arguments = match self.arguments.as_ref().and_then(at) {
            None | Some(Value::Null) => None,
            Some(arguments @ Value::Object(_)) => Some(arguments.clone()),
            Some(_) => return Err("the arguments of the tool to run are no object"),
        };
        let keys = self.arguments.as_ref().and_then(ArgPath::keys);
        let trust = keys
            .zip(call.trust)
            .map(|(keys, judged)| judged.below(&keys));
        // What stands in a string of the outer call was judged as that string.
        let has_none = arguments.is_none();
        let is_judged = |trust: &Judged| has_none || !trust.arguments.is_empty();
        Ok(Inner {
            tool,
            arguments,
            trust: trust.filter(is_judged),
        })
    }

    /// Whether every call `other` is about is one of this, as far as can be told.
    pub(in crate::policy) fn covers(&self, other: &Self) -> bool {
        let upstream = match (&self.upstream, &other.upstream) {
            (None, _) => true,
            (Some(ours), Some(theirs)) => covers_names(ours, theirs),
            (Some(ours), None) => ours.matches_all(),
        };
        upstream && covers_names(&self.tool, &other.tool)
    }

    /// The mapping in its normal form, defaults left out.
    pub(in crate::policy) fn to_value(&self) -> Value {
        let mut object = Object::new();
        if let Some(upstream) = &self.upstream {
            object.set("upstream", upstream.written());
        }
        object.set("tool", self.tool.written());
        object.set("name", self.name.to_string());
        if let Some(arguments) = &self.arguments {
            object.set("arguments", arguments.to_string());
        }
        object.into()
    }
}

#[cfg(test)]
mod tests;
