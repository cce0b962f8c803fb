//! One thing that does not fit: where, what, expected and found.

use serde::Serialize;

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// The stored hash is not the one of the bytes.
    Hash,
    /// The bytes are not a record.
    Bytes,
    /// A column does not say what the record says.
    Column,
    /// The order of arrival has a hole or a double.
    Position,
    /// The order in the scope has a hole or a double, or does not begin with 1.
    ScopeSeq,
    /// The scope's chain does not lead here.
    ScopeChain,
    /// The record does not follow its VM's last one, and no notice says so.
    VmChain,
    /// A notice speaks of a break that is not there.
    Notice,
    /// The stored head is not the end of the records.
    Head,
}

impl What {
    /// The word in reports.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Bytes => "bytes",
            Self::Column => "column",
            Self::Position => "position",
            Self::ScopeSeq => "scope_seq",
            Self::ScopeChain => "scope_chain",
            Self::VmChain => "vm_chain",
            Self::Notice => "notice",
            Self::Head => "head",
        }
    }
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The scope, unless it concerns the whole ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
    /// Position of the record; 0 for a head.
    pub(crate) position: i64,
    /// Id of the record, or the name of the head.
    pub(crate) id: String,
    /// What does not fit.
    pub(crate) what: What,
    /// What had to be there.
    pub(crate) expected: String,
    /// What is there.
    pub(crate) found: String,
}
