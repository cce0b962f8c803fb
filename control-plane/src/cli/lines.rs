//! Lines of JSON from standard input, one after the other, none of them without bound.

use std::io::{BufRead, Read as _};

use tessera_engine::limits;

/// One line of input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The line without its line feed.
    Text(Vec<u8>),
    /// A line longer than the body of a request may be; its bytes are dropped.
    TooLong,
}

/// The next line; `None` at the end of the input.
pub(super) fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let enough = limits::BODY_BYTES as u64 + 1;
    let mut line = Vec::new();
    if input.by_ref().take(enough).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > limits::BODY_BYTES {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Text(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_line_feeds_and_bounded() {
        let long = "x".repeat(limits::BODY_BYTES + 10);
        let text = format!("a\r\n\n{long}\nlast");
        let mut input = text.as_bytes();
        let lines: Vec<_> = std::iter::from_fn(|| next_line(&mut input).unwrap()).collect();
        let line = |text: &str| Line::Text(text.as_bytes().to_vec());
        assert_eq!(lines, [line("a\r"), line(""), Line::TooLong, line("last")]);
    }
}
