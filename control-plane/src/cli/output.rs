//! Printing: text for people, JSON for programs, colours in a terminal only.

use std::io::Write as _;

use owo_colors::{OwoColorize as _, Style};
use serde::Serialize;

use super::Failure;

/// What a coloured word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// To be looked at.
    Warning,
    /// Wrong.
    Bad,
    /// Less important.
    Quiet,
    /// To stand out.
    Strong,
}

/// Where and how a command prints. Colours are dropped by `anstream` when the output is not a
/// terminal or `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Prints JSON if `json`.
    #[must_use]
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    #[must_use]
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// Prints a line of text on stdout. A closed pipe is no error of ours.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        self.try_line(text);
    }

    /// As [`Output::line`]; `false` if nobody reads any more.
    pub(crate) fn try_line(&self, text: impl AsRef<str>) -> bool {
        writeln!(anstream::stdout(), "{}", text.as_ref()).is_ok()
    }

    /// Prints bytes and a line feed on stdout, uncoloured. `false` if nobody reads any more.
    pub(crate) fn raw(&self, bytes: &[u8]) -> bool {
        let mut stdout = std::io::stdout().lock();
        let written = stdout
            .write_all(bytes)
            .and_then(|()| stdout.write_all(b"\n"));
        written.is_ok()
    }

    /// Prints one JSON text on one line of stdout.
    pub(crate) fn value(&self, value: &impl Serialize) {
        let text = serde_json::to_string(value)
            .unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string());
        self.raw(text.as_bytes());
    }

    /// `text` in the colour of `tone`.
    #[must_use]
    pub(crate) fn paint(&self, tone: Tone, text: impl AsRef<str>) -> String {
        let style = match tone {
            Tone::Good => Style::new().green(),
            Tone::Warning => Style::new().yellow(),
            Tone::Bad => Style::new().red().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        };
        text.as_ref().style(style).to_string()
    }

    /// Says on stderr why a command failed and what to do next.
    pub(crate) fn failure(&self, failure: &Failure) {
        let mut stderr = anstream::stderr();
        if self.json {
            let error = serde_json::json!({
                "error": format!("{:#}", failure.error),
                "exit": failure.exit.code(),
                "help": failure.help,
            });
            let _ = writeln!(stderr, "{error}");
            return;
        }
        let _ = writeln!(
            stderr,
            "{}: {:#}",
            self.paint(Tone::Bad, "error"),
            failure.error
        );
        if let Some(help) = &failure.help {
            let _ = writeln!(stderr, "{}: {help}", self.paint(Tone::Good, "help"));
        }
    }
}
