//! What an answer, or anything else a server says, leaves behind in a conversation.

use super::Answering;
use super::fate::Context;
use crate::exchange::sessions::Waiting;
use crate::exchange::trust::{self, Content, Form, Request, Trace};
use crate::json::{Object, Value};
use crate::taint::flow::Outcome;

impl Answering {
    /// Records the result or error of a request as the client gets it, and labels a result. Whether
    /// that changed the content.
    pub(super) fn leave_trace(
        &self,
        request: &Waiting,
        member: &str,
        content: &mut Value,
        context: &Context<'_>,
    ) -> bool {
        let Some(rules) = context.rules else {
            return false;
        };
        let is_result = member == "result";
        let form = if is_result {
            Form::of_result(&request.method)
        } else {
            Form::Text
        };
        if form == Form::Nothing {
            return match content {
                Value::Object(result) => trust::unmark(result),
                _ => false,
            };
        }
        let tools: Vec<&str> = request.tools().collect();
        let form = match form {
            Form::Result if request.is_of_unknown_tool() => Form::Unknown,
            form => form,
        };
        let said = Content {
            upstream: self.stamp.upstream(),
            tools: &tools,
            form,
            outcome: if is_result {
                Outcome::Success
            } else {
                Outcome::Failure
            },
            value: content,
        };
        let traces: &[Trace] = match &request.trace {
            Some(trace) => std::slice::from_ref(trace),
            None => &self.traces,
        };
        let labels: Vec<_> = traces
            .iter()
            .map(|trace| {
                let record =
                    |unkept: &mut _| trust::record(&said, trace, &rules, context.world, unkept);
                (trace, context.change(record))
            })
            .collect();
        let (Value::Object(result), true, Some(caller)) = (content, is_result, &self.stamp.caller)
        else {
            return false;
        };
        let Some((trace, label)) = labels.first() else {
            return trust::unmark(result);
        };
        let request = Request {
            caller,
            upstream: self.stamp.upstream(),
            tool: &request.tool,
        };
        label.mark(result, &request, trace, &rules, context.world);
        true
    }

    /// Records what a server says that answers no request: what it asks, what it tells, and text
    /// that comes with an error. It may be content of any tool whose answer is awaited, so what holds
    /// for the results of those holds for it.
    pub(super) fn leave_text(&self, method: &str, value: &Value, context: &Context<'_>) {
        let Some(rules) = context.rules else {
            return;
        };
        let awaited = self.open.iter().flat_map(|asked| asked.request.tools());
        let tools: Vec<&str> = std::iter::once(method).chain(awaited).collect();
        let content = Content {
            upstream: self.stamp.upstream(),
            tools: &tools,
            form: Form::Text,
            outcome: Outcome::Success,
            value,
        };
        for trace in &self.traces {
            context.change(|unkept| {
                trust::record(&content, trace, &rules, context.world, unkept);
            });
        }
    }
}

/// What a notification says to people or models; `None` if it only keeps the protocol going.
pub(super) fn told(method: &str, params: &Value) -> Option<Value> {
    let member = match method {
        "notifications/message" => "data",
        "notifications/progress" => "message",
        "notifications/cancelled" => "reason",
        "notifications/tasks/status" => "statusMessage",
        "notifications/tools/list_changed"
        | "notifications/prompts/list_changed"
        | "notifications/resources/list_changed"
        | "notifications/resources/updated"
        | "notifications/roots/list_changed"
        | "notifications/elicitation/complete" => return None,
        _ => return Some(params.clone()),
    };
    let said = params.get(member)?.clone();
    Some(Object::new().with(member, said).into())
}
