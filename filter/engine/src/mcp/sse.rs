//! Event streams (`text/event-stream`): read as they arrive, written again in one canonical form.
//!
//! It is not a reader of MCP: what stands in `data` is read by [`crate::mcp::read_server_message`].
//! Clients disagree about line ends, byte order marks and odd fields (`mcp-wire.md` section 10), so
//! bytes of a server never go on: what was read is written anew, and lines every client ignores are
//! not written at all. Nothing waits: an event is handed out with the end of its blank line.

mod error;
mod event;
mod parser;

pub use error::SseError;
pub use event::{Event, Item};
pub use parser::Parser;

/// Whether some reader of event streams ends a line at `c`. Only CR and LF do by the standard;
/// readers made on Python's `splitlines` (among them httpx-sse up to 0.4.1) end it at these, too,
/// and U+0085, U+2028 and U+2029 may stand unescaped in JSON.
const fn ends_some_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
#[cfg(test)]
mod tests;
