//! The words that instructions are made of, in classes.

use std::sync::LazyLock;

/// A set of classes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Classes(u32);

macro_rules! classes {
    ($($name:ident = $bit:literal),* $(,)?) => {
        impl Classes {
            $(pub(super) const $name: Self = Self(1 << $bit);)*
        }
    };
}

classes! {
    OVERRIDE = 0, BEFORE = 1, TOLD = 2, EVERYTHING = 3, NEW = 4, URGENT = 5, MESSAGE = 6, TODO = 7,
    ACT = 8, PLEASE = 9, GO = 10, ADDRESS = 11, YOU = 12, MUST = 13, DO = 14, FOLLOWING = 15,
    STEPS = 16, BEFORE_YOU = 17, TASK = 18, GREETING = 19, MODEL = 20, ARE = 21, NOW = 22,
    NOT = 23, TELL = 24, PEOPLE = 25, YOUR = 26, COLLECT = 27,
}

impl Classes {
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn has(self, class: Self) -> bool {
        self.0 & class.0 != 0
    }

    #[must_use]
    pub(super) const fn with(self, class: Self) -> Self {
        Self(self.0 | class.0)
    }
}

/// The words of every class, in lower case.
const WORDS: [(Classes, &[&str]); 28] = [
    (
        Classes::COLLECT,
        &["get", "collect", "concatenate", "gather", "read", "find"],
    ),
    (Classes::YOUR, &["your", "all", "any"]),
    (
        Classes::OVERRIDE,
        &[
            "ignore",
            "ignoring",
            "disregard",
            "disregarding",
            "forget",
            "override",
            "overrides",
            "overwrite",
        ],
    ),
    (
        Classes::BEFORE,
        &[
            "previous",
            "previously",
            "prior",
            "above",
            "earlier",
            "preceding",
            "system",
            "safety",
            "original",
            "before",
            "initial",
            "other",
        ],
    ),
    (
        Classes::TOLD,
        &[
            "instruction",
            "instructions",
            "command",
            "commands",
            "rule",
            "rules",
            "prompt",
            "prompts",
            "guideline",
            "guidelines",
            "directive",
            "directives",
            "task",
            "tasks",
        ],
    ),
    (Classes::EVERYTHING, &["everything", "anything", "all"]),
    (
        Classes::NEW,
        &["new", "updated", "real", "actual", "revised"],
    ),
    (
        Classes::URGENT,
        &["important", "urgent", "critical", "mandatory", "vital"],
    ),
    (
        Classes::MESSAGE,
        &[
            "message",
            "messages",
            "instruction",
            "instructions",
            "order",
            "orders",
            "command",
            "directive",
        ],
    ),
    (
        Classes::TODO,
        &["todo", "urgent", "urgently", "required", "attention"],
    ),
    (
        Classes::ACT,
        &[
            "create",
            "send",
            "transfer",
            "delete",
            "remove",
            "forward",
            "invite",
            "add",
            "update",
            "change",
            "modify",
            "grant",
            "upload",
            "execute",
            "run",
            "book",
            "reserve",
            "schedule",
            "pay",
            "buy",
            "purchase",
            "post",
            "share",
            "publish",
            "wire",
            "cancel",
            "empty",
            "erase",
            "wipe",
            "set",
            "reset",
            "write",
            "reply",
            "append",
            "move",
            "rename",
            "download",
            "install",
            "call",
            "invoke",
            "use",
            "make",
            "give",
            "submit",
            "include",
            "say",
            "recommend",
            "tell",
            "obey",
            "do",
        ],
    ),
    (Classes::PLEASE, &["please", "pls", "kindly", "immediately"]),
    (
        Classes::GO,
        &[
            "visit", "open", "click", "go", "navigate", "browse", "fetch", "load",
        ],
    ),
    (
        Classes::ADDRESS,
        &["www", "url", "link", "website", "http", "https"],
    ),
    (
        Classes::YOU,
        &[
            "you",
            "youre",
            "assistant",
            "ai",
            "agent",
            "model",
            "llm",
            "chatbot",
        ],
    ),
    (
        Classes::MUST,
        &[
            "must", "should", "shall", "need", "needs", "have", "has", "required", "will", "ought",
        ],
    ),
    (
        Classes::DO,
        &[
            "do", "execute", "perform", "complete", "follow", "obey", "adhere", "run", "carry",
            "call",
        ],
    ),
    (Classes::FOLLOWING, &["following", "below", "these", "this"]),
    (
        Classes::STEPS,
        &[
            "first",
            "instruction",
            "instructions",
            "step",
            "steps",
            "action",
            "actions",
            "function",
            "functions",
            "calls",
            "task",
            "tasks",
            "tool",
            "tools",
            "command",
            "commands",
        ],
    ),
    (Classes::BEFORE_YOU, &["before", "until", "after", "once"]),
    (
        Classes::TASK,
        &[
            "task",
            "tasks",
            "request",
            "question",
            "query",
            "instructions",
        ],
    ),
    (
        Classes::GREETING,
        &[
            "dear",
            "hi",
            "hello",
            "hey",
            "attention",
            "to",
            "for",
            "note",
        ],
    ),
    (
        Classes::MODEL,
        &[
            "ai",
            "assistant",
            "llm",
            "chatbot",
            "claude",
            "gpt",
            "chatgpt",
            "gemini",
            "copilot",
            "llama",
        ],
    ),
    (Classes::ARE, &["are"]),
    (Classes::NOW, &["now"]),
    (Classes::NOT, &["not", "dont", "never", "without"]),
    (
        Classes::TELL,
        &[
            "tell",
            "telling",
            "mention",
            "mentioning",
            "inform",
            "informing",
            "reveal",
            "revealing",
            "disclose",
            "notify",
            "notifying",
            "alert",
            "ask",
            "asking",
        ],
    ),
    (
        Classes::PEOPLE,
        &[
            "user", "users", "human", "humans", "anyone", "anybody", "them", "owner",
        ],
    ),
];

/// Slots of the table; a power of two, a few times the words.
const SLOTS: usize = 1024;

/// The words by their hash. Not keyed: the words are ours, and no text can make a look-up longer than
/// the longest row of full slots.
static TABLE: LazyLock<Vec<(&'static str, Classes)>> = LazyLock::new(|| {
    let mut table = vec![("", Classes::default()); SLOTS];
    for (class, words) in WORDS {
        for word in words {
            let mut at = slot(word);
            while let Some(entry) = table.get_mut(at) {
                if entry.0.is_empty() || entry.0 == *word {
                    *entry = (word, entry.1.with(class));
                    break;
                }
                at = (at + 1) % SLOTS;
            }
        }
    }
    table
});

/// The classes of a word in lower case.
pub(super) fn classes(word: &str) -> Classes {
    let mut at = slot(word);
    while let Some((known, classes)) = TABLE.get(at) {
        if known.is_empty() {
            break;
        }
        if *known == word {
            return *classes;
        }
        at = (at + 1) % SLOTS;
    }
    Classes::default()
}

/// FNV-1a, which is short.
fn slot(word: &str) -> usize {
    let hash = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    usize::try_from(hash ^ (hash >> 15)).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_in_its_classes() {
        for (class, words) in WORDS {
            for word in words {
                assert!(classes(word).has(class), "{word}");
                assert_eq!(word.to_lowercase(), **word);
            }
        }
        assert!(classes("nothing").is_empty());
        assert!(classes("").is_empty());
    }
}
