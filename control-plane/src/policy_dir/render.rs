//! Problems for people and for programs: a snippet with a caret, or a JSON object.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use tessera_engine::json::{Object, Value};

use super::{Place, Problem, Severity};

impl Problem {
    /// The problem as a compiler shows it, with terminal colours if `styled`.
    #[must_use]
    pub(crate) fn render(&self, styled: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = self.file.display().to_string();
        let title = level.primary_title(self.message.as_str());
        let group = match &self.place {
            Some(place) => title.element(snippet(place, &path, self.hint())),
            None if path.is_empty() => Group::with_title(title),
            None => title.element(Origin::path(path.as_str())),
        };
        let group = match self.expected_list() {
            Some(list) => group.element(Level::NOTE.message(format!("expected one of {list}"))),
            None => group,
        };
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }

    /// The problem as a JSON object.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let words = |words: &[String]| {
            words
                .iter()
                .map(|word| Value::from(&**word))
                .collect::<Vec<_>>()
        };
        let number = |number: Option<usize>| number.map(|number| number as u64);
        let file = (!self.file.as_os_str().is_empty()).then(|| self.file.display().to_string());
        Value::Object(
            Object::new()
                .with("severity", self.severity.as_str())
                .with("code", self.code)
                .with("file", file)
                .with("line", number(self.line()))
                .with("column", number(self.column()))
                .with("message", self.message.as_str())
                .with("expected", words(&self.expected))
                .with("nearest", self.nearest.as_deref())
                .with("snippet", self.render(false)),
        )
    }

    /// The problem on one line: `file:line:column: message`.
    #[must_use]
    pub(crate) fn one_line(&self) -> String {
        let place = match (self.line(), self.column()) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}: ", self.file.display()),
            _ if self.file.as_os_str().is_empty() => String::new(),
            _ => format!("{}: ", self.file.display()),
        };
        let hint = self
            .hint()
            .map(|hint| format!("; {hint}"))
            .unwrap_or_default();
        format!("{place}{}{hint}", self.message)
    }

    fn hint(&self) -> Option<String> {
        self.nearest
            .as_ref()
            .map(|nearest| format!("did you mean `{nearest}`?"))
    }

    fn expected_list(&self) -> Option<String> {
        let words = self
            .expected
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

fn snippet<'a>(
    place: &'a Place,
    path: &'a str,
    hint: Option<String>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let annotation = AnnotationKind::Primary.span(first_line(place));
    let annotation = match hint {
        Some(hint) => annotation.label(hint),
        None => annotation,
    };
    Snippet::source(&*place.text)
        .path(path)
        .annotation(annotation)
}

/// The bytes to underline: never more than the first line, so that a whole mapping is not drawn.
fn first_line(place: &Place) -> Range<usize> {
    let start = place.span.start.min(place.text.len());
    let end = place.span.end.clamp(start, place.text.len());
    let line = place
        .text
        .get(start..end)
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default();
    start..start.saturating_add(line.trim_end().len())
}
