//! Lists are cut to what the caller may use.

use super::Answering;
use super::fate::Context;
use crate::exchange::sessions::Waiting;
use crate::json::Value;

impl Answering {
    /// Cuts a list; whether anything was changed.
    pub(super) fn cut_list(
        &self,
        request: &Waiting,
        result: &mut Value,
        context: &Context<'_>,
    ) -> bool {
        self.cut_definitions(request, result, context)
    }
}
