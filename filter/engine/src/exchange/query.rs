//! What an exchange has to ask the control plane before it can go on, and what it is told: the state
//! of conversations that several proxies share (`design.md` section 4, number 8).
//!
//! Not the call itself: the shell carries a [`Query`] out and hands the [`Told`] back.
//!
//! Both kinds hold the exchange. Whatever goes wrong, the shell says [`Told::Failed`], and the
//! exchange goes on as if everything unknown were tainted: it never waits for ever.

/// What is asked. All keys of one query are of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The state of these conversations, before a call is judged.
    Read {
        /// The tenant.
        scope: String,
        /// The names of the conversations: 32 lower-case hexadecimal digits each, at most
        /// [`crate::limits::TRUST_QUERY_KEYS`], none twice.
        keys: Vec<String>,
    },
    /// These changes are to be merged into the conversations and kept, before what made them is
    /// let through.
    Merge {
        /// The tenant.
        scope: String,
        /// At most [`crate::limits::TRUST_QUERY_KEYS`], no conversation twice.
        changes: Vec<Change>,
    },
}

/// A change of one conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The name of the conversation: 32 lower-case hexadecimal digits.
    pub key: String,
    /// The encoded state ([`crate::taint`]) to be merged into what is kept under that name; at most
    /// `limits::CONVERSATION_BYTES`.
    pub delta: Vec<u8>,
}

/// Keyed hashes only, but nobody should have to read them.
impl std::fmt::Debug for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Change")
            .field("key", &self.key)
            .field("delta", &self.delta.len())
            .finish()
    }
}

/// What the control plane said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// To [`Query::Read`]: what is known of every conversation, in the order of the query.
    States(Vec<Remembered>),
    /// To [`Query::Merge`]: everything is kept, where a crash does not reach it.
    Committed,
    /// No answer, an error, a deadline, or an answer that cannot be read.
    Failed,
}

/// What the control plane knows of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Its encoded state.
    State(Vec<u8>),
    /// It certainly never had one.
    Never,
    /// It had one, which is gone.
    Forgotten,
}
