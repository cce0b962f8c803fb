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
use super::glob::Glob;
use super::inside::Inside;
use super::matching::covers_names;
use crate::json::{Object, Value};
use crate::limits;

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
}

/// The calls inside a call, the outermost first.
#[derive(Debug, Default)]
pub(in crate::policy) struct Unwrapped {
    pub(in crate::policy) calls: Vec<Inner>,
    /// Why not all could be read; a server may run them all the same.
    pub(in crate::policy) unreadable: Option<&'static str>,
}

impl Inner {
    /// The inner call, with everything else as in the outer one.
    pub(in crate::policy) fn call<'b>(&'b self, outer: &Call<'b>) -> Call<'b> {
        Call {
            tool: &self.tool,
            arguments: self.arguments.as_ref(),
            ..*outer
        }
    }
}

/// The calls inside a call.
pub(in crate::policy) fn unwrap(meta_tools: &[MetaTool], call: &Call<'_>) -> Unwrapped {
    let mut unwrapped = Unwrapped::default();
    if meta_tools.is_empty() || call.method != Call::TOOLS_CALL || call.sender != Sender::Client {
        return unwrapped;
    }
    let mut layer = one_layer(meta_tools, call, &mut unwrapped.unreadable);
    for _ in 1..limits::META_TOOL_LEVELS {
        let next = layer
            .iter()
            .flat_map(|inner| one_layer(meta_tools, &inner.call(call), &mut unwrapped.unreadable))
            .collect();
        unwrapped.calls.append(&mut layer);
        layer = next;
    }
    let goes_on = |inner: &Inner| find(meta_tools, &inner.call(call)).is_some();
    if layer.iter().any(goes_on) {
        unwrapped.unreadable = Some("a tool that runs a tool is nested too deep");
    }
    unwrapped.calls.append(&mut layer);
    unwrapped
}

/// The calls right inside a call: at most one as it was sent, and another one for a server that reads
/// JSON in strings.
fn one_layer(
    meta_tools: &[MetaTool],
    call: &Call<'_>,
    unreadable: &mut Option<&'static str>,
) -> Vec<Inner> {
    let Some(meta_tool) = find(meta_tools, call) else {
        return Vec::new();
    };
    let inside = Inside::read(call.arguments);
    let whole = inside
        .as_ref()
        .map(|inside| inside.as_ref().map(|inside| inside.call(call)));
    let readings = match &whole {
        Ok(None) => vec![*call],
        Ok(Some(whole)) => vec![*call, *whole],
        // The call itself is refused for it.
        Err(_) => return Vec::new(),
    };
    let mut calls: Vec<Inner> = Vec::new();
    let mut problem = None;
    for reading in readings {
        match meta_tool.inner(&reading) {
            Ok(inner) if calls.contains(&inner) => {}
            Ok(inner) => calls.push(inner),
            Err(text) => problem = Some(text),
        }
    }
    if calls.is_empty() {
        *unreadable = problem;
    }
    calls
}

/// The first of the meta-tools that a call runs.
fn find<'a>(meta_tools: &'a [MetaTool], call: &Call<'_>) -> Option<&'a MetaTool> {
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
        Ok(Inner { tool, arguments })
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
