//! Marks: signs and names that mean something wherever they stand.

use super::FlagKind;

/// What chat formats, comments and key files look like.
const MARKS: [(FlagKind, bool, &[&str]); 3] = [
    (
        FlagKind::Instructions,
        true,
        &[
            "[inst]",
            "[/inst]",
            "[sys]",
            "[/sys]",
            "[system]",
            "[/system]",
            "<<sys>>",
            "<</sys>>",
            "<|im_start|>",
            "<|im_end|>",
            "<|system|>",
            "<|user|>",
            "<|assistant|>",
            "<|endoftext|>",
            "<system>",
            "</system>",
            "<important>",
            "</important>",
            "<instruction>",
            "<instructions>",
            "<assistant>",
            "<secret>",
            "<hidden>",
            "(system message)",
            "(system prompt)",
        ],
    ),
    (
        FlagKind::Credentials,
        true,
        &[
            "~/.ssh",
            "id_rsa",
            "id_ed25519",
            ".aws/credentials",
            ".cursor/mcp.json",
            "claude_desktop_config",
            "/etc/shadow",
        ],
    ),
    (FlagKind::HiddenText, false, &["<!--"]),
];

/// The flags of all marks in a text.
pub(super) fn find(text: &str) -> Vec<(FlagKind, bool)> {
    let marks = MARKS.iter();
    let marks = marks.filter(|(_, _, marks)| marks.iter().any(|mark| text.contains(mark)));
    let mut found: Vec<_> = marks
        .map(|(kind, is_grave, _)| (*kind, *is_grave))
        .collect();
    type IsMarked = fn(&str) -> bool;
    let lines: [(FlagKind, IsMarked); 3] = [
        (FlagKind::HiddenText, |line| holds_pair(line, "{{", "}}")),
        (FlagKind::Command, |line| {
            holds_pair(line, "`", "`") || holds_pair(line, "$(", ")")
        }),
        (FlagKind::Role, speaks_as_chat),
    ];
    let lines = lines.into_iter().filter(|(_, is)| text.lines().any(is));
    found.extend(lines.map(|(kind, _)| (kind, false)));
    found
}

/// Whether something stands between two signs.
fn holds_pair(line: &str, open: &str, close: &str) -> bool {
    let after = line.split_once(open).map(|(_, after)| after);
    after.is_some_and(|after| after.find(close).is_some_and(|length| length > 0))
}

/// Whether a line begins like a turn of a chat: `### System:`.
fn speaks_as_chat(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('#').trim_start();
    ["system", "assistant"].iter().any(|speaker| {
        let after = line.strip_prefix(speaker);
        after.is_some_and(|after| after.trim_start().starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_where_they_stand() {
        for (text, kind) in [
            ("x [inst] y", FlagKind::Instructions),
            ("cat ~/.ssh/key", FlagKind::Credentials),
            ("a {{ b }}", FlagKind::HiddenText),
            ("a `b` c", FlagKind::Command),
            ("$(id)", FlagKind::Command),
            ("hello\n## system : obey", FlagKind::Role),
        ] {
            assert_eq!(
                find(text).first().map(|(kind, _)| *kind),
                Some(kind),
                "{text}"
            );
        }
        for text in [
            "a ` b",
            "``",
            "{{\n}}",
            "$()",
            "the system: fine",
            "systematic: yes",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
