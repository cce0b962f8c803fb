//! The incremental reader: bytes in pieces of any size, items out. Not a buffer: it keeps one
//! unfinished line and one unfinished event, both within the cap.

use super::{Event, Item, SseError, ends_some_line};
use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads one stream. What it gives does not depend on how the bytes were cut into pieces, except
/// that comments of one piece that follow each other are one item. An event whose blank line has not
/// come when the stream ends is no event: clients discard it too, so it is dropped with the parser.
#[derive(Debug)]
pub struct Parser {
    /// Most bytes of one event.
    cap: usize,
    /// Bytes read so far.
    at: u64,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Whether that line is the first of the stream.
    is_first_line: bool,
    /// Whether the last byte was a CR that ended a line: an LF now belongs to it.
    after_cr: bool,
    /// What the lines of the unfinished event said.
    open: Event,
    /// Bytes of the unfinished event: its lines, each with a line end of one byte.
    open_bytes: usize,
    /// Where it begins.
    open_at: u64,
    /// Why nothing more is read.
    failed: Option<SseError>,
}

impl Parser {
    /// A parser at the beginning of a stream. `cap_bytes` is the most bytes one event may have, all
    /// its lines counted, those that are ignored and comments too, from the first line that says
    /// something.
    #[must_use]
    pub fn new(cap_bytes: usize) -> Self {
        Self {
            cap: cap_bytes,
            at: 0,
            line: Vec::new(),
            is_first_line: true,
            after_cr: false,
            open: Event::default(),
            open_bytes: 0,
            open_at: 0,
            failed: None,
        }
    }

    /// Reads the next bytes and appends what they complete to `out`.
    ///
    /// Items are small but more than the bytes they were made of: a caller that must bound its
    /// memory feeds pieces of bounded size and takes the items out in between.
    ///
    /// # Errors
    /// An event over the cap, and fields that readers would read differently. Items before it are
    /// in `out`; every later call gives the same error.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Item>) -> Result<(), SseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.read(bytes, out)
            .inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn read(&mut self, mut rest: &[u8], out: &mut Vec<Item>) -> Result<(), SseError> {
        loop {
            if self.after_cr && !rest.is_empty() {
                self.after_cr = false;
                if let [b'\n', after @ ..] = rest {
                    rest = after;
                    self.at += 1;
                    if self.open_bytes == 0 {
                        self.open_at = self.at;
                    }
                }
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.count(part.len())?;
            let [line_end, after @ ..] = after else {
                self.line.extend_from_slice(part);
                return Ok(());
            };
            let line = if self.line.is_empty() {
                Cow::Borrowed(part)
            } else {
                self.line.extend_from_slice(part);
                Cow::Owned(std::mem::take(&mut self.line))
            };
            self.end_line(&line, out)?;
            self.at += 1;
            self.after_cr = *line_end == b'\r';
            if self.open == Event::default() {
                (self.open_bytes, self.open_at) = (0, self.at);
            } else {
                self.open_bytes += 1;
            }
            rest = after;
        }
    }

    /// Counts bytes of a line before they are kept.
    fn count(&mut self, bytes: usize) -> Result<(), SseError> {
        self.at += bytes as u64;
        self.open_bytes = self.open_bytes.saturating_add(bytes);
        if self.open_bytes > self.cap {
            return Err(SseError::TooLarge {
                limit: self.cap,
                at: self.open_at,
            });
        }
        Ok(())
    }

    /// Reads one line; all of its bytes have been counted, its end has not.
    fn end_line(&mut self, line: &[u8], out: &mut Vec<Item>) -> Result<(), SseError> {
        let is_first_line = std::mem::replace(&mut self.is_first_line, false);
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(after) if is_first_line => after,
            _ => line,
        };
        if line.is_empty() {
            out.extend(complete(std::mem::take(&mut self.open)).map(Item::Event));
            return Ok(());
        }
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let name = halves.next().unwrap_or_default();
        let value = halves.next().unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            // One item says as much as many, and a flood of comments stays small.
            b"" if out.last() == Some(&Item::Comment) => {}
            b"" => out.push(Item::Comment),
            b"data" => self.add_data(value)?,
            b"event" => {
                let kind = self.one_line("event", value)?;
                self.open.event = (!kind.is_empty()).then(|| kind.to_owned());
            }
            b"id" if !value.contains(&0) => {
                self.open.id = Some(self.one_line("id", value)?.to_owned());
            }
            b"retry" => self.open.retry = milliseconds(value).or(self.open.retry),
            // Fields nobody knows, among them `DATA`, ` data` and `\0data`.
            _ => {}
        }
        Ok(())
    }

    fn add_data(&mut self, value: &[u8]) -> Result<(), SseError> {
        let text = self.text("data", value)?;
        match &mut self.open.data {
            None => self.open.data = Some(text.to_owned()),
            Some(data) => {
                data.push('\n');
                data.push_str(text);
            }
        }
        Ok(())
    }

    /// The value of a field that must fit into one line for every reader.
    fn one_line<'a>(&self, field: &'static str, value: &'a [u8]) -> Result<&'a str, SseError> {
        let text = self.text(field, value)?;
        match text.char_indices().find(|(_, c)| ends_some_line(*c)) {
            None => Ok(text),
            Some((offset, character)) => Err(SseError::LineSeparator {
                field,
                character,
                at: self.position(value, offset),
            }),
        }
    }

    /// The value of a field as text.
    fn text<'a>(&self, field: &'static str, value: &'a [u8]) -> Result<&'a str, SseError> {
        std::str::from_utf8(value).map_err(|error| SseError::NotUtf8 {
            field,
            at: self.position(value, error.valid_up_to()),
        })
    }

    /// Where byte `offset` of `value`, the end of the line just counted, stands in the stream.
    const fn position(&self, value: &[u8], offset: usize) -> u64 {
        self.at - (value.len() - offset) as u64
    }
}

/// The event of complete lines; `None` if they said nothing. Without data its type says nothing.
fn complete(open: Event) -> Option<Event> {
    match open {
        Event { data: Some(_), .. } => Some(open),
        Event {
            id: None,
            retry: None,
            ..
        } => None,
        _ => Some(Event {
            event: None,
            ..open
        }),
    }
}

/// The value of `retry`: digits only, of a number that fits. `None` is ignored, as clients do.
fn milliseconds(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
}
