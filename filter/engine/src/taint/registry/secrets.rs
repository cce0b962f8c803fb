//! Values that must never leave, as the operator registers them.
//!
//! They travel in the bundle as written: the filter must recognise them in any encoding, and a plain
//! digest of something short can be guessed. They never stand in a record, a reason, an error or a
//! debug text.

use std::fmt;

/// A value that must never leave.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Holds a value.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, to be looked for and to be written into a bundle, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
