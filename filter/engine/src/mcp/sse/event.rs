//! What a stream consists of, and its canonical form. Not the reading of it.

use super::ends_some_line;
use std::io::Write as _;

/// One thing a stream brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A complete event.
    Event(Event),
    /// One or more comments: the server keeps the connection alive. What they say is dropped.
    Comment,
}

impl Item {
    /// Appends the item in canonical form; a comment is an empty one.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Event(event) => event.write(out),
            Self::Comment => out.extend_from_slice(b":\n\n"),
        }
    }
}

/// One event: the fields that clients know, each with the value that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// The type; `None` means `message`. Never empty.
    pub event: Option<String>,
    /// The lines of data, joined by LF. Empty for a priming event, which only tells the id; `None`
    /// for an event that only sets `id` or `retry` and which clients do not hand on.
    pub data: Option<String>,
    /// The id a client resumes after; an empty one resets it. Never holds NUL.
    pub id: Option<String>,
    /// How long a client waits before it connects again, in milliseconds.
    pub retry: Option<u64>,
}

impl Event {
    /// Whether clients take the data for a JSON-RPC message: its type is `message`, in exactly this
    /// spelling, or absent. They ignore events of other types.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.event.as_deref().is_none_or(|kind| kind == "message")
    }

    /// The event with its data on one line, for data that was read as JSON: there a line feed is white
    /// space, as is the space it becomes. Readers that take every line of data for a message of its
    /// own then find the one that was read, too.
    #[must_use]
    pub fn on_one_line(mut self) -> Self {
        self.data = self.data.map(|data| data.replace('\n', " "));
        self
    }

    /// Appends the event in canonical form: one line per field, LF, one space after the colon.
    ///
    /// A character of the data that ends a line for some readers is written as a JSON escape. In
    /// JSON such a character can stand in strings only, where the escape means the same; data that
    /// is not JSON has no business in MCP. An `id` or `event` that does not fit into one line is
    /// left out; the parser gives none.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_line(out, b"event: ", self.event.as_deref());
        write_line(out, b"id: ", self.id.as_deref());
        write_line(
            out,
            b"retry: ",
            self.retry.map(|ms| ms.to_string()).as_deref(),
        );
        for line in self.data.iter().flat_map(|data| data.split('\n')) {
            out.extend_from_slice(b"data: ");
            write_escaped(out, line);
            out.push(b'\n');
        }
        out.push(b'\n');
    }
}

fn write_line(out: &mut Vec<u8>, start: &[u8], value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.contains(ends_some_line)) else {
        return;
    };
    out.extend_from_slice(start);
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

fn write_escaped(out: &mut Vec<u8>, line: &str) {
    for piece in line.split_inclusive(ends_some_line) {
        let mut before = piece.chars();
        match before.next_back().filter(|last| ends_some_line(*last)) {
            None => out.extend_from_slice(piece.as_bytes()),
            Some(last) => {
                out.extend_from_slice(before.as_str().as_bytes());
                // Writing to a vector cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(last));
            }
        }
    }
}
