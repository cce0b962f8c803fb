//! What an argument is to the call (`taint-flow.md` section 5).

use std::fmt;

/// What an argument is to the call. Greater is stricter, so the strictest of several is their
/// maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// One of a few fixed words: carries nothing.
    Constant,
    /// A number, a truth value, a date: bounded by policies, not by where it came from.
    Scalar,
    /// Text for a reader: what it names is judged, and what it copies.
    Content,
    /// JSON in a string: every member is judged under its own name.
    Payload,
    /// What is acted upon: a file, a record.
    Object,
    /// Who or where it goes: a recipient, an address, an account.
    Target,
    /// What grants power: a password, a permission.
    Credential,
}

impl Role {
    /// Every role, the mildest first.
    pub const ALL: [Self; 7] = [
        Self::Constant,
        Self::Scalar,
        Self::Content,
        Self::Payload,
        Self::Object,
        Self::Target,
        Self::Credential,
    ];

    /// The word used in the registry and in explanations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Scalar => "scalar",
            Self::Content => "content",
            Self::Payload => "payload",
            Self::Object => "object",
            Self::Target => "target",
            Self::Credential => "credential",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Where in the arguments a role applies: keys joined by dots. Indices of lists are left out, `*`
/// is any key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArgumentPlace(Vec<String>);

impl ArgumentPlace {
    /// The place a document writes as `text`; `None` if a key is empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let keys: Vec<_> = text.split('.').map(str::to_owned).collect();
        (!keys.iter().any(String::is_empty)).then_some(Self(keys))
    }

    /// The keys, the outermost first.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// Whether it is the place of a value reached through these keys.
    #[must_use]
    pub fn is_at(&self, keys: &[&str]) -> bool {
        self.0.len() == keys.len()
            && self
                .0
                .iter()
                .zip(keys)
                .all(|(ours, key)| ours == "*" || ours == key)
    }
}

impl fmt::Display for ArgumentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
