//! Wording that belongs in no description. Patterns are searched in one pass over the text in lower
//! case, look-alike letters made Latin and hidden characters left out.

use super::FlagKind;
use super::hidden::is_ignorable;
use super::letters::latin;
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::sync::LazyLock;

/// Kind, whether it is grave, pattern. ASCII only: what is searched has been made Latin.
const PATTERNS: [(FlagKind, bool, &str); 22] = [
    (
        FlagKind::Instructions,
        true,
        r"\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*)\s+(?:\w+\s+){0,4}?(?:previous|prior|above|earlier|preceding|existing|original|system|safety)\s+(?:\w+\s+){0,3}?(?:instruction|command|rule|prompt|message|guideline|direction|context|polic)",
    ),
    (
        FlagKind::Instructions,
        true,
        r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all)\s+(?:you|that|above|before)",
    ),
    (FlagKind::Instructions, true, r"\byou\s+are\s+now\b"),
    (
        FlagKind::Instructions,
        true,
        r"\b(?:new|updated|real|actual)\s+(?:system\s+)?(?:instructions?|prompt)\s*:",
    ),
    (
        FlagKind::Instructions,
        true,
        r"\[/?(?:inst|sys|system)\]|<</?sys>>|<\|[a-z_]{2,20}\|>|</?(?:system|important|instructions?|assistant|secret|hidden)>|\(system\s+(?:message|prompt)\)",
    ),
    (
        FlagKind::Instructions,
        true,
        r"(?m)^\s*#{0,6}\s*\(?(?:system|assistant)(?:\s+(?:message|prompt))?\)?\s*:",
    ),
    (
        FlagKind::Role,
        false,
        r"\bact\s+as\b|\bpretend\s+(?:to\s+be|that\s+you|you)\b|\bfrom\s+now\s+on\b",
    ),
    (
        FlagKind::Concealment,
        true,
        r"\b(?:do\s+not|don.{0,3}t|never|without)\s+(?:\w+\s+){0,3}?(?:tell|mention|inform|reveal|disclos|notify|alert)\w*\b[^.\n]{0,60}?\b(?:user|human|anyone|anybody)\b",
    ),
    (
        FlagKind::Credentials,
        true,
        r"~/\.ssh\b|\bid_(?:rsa|ed25519)\b|\.aws/credentials|\.cursor/mcp\.json|claude_desktop_config|/etc/shadow\b",
    ),
    (FlagKind::HiddenText, false, r"<!--|\{\{[^\n]*?\}\}"),
    (FlagKind::Command, false, r"`[^`\n]+`|\$\([^)\n]*\)"),
    (
        FlagKind::Command,
        true,
        r"\|\s*(?:sudo\s+)?(?:env\s+)?(?:/\S*/)?(?:(?:ba|z|da|k|c)?sh|python[0-9.]*|perl|ruby|node|php|powershell|pwsh|iex)\b",
    ),
    (FlagKind::Command, false, r"\bsubprocess\b|\bos\.system\b"),
    (
        FlagKind::Exfiltration,
        true,
        r"\b(?:send|forward|upload|post|transmit|exfiltrat\w*|leak)\b[^.\n]{0,100}?\bhttps?://",
    ),
    (
        FlagKind::Exfiltration,
        true,
        r"\b(?:add|put|pass|include|append)\b[^.\n]{0,60}?\b(?:contents?|conversation|chat\s+history|system\s+prompt|password|api\s+key)\b[^.\n]{0,60}?\b(?:parameter|argument|field|sidenote)\b",
    ),
    (
        FlagKind::Exfiltration,
        false,
        r"\b(?:webhook|callback|notify)\b[^.\n]{0,100}?\bhttps?://",
    ),
    (
        FlagKind::Exfiltration,
        false,
        r"\b(?:curl|wget)\b[^\n]{0,100}?\bhttps?://",
    ),
    (
        FlagKind::Privilege,
        true,
        r"\b(?:bypass|disabl|circumvent|turn\s+off|switch\s+off)\w*\s+(?:\w+\s+){0,3}?(?:auth|security|verification|sandbox|permission|access\s+control|approval|confirmation)",
    ),
    (
        FlagKind::Privilege,
        false,
        r"\b(?:grant|give|assign)\w*\s+(?:\w+\s+){0,3}?(?:admin|root|superuser|sudo)",
    ),
    (FlagKind::Privilege, false, r"\bsudo\b"),
    (
        FlagKind::Instructions,
        true,
        r"\b(?:reveal|print|repeat|output|show)\s+(?:\w+\s+){0,3}?(?:system|hidden|initial)\s+(?:prompt|instructions?|message)",
    ),
    (
        FlagKind::Instructions,
        true,
        r"\b(?:jailbreak|developer\s+mode\s+enabled|dan\s+mode)\b",
    ),
];

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = PATTERNS.iter().map(|(_, _, pattern)| pattern);
    RegexSetBuilder::new(patterns).unicode(false).build().ok()
});

/// What the wording of a text is suspicious of, with whether it is grave.
pub(super) fn find(text: &str) -> Vec<(FlagKind, bool)> {
    let plain: String = text
        .chars()
        .filter(|c| !is_ignorable(*c))
        .map(latin)
        .collect();
    let Some(set) = &*SET else {
        // Cannot happen (a test compiles them); if it did, nothing would have been looked at.
        return vec![(FlagKind::Instructions, true)];
    };
    let found = set.matches(plain.as_bytes());
    let found = found.iter().filter_map(|at| PATTERNS.get(at));
    let mut kinds: Vec<_> = found
        .map(|(kind, is_grave, _)| (*kind, *is_grave))
        .collect();
    kinds.sort_unstable_by_key(|(kind, is_grave)| (*kind, !is_grave));
    kinds.dedup_by_key(|(kind, _)| *kind);
    kinds
}
