//! What a whole call is about: something the user or a system named, or only what untrusted text says.
//!
//! Content may repeat untrusted text; that is what reading is for. But where the user has said what to do,
//! a call none of whose values they or any system named, and whose content is such text word for word, does
//! what the text's writer wants and nothing the user asked for.

use super::leaves::Leaf;
use super::weigh::Weighed;
use crate::limits;
use crate::taint::{Level, Role};

/// What the values of a call have shown so far.
#[derive(Debug, Default)]
pub(super) struct Bearings {
    is_named: bool,
    repeated: Option<(Leaf, Weighed)>,
}

impl Bearings {
    /// Takes one value into account.
    pub(super) fn take(&mut self, leaf: &Leaf, weighed: &Weighed) {
        let says_nothing = matches!(leaf.role, Role::Constant | Role::Scalar);
        if leaf.is_key || says_nothing {
            return;
        }
        self.is_named |= weighed.level >= Level::Tool;
        // Encoded text has no words: its length says as much.
        let is_long = leaf.text.split_whitespace().count() >= limits::REPEATED_WORDS
            || leaf.text.len() >= limits::COPY_WORD_ALONE_CHARS;
        let is_repeated = leaf.role == Role::Content && weighed.level == Level::Web && is_long;
        if is_repeated && self.repeated.is_none() {
            self.repeated = Some((leaf.clone(), weighed.clone()));
        }
    }

    /// The content that repeats untrusted text, if the call is about nothing else.
    pub(super) fn of_untrusted_text(&self) -> Option<(Leaf, Weighed)> {
        self.repeated.clone().filter(|_| !self.is_named)
    }
}
