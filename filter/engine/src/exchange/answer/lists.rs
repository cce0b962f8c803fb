//! Lists are cut to what the caller may use.

use super::Answering;
use super::fate::Context;
use crate::exchange::judge;
use crate::exchange::sessions::Waiting;
use crate::exchange::state::ActiveBundle;
use crate::json::{Object, Value};
use crate::limits;
use crate::mcp::ListKind;
use crate::policy::{
    Action, Bundle, Check, Decision, Mode, Outcome, ReasonCode, Stage, Subject, SubjectKind,
};

/// What became of a list.
pub(super) enum Cut {
    /// Nothing, or it is no list.
    Same,
    /// It is another.
    Changed,
    /// It is kept from the client; the id of the record says more.
    Blocked(Decision, String),
}

impl Answering {
    /// Cuts a list to what its caller may use.
    pub(super) fn cut_list(
        &self,
        request: &Waiting,
        result: &mut Value,
        context: &Context<'_>,
    ) -> Cut {
        let is_cut = self.cut_definitions(request, result, context);
        match self.cut_hidden(request, result, context) {
            Cut::Same if is_cut => Cut::Changed,
            cut => cut,
        }
    }

    /// Cuts what the policies would refuse the caller anyway.
    fn cut_hidden(&self, request: &Waiting, result: &mut Value, context: &Context<'_>) -> Cut {
        let Some(active) = context.bundle.filter(|active| governs(&active.bundle)) else {
            return Cut::Same;
        };
        let (Some(kind), Value::Object(result)) = (ListKind::of_method(&request.method), result)
        else {
            return Cut::Same;
        };
        let cuts = cuts(&active.bundle);
        let entries = kind.entries(result);
        if entries.saturating_mul(active.bundle.policies().len()) > limits::LIST_JUDGEMENTS {
            return match self.too_long(request, cuts, context) {
                Some((decision, audit_id)) => Cut::Blocked(decision, audit_id),
                None => Cut::Same,
            };
        }
        let stay = self.stay(kind, result, active);
        let hidden = stay.iter().filter(|stays| !**stays).count();
        if hidden > 0 {
            self.note_cut(request, hidden, entries, cuts, context);
        }
        if !cuts {
            return Cut::Same;
        }
        kind.cut(result, &stay);
        if ListKind::keep_private(result, self.era) || hidden > 0 {
            Cut::Changed
        } else {
            Cut::Same
        }
    }

    fn stay(&self, kind: ListKind, result: &Object, active: &ActiveBundle) -> Vec<bool> {
        let subject_kind = match kind {
            ListKind::Tools => SubjectKind::Tool,
            ListKind::Resources => SubjectKind::Resource,
            ListKind::ResourceTemplates => SubjectKind::ResourceTemplate,
            ListKind::Prompts => SubjectKind::Prompt,
        };
        kind.stay(result, |name| {
            active.bundle.shows(&Subject {
                upstream: self.stamp.upstream(),
                caller: self.stamp.caller.as_ref(),
                kind: subject_kind,
                name,
            })
        })
    }

    /// Records that entries are hidden, or would be.
    fn note_cut(
        &self,
        request: &Waiting,
        hidden: usize,
        entries: usize,
        cuts: bool,
        context: &Context<'_>,
    ) {
        let mut record = context.record(self, Some(request));
        let are = if cuts { "are" } else { "would be" };
        record.action = Action::Allow.as_str();
        record.stopped = false;
        record.code = "list_cut";
        record.reason =
            format!("{hidden} of {entries} entries {are} hidden: the caller may not use them");
        record.findings = vec![format!("hidden={hidden}")];
        record.checks = vec![Check {
            stage: Stage::Policies,
            outcome: Outcome::Refused,
            tried: 0,
        }];
        context.keep(record);
    }

    /// A list of more entries than can be judged; the refusal, if it is carried out.
    fn too_long(
        &self,
        request: &Waiting,
        cuts: bool,
        context: &Context<'_>,
    ) -> Option<(Decision, String)> {
        let text = "the list has more entries than can be held against the policies";
        let decision = judge::plain(Action::Block, ReasonCode::BudgetExceeded, text);
        let mut record = context.record(self, Some(request));
        record.decide(&decision, context.mode(), cuts);
        let audit_id = record.id.clone();
        context.keep(record);
        cuts.then_some((decision, audit_id))
    }
}

/// Whether lists are looked at: in observation no policy is, but lockdown holds in every mode.
fn governs(bundle: &Bundle) -> bool {
    bundle.settings().mode != Mode::Observation || bundle.settings().lockdown
}

/// Whether they are cut.
fn cuts(bundle: &Bundle) -> bool {
    bundle.settings().mode == Mode::Enforcement || bundle.settings().lockdown
}
