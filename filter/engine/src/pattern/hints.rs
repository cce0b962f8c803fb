//! Turns a parser's refusal into one that names the construct and what to write instead.

use core::ops::Range;

use regex_syntax::ast::{Error, ErrorKind};

use super::error::{PatternError, refused};

/// Openings of groups the reference knows and we do not: text, name, hint.
const GROUPS: &[(&str, &str, &str)] = &[
    (
        "(?=",
        "a look-ahead",
        "match the following text itself, without the look-ahead",
    ),
    (
        "(?!",
        "a negative look-ahead",
        "put what must not follow into a `none_of` condition",
    ),
    (
        "(?<=",
        "a look-behind",
        "match the preceding text itself, without the look-behind",
    ),
    (
        "(?<!",
        "a negative look-behind",
        "put what must not precede into a `none_of` condition",
    ),
    (
        "(?>",
        "an atomic group",
        "write `(?:`: this engine never backtracks",
    ),
    ("(?#", "a comment", "leave it out, or use `(?x)` and `#`"),
    (
        "(?|",
        "a branch reset",
        "write `(?:`: group numbers are not used",
    ),
    ("(?P=", "a backreference", "write the alternatives out"),
    ("(?P>", "a subroutine call", "write the group out again"),
    ("(?&", "a subroutine call", "write the group out again"),
    ("(?(", "a conditional group", "write the alternatives out"),
];

/// Escapes the reference knows and we do not: text, name, hint.
const ESCAPES: &[(&str, &str, &str)] = &[
    (
        r"\N",
        "a character by name",
        r"write its code, for example `\u2014`",
    ),
    (
        r"\R",
        "a line break of any kind",
        r"write `(?:\r\n|[\n-\r\x85\u2028\u2029])`",
    ),
    (r"\X", "a grapheme", r"write `.`, or `\p{L}\p{M}*`"),
    (r"\h", "a horizontal space", r"write `[\t\p{Zs}]`"),
    (r"\G", "the start of the search", r"write `\A`"),
    (
        r"\K",
        "a cut of the match",
        "leave it out: only whether the pattern matches is asked",
    ),
    (r"\m", "a start of a word", r"write `\b` before the word"),
    (r"\M", "an end of a word", r"write `\b` after the word"),
    (r"\L", "a named list", "write the alternatives out"),
    (r"\g", "a backreference", "write the alternatives out"),
    (
        r"\0",
        "an octal code",
        r"write the character's code as `\x41`",
    ),
];

/// Why the parser refused `written`.
pub(super) fn explain(written: &str, error: &Error) -> PatternError {
    let span = error.span().start.offset..error.span().end.offset;
    let rest = written.get(span.start..).unwrap_or_default();
    for table in [GROUPS, ESCAPES] {
        if let Some((_, what, hint)) = table.iter().find(|(text, _, _)| rest.starts_with(text)) {
            return refused(written, span, what, hint);
        }
    }
    // Some errors point into a group instead of at its opening.
    let opening = written
        .get(..span.start)
        .and_then(|before| before.rfind("(?"));
    let opening = opening.filter(|start| span.start.saturating_sub(*start) <= 3);
    if let Some(start) = opening {
        let group = written.get(start..).unwrap_or_default();
        let known = GROUPS.iter().find(|(text, _, _)| group.starts_with(text));
        if let Some((_, what, hint)) = known {
            return refused(written, start..span.end.max(start), what, hint);
        }
    }
    let mut span = span;
    let (what, hint) = match error.kind() {
        ErrorKind::UnsupportedBackreference => (
            "a backreference or an octal code",
            r"write the alternatives out, or the character's code as `\x41`",
        ),
        ErrorKind::EscapeUnrecognized => (
            "an escape that means nothing here",
            "write the character without the backslash",
        ),
        ErrorKind::ClassEscapeInvalid => (
            "an escape that means nothing in a set",
            r"write the character itself, or its code as `\x08`",
        ),
        ErrorKind::ClassRangeLiteral => (
            "a range with a class at one end",
            r"write the `-` as `\-` or put it last",
        ),
        ErrorKind::FlagUnrecognized | ErrorKind::FlagDanglingNegation => (
            "a flag or a group that means nothing here",
            "use the flags `i`, `m`, `s` and `x`, and groups `(`, `(?:`, `(?P<name>`",
        ),
        ErrorKind::GroupNameDuplicate { .. } => (
            "a group name used before",
            "write `(` instead: names are not used",
        ),
        ErrorKind::RepetitionCountUnclosed
        | ErrorKind::RepetitionCountDecimalEmpty
        | ErrorKind::DecimalEmpty
        | ErrorKind::RepetitionMissing => {
            span = braces(written, span);
            (
                "not a repetition of something",
                r"write `{0,3}`, or `\{` for the character; approximate matching does not exist",
            )
        }
        other => {
            return PatternError::Malformed {
                problem: other.to_string(),
                span,
            };
        }
    };
    refused(written, span, what, hint)
}

/// `span`, widened to the braces it lies in.
fn braces(written: &str, span: Range<usize>) -> Range<usize> {
    let start = written
        .get(..span.end)
        .and_then(|before| before.rfind('{'))
        .unwrap_or(span.start);
    let inside = written.get(start..).unwrap_or_default();
    let length = inside
        .find('}')
        .map_or(span.end.saturating_sub(start), |end| end.saturating_add(1));
    start..start.saturating_add(length)
}
