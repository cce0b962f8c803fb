//! Lists of tools: each definition is judged, those in quarantine are cut out, and what is new or
//! cut is recorded.

use super::Answering;
use super::fate::Context;
use crate::digest::Digest;
use crate::exchange::definitions::{self, Seen};
use crate::exchange::sessions::Waiting;
use crate::json::Value;
use crate::limits;
use crate::mcp::Definition;
use crate::policy::{
    Action, Bundle, Check, Decision, DefinitionVerdict, Listed, Mode, Outcome, ReasonCode, Stage,
    Unapproved,
};
use crate::scan::{self, Flag};
use std::collections::BTreeMap;

/// What there is to say about one entry of a list.
struct Remark {
    code: ReasonCode,
    reason: String,
    findings: Vec<String>,
}

impl Remark {
    fn new(code: ReasonCode, reason: &str) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
            findings: Vec::new(),
        }
    }

    /// Whether the tool is to be cut out.
    const fn quarantines(&self) -> bool {
        !matches!(self.code, ReasonCode::ToolFirstSeen)
    }
}

impl Answering {
    /// Cuts the tools in quarantine out of the result of `tools/list`; whether anything was changed.
    pub(super) fn cut_definitions(
        &self,
        request: &Waiting,
        result: &mut Value,
        context: &Context<'_>,
    ) -> bool {
        // On the old transport nobody knows what was asked for.
        let is_list = request.method == "tools/list" || request.tool == "*";
        let bundle = context.bundle.map(|active| &active.bundle);
        let Some(bundle) = bundle.filter(|bundle| is_list && bundle.pins().is_some()) else {
            return false;
        };
        let Value::Object(result) = result else {
            return false;
        };
        let Some(Value::Array(tools)) = result.get("tools") else {
            return false;
        };
        let count = tools.len();
        let kept = self.kept_tools(tools, bundle, request, context);
        if kept.len() == count {
            return false;
        }
        result.set("tools", kept);
        true
    }

    /// The entries that stay, in their order.
    fn kept_tools(
        &self,
        tools: &[Value],
        bundle: &Bundle,
        request: &Waiting,
        context: &Context<'_>,
    ) -> Vec<Value> {
        let enforces = context.mode() == Mode::Enforcement;
        let names = tools.iter().filter_map(name_of);
        let mut listed = Listed::new(names.clone().take(limits::LISTED_TOOLS));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        names.for_each(|name| *counts.entry(name).or_default() += 1);
        let mut kept = Vec::with_capacity(tools.len());
        for entry in tools.iter().take(limits::LISTED_TOOLS) {
            let name = name_of(entry);
            let is_doubled = name.and_then(|name| counts.get(name)) > Some(&1);
            let remark = if is_doubled {
                let text = "the list names the tool twice: clients take either definition";
                Some(Remark::new(ReasonCode::ToolUnreadable, text))
            } else {
                self.remark(entry, bundle, &mut listed, context)
            };
            let stays = remark.as_ref().is_none_or(|remark| !remark.quarantines());
            if let Some(remark) = remark {
                self.record_definition(name, remark, enforces && !stays, request, context);
            }
            if stays || !enforces {
                kept.push(entry.clone());
            }
        }
        let rest = tools.get(limits::LISTED_TOOLS..).unwrap_or_default();
        if !rest.is_empty() {
            let text = format!("the list has {} tools too many to be judged", rest.len());
            let remark = Remark::new(ReasonCode::ToolQuarantined, &text);
            self.record_definition(None, remark, enforces, request, context);
            kept.extend(rest.iter().filter(|_| !enforces).cloned());
        }
        kept
    }

    /// What there is to say about an entry; `None` if nothing is new about it.
    fn remark(
        &self,
        entry: &Value,
        bundle: &Bundle,
        listed: &mut Listed,
        context: &Context<'_>,
    ) -> Option<Remark> {
        let definition = match Definition::read(entry) {
            Ok(definition) => definition,
            Err(error) => {
                return Some(Remark::new(ReasonCode::ToolUnreadable, &error.to_string()));
            }
        };
        let upstream = self.stamp.upstream();
        let (tool, digest) = (definition.name(), definition.digest());
        let pins = bundle.pins()?;
        let approved = pins.pin(upstream, tool).map(|pin| pin.digest);
        // Scanning the same definition again with every list would cost more than all the rest.
        if approved.is_none()
            && pins.unpinned == Unapproved::Allow
            && definitions::is_known(upstream, tool, digest, context.world)
        {
            return None;
        }
        let verdict = bundle.judge_definition(upstream, &definition, listed);
        let is_grave = verdict.flags().iter().any(|flag| flag.is_grave);
        let seen = definitions::seen(upstream, tool, digest, is_grave, approved, context.world);
        let mut remark = remark_on(&verdict, seen, digest)?;
        remark.findings.insert(0, format!("digest={digest}"));
        if let Some(shape) = definition.shape() {
            remark.findings.push(format!("shape={shape}"));
        }
        let flags = match verdict {
            DefinitionVerdict::Changed { .. } => scan::definition(&definition),
            _ => verdict.flags().to_vec(),
        };
        remark.findings.extend(flags.iter().map(Flag::to_text));
        Some(remark)
    }

    fn record_definition(
        &self,
        tool: Option<&str>,
        remark: Remark,
        stops: bool,
        request: &Waiting,
        context: &Context<'_>,
    ) {
        let (action, outcome) = if remark.quarantines() {
            (Action::Block, Outcome::Refused)
        } else {
            (Action::Allow, Outcome::Passed)
        };
        let decision = Decision {
            action,
            policy_id: None,
            code: remark.code,
            reason: remark.reason,
            checks: vec![Check {
                stage: Stage::Definition,
                outcome,
                tried: 0,
            }],
        };
        let mut record = context.record(self, Some(request));
        record.kind = "definition";
        record.tool = tool.map(|tool| tool.chars().take(limits::TOOL_NAME_BYTES).collect());
        record.decide(&decision, context.mode(), stops);
        record.findings = remark.findings;
        context.keep(record);
    }
}

fn name_of(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

/// Joins what the pins say with what was seen before.
fn remark_on(verdict: &DefinitionVerdict, seen: Seen, digest: Digest) -> Option<Remark> {
    let changed = |expected: Digest, text: &str| {
        let mut remark = Remark::new(ReasonCode::ToolChanged, text);
        remark.findings.push(format!("expected={expected}"));
        Some(remark)
    };
    match (verdict, seen) {
        (DefinitionVerdict::Pinned, _) => None,
        (DefinitionVerdict::Changed { expected, .. }, _) => {
            changed(*expected, "the tool's definition is not the approved one")
        }
        (DefinitionVerdict::Unpinned(_), _) => {
            let text = "no definition of the tool has been approved";
            Some(Remark::new(ReasonCode::ToolUnpinned, text))
        }
        (DefinitionVerdict::Flagged(_), _) => {
            let text = "the tool's definition is suspicious and has not been approved";
            Some(Remark::new(ReasonCode::ToolFlagged, text))
        }
        (DefinitionVerdict::FirstSight(_), Seen::Unkept) => {
            let text = "too many tools have been listed to know this one";
            Some(Remark::new(ReasonCode::ToolQuarantined, text))
        }
        (DefinitionVerdict::FirstSight(_), Seen::Again { first } | Seen::News { first })
            if first != digest =>
        {
            changed(first, "the tool's definition is not the one seen first")
        }
        (DefinitionVerdict::FirstSight(_), Seen::News { .. }) => {
            let text = "the tool's definition is seen for the first time";
            Some(Remark::new(ReasonCode::ToolFirstSeen, text))
        }
        (DefinitionVerdict::FirstSight(_), Seen::Again { .. }) => None,
    }
}

#[cfg(test)]
mod tests;
