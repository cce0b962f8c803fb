//! What the two sides ask and answer inside results and params since 2026-07-28, where a server can
//! no longer send requests of its own: a result may be `input_required`, and the client sends its
//! request again with the answers (`mcp-wire.md` section 2, MRTR).

use crate::json::{Object, Value};

/// One thing a result asks the client for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputRequest<'a> {
    /// The method, for example `sampling/createMessage`; empty if it names none.
    pub method: &'a str,
    /// Its params; `None` if absent.
    pub params: Option<&'a Value>,
}

/// What a result asks the client for; nothing if it is not `input_required`.
pub fn input_requests(result: &Value) -> impl Iterator<Item = InputRequest<'_>> {
    let kind = result.get("resultType").and_then(Value::as_str);
    let asks = result.get("inputRequests").and_then(Value::as_object);
    let asks = asks.filter(|_| kind == Some("input_required"));
    asks.into_iter()
        .flat_map(Object::iter)
        .map(|(_, ask)| InputRequest {
            method: ask
                .get("method")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            params: ask.get("params"),
        })
}

/// Members of an answer that only the answer to one method has.
const SHAPES: [(&str, &str); 5] = [
    ("action", "elicitation/create"),
    ("content", "elicitation/create"),
    ("role", "sampling/createMessage"),
    ("model", "sampling/createMessage"),
    ("roots", "roots/list"),
];

/// The client's answers in the params of a request, each with the methods it may be the answer to.
/// The params do not say which: it is told by the members, and what looks like several is each of
/// them. What looks like none may be the answer to anything that asks for content.
pub fn input_responses(
    params: Option<&Object>,
) -> impl Iterator<Item = (Vec<&'static str>, &Value)> {
    let answers = params
        .and_then(|params| params.get("inputResponses"))
        .and_then(Value::as_object);
    answers
        .into_iter()
        .flat_map(Object::iter)
        .map(|(_, answer)| (methods(answer), answer))
}

fn methods(answer: &Value) -> Vec<&'static str> {
    let has = |member: &str| answer.get(member).is_some();
    let mut methods = Vec::new();
    for (member, method) in SHAPES {
        // Both kinds have content; it tells something only beside nothing else.
        let tells = has(member) && (member != "content" || !has("role"));
        if tells && !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        methods.extend(["elicitation/create", "sampling/createMessage"]);
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn value(text: &str) -> Value {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_a_result_that_requires_input_asks_for_something() {
        let asks =
            r#""inputRequests":{"a":{"method":"roots/list"},"b":{"method":"x","params":{}},"c":5}"#;
        let result = value(&format!(r#"{{"resultType":"input_required",{asks}}}"#));
        let found: Vec<_> = input_requests(&result)
            .map(|ask| (ask.method, ask.params.is_some()))
            .collect();
        assert_eq!(found, [("roots/list", false), ("x", true), ("", false)]);
        let result = value(&format!(r#"{{"resultType":"complete",{asks}}}"#));
        assert_eq!(input_requests(&result).count(), 0);
    }

    #[test]
    fn an_answer_is_told_by_its_members() {
        let (elicitation, sampling) = ("elicitation/create", "sampling/createMessage");
        for (answer, expected) in [
            (r#"{"action":"accept","content":{}}"#, vec![elicitation]),
            (
                r#"{"role":"assistant","content":{},"model":"m"}"#,
                vec![sampling],
            ),
            (r#"{"roots":[]}"#, vec!["roots/list"]),
            (
                r#"{"action":"accept","role":"user"}"#,
                vec![elicitation, sampling],
            ),
            (r#"{"content":{}}"#, vec![elicitation]),
            (r#"{"other":1}"#, vec![elicitation, sampling]),
            ("5", vec![elicitation, sampling]),
        ] {
            let params = value(&format!(r#"{{"inputResponses":{{"k":{answer}}}}}"#));
            let found: Vec<_> = input_responses(params.as_object())
                .map(|(methods, _)| methods)
                .collect();
            assert_eq!(found, [expected], "{answer}");
        }
        assert_eq!(input_responses(None).count(), 0);
        assert_eq!(
            input_responses(value(r#"{"inputResponses":5}"#).as_object()).count(),
            0
        );
    }
}
