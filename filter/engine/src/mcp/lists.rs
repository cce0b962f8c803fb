//! The answers that list what a server has: what their entries are called, and how entries are taken
//! out. Not the judge: it is told which entries stay.

use super::message::Era;
use crate::json::{Object, Value};

/// A list that a server gives (`mcp-wire.md` section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// `tools/list`.
    Tools,
    /// `resources/list`.
    Resources,
    /// `resources/templates/list`.
    ResourceTemplates,
    /// `prompts/list`.
    Prompts,
}

impl ListKind {
    /// Every list.
    pub const ALL: [Self; 4] = [
        Self::Tools,
        Self::Resources,
        Self::ResourceTemplates,
        Self::Prompts,
    ];

    /// The list that a method asks for.
    #[must_use]
    pub fn of_method(method: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// The method that asks for it.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Resources => "resources/list",
            Self::ResourceTemplates => "resources/templates/list",
            Self::Prompts => "prompts/list",
        }
    }

    /// The member of the result that holds the entries.
    const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::ResourceTemplates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }

    /// The member of an entry by which a request names it.
    const fn key(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::ResourceTemplates => "uriTemplate",
        }
    }

    /// How many entries a result has.
    #[must_use]
    pub fn entries(self, result: &Object) -> usize {
        let entries = result.get(self.member()).and_then(Value::as_array);
        entries.map_or(0, <[Value]>::len)
    }

    /// Whether each entry stays: those without a name of their own, which nobody can ask for, do
    /// not.
    #[must_use]
    pub fn stay(self, result: &Object, mut stays: impl FnMut(&str) -> bool) -> Vec<bool> {
        let entries = result.get(self.member()).and_then(Value::as_array);
        let name = |entry: &Value| {
            entry
                .get(self.key())
                .and_then(Value::as_str)
                .is_some_and(&mut stays)
        };
        entries.unwrap_or_default().iter().map(name).collect()
    }

    /// Takes out the entries that do not stay. Everything else is kept, so a page that becomes
    /// empty still names the next one.
    pub fn cut(self, result: &mut Object, stay: &[bool]) {
        if let Some(Value::Array(entries)) = result.get_mut(self.member()) {
            let mut stay = stay.iter();
            entries.retain(|_| stay.next().copied().unwrap_or(false));
        }
    }

    /// Says that the result is for this caller only, wherever its revision has a word for that;
    /// whether anything was changed. Otherwise a shared cache could give one caller's list to
    /// another (`mcp-wire.md` section 3).
    #[must_use]
    pub fn keep_private(result: &mut Object, era: Era) -> bool {
        let is_known = era == Era::Modern || result.get(SCOPE).is_some();
        let is_private = result.get(SCOPE).and_then(Value::as_str) == Some(PRIVATE);
        if !is_known || is_private {
            return false;
        }
        result.set(SCOPE, PRIVATE);
        true
    }
}

const SCOPE: &str = "cacheScope";
const PRIVATE: &str = "private";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{parse, to_text};

    fn object(text: &str) -> Object {
        match parse(text.as_bytes()).unwrap() {
            Value::Object(object) => object,
            other => panic!("{other:?} is no object"),
        }
    }

    #[test]
    fn entries_are_taken_out_by_the_name_a_request_would_use() {
        for (method, before, after) in [
            (
                "tools/list",
                r#"{"tools":[{"name":"a"},{"name":"b","title":"a"}],"nextCursor":"c","ttlMs":5}"#,
                r#"{"tools":[{"name":"a"}],"nextCursor":"c","ttlMs":5}"#,
            ),
            (
                "tools/list",
                r#"{"nextCursor":"c","tools":[{"name":"b"}]}"#,
                r#"{"nextCursor":"c","tools":[]}"#,
            ),
            (
                "resources/list",
                r#"{"resources":[{"name":"a","uri":"b"},{"name":"b","uri":"a"}]}"#,
                r#"{"resources":[{"name":"b","uri":"a"}]}"#,
            ),
            (
                "resources/templates/list",
                r#"{"resourceTemplates":[{"uriTemplate":"a"},{"uri":"a"}]}"#,
                r#"{"resourceTemplates":[{"uriTemplate":"a"}]}"#,
            ),
            (
                "prompts/list",
                r#"{"prompts":[{"name":"b"},{"name":5},"a",{"name":"a"}]}"#,
                r#"{"prompts":[{"name":"a"}]}"#,
            ),
            (
                "prompts/list",
                r#"{"tools":[{"name":"b"}]}"#,
                r#"{"tools":[{"name":"b"}]}"#,
            ),
        ] {
            let kind = ListKind::of_method(method).unwrap();
            let mut result = object(before);
            let stay = kind.stay(&result, |name| name == "a");
            assert_eq!(stay.len(), kind.entries(&result));
            kind.cut(&mut result, &stay);
            assert_eq!(to_text(&Value::Object(result)), after);
        }
        assert_eq!(ListKind::of_method("tasks/list"), None);
    }

    #[test]
    fn a_result_is_private_where_its_revision_has_a_word_for_it() {
        for (era, before, after) in [
            (
                Era::Modern,
                r#"{"cacheScope":"public","ttlMs":1}"#,
                r#"{"cacheScope":"private","ttlMs":1}"#,
            ),
            (Era::Modern, r#"{}"#, r#"{"cacheScope":"private"}"#),
            (
                Era::Modern,
                r#"{"cacheScope":"private"}"#,
                r#"{"cacheScope":"private"}"#,
            ),
            (
                Era::Modern,
                r#"{"cacheScope":null}"#,
                r#"{"cacheScope":"private"}"#,
            ),
            (Era::Legacy, r#"{}"#, r#"{}"#),
            (
                Era::Legacy,
                r#"{"cacheScope":"public"}"#,
                r#"{"cacheScope":"private"}"#,
            ),
        ] {
            let mut result = object(before);
            let is_changed = ListKind::keep_private(&mut result, era);
            assert_eq!(is_changed, before != after, "{before}");
            assert_eq!(to_text(&Value::Object(result)), after);
        }
    }
}
