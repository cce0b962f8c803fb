//! One thing the flow stage has to say about a call, for machines and for people.

use crate::taint::flow::SourceRef;
use crate::taint::{FlowCode, Level};

/// One thing the flow stage has to say about a call. It holds no value of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// Where in the arguments, as a JSON pointer; empty is the call as a whole. Keys that are no
    /// names stand as `*`.
    pub at: String,
    /// What.
    pub code: FlowCode,
    /// The level found, where levels are compared.
    pub level: Option<Level>,
    /// The level needed, where levels are compared.
    pub need: Option<Level>,
    /// The earlier result it came from, if it is known.
    pub source: Option<SourceRef>,
}

impl Because {
    /// Something about the call as a whole.
    pub(super) const fn of_call(code: FlowCode) -> Self {
        Self {
            at: String::new(),
            code,
            level: None,
            need: None,
            source: None,
        }
    }

    /// The same as a sentence for people: what, where it came from, and what would make it pass.
    #[must_use]
    pub fn sentence(&self) -> String {
        let subject = if self.at.is_empty() {
            "the call".to_owned()
        } else {
            format!("argument `{}`", self.at)
        };
        let source = self.seen_in();
        let levels = self.levels();
        match self.code {
            FlowCode::Ok => format!("{subject} is trusted enough{levels}"),
            FlowCode::ReadOnly => "the call only reads".to_owned(),
            FlowCode::Unknown => format!(
                "{subject} was seen nowhere in this conversation{levels}; name it in the prompt, or \
                 have it vouched for: `tessera label endorse`"
            ),
            FlowCode::Untrusted => format!(
                "{subject} comes from text anybody may have written{levels}{source}; name it in the \
                 prompt, or have it or its source vouched for: `tessera label endorse`"
            ),
            FlowCode::NotFromUser => format!(
                "{subject} has to come from the user{levels}{source}; name it in the prompt"
            ),
            FlowCode::EntityUnknown => format!(
                "{subject} holds an address that was seen nowhere in this conversation{levels}; \
                 name it in the prompt, or have it vouched for: `tessera label endorse`"
            ),
            FlowCode::EntityUntrusted => format!(
                "{subject} holds an address from text anybody may have written{levels}{source}; \
                 name it in the prompt, or have it or its source vouched for: `tessera label endorse`"
            ),
            FlowCode::InstructionCopy => format!(
                "{subject} repeats text that reads like instructions{source}; say it in the prompt, \
                 or approve the call"
            ),
            FlowCode::Secret => {
                format!("{subject} would take out a secret; only an approval lets it pass")
            }
            FlowCode::NotDelegated => {
                "the tool is not in the list of what agents may do here".to_owned()
            }
            FlowCode::NoAnchor => "the call names nothing it acts upon, and text anybody may have \
                 written was read before; approve the call"
                .to_owned(),
            FlowCode::Limit => {
                "too much has happened in this conversation, or too little of it is \
                 known, to tell what may leave; approve the call, or begin a new conversation"
                    .to_owned()
            }
        }
    }

    fn levels(&self) -> String {
        match (self.level, self.need) {
            (Some(level), Some(need)) => {
                format!(" (found `{}`, needs `{}`)", level.as_str(), need.as_str())
            }
            _ => String::new(),
        }
    }

    fn seen_in(&self) -> String {
        self.source.as_ref().map_or_else(String::new, |source| {
            let tool = plain(&source.tool);
            let audit_id = plain(&source.audit_id);
            format!(", first seen in the result of `{tool}` (audit {audit_id})")
        })
    }
}

/// A name without anything that could end the sentence it stands in.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() || c == '`' { '?' } else { c })
        .collect()
}
