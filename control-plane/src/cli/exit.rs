//! How a command ends: the exit codes, and what is said when it fails.

use std::process::ExitCode;

/// The exit codes, for `--help`.
pub(super) const CODES: &str = "Exit codes:
  0  done, nothing to report
  1  done, with a finding: a failed test, a lint, a noted break in the ledger
  2  not done: wrong usage, settings or input
  3  verification failed: the ledger is not what was written, or a token is not good
  4  not done: something needed is unavailable; trying again may help";

/// How a command ended. Stable: scripts depend on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, nothing to report.
    Done,
    /// 1: done, with a finding.
    Finding,
    /// 2: wrong usage, settings or input; the same number the argument parser uses.
    Usage,
    /// 3: verification failed.
    Unverified,
    /// 4: something needed is unavailable.
    Unavailable,
}

impl Exit {
    /// The number.
    #[must_use]
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Finding => 1,
            Self::Usage => 2,
            Self::Unverified => 3,
            Self::Unavailable => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not end, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What went wrong, with its causes.
    pub(crate) error: anyhow::Error,
    /// What to do next.
    pub(crate) help: Option<String>,
}

impl Failure {
    /// Wrong usage, settings or input.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Exit::Usage, error)
    }

    /// Something needed is unavailable.
    pub(crate) fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Exit::Unavailable, error)
    }

    /// A failure with that exit code.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
            help: None,
        }
    }

    /// The same failure with what to do next.
    #[must_use]
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}
