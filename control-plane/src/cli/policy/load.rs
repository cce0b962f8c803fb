//! What the policy commands share: where the policies are, how they are to be compiled, and what
//! is said when they cannot be.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tessera_engine::policy::{
    Action, Bundle, CompileOptions, IntentSettings, Mode, PolicySettings, UnknownZone,
};

use super::{Failure, Output};
use crate::policy_dir::{self, PolicyDir, Problem};

/// What is done with a call no policy matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DefaultAction {
    /// Let it pass.
    Allow,
    /// Refuse it.
    Block,
}

impl From<DefaultAction> for Action {
    fn from(action: DefaultAction) -> Self {
        match action {
            DefaultAction::Allow => Self::Allow,
            DefaultAction::Block => Self::Block,
        }
    }
}

/// What is done with a time zone nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ZonePolicy {
    /// Warn; the condition never holds.
    Never,
    /// Refuse the policies.
    Refuse,
}

impl From<ZonePolicy> for CompileOptions {
    fn from(policy: ZonePolicy) -> Self {
        let unknown_zone = match policy {
            ZonePolicy::Never => UnknownZone::NeverHolds,
            ZonePolicy::Refuse => UnknownZone::Refuse,
        };
        Self { unknown_zone }
    }
}

/// Where the policies are.
#[derive(Debug, Args)]
pub(super) struct Directory {
    /// The directory of policy files.
    #[arg(long, value_name = "DIR", default_value = "policies")]
    pub(super) policy_dir: PathBuf,
}

/// What holds for all policies.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// What is done with a call no policy matches.
    #[arg(long, value_enum, default_value = "block")]
    default_action: DefaultAction,
    /// What is done with decisions: enforcement, log_only or observation.
    #[arg(long, value_parser = mode, default_value = "enforcement")]
    mode: Mode,
    /// Refuse every call.
    #[arg(long)]
    lockdown: bool,
    /// Refuse calls without an intent block.
    #[arg(long)]
    intent_required: bool,
    /// The key of `_meta` that holds the intent block.
    #[arg(long, value_name = "KEY", default_value = "tessera_intent")]
    intent_key: String,
}

impl Settings {
    /// The settings as the engine takes them.
    pub(super) fn to_engine(&self) -> PolicySettings {
        PolicySettings {
            mode: self.mode,
            default_action: self.default_action.into(),
            lockdown: self.lockdown,
            intent: IntentSettings {
                meta_key: self.intent_key.clone(),
                required: self.intent_required,
            },
        }
    }
}

fn mode(name: &str) -> Result<Mode, String> {
    let names = Mode::ALL.map(Mode::as_str).join(", ");
    Mode::from_name(name).ok_or_else(|| format!("expected one of {names}"))
}

impl Directory {
    /// Reads the directory.
    pub(super) fn load(&self) -> Result<PolicyDir, Failure> {
        policy_dir::load(&self.policy_dir)
            .map_err(|error| Failure::usage(error).help("name the directory with --policy-dir"))
    }

    /// Reads and compiles the directory. Warnings go to stderr.
    pub(super) fn compile(
        &self,
        settings: PolicySettings,
        zone: ZonePolicy,
        output: &Output,
    ) -> Result<(PolicyDir, Bundle), Failure> {
        let dir = self.load()?;
        let bundle = dir
            .compile(settings, &zone.into())
            .map_err(|problems| unusable(&problems, output))?;
        for warning in bundle.warnings() {
            complain(&dir.warning(warning), output);
        }
        Ok((dir, bundle))
    }
}

/// Shows the problems on stderr; the failure counts them, or in JSON names them.
pub(in crate::cli) fn unusable(problems: &[Problem], output: &Output) -> Failure {
    let count = problems.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    let error = if output.json() {
        let lines: Vec<_> = problems.iter().map(Problem::one_line).collect();
        anyhow::anyhow!("{count} {noun}: {}", lines.join("\n"))
    } else {
        problems
            .iter()
            .for_each(|problem| complain(problem, output));
        anyhow::anyhow!("{count} {noun} found")
    };
    Failure::usage(error)
}

/// Shows one problem on stderr.
pub(super) fn complain(problem: &Problem, output: &Output) {
    let text = if output.json() {
        problem.one_line()
    } else {
        problem.render(true)
    };
    let _ = writeln!(anstream::stderr(), "{text}\n");
}
