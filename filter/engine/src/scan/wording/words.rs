//! A text cut into words, and the few signs that rules are about.

/// What stands for the beginning of an address.
pub(super) const URL: &str = "://";

/// What stands for the end of a sentence.
pub(super) const END: &str = ".";

/// The words of a text in lower case, in order; among them `|`, `:`, [`URL`] and [`END`].
pub(super) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Takes the first `length` bytes off.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_alphanumeric());
        let word = self.take(end.unwrap_or(self.rest.len()));
        if matches!(word, "http" | "https") && self.rest.starts_with(URL) {
            self.take(URL.len());
            return URL;
        }
        word
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let c = self.rest.chars().next()?;
            if c.is_alphanumeric() {
                return Some(self.word());
            }
            let sign = self.take(c.len_utf8());
            let is_last = self.rest.chars().next().is_none_or(char::is_whitespace);
            match c {
                '|' | ':' => return Some(sign),
                // `example.com`, `os.system` and `...` end nothing.
                '.' | '!' | '?' if is_last => return Some(END),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_into_words_and_signs() {
        let words: Vec<_> = Words::of("a_b(c) https://x.test/d | é: http! e.g. f").collect();
        let expected = [
            "a", "b", "c", URL, "x", "test", "d", "|", "é", ":", "http", END, "e", "g", END, "f",
        ];
        assert_eq!(words, expected);
    }
}
