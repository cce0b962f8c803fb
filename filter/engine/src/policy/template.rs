//! Reasons with placeholders: `${arg.X}`, `${tool}`, `${upstream}`, `${audit.event_id}`.
//!
//! What a caller sent ends up in a text people read: each value is cut and loses its control
//! characters. An unknown placeholder is kept as written.

use super::argument::ArgPath;
use super::call::Call;
use super::value::{shown, text_form};
use crate::json::Object;
use crate::limits;

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Tool,
    Upstream,
    AuditId,
    /// A top-level argument or, if there is none of that name, what the path reaches first.
    Argument {
        key: String,
        path: Option<ArgPath>,
    },
}

/// A reason, its placeholders found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    parts: Vec<Part>,
    unknown: Vec<String>,
}

impl Template {
    /// Finds the placeholders of a reason. Every text is a template.
    #[must_use]
    pub(super) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut unknown = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            parts.push(Part::Text(before.to_owned()));
            match placeholder(name) {
                Some(part) => parts.push(part),
                None => {
                    parts.push(Part::Text(format!("${{{name}}}")));
                    unknown.push(name.to_owned());
                }
            }
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Self { parts, unknown }
    }

    /// The placeholders that mean nothing, without `${` and `}`.
    #[must_use]
    pub(super) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The reason for one call. What is missing leaves nothing.
    #[must_use]
    pub(super) fn render(&self, call: &Call<'_>) -> String {
        let arguments = call.arguments.and_then(|arguments| arguments.as_object());
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Tool => out.push_str(&cut(call.tool)),
                Part::Upstream => out.push_str(&cut(call.upstream)),
                Part::AuditId => out.push_str(&cut(call.audit_id)),
                Part::Argument { key, path } => {
                    out.push_str(&argument(arguments, key, path.as_ref()));
                }
            }
        }
        if let Some((end, _)) = out.char_indices().nth(limits::REASON_CHARS) {
            out.truncate(end);
        }
        out
    }
}

fn cut(text: &str) -> String {
    shown(text, limits::REASON_VALUE_CHARS)
}

fn argument(arguments: Option<&Object>, key: &str, path: Option<&ArgPath>) -> String {
    let Some(arguments) = arguments else {
        return String::new();
    };
    let by_path = || path.and_then(|path| path.values(arguments).into_iter().next());
    arguments
        .get(key)
        .or_else(by_path)
        .map(|value| cut(&text_form(value)))
        .unwrap_or_default()
}

fn placeholder(name: &str) -> Option<Part> {
    match name {
        "tool" => Some(Part::Tool),
        "upstream" => Some(Part::Upstream),
        "audit.event_id" => Some(Part::AuditId),
        _ => {
            let key = name.strip_prefix("arg.")?;
            Some(Part::Argument {
                key: key.to_owned(),
                path: ArgPath::parse(key).ok(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::policy::call::Sender;
    use crate::time::UnixMillis;

    #[test]
    fn placeholders_are_filled_in_cut_and_cleaned() {
        let long = "x".repeat(500);
        let arguments = json::parse(
            format!(r#"{{"region":"eu\r\n","o":{{"p":[1,true]}},"a.b":null,"long":"{long}"}}"#)
                .as_bytes(),
        )
        .unwrap();
        let call = Call {
            upstream: "up",
            method: "tools/call",
            tool: "t",
            arguments: Some(&arguments),
            meta: None,
            now: UnixMillis(0),
            audit_id: "evt_1",
            caller: None,
            sender: Sender::Client,
            trust: None,
        };
        for (template, reason) in [
            ("no ${arg.region} for ${tool}@${upstream}", "no eu for t@up"),
            ("${arg.o.p.0}${arg.o.p}", "1[1,true]"),
            ("${arg.a.b}|${arg.gone}|${audit.event_id}", "null||evt_1"),
            ("${what} ${open", "${what} ${open"),
            ("", ""),
        ] {
            assert_eq!(Template::new(template).render(&call), reason, "{template}");
        }
        assert_eq!(
            Template::new("${arg.long}").render(&call).chars().count(),
            201
        );
        assert_eq!(Template::new("${what}${tool}").unknown(), ["what"]);
    }
}
