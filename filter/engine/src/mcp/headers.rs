//! The headers of one request: names in lower case, wire order, duplicates kept.
//!
//! Not a map: a getter that answers with one of two values is how two readers come to disagree.

/// Header fields, pseudo headers (`:method`, `:path`) included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// The value of a header that may stand only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum One<'a> {
    /// The header is not there.
    Missing,
    /// It is there once; spaces and tabs around the value are cut off.
    Text(&'a str),
    /// It is there more than once, even with equal values.
    Many,
    /// It is there once, with bytes other than printable ASCII, space and tab.
    NotText,
}

impl Headers {
    /// Takes fields in wire order; names are brought to lower case.
    pub fn new<N: Into<String>, V: Into<Vec<u8>>>(
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let lower = |(name, value): (N, V)| {
            let mut name: String = name.into();
            name.make_ascii_lowercase();
            (name, value.into())
        };
        Self(fields.into_iter().map(lower).collect())
    }

    /// Every field in wire order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Every value of `name` (lower case) in wire order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The value of `name` (lower case), if it stands once.
    #[must_use]
    pub fn one(&self, name: &str) -> One<'_> {
        let mut values = self.all(name);
        let Some(value) = values.next() else {
            return One::Missing;
        };
        if values.next().is_some() {
            return One::Many;
        }
        match std::str::from_utf8(value) {
            Ok(text)
                if text
                    .bytes()
                    .all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) =>
            {
                One::Text(text.trim_matches([' ', '\t']))
            }
            _ => One::NotText,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_may_stand_once_is_counted_over_the_whole_list() {
        let headers = Headers::new([
            ("Mcp-Name", " \tsafe "),
            ("MCP-METHOD", "ping"),
            ("mcp-method", "ping"),
            ("x-bytes", "caf\u{e9}"),
        ]);
        assert_eq!(headers.one("mcp-name"), One::Text("safe"));
        assert_eq!(headers.one("mcp-method"), One::Many);
        assert_eq!(headers.one("x-bytes"), One::NotText);
        assert_eq!(headers.one("origin"), One::Missing);
        assert_eq!(headers.all("mcp-method").count(), 2);
    }
}
