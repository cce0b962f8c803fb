//! What an answer holds: lists are cut to what the caller may use, what a server asks for inside a
//! result is judged, and then the response policies have the word.

use super::fate::{Context, Fate};
use super::lists::Cut;
use super::{Answering, Asked, text_of, traces};
use crate::exchange::judge;
use crate::exchange::sessions::{self, Owner, Waiting};
use crate::exchange::world::Step;
use crate::json::{Object, Value};
use crate::mcp::{self, Id};
use crate::policy::{Answer, Decision};

/// What the response policies say about some content.
enum Content {
    /// It goes on as it is.
    Same,
    /// This goes on in its place.
    Redacted(Value),
    /// It is kept from the client; the id of the record says more.
    Blocked(Decision, String),
}

impl Answering {
    /// The fate of the result or error `root` of a request. Without `id` it names none.
    pub(super) fn judge_outcome(
        &mut self,
        id: Option<&Id>,
        request: &Waiting,
        root: Value,
        context: &Context<'_>,
    ) -> Fate {
        let Value::Object(mut root) = root else {
            return Fate::Drop;
        };
        let member = if root.get("result").is_some() {
            "result"
        } else {
            "error"
        };
        let Some(mut content) = root.get(member).cloned() else {
            return Fate::Drop;
        };
        if member == "result" {
            self.note_task(request, &content, context);
            if let Some((decision, audit_id)) = self.refused_input(&content, context) {
                return Fate::Swap(self.denied(id, request, &decision, &audit_id));
            }
        }
        let mut is_changed = false;
        if member == "result" {
            match self.cut_list(request, &mut content, context) {
                Cut::Same => {}
                Cut::Changed => is_changed = true,
                Cut::Blocked(decision, audit_id) => {
                    return Fate::Swap(self.denied(id, request, &decision, &audit_id));
                }
            }
        }
        match self.judge_content(request, &content, context) {
            Content::Same => {}
            Content::Redacted(redacted) => {
                content = redacted;
                is_changed = true;
            }
            Content::Blocked(decision, audit_id) => {
                return Fate::Swap(self.denied(id, request, &decision, &audit_id));
            }
        }
        is_changed |= self.leave_trace(request, member, &mut content, context);
        if !is_changed {
            return Fate::Keep;
        }
        root.set(member, content);
        Fate::Swap(root.into())
    }

    /// The server tells the client something.
    pub(super) fn server_tells(
        &mut self,
        method: &str,
        root: Value,
        context: &Context<'_>,
    ) -> Fate {
        let about = Waiting::of_method(method);
        let Some(params) = root.get("params") else {
            return Fate::Keep;
        };
        match self.judge_content(&about, params, context) {
            Content::Same => {
                self.leave_notice(method, params, context);
                Fate::Keep
            }
            Content::Blocked(..) => Fate::Drop,
            Content::Redacted(params) => match root {
                Value::Object(mut root) => {
                    self.leave_notice(method, &params, context);
                    root.set("params", params);
                    Fate::Swap(root.into())
                }
                _ => Fate::Drop,
            },
        }
    }

    fn leave_notice(&self, method: &str, params: &Value, context: &Context<'_>) {
        if context.rules.is_some()
            && let Some(said) = traces::told(method, params)
        {
            self.leave_text(method, &said, context);
        }
    }

    /// Text for people that came with an error.
    pub(super) fn text(&mut self, bytes: &[u8], context: &Context<'_>) -> Step {
        if !context.reads_text() {
            return Step::Forward;
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        let request = self.open.first().map(|asked| asked.request.clone());
        let request = request.unwrap_or_default();
        let content = Object::new().with("text", text).into();
        let asked = self.open.first().map(|asked| asked.id.clone());
        self.answered.push((asked, request.clone()));
        match self.judge_content(&request, &content, context) {
            Content::Same => {
                self.leave_text(&request.method, &content, context);
                Step::Forward
            }
            Content::Redacted(redacted) => {
                self.leave_text(&request.method, &redacted, context);
                let text = redacted.get("text").and_then(Value::as_str);
                Step::Replace(text.unwrap_or_default().as_bytes().to_vec())
            }
            Content::Blocked(decision, audit_id) => {
                let asked = self.open.first().map(|asked| asked.id.clone());
                let denied = self.denied(asked.as_ref(), &request, &decision, &audit_id);
                Step::Replace(text_of(&denied))
            }
        }
    }

    /// What the response policies say, about the tool and about each that it ran: what one leaves the
    /// next judges.
    fn judge_content(&self, request: &Waiting, content: &Value, context: &Context<'_>) -> Content {
        let mut redacted: Option<Value> = None;
        for tool in request.tools() {
            let left = redacted.as_ref().unwrap_or(content);
            match self.judge_as(tool, request, left, context) {
                Content::Same => {}
                Content::Redacted(value) => redacted = Some(value),
                blocked @ Content::Blocked(..) => return blocked,
            }
        }
        redacted.map_or(Content::Same, Content::Redacted)
    }

    /// What they say about the answer of `tool`.
    fn judge_as(
        &self,
        tool: &str,
        request: &Waiting,
        content: &Value,
        context: &Context<'_>,
    ) -> Content {
        let Some(active) = context.bundle.filter(|_| context.judges_answers()) else {
            return Content::Same;
        };
        let answer = Answer {
            upstream: self.stamp.upstream(),
            caller: self.stamp.caller.as_ref(),
            method: &request.method,
            tool,
            content,
            now: context.world.now,
            audit_id: &context.next_id(),
        };
        let judged = active.bundle.judge_answer(&answer);
        let stops = context.stops(&judged.decision);
        let said_nothing = judged.decision.policy_id.is_none() && judged.findings.is_empty();
        if said_nothing && !stops {
            return Content::Same;
        }
        let mut record = context.record(self, Some(request));
        record.inner_tools.clone_from(&request.inner);
        record.decide(&judged.decision, context.mode(), stops);
        record.findings = judged
            .findings
            .iter()
            .map(|finding| format!("{}={}", finding.kind, finding.count))
            .collect();
        let audit_id = record.id.clone();
        context.keep(record);
        if stops {
            return Content::Blocked(judged.decision, audit_id);
        }
        judged.replaced.map_or(Content::Same, Content::Redacted)
    }

    /// Remembers the task that a result begins, so that its own result is judged as the tool's.
    fn note_task(&self, request: &Waiting, result: &Value, context: &Context<'_>) {
        let legacy = result.get("task").and_then(|task| task.get("taskId"));
        let is_task = result.get("resultType").and_then(Value::as_str) == Some("task");
        let modern = result.get("taskId").filter(|_| is_task);
        let task = legacy.or(modern).and_then(Value::as_str);
        if let (Some(task), Some(owner)) = (task, self.owner()) {
            sessions::note_task(&owner, task, request, context.world);
        }
    }

    /// The request behind a look at a task: policies about a tool hold for its late result too.
    pub(super) fn behind_task(&self, asked: Asked, context: &Context<'_>) -> Waiting {
        let Some(task) = &asked.task else {
            return asked.request;
        };
        let owner = self.owner();
        let begun = owner.and_then(|owner| sessions::task(&owner, task, context.world));
        let trace = asked.request.trace.map(|trace| {
            let begun = begun.as_ref().and_then(|begun| begun.trace.as_ref());
            trace.with_echo_of(begun)
        });
        let own = (asked.request.tool, asked.request.inner);
        let (tool, inner) = begun.map_or(own, |begun| (begun.tool, begun.inner));
        Waiting {
            method: asked.request.method,
            tool,
            inner,
            trace,
        }
    }

    fn owner(&self) -> Option<Owner> {
        let caller = self.stamp.caller.as_ref()?;
        Some(Owner::of(caller, self.stamp.upstream()))
    }

    /// What a client gets in the place of an answer it may not see.
    pub(super) fn denied(
        &self,
        id: Option<&Id>,
        request: &Waiting,
        decision: &Decision,
        audit_id: &str,
    ) -> Value {
        let denial = judge::denial(decision, audit_id);
        let is_call = matches!(request.method.as_str(), "tools/call" | "tasks/result");
        match id {
            Some(id) if is_call => mcp::replacement_result(id, self.era, &denial),
            id => mcp::replacement_denial(id, &denial),
        }
    }
}
