//! Under which names the state of conversations is kept.
//!
//! A call in a conversation is held against that, and against what restricts the caller without one;
//! a call without a conversation against what came without one, and against what restricts any of
//! the caller's. What arrives in a conversation restricts there. So nobody lowers anything by leaving
//! a token out or by showing another one.

use super::TrustSettings;
use crate::policy::Caller;
use crate::taint::keys::{ConversationKind, ConversationPlace};

/// The names for one conversation of one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exchange) struct Places {
    pub(in crate::exchange) scope: String,
    /// Where everything that arrives is recorded, and what calls are held against.
    pub(super) own: String,
    /// Whose restrictions calls are held against, too.
    pub(super) other: String,
    /// Where the restrictions of what arrives are recorded, too.
    pub(super) all: Option<String>,
}

impl Places {
    /// The names for a conversation; empty is the caller without one.
    pub(super) fn of(settings: &TrustSettings, caller: &Caller, conversation: &str) -> Self {
        let name = |kind, conversation| {
            settings.keys.conversation_key(&ConversationPlace {
                scope: &caller.scope,
                caller: &caller.name,
                kind,
                conversation,
            })
        };
        let own = name(ConversationKind::One, conversation);
        let all = name(ConversationKind::All, "");
        let scope = caller.scope.clone();
        if conversation.is_empty() {
            let (other, all) = (all, None);
            Self {
                scope,
                own,
                other,
                all,
            }
        } else {
            let (other, all) = (name(ConversationKind::One, ""), Some(all));
            Self {
                scope,
                own,
                other,
                all,
            }
        }
    }
}
