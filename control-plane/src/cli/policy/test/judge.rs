//! Judging cases, each by the policies and the lockdown it asks for. A bundle is compiled once.

use std::collections::BTreeMap;

use tessera_engine::json;
use tessera_engine::policy::{
    Action, AnswerDecision, Bundle, CompileOptions, Decision, PolicySettings,
};
use tessera_engine::time::UnixMillis;

use super::super::eval::findings;
use super::case::{Case, CaseError};
use crate::policy_dir::{PolicyDir, Problem};

/// 2026-01-01T12:00:00Z: when a case happens that does not say when.
const NOON: UnixMillis = UnixMillis(1_767_268_800_000);

/// The policies and the bundles made of them so far.
pub(super) struct Judge<'a> {
    dir: &'a PolicyDir,
    settings: PolicySettings,
    options: CompileOptions,
    /// By the policy that judges alone, and lockdown.
    bundles: BTreeMap<(Option<String>, bool), Bundle>,
}

/// How a case came out.
pub(super) struct Verdict {
    /// What was decided.
    pub(super) decision: Decision,
    /// How the answer was judged, if the case is about one.
    pub(super) answer: Option<AnswerDecision>,
    /// Whether that is what was expected.
    pub(super) passed: bool,
}

impl<'a> Judge<'a> {
    /// A judge over the policies of a directory.
    pub(super) fn new(
        dir: &'a PolicyDir,
        default_action: Action,
        options: CompileOptions,
    ) -> Result<Self, Vec<Problem>> {
        let settings = PolicySettings {
            default_action,
            ..PolicySettings::default()
        };
        let all = dir.compile(settings.clone(), &options)?;
        let bundles = BTreeMap::from([((None, false), all)]);
        Ok(Self {
            dir,
            settings,
            options,
            bundles,
        })
    }

    /// Judges a case.
    pub(super) fn verdict(&mut self, case: &Case) -> Result<Verdict, CaseError> {
        let key = (case.only.clone(), case.lockdown);
        if !self.bundles.contains_key(&key) {
            let bundle = self.compile(case)?;
            self.bundles.insert(key.clone(), bundle);
        }
        let no_policy = || CaseError::NoPolicy(case.only.clone().unwrap_or_default());
        let bundle = self.bundles.get(&key).ok_or_else(no_policy)?;
        if let Some(answer) = case.call.answer_at(NOON) {
            let judged = bundle.judge_answer(&answer);
            return Ok(Verdict {
                passed: case.expect.is_met_by_answer(&judged),
                decision: judged.decision.clone(),
                answer: Some(judged),
            });
        }
        let decision = bundle.decide(&case.call.at(NOON));
        let passed = case.expect.is_met_by(&decision);
        Ok(Verdict {
            decision,
            answer: None,
            passed,
        })
    }

    fn compile(&self, case: &Case) -> Result<Bundle, CaseError> {
        let mut dir = self.dir.clone();
        if let Some(only) = &case.only {
            dir.files
                .retain(|file| file.document.as_ref().is_some_and(|d| d.id == *only));
            if dir.files.is_empty() {
                return Err(CaseError::NoPolicy(only.clone()));
            }
        }
        let settings = PolicySettings {
            lockdown: case.lockdown,
            ..self.settings.clone()
        };
        // All policies compile together, so some of them do.
        let none = |_| CaseError::NoPolicy(case.only.clone().unwrap_or_default());
        dir.compile(settings, &self.options).map_err(none)
    }
}

impl Verdict {
    /// What came out, in as much detail as was expected, or more if that explains a failure.
    pub(super) fn actual(&self, case: &Case) -> String {
        let action = self.decision.action.as_str();
        if self.passed && case.expect.policy_id.is_none() {
            return action.to_owned();
        }
        let said = match &self.decision.policy_id {
            Some(id) => format!("{action} by {id}: {}", self.decision.reason),
            None => format!("{action} by no policy: {}", self.decision.reason),
        };
        match &self.answer {
            Some(judged) if !self.passed && case.expect.is_about_answer() => {
                let found = json::to_text(&findings(judged).into());
                let replaced = json::to_text(&judged.replaced.clone().into());
                format!("{said}; found {found}, replaced by {replaced}")
            }
            _ => said,
        }
    }
}
